"""Products and running sums along an axis, exact where elements are zero, at every order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.rules.axes import last_axes
from chainrule.rules.extents import restored
from chainrule.rules.registry import adjoint


@adjoint(np.prod)
def prod_adjoint(
    g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    if axis is None:
        others = np.reshape(product_of_others(np.ravel(a)), np.shape(a))
    elif not isinstance(axis, tuple):
        others = np.moveaxis(product_of_others(np.moveaxis(a, axis, -1)), -1, axis)
    else:
        last = np.moveaxis(a, axis, last_axes(len(axis)))
        flat = np.reshape(last, (*np.shape(last)[: np.ndim(a) - len(axis)], -1))
        others = np.moveaxis(
            np.reshape(product_of_others(flat), np.shape(last)), last_axes(len(axis)), axis
        )
    return restored(g, axis, keepdims) * others


@adjoint(np.nanprod)
def nanprod_adjoint(
    g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    da = prod_adjoint(g, ans, np.where(np.isnan(a), 1.0, a), axis=axis, keepdims=keepdims)
    return np.where(np.isnan(a), 0.0, da)


def product_of_others(a: Any) -> Any:
    """For each element along the last axis the product of all others, before it and after it."""
    return product_before(a) * np.flip(product_before(np.flip(a, -1)), -1)


def product_before(a: Any) -> Any:
    """For each element along the last axis the product of those before it."""
    return np.concatenate((np.ones_like(a[..., :1]), np.cumprod(a[..., :-1], axis=-1)), axis=-1)


@adjoint(math.prod)
def prod_of_many_adjoint(g: Any, ans: Any, iterable: Any, *, start: Any = 1) -> Any:
    if isinstance(iterable, np.ndarray):
        return g * start * product_of_others(iterable), g * np.prod(iterable)
    pieces: tuple[Any, ...] = ()
    for i in range(len(iterable)):
        pieces = (*pieces, g * start * math.prod(iterable[:i]) * math.prod(iterable[i + 1 :]))
    return pieces, g * math.prod(iterable)


@adjoint(np.cumsum)
def cumsum_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None) -> Any:
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(a))
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


@adjoint(np.cumprod)
def cumprod_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None) -> Any:
    if axis is None:
        return np.reshape(cumprod_pullback(g, np.ravel(a)), np.shape(a))
    return np.moveaxis(
        cumprod_pullback(np.moveaxis(g, axis, -1), np.moveaxis(a, axis, -1)), -1, axis
    )


@adjoint(np.nancumsum)
def nancumsum_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.where(np.isnan(a), 0.0, cumsum_adjoint(g, ans, a, axis=axis))


@adjoint(np.nancumprod)
def nancumprod_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, dtype: Any = None) -> Any:
    da = cumprod_adjoint(g, ans, np.where(np.isnan(a), 1.0, a), axis=axis)
    return np.where(np.isnan(a), 0.0, da)


def cumprod_pullback(g: Any, a: Any) -> Any:
    """The cotangent of a in `np.cumprod(a, axis=-1)`.

    It is product_before(a) * tail, where tail[i] = g[i] + a[i + 1] * tail[i + 1]. The recurrence is
    solved by doubling: after each turn a tail covers twice as many terms. Nothing is divided.
    """
    tail = g
    factor = shifted(a, 1)
    step = 1
    while step < np.shape(a)[-1]:
        tail = tail + factor * shifted(tail, step)
        factor = factor * shifted(factor, step)
        step = 2 * step
    return product_before(a) * tail


def shifted(a: Any, step: int) -> Any:
    """The elements `step` further on along the last axis, and zeros past the end."""
    return np.concatenate((a[..., step:], np.zeros_like(a[..., :step])), axis=-1)
