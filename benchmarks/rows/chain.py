"""A chain of elementwise operations that ends in a mean."""

import numpy as np

from benchmarks.rows.row import Row


def activation(x, a, b):
    y = np.tanh(a * x + b)
    z = np.exp(-y * y) * np.sin(x)
    return np.mean(z * z + y)


def by_hand(x, a, b, *, seed=1.0):
    y = np.tanh(a * x + b)
    bell = np.exp(-y * y)
    sine = np.sin(x)
    z = bell * sine
    result = np.mean(z * z + y)

    g = seed / x.size
    dz = (2 * g) * z
    dy = g - 2 * y * dz * z
    dx = dz * bell * np.cos(x)
    dt = dy * (1 - y * y)
    return result, (dx + a * dt, float(dt @ x), float(dt.sum()))


def with_numpy_of(np):
    def activation(x, a, b):
        y = np.tanh(a * x + b)
        z = np.exp(-y * y) * np.sin(x)
        return np.mean(z * z + y)

    return activation


def _row(n: int) -> Row:
    return Row(
        f"an elementwise chain, {n:,} elements",
        activation,
        (np.random.default_rng(2).normal(size=n), 0.7, 0.1),
        (0, 1, 2),
        by_hand,
        with_numpy_of,
        lambda jnp, lax: with_numpy_of(jnp),
    )


SHORT, LONG = _row(100), _row(100_000)
