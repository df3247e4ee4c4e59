"""Matrix products and their kin: sums over a shared axis."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule.rules.axes import (
    contracted_axes,
    inverse_permutation,
    other_axes,
    permuted,
    sorting_order,
)
from chainrule.rules.registry import adjoint


def transposed(x: Any) -> Any:
    """The matrices x, each transposed."""
    if np.ndim(x) == 2:
        return x.T
    return np.swapaxes(x, -1, -2)


@adjoint(operator.matmul, np.matmul, np.linalg.matmul)
def matmul_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    if np.ndim(x) == 1 and np.ndim(y) == 1:
        return g * y, g * x
    if np.ndim(x) == 1 and np.ndim(y) == 2:
        return y @ g, np.outer(x, g)
    if np.ndim(x) == 1:
        return (y @ g[..., None])[..., 0], x[:, None] * g[..., None, :]
    if np.ndim(x) == 2 and np.ndim(y) == 1:
        return np.outer(g, y), g @ x
    if np.ndim(y) == 1:
        return g[..., None] * y, (g[..., None, :] @ x)[..., 0, :]
    return g @ transposed(y), transposed(x) @ g


@adjoint(np.dot)
def dot_adjoint(g: Any, ans: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * b, g * a
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return matmul_adjoint(g, ans, a, b)
    if np.ndim(b) == 1:
        return tensordot_adjoint(g, ans, a, b, axes=((-1,), (0,)))
    return tensordot_adjoint(g, ans, a, b, axes=((-1,), (-2,)))


@adjoint(np.inner)
def inner_adjoint(g: Any, ans: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0 or np.ndim(a) == 1 and np.ndim(b) == 1:
        return g * b, g * a
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        return g @ b, g.T @ a
    return tensordot_adjoint(g, ans, a, b, axes=((-1,), (-1,)))


@adjoint(np.vdot)
def vdot_adjoint(g: Any, ans: Any, a: Any, b: Any) -> Any:
    return g * np.reshape(b, np.shape(a)), g * np.reshape(a, np.shape(b))


@adjoint(np.vecdot, np.linalg.vecdot)
def vecdot_adjoint(g: Any, ans: Any, x1: Any, x2: Any) -> Any:
    return np.expand_dims(g, -1) * x2, np.expand_dims(g, -1) * x1


@adjoint(np.outer, np.linalg.outer)
def outer_adjoint(g: Any, ans: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return g @ b, a @ g
    return np.reshape(g @ np.ravel(b), np.shape(a)), np.reshape(np.ravel(a) @ g, np.shape(b))


@adjoint(np.tensordot)
def tensordot_adjoint(g: Any, ans: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    a_axes = contracted_axes(axes, 0, np.ndim(a))
    b_axes = contracted_axes(axes, 1, np.ndim(b))
    a_free = other_axes(a_axes, np.ndim(a))
    b_free = other_axes(b_axes, np.ndim(b))
    n = len(a_free)
    # Either cotangent has its own free axes in front, then the contracted ones in the
    # order in which they stand in the other operand.
    da = np.tensordot(g, b, (tuple(range(n, n + len(b_free))), b_free))
    db = np.tensordot(g, a, (tuple(range(n)), a_free))
    a_order = a_free + permuted(a_axes, sorting_order(b_axes))
    b_order = b_free + permuted(b_axes, sorting_order(a_axes))
    return np.transpose(da, inverse_permutation(a_order)), np.transpose(
        db, inverse_permutation(b_order)
    )


@adjoint(np.linalg.tensordot)
def linalg_tensordot_adjoint(g: Any, ans: Any, x1: Any, x2: Any, *, axes: Any = 2) -> Any:
    return tensordot_adjoint(g, ans, x1, x2, axes)


@adjoint(np.kron)
def kron_adjoint(g: Any, ans: Any, a: Any, b: Any) -> Any:
    n = np.ndim(ans)
    a_shape = (1,) * (n - np.ndim(a)) + np.shape(a)
    b_shape = (1,) * (n - np.ndim(b)) + np.shape(b)
    shape: tuple[int, ...] = ()
    a_wide: tuple[int, ...] = ()
    b_wide: tuple[int, ...] = ()
    for k in range(n):
        shape = (*shape, a_shape[k], b_shape[k])
        a_wide = (*a_wide, a_shape[k], 1)
        b_wide = (*b_wide, 1, b_shape[k])
    blocks = np.reshape(g, shape)
    da = np.sum(blocks * np.reshape(b, b_wide), axis=tuple(range(1, 2 * n, 2)))
    db = np.sum(blocks * np.reshape(a, a_wide), axis=tuple(range(0, 2 * n, 2)))
    return np.reshape(da, np.shape(a)), np.reshape(db, np.shape(b))


@adjoint(np.cross)
def cross_adjoint(g: Any, ans: Any, a: Any, b: Any, *, axis: Any = None) -> Any:
    axis = -1 if axis is None else axis
    return np.cross(b, g, axis=axis), np.cross(g, a, axis=axis)


@adjoint(np.linalg.cross)
def linalg_cross_adjoint(g: Any, ans: Any, x1: Any, x2: Any, *, axis: int = -1) -> Any:
    return cross_adjoint(g, ans, x1, x2, axis=axis)
