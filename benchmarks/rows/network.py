"""A network of 64×1000×100×10, summed squared error, with its parameters in positions."""

import numpy as np

from benchmarks.rows.row import Row


def loss(w0, b0, w1, b1, x, y):
    hidden = np.maximum(x @ w0 + b0, 0.0)
    error = hidden @ w1 + b1 - y
    return np.sum(error**2)


def by_hand(w0, b0, w1, b1, x, y, *, seed=1.0):
    d = x @ w0
    d += b0
    hidden = np.maximum(d, 0.0)
    error = hidden @ w1
    error += b1
    error -= y
    result = np.sum(error**2)

    error *= 2 * seed
    dd = error @ w1.T
    dd *= d > 0.0
    return result, (x.T @ dd, dd.sum(axis=0), hidden.T @ error, error.sum(axis=0))


def with_numpy_of(np):
    def loss(w0, b0, w1, b1, x, y):
        hidden = np.maximum(x @ w0 + b0, 0.0)
        error = hidden @ w1 + b1 - y
        return np.sum(error**2)

    return loss


_rng = np.random.default_rng(0)
ARGUMENTS = (
    0.03 * _rng.normal(size=(1000, 100)),
    np.zeros(100),
    0.1 * _rng.normal(size=(100, 10)),
    np.zeros(10),
    _rng.normal(size=(64, 1000)),
    _rng.normal(size=(64, 10)),
)


def _row(dtype: str) -> Row:
    return Row(
        f"a network, 64×1000×100×10, {dtype}",
        loss,
        tuple(a.astype(dtype) for a in ARGUMENTS),
        (0, 1, 2, 3),
        by_hand,
        with_numpy_of,
        lambda jnp, lax: with_numpy_of(jnp),
    )


DOUBLE, SINGLE = _row("float64"), _row("float32")
