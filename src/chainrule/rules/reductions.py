"""Reductions: sums, means, moments, extremes and products over axes."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from chainrule.rules.axes import axis_tuple, other_axes
from chainrule.rules.extents import count, restored
from chainrule.rules.guards import or_one
from chainrule.rules.registry import adjoint


@adjoint(np.sum)
def sum_adjoint(
    g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    return np.broadcast_to(restored(g, axis, keepdims), np.shape(a))


@adjoint(np.mean)
def mean_adjoint(
    g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    return np.broadcast_to(restored(g, axis, keepdims) / count(a, axis), np.shape(a))


@adjoint(np.var)
def var_adjoint(
    g: Any,
    ans: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: bool = False,
) -> Any:
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    return restored(g, axis, keepdims) * 2 * deviation / (count(a, axis) - ddof)


@adjoint(np.std)
def std_adjoint(
    g: Any,
    ans: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: bool = False,
) -> Any:
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    return restored(g / or_one(ans), axis, keepdims) * deviation / (count(a, axis) - ddof)


@adjoint(np.average)
def average_adjoint(
    g: Any, ans: Any, a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False
) -> Any:
    g = restored(g, axis, keepdims)
    if weights is None:
        return np.broadcast_to(g / count(a, axis), np.shape(a))
    w = weights
    if np.ndim(weights) != np.ndim(a):
        w = aligned_weights(weights, axis, np.ndim(a))
    g = g / np.sum(w, axis=axis, keepdims=True)
    dw = g * (a - restored(ans, axis, keepdims))
    if np.ndim(weights) != np.ndim(a):
        dw = reduced_to_weights(dw, weights, axis)
    return g * w, None, dw


def aligned_weights(weights: Any, axis: Any, ndim: int) -> Any:
    """Weights along one axis, with an axis of length one for each other axis of the data."""
    if not isinstance(axis, int):
        raise NotImplementedError("np.average: weights of lower rank along several axes")
    return np.expand_dims(weights, other_axes(axis_tuple(axis, ndim), ndim))


def reduced_to_weights(dw: Any, weights: Any, axis: int) -> Any:
    """The cotangent of weights along one axis: what all the data along the others contribute."""
    return np.sum(dw, axis=other_axes(axis_tuple(axis, np.ndim(dw)), np.ndim(dw)))


@adjoint(np.max, np.amax)
def max_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    g = restored(g, axis, keepdims)
    ties = np.logical_not(a < restored(ans, axis, keepdims))
    return g * ties / np.sum(ties, axis=axis, keepdims=True)


@adjoint(np.min, np.amin)
def min_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    g = restored(g, axis, keepdims)
    ties = np.logical_not(a > restored(ans, axis, keepdims))
    return g * ties / np.sum(ties, axis=axis, keepdims=True)


@adjoint(np.ptp)
def ptp_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    da = max_adjoint(g, np.max(a, axis=axis, keepdims=keepdims), a, axis=axis, keepdims=keepdims)
    return da - min_adjoint(
        g, np.min(a, axis=axis, keepdims=keepdims), a, axis=axis, keepdims=keepdims
    )


@adjoint(np.nansum)
def nansum_adjoint(
    g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    return np.where(np.isnan(a), 0.0, restored(g, axis, keepdims))


@adjoint(np.nanmean)
def nanmean_adjoint(
    g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    present = np.logical_not(np.isnan(a))
    return np.where(
        present, restored(g, axis, keepdims) / np.sum(present, axis=axis, keepdims=True), 0.0
    )


@adjoint(np.nanvar)
def nanvar_adjoint(
    g: Any,
    ans: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: bool = False,
) -> Any:
    return nan_deviations(restored(g, axis, keepdims), a, axis, ddof) * 2


@adjoint(np.nanstd)
def nanstd_adjoint(
    g: Any,
    ans: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: bool = False,
) -> Any:
    return nan_deviations(restored(g / or_one(ans), axis, keepdims), a, axis, ddof)


def nan_deviations(g: Any, a: Any, axis: Any, ddof: Any) -> Any:
    """g times the share that each number which is present has in the variance; g has its reduced axes."""
    present = np.logical_not(np.isnan(a))
    deviation = a - np.nanmean(a, axis=axis, keepdims=True)
    free = np.sum(present, axis=axis, keepdims=True) - ddof
    return np.where(present, g * deviation / free, 0.0)


@adjoint(np.nanmax, np.nanmin)
def nanmax_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    ties = a == restored(ans, axis, keepdims)
    return restored(g, axis, keepdims) * ties / np.sum(ties, axis=axis, keepdims=True)


@adjoint(np.trace)
def trace_adjoint(g: Any, ans: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    identity = np.eye(np.shape(a)[axis1], np.shape(a)[axis2], offset)
    if np.ndim(a) == 2 and axis_tuple(axis1, 2) == (0,):
        return g * identity
    return np.moveaxis(np.expand_dims(g, (-2, -1)) * identity, (-2, -1), (axis1, axis2))


@adjoint(np.linalg.trace)
def linalg_trace_adjoint(g: Any, ans: Any, x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    return trace_adjoint(g, ans, x, offset, -2, -1)


@adjoint(builtins.sum)
def sum_of_many_adjoint(g: Any, ans: Any, iterable: Any, start: Any = 0) -> Any:
    if isinstance(iterable, np.ndarray):
        return np.broadcast_to(g, np.shape(iterable)), g
    return (g,) * len(iterable), g


@adjoint(math.fsum)
def fsum_adjoint(g: Any, ans: Any, seq: Any) -> Any:
    if isinstance(seq, np.ndarray):
        return np.broadcast_to(g, np.shape(seq))
    return ((g,) * len(seq),)
