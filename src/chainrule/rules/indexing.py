"""Elements picked by index, diagonals and triangles, and arrays made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.axes import axis_tuple
from chainrule.rules.registry import adjoint


@adjoint(np.take)
def take_adjoint(g: Any, ans: Any, a: Any, indices: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(scattered(g, (indices,), (np.size(a),)), np.shape(a))
    index = (slice(None),) * axis_tuple(axis, np.ndim(a))[0] + (indices,)
    return scattered(g, index, np.shape(a))


@adjoint(np.take_along_axis)
def take_along_axis_adjoint(g: Any, ans: Any, arr: Any, indices: Any, axis: Any = -1) -> Any:
    if axis is None:
        return np.reshape(scattered(g, (indices,), (np.size(arr),)), np.shape(arr))
    index: tuple[Any, ...] = ()
    for k in range(np.ndim(arr)):
        if k == axis_tuple(axis, np.ndim(arr))[0]:
            index = (*index, indices)
        else:
            along = (1,) * k + (-1,) + (1,) * (np.ndim(arr) - k - 1)
            index = (*index, np.reshape(np.arange(np.shape(indices)[k]), along))
    return scattered(g, index, np.shape(arr))


def scattered(g: Any, index: Any, shape: Any) -> Any:
    """Zeros of the shape, with g added at the index: as often as an index is repeated."""
    total = np.zeros(shape)
    np.add.at(total, index, g)
    return total


@adjoint(np.diagonal)
def diagonal_adjoint(
    g: Any, ans: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Any:
    moved = np.moveaxis(a, (axis1, axis2), (-2, -1))
    return np.moveaxis(on_diagonal(g, np.shape(moved), offset), (-2, -1), (axis1, axis2))


@adjoint(np.linalg.diagonal)
def linalg_diagonal_adjoint(g: Any, ans: Any, x: Any, *, offset: int = 0) -> Any:
    return on_diagonal(g, np.shape(x), offset)


@adjoint(np.diag)
def diag_adjoint(g: Any, ans: Any, v: Any, k: int = 0) -> Any:
    if np.ndim(v) == 1:
        return np.diagonal(g, k)
    return on_diagonal(g, np.shape(v), k)


@adjoint(np.diagflat)
def diagflat_adjoint(g: Any, ans: Any, v: Any, k: int = 0) -> Any:
    return np.reshape(np.diagonal(g, k), np.shape(v))


def on_diagonal(g: Any, shape: Any, offset: int) -> Any:
    """Zeros of the shape, with g on a diagonal of the last two axes."""
    total = np.zeros(shape)
    along = np.arange(np.shape(g)[-1])
    total[..., along + max(-offset, 0), along + max(offset, 0)] = g
    return total


@adjoint(np.triu)
def triu_adjoint(g: Any, ans: Any, m: Any, k: int = 0) -> Any:
    return np.triu(g, k)


@adjoint(np.tril)
def tril_adjoint(g: Any, ans: Any, m: Any, k: int = 0) -> Any:
    return np.tril(g, k)


@adjoint(np.full)
def full_adjoint(g: Any, ans: Any, shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    return None, g


@adjoint(np.full_like)
def full_like_adjoint(g: Any, ans: Any, a: Any, fill_value: Any, dtype: Any = None) -> Any:
    return None, g


@adjoint(np.arange)
def arange_adjoint(
    g: Any, ans: Any, start: Any, stop: Any = None, step: Any = 1, *, dtype: Any = None
) -> Any:
    if stop is None:  # the one argument is where to stop
        return None
    return np.sum(g), None, np.sum(g * np.arange(np.size(g)))


@adjoint(np.linspace)
def linspace_adjoint(
    g: Any,
    ans: Any,
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    *,
    dtype: Any = None,
) -> Any:
    weights = np.reshape(np.linspace(0.0, 1.0, num, endpoint), (-1,) + (1,) * (np.ndim(g) - 1))
    return np.sum(g * (1 - weights), axis=0), np.sum(g * weights, axis=0)


@adjoint(np.logspace)
def logspace_adjoint(
    g: Any, ans: Any, start: Any, stop: Any, num: int = 50, endpoint: bool = True
) -> Any:
    return linspace_adjoint(g * ans * np.log(10.0), ans, start, stop, num, endpoint)


@adjoint(np.geomspace)
def geomspace_adjoint(
    g: Any, ans: Any, start: Any, stop: Any, num: int = 50, endpoint: bool = True
) -> Any:
    dstart, dstop = linspace_adjoint(g * ans, ans, start, stop, num, endpoint)
    return dstart / start, dstop / stop


@adjoint(np.meshgrid)
def meshgrid_adjoint(
    g: Any, ans: Any, *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> Any:
    cotangents: tuple[Any, ...] = ()
    for k in range(len(xi)):
        own = 1 - k if indexing == "xy" and len(xi) > 1 and k < 2 else k
        others = tuple(range(own)) + tuple(range(own + 1, len(xi)))
        cotangents = (*cotangents, np.reshape(np.sum(g[k], axis=others), np.shape(xi[k])))
    return cotangents


@adjoint(np.bincount)
def bincount_adjoint(g: Any, ans: Any, x: Any, weights: Any = None, minlength: int = 0) -> Any:
    if weights is None:
        return None
    return None, np.take(g, x)
