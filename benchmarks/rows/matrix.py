"""Scalar loops over a matrix: a sum of squared differences of neighbours."""

import numpy as np

from benchmarks.rows.row import Row


def variation(A, w):
    total = 0.0
    for i in range(A.shape[0] - 1):
        for j in range(A.shape[1] - 1):
            d = A[i, j] - w * A[i + 1, j + 1]
            total += d * d
    return total


def by_hand(A, w, *, seed=1.0):
    rows = A.tolist()
    total = 0.0
    for i in range(len(rows) - 1):
        row, below = rows[i], rows[i + 1]
        for j in range(len(row) - 1):
            d = row[j] - w * below[j + 1]
            total += d * d

    dA = [[0.0] * len(row) for row in rows]
    dw = 0.0
    for i in range(len(rows) - 2, -1, -1):
        row, below = rows[i], rows[i + 1]
        drow, dbelow = dA[i], dA[i + 1]
        for j in range(len(row) - 2, -1, -1):
            dd = 2 * seed * (row[j] - w * below[j + 1])
            drow[j] += dd
            dbelow[j + 1] -= dd * w
            dw -= dd * below[j + 1]
    return np.float64(total), (np.array(dA), dw)


ROW = Row(
    "scalar loops over a matrix, 40×40",
    variation,
    (np.random.default_rng(8).normal(size=(40, 40)), 0.9),
    (0, 1),
    by_hand,
    lambda np: variation,
)
