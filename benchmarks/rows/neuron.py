"""The textbook neuron, on five Python floats."""

import numpy as np

from benchmarks.rows.row import Row


def neuron(w0: float, x0: float, w1: float, x1: float, w2: float):
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def by_hand(w0, x0, w1, x1, w2, *, seed=1.0):
    f = np.exp(-(w0 * x0 + w1 * x1 + w2))
    g = 1 + f
    h = 1 / g
    du = float(seed * h / g * f)
    return h, (du * x0, du * w0, du * x1, du * w1, du)


def with_numpy_of(np):
    def neuron(w0, x0, w1, x1, w2):
        return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))

    return neuron


ROW = Row(
    "the neuron",
    neuron,
    (2.0, -1.0, -3.0, -2.0, -3.0),
    (0, 1, 2, 3, 4),
    by_hand,
    with_numpy_of,
    lambda jnp, lax: with_numpy_of(jnp),
)
