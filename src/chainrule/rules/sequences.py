"""Differences, integrals, convolutions and interpolation along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.axes import axis_tuple, other_axes
from chainrule.rules.indexing import scattered
from chainrule.rules.registry import adjoint


def along(axis: int, ndim: int, start: Any, stop: Any) -> Any:
    """The index of a range along one axis."""
    return (slice(None),) * axis_tuple(axis, ndim)[0] + (slice(start, stop),)


@adjoint(np.diff)
def diff_adjoint(
    g: Any, ans: Any, a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None
) -> Any:
    for _ in range(n):
        g = -np.diff(g, axis=axis, prepend=0, append=0)
    # Now g is the cotangent of the array whose ends were supplied.
    before = length_of_end(prepend, axis)
    after = before + np.shape(a)[axis]
    dprepend = None if prepend is None else g[along(axis, np.ndim(a), 0, before)]
    dappend = None if append is None else g[along(axis, np.ndim(a), after, None)]
    return g[along(axis, np.ndim(a), before, after)], None, None, dprepend, dappend


def length_of_end(end: Any, axis: int) -> Any:
    """The number of elements that were put at an end of an array."""
    if end is None:
        return 0
    if np.ndim(end) == 0:
        return 1
    return np.shape(end)[axis]


@adjoint(np.gradient)
def gradient_adjoint(g: Any, ans: Any, f: Any, *varargs: Any, axis: Any = None) -> Any:
    if np.ndim(f) != 1 and not isinstance(axis, int) or len(varargs) > 1:
        raise NotImplementedError("np.gradient: along several axes at once")
    axis = 0 if axis is None else axis
    if len(varargs) == 0:
        return gradient_pullback(g, axis)
    if np.ndim(varargs[0]) != 0:
        raise NotImplementedError("np.gradient: points that are not evenly spaced")
    return gradient_pullback(g, axis) / varargs[0], -np.sum(g * ans) / varargs[0]


def gradient_pullback(g: Any, axis: int) -> Any:
    """The cotangent of f in np.gradient(f, axis=axis): differences one step apart at the ends, two inside."""
    g = np.moveaxis(g, axis, 0)
    ends = np.zeros_like(g[:1])
    half = 0.5 * np.concatenate((2 * g[:1], g[1:-1], 2 * g[-1:]))
    # Each derivative takes from what lies behind it and gives to what lies before it; at an end that is the end itself.
    df = np.concatenate((ends, half[:-1])) - np.concatenate((half[1:], ends))
    df = df - np.concatenate((half[:1], np.zeros_like(g[1:])))
    return np.moveaxis(df + np.concatenate((np.zeros_like(g[1:]), half[-1:])), 0, axis)


@adjoint(np.ediff1d)
def ediff1d_adjoint(g: Any, ans: Any, ary: Any) -> Any:
    return np.reshape(-np.diff(g, prepend=0, append=0), np.shape(ary))


@adjoint(np.trapezoid)
def trapezoid_adjoint(
    g: Any, ans: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1
) -> Any:
    ndim = np.ndim(y)
    g = np.expand_dims(g, axis)
    means = 0.5 * (y[along(axis, ndim, 1, None)] + y[along(axis, ndim, None, -1)])
    if x is None:
        half = np.broadcast_to(0.5 * g * dx, np.shape(means))
        return both_ends(half, axis), None, np.sum(g * np.sum(means, axis=axis, keepdims=True))
    if np.ndim(x) == 1:
        others = other_axes(axis_tuple(axis, ndim), ndim)
        dwidths = np.sum(g * means, axis=others)
        return both_ends(0.5 * g * np.expand_dims(np.diff(x), others), axis), -np.diff(
            dwidths, prepend=0, append=0
        )
    return both_ends(0.5 * g * np.diff(x, axis=axis), axis), -np.diff(
        g * means, axis=axis, prepend=0, append=0
    )


def both_ends(half: Any, axis: int) -> Any:
    """The cotangent of points from those of the intervals between: each gives to both its ends."""
    before = np.zeros_like(half[along(axis, np.ndim(half), 0, 1)])
    return np.concatenate((half, before), axis=axis) + np.concatenate((before, half), axis=axis)


@adjoint(np.convolve)
def convolve_adjoint(g: Any, ans: Any, a: Any, v: Any, mode: str = "full") -> Any:
    middle = (min(np.size(a), np.size(v)) - 1) // 2
    return convolution_pullback(g, a, v, mode, middle)


@adjoint(np.correlate)
def correlate_adjoint(g: Any, ans: Any, a: Any, v: Any, mode: str = "valid") -> Any:
    # NumPy swaps the two if v is longer, and reverses the result: so the middle is rounded up.
    middle = (min(np.size(a), np.size(v)) - (np.size(a) >= np.size(v))) // 2
    da, dv = convolution_pullback(g, a, np.flip(v), mode, middle)
    return da, np.flip(dv)


def convolution_pullback(g: Any, a: Any, v: Any, mode: str, middle: Any) -> Any:
    """The cotangents of a and v; `middle` is where mode "same" begins in the full convolution."""
    n = np.size(a)
    m = np.size(v)
    if mode == "same":
        g = np.concatenate((np.zeros(middle), g, np.zeros(n + m - 1 - middle - np.size(g))))
    elif mode == "valid":
        g = np.concatenate((np.zeros(min(n, m) - 1), g, np.zeros(min(n, m) - 1)))
    elif mode != "full":
        raise NotImplementedError("a convolution whose mode is not spelled out")
    return np.correlate(g, v, "valid"), np.correlate(g, a, "valid")


@adjoint(np.interp)
def interp_adjoint(g: Any, ans: Any, x: Any, xp: Any, fp: Any) -> Any:
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, np.size(xp) - 2)
    width = np.take(xp, k + 1) - np.take(xp, k)
    slope = (np.take(fp, k + 1) - np.take(fp, k)) / width
    outside = (x < xp[0]) | (x > xp[-1])
    weight = np.where(outside, x > xp[-1], (x - np.take(xp, k)) / width)
    dx = np.where(outside, 0.0, g * slope)
    dxp = scattered(-dx * (1 - weight), (k,), np.shape(xp)) + scattered(
        -dx * weight, (k + 1,), np.shape(xp)
    )
    dfp = scattered(g * (1 - weight), (k,), np.shape(fp)) + scattered(
        g * weight, (k + 1,), np.shape(fp)
    )
    return dx, dxp, dfp
