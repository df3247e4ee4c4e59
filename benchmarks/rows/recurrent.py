"""A recurrent network over 100 steps, 32 units."""

import numpy as np

from benchmarks.rows.row import Row


def loss(W, U, b, xs):
    h = np.zeros(W.shape[0])
    total = 0.0
    for t in range(xs.shape[0]):
        h = np.tanh(W @ h + U @ xs[t] + b)
        total = total + np.sum(h * h)
    return total


def by_hand(W, U, b, xs, *, seed=1.0):
    h = np.zeros(W.shape[0])
    hs = [h]
    total = 0.0
    for x in xs:
        h = np.tanh(W @ h + U @ x + b)
        hs.append(h)
        total = total + np.sum(h * h)

    dW = np.zeros_like(W)
    dU = np.zeros_like(U)
    db = np.zeros_like(b)
    dh = np.zeros_like(b)
    for t in range(len(xs) - 1, -1, -1):
        h = hs[t + 1]
        da = (dh + (2 * seed) * h) * (1 - h * h)
        dW += np.outer(da, hs[t])
        dU += np.outer(da, xs[t])
        db += da
        dh = W.T @ da
    return total, (dW, dU, db)


def with_numpy_of(np):
    def loss(W, U, b, xs):
        h = np.zeros(W.shape[0])
        total = 0.0
        for t in range(xs.shape[0]):
            h = np.tanh(W @ h + U @ xs[t] + b)
            total = total + np.sum(h * h)
        return total

    return loss


def for_jax(jnp, lax):
    def loss(W, U, b, xs):
        def step(h, x):
            h = jnp.tanh(W @ h + U @ x + b)
            return h, jnp.sum(h * h)

        return jnp.sum(lax.scan(step, jnp.zeros(W.shape[0]), xs)[1])

    return loss


_rng = np.random.default_rng(6)
ROW = Row(
    "a recurrent network, 100 steps",
    loss,
    (
        0.2 * _rng.normal(size=(32, 32)),
        0.2 * _rng.normal(size=(32, 16)),
        np.zeros(32),
        _rng.normal(size=(100, 16)),
    ),
    (0, 1, 2),
    by_hand,
    with_numpy_of,
    for_jax,
)
