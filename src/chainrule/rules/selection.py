"""Functions that pick one of their arguments, element by element.

At a tie the shares are the minimum-norm subgradient: equal among those that are differentiated, and
none at all if a constant ties with them, so that `maximum(x, 0)` has slope 0 at 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.registry import adjoint, constant


@adjoint(np.maximum)
def maximum_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    if constant(x) or constant(y):
        return g * (x > y), g * (y > x)
    return g * share_of_larger(x, y), g * share_of_larger(y, x)


@adjoint(np.minimum)
def minimum_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    if constant(x) or constant(y):
        return g * (x < y), g * (y < x)
    return g * share_of_larger(y, x), g * share_of_larger(x, y)


def share_of_larger(x: Any, y: Any) -> Any:
    """The slope of maximum(x, y) in x, and of minimum(x, y) in y: one half at a tie."""
    return np.where(x == y, 0.5, x > y)


@adjoint(np.fmax)
def fmax_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    if constant(x) or constant(y):
        return g * ((x > y) | np.isnan(y)), g * ((y > x) | np.isnan(x))
    return g * np.where(np.isnan(y), 1.0, share_of_larger(x, y)), g * np.where(
        np.isnan(x), 1.0, share_of_larger(y, x)
    )


@adjoint(np.fmin)
def fmin_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    if constant(x) or constant(y):
        return g * ((x < y) | np.isnan(y)), g * ((y < x) | np.isnan(x))
    return g * np.where(np.isnan(y), 1.0, share_of_larger(y, x)), g * np.where(
        np.isnan(x), 1.0, share_of_larger(x, y)
    )


def shared_by_items(g: Any, items: Any, ties: Any) -> Any:
    """The cotangent of the one argument of `max` or `min`: the items that tie share it."""
    shares = [g * tie / sum(ties) for tie in ties]
    return np.array(shares) if isinstance(items, np.ndarray) else shares


@adjoint(max)
def max_of_many_adjoint(g: Any, ans: Any, x: Any, y: Any = None, *more: Any) -> Any:
    if y is None:
        return (shared_by_items(g, x, [1 - (value < ans) for value in x]),)
    if len(more) == 0:
        return maximum_adjoint(g, ans, x, y)
    values = (x, y, *more)
    ties = 0
    for value in values:
        ties = ties + (1 - (value < ans))
        if constant(value):
            g = g * (value < ans)
    cotangents: tuple[Any, ...] = ()
    for value in values:
        cotangents = (*cotangents, g * (1 - (value < ans)) / ties)
    return cotangents


@adjoint(min)
def min_of_many_adjoint(g: Any, ans: Any, x: Any, y: Any = None, *more: Any) -> Any:
    if y is None:
        return (shared_by_items(g, x, [1 - (value > ans) for value in x]),)
    if len(more) == 0:
        return minimum_adjoint(g, ans, x, y)
    values = (x, y, *more)
    ties = 0
    for value in values:
        ties = ties + (1 - (value > ans))
        if constant(value):
            g = g * (value > ans)
    cotangents: tuple[Any, ...] = ()
    for value in values:
        cotangents = (*cotangents, g * (1 - (value > ans)) / ties)
    return cotangents


@adjoint(np.where)
def where_adjoint(g: Any, ans: Any, condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None:  # the indices of what is true
        return None
    return None, np.where(condition, g, 0.0), np.where(condition, 0.0, g)


@adjoint(np.select)
def select_adjoint(g: Any, ans: Any, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    pieces: tuple[Any, ...] = ()
    for condition in condlist:
        pieces = (*pieces, np.where(condition, g, 0.0))
        g = np.where(condition, 0.0, g)
    return None, pieces, g


@adjoint(np.clip)
def clip_adjoint(g: Any, ans: Any, a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    if a_min is None and a_max is None:
        return g
    if a_max is None:
        return maximum_adjoint(g, ans, a, a_min)
    if a_min is None:
        da, dmax = minimum_adjoint(g, ans, a, a_max)
        return da, None, dmax
    if constant(a_min) and constant(a_max):
        return g * ((a > a_min) & (a < a_max))
    draised, dmax = minimum_adjoint(g, ans, np.maximum(a, a_min), a_max)
    da, dmin = maximum_adjoint(draised, np.maximum(a, a_min), a, a_min)
    return da, dmin, dmax


def clip_method(a: Any, min: Any = None, max: Any = None) -> Any:
    """The method `a.clip(min, max)`."""
    return np.clip(a, min, max)


@adjoint(clip_method)
def clip_method_adjoint(g: Any, ans: Any, a: Any, min: Any = None, max: Any = None) -> Any:
    return clip_adjoint(g, ans, a, min, max)


@adjoint(np.heaviside)
def heaviside_adjoint(g: Any, ans: Any, x1: Any, x2: Any) -> Any:
    return None, g * (x1 == 0)
