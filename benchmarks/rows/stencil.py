"""An elementwise chain on 100,000 elements, of which neighbours are compared."""

import numpy as np

from benchmarks.rows.row import Row


def roughness(x, k):
    y = np.tanh(k * x)
    step = y[1:] - y[:-1]
    return np.sum(step * step)


def by_hand(x, k, *, seed=1.0):
    y = np.tanh(k * x)
    step = y[1:] - y[:-1]
    result = np.sum(step * step)

    step *= 2 * seed
    dy = np.empty_like(y)
    dy[0] = -step[0]
    np.subtract(step[:-1], step[1:], out=dy[1:-1])
    dy[-1] = step[-1]
    y *= y
    np.subtract(1, y, out=y)
    dy *= y
    dk = float(np.dot(dy, x))
    dy *= k
    return result, (dy, dk)


def with_numpy_of(np):
    def roughness(x, k):
        y = np.tanh(k * x)
        step = y[1:] - y[:-1]
        return np.sum(step * step)

    return roughness


ROW = Row(
    "neighbours, 100,000 elements",
    roughness,
    (np.random.default_rng(0).normal(size=100_000), 0.7),
    (0, 1),
    by_hand,
    with_numpy_of,
    lambda jnp, lax: with_numpy_of(jnp),
)
