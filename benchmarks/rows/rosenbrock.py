"""Rosenbrock's function of 100 variables."""

import numpy as np

from benchmarks.rows.row import Row


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def by_hand(x, *, seed=1.0):
    head = x[:-1]
    off = x[1:] - head**2
    rest = 1 - head
    result = np.sum(100.0 * off**2 + rest**2)

    doff = (200.0 * seed) * off
    dx = np.zeros_like(x)
    dx[1:] = doff
    dx[:-1] -= 2 * doff * head + (2 * seed) * rest
    return result, (dx,)


def with_numpy_of(np):
    def rosenbrock(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    return rosenbrock


ROW = Row(
    "Rosenbrock, 100 variables",
    rosenbrock,
    (np.random.default_rng(1).normal(size=100),),
    (0,),
    by_hand,
    with_numpy_of,
    lambda jnp, lax: with_numpy_of(jnp),
)
