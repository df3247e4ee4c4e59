"""Norms of vectors and matrices: 0 at the origin, equal shares where entries or values tie."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.extents import restored
from chainrule.rules.guards import or_one
from chainrule.rules.registry import adjoint


@adjoint(np.linalg.norm)
def norm_adjoint(
    g: Any, ans: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> Any:
    if ord is None or ord == "fro":
        return restored(g / or_one(ans), axis, keepdims) * x
    if axis is None and np.ndim(x) == 2:
        return matrix_norm_pullback(np.reshape(g, ()), x, ord)
    if isinstance(axis, tuple) and len(axis) == 2:
        g = np.squeeze(g, axis) if keepdims else g
        return np.moveaxis(
            matrix_norm_pullback(g, np.moveaxis(x, axis, (-2, -1)), ord), (-2, -1), axis
        )
    return vector_norm_pullback(
        restored(g, axis, keepdims), restored(ans, axis, keepdims), x, ord, axis
    )


@adjoint(np.linalg.vector_norm)
def vector_norm_adjoint(
    g: Any, ans: Any, x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2
) -> Any:
    return vector_norm_pullback(
        restored(g, axis, keepdims), restored(ans, axis, keepdims), x, ord, axis
    )


@adjoint(np.linalg.matrix_norm)
def matrix_norm_adjoint(
    g: Any, ans: Any, x: Any, *, keepdims: bool = False, ord: Any = "fro"
) -> Any:
    g = g[..., 0, 0] if keepdims else g
    return matrix_norm_pullback(g, x, ord)


def vector_norm_pullback(g: Any, ans: Any, x: Any, ord: Any, axis: Any) -> Any:
    """The cotangent of x; g and ans have their reduced axes."""
    if ord == 2:
        return g / or_one(ans) * x
    if ord == 0:
        return g * np.zeros_like(x)
    if ord == 1:
        return g * np.sign(x)
    if ord == np.inf or ord == -np.inf:
        return g * np.sign(x) * shares_of_extreme(np.absolute(x), axis, ord)
    return g * np.sign(x) * (np.absolute(x) / or_one(ans)) ** (ord - 1)


def matrix_norm_pullback(g: Any, x: Any, ord: Any) -> Any:
    """The cotangent of x, a matrix in its last two axes; g has none of the two."""
    g = np.expand_dims(g, (-2, -1))
    if ord == "fro" or ord is None:
        return g / or_one(np.sqrt(np.sum(x * x, axis=(-2, -1), keepdims=True))) * x
    if ord == 1 or ord == -1:
        sums = np.sum(np.absolute(x), axis=-2, keepdims=True)
        return g * np.sign(x) * shares_of_extreme(sums, -1, ord)
    if ord == np.inf or ord == -np.inf:
        sums = np.sum(np.absolute(x), axis=-1, keepdims=True)
        return g * np.sign(x) * shares_of_extreme(sums, -2, ord)
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    s = s[..., None, :]
    if ord == "nuc":
        return g * ((u * (s > 0)) @ vh)
    return g * ((u * (s > 0) * shares_of_extreme(s, -1, ord)) @ vh)


def shares_of_extreme(values: Any, axis: Any, sign: Any) -> Any:
    """Equal shares of those that attain the maximum, or the minimum if the sign is negative."""
    if sign < 0:
        ties = np.logical_not(values > np.min(values, axis=axis, keepdims=True))
    else:
        ties = np.logical_not(values < np.max(values, axis=axis, keepdims=True))
    return ties / np.sum(ties, axis=axis, keepdims=True)
