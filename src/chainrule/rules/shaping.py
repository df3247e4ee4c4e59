"""The same elements in another shape or order: reshapes, transposes, flips, copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.axes import inverse_permutation, negated
from chainrule.rules.registry import adjoint


@adjoint(np.reshape)
def reshape_adjoint(g: Any, ans: Any, a: Any, shape: Any, order: str = "C") -> Any:
    return unreshaped(g, a, order)


@adjoint(np.ravel)
def ravel_adjoint(g: Any, ans: Any, a: Any, order: str = "C") -> Any:
    return unreshaped(g, a, order)


def unreshaped(g: Any, a: Any, order: str) -> Any:
    """The cotangent of a reshape, in the shape of what was reshaped."""
    if order == "C":
        return np.reshape(g, np.shape(a))
    if order == "F":
        return np.reshape(g, np.shape(a), order="F")
    raise NotImplementedError("an order of elements that depends on the memory of the array")


@adjoint(np.transpose)
def transpose_adjoint(g: Any, ans: Any, a: Any, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, inverse_permutation(axes))


@adjoint(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return np.swapaxes(g, -1, -2)


@adjoint(np.swapaxes)
def swapaxes_adjoint(g: Any, ans: Any, a: Any, axis1: int, axis2: int) -> Any:
    return np.swapaxes(g, axis1, axis2)


@adjoint(np.moveaxis)
def moveaxis_adjoint(g: Any, ans: Any, a: Any, source: Any, destination: Any) -> Any:
    return np.moveaxis(g, destination, source)


@adjoint(np.rollaxis)
def rollaxis_adjoint(g: Any, ans: Any, a: Any, axis: int, start: int = 0) -> Any:
    n = np.ndim(a)
    source = axis % n
    target = start + n if start < 0 else start
    return np.moveaxis(g, target - 1 if target > source else target, source)


@adjoint(np.squeeze)
def squeeze_adjoint(g: Any, ans: Any, a: Any, axis: Any = None) -> Any:
    return np.reshape(g, np.shape(a))


@adjoint(np.expand_dims)
def expand_dims_adjoint(g: Any, ans: Any, a: Any, axis: Any) -> Any:
    return np.reshape(g, np.shape(a))


@adjoint(np.atleast_1d, np.atleast_2d, np.atleast_3d)
def atleast_adjoint(g: Any, ans: Any, *arys: Any) -> Any:
    if len(arys) == 1:
        return np.reshape(g, np.shape(arys[0]))
    cotangents: tuple[Any, ...] = ()
    for k in range(len(arys)):
        cotangents = (*cotangents, np.reshape(g[k], np.shape(arys[k])))
    return cotangents


@adjoint(np.broadcast_to)
def broadcast_to_adjoint(g: Any, ans: Any, array: Any, shape: Any) -> Any:
    return g


@adjoint(np.broadcast_arrays)
def broadcast_arrays_adjoint(g: Any, ans: Any, *args: Any) -> Any:
    return tuple(g)


@adjoint(np.flip)
def flip_adjoint(g: Any, ans: Any, m: Any, axis: Any = None) -> Any:
    return np.flip(g, axis)


@adjoint(np.flipud)
def flipud_adjoint(g: Any, ans: Any, m: Any) -> Any:
    return np.flipud(g)


@adjoint(np.fliplr)
def fliplr_adjoint(g: Any, ans: Any, m: Any) -> Any:
    return np.fliplr(g)


@adjoint(np.roll)
def roll_adjoint(g: Any, ans: Any, a: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(g, negated(shift), axis=axis)


@adjoint(np.rot90)
def rot90_adjoint(g: Any, ans: Any, m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    return np.rot90(g, -k, axes)


@adjoint(np.real)
def real_adjoint(g: Any, ans: Any, val: Any) -> Any:
    return g


@adjoint(np.real_if_close)
def real_if_close_adjoint(g: Any, ans: Any, a: Any, tol: Any = 100) -> Any:
    return g


@adjoint(np.copy)
def copy_adjoint(g: Any, ans: Any, a: Any, order: str = "K", subok: bool = False) -> Any:
    return g


@adjoint(np.ascontiguousarray, np.asfortranarray)
def contiguous_adjoint(g: Any, ans: Any, a: Any, dtype: Any = None) -> Any:
    return g


@adjoint(np.array)
def array_adjoint(g: Any, ans: Any, object: Any, dtype: Any = None, *, copy: Any = True) -> Any:
    return (unstacked(g, object),)


@adjoint(np.asarray, np.asanyarray)
def asarray_adjoint(g: Any, ans: Any, a: Any, dtype: Any = None, *, copy: Any = None) -> Any:
    return (unstacked(g, a),)


@adjoint(np.asarray_chkfinite)
def asarray_chkfinite_adjoint(g: Any, ans: Any, a: Any, dtype: Any = None) -> Any:
    return (unstacked(g, a),)


def unstacked(g: Any, like: Any) -> Any:
    """The cotangent of nested lists whose elements an array was made of."""
    if not isinstance(like, (list, tuple)):
        return g
    pieces: tuple[Any, ...] = ()
    for k in range(len(like)):
        pieces = (*pieces, unstacked(g[k], like[k]))
    return pieces


@adjoint(np.sort)
def sort_adjoint(g: Any, ans: Any, a: Any, axis: Any = -1, kind: Any = None) -> Any:
    ranks = np.argsort(np.argsort(a, axis=axis, kind="stable"), axis=axis or 0)
    if axis is None:
        return np.reshape(np.take(g, ranks), np.shape(a))
    return np.take_along_axis(g, ranks, axis)


@adjoint(np.partition)
def partition_adjoint(g: Any, ans: Any, a: Any, kth: Any, axis: Any = -1) -> Any:
    ranks = np.argsort(np.argpartition(a, kth, axis=axis), axis=axis or 0)
    if axis is None:
        return np.reshape(np.take(g, ranks), np.shape(a))
    return np.take_along_axis(g, ranks, axis)
