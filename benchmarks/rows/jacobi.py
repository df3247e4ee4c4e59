"""Gauss and Seidel's sweeps over the rows of a grid, in place."""

import numpy as np

from benchmarks.rows.row import Row


def residual(u, f, sweeps):
    u = np.copy(u)
    for _ in range(sweeps):
        for i in range(1, u.shape[0] - 1):
            u[i, 1:-1] = 0.25 * (u[i - 1, 1:-1] + u[i + 1, 1:-1] + 2 * u[i, 1:-1] + f[i, 1:-1])
    return np.sum(u * u)


def by_hand(u, f, sweeps, *, seed=1.0):
    u = np.copy(u)
    for _ in range(sweeps):
        for i in range(1, u.shape[0] - 1):
            u[i, 1:-1] = 0.25 * (u[i - 1, 1:-1] + u[i + 1, 1:-1] + 2 * u[i, 1:-1] + f[i, 1:-1])
    result = np.sum(u * u)

    du = (2 * seed) * u
    df = np.zeros_like(f)
    for _ in range(sweeps):
        for i in range(u.shape[0] - 2, 0, -1):
            d = 0.25 * du[i, 1:-1]
            df[i, 1:-1] += d
            du[i - 1, 1:-1] += d
            du[i + 1, 1:-1] += d
            d *= 2
            du[i, 1:-1] = d
    return result, (du, df)


_rng = np.random.default_rng(7)
ROW = Row(
    "a stencil in place, 20 sweeps",
    residual,
    (_rng.normal(size=(32, 64)), _rng.normal(size=(32, 64)), 20),
    (0, 1),
    by_hand,
)
