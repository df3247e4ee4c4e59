"""Medians and quantiles: the two elements between which the result lies share its cotangent."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.extents import count, restored
from chainrule.rules.registry import adjoint


@adjoint(np.median)
def median_adjoint(g: Any, ans: Any, a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return quantile_pullback(restored(g, axis, keepdims), a, 0.5, axis)[0]


@adjoint(np.quantile)
def quantile_adjoint(
    g: Any, ans: Any, a: Any, q: Any, axis: Any = None, *, keepdims: bool = False
) -> Any:
    return quantile_pullback(restored(g, axis, keepdims), a, q, axis)


@adjoint(np.percentile)
def percentile_adjoint(
    g: Any, ans: Any, a: Any, q: Any, axis: Any = None, *, keepdims: bool = False
) -> Any:
    da, dq = quantile_pullback(restored(g, axis, keepdims), a, q / 100, axis)
    return da, dq / 100


def quantile_pullback(g: Any, a: Any, q: Any, axis: Any) -> Any:
    """The cotangents of a and q; g has its reduced axes."""
    if isinstance(axis, tuple) or np.ndim(q) != 0:
        raise NotImplementedError("a quantile over several axes, or several quantiles")
    last = count(a, axis) - 1
    k = int(q * last)
    weight = q * last - k
    ordered = np.sort(a, axis=axis)
    lower = np.take(ordered, [k], axis=axis or 0)
    upper = np.take(ordered, [min(k + 1, last)], axis=axis or 0)
    da = g * ((1 - weight) * tie_shares(a, lower, axis) + weight * tie_shares(a, upper, axis))
    return da, g * last * (upper - lower)


def tie_shares(a: Any, value: Any, axis: Any) -> Any:
    """Equal shares of the elements that are equal to the value."""
    ties = a == value
    return ties / np.sum(ties, axis=axis, keepdims=True)
