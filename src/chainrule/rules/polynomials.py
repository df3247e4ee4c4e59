"""Polynomials by their coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.contraction import transposed
from chainrule.rules.linalg import outer_or_matmul, pinv_adjoint
from chainrule.rules.registry import adjoint
from chainrule.rules.sequences import convolve_adjoint


@adjoint(np.polyval)
def polyval_adjoint(g: Any, ans: Any, p: Any, x: Any) -> Any:
    powers = np.arange(np.size(p) - 1, -1, -1)
    dp = np.sum(
        np.reshape(np.expand_dims(g, -1) * np.expand_dims(x, -1) ** powers, (-1, np.size(p))),
        axis=0,
    )
    return dp, g * np.polyval(p[:-1] * powers[:-1], x)


@adjoint(np.polyadd)
def polyadd_adjoint(g: Any, ans: Any, a1: Any, a2: Any) -> Any:
    return lowest(g, a1), lowest(g, a2)


@adjoint(np.polysub)
def polysub_adjoint(g: Any, ans: Any, a1: Any, a2: Any) -> Any:
    return lowest(g, a1), -lowest(g, a2)


def lowest(g: Any, a: Any) -> Any:
    """The cotangent of as many coefficients of the lowest powers as a has."""
    return np.reshape(g[np.size(g) - np.size(a) :], np.shape(a))


@adjoint(np.polymul)
def polymul_adjoint(g: Any, ans: Any, a1: Any, a2: Any) -> Any:
    return convolve_adjoint(g, ans, a1, a2)


@adjoint(np.polyder)
def polyder_adjoint(g: Any, ans: Any, p: Any, m: int = 1) -> Any:
    if m != 1:
        raise NotImplementedError("np.polyder: a derivative higher than the first")
    return np.append(g * np.arange(np.size(p) - 1, 0, -1), 0.0)


@adjoint(np.polyint)
def polyint_adjoint(g: Any, ans: Any, p: Any, m: int = 1, k: Any = None) -> Any:
    if m != 1:
        raise NotImplementedError("np.polyint: an integral higher than the first")
    return g[:-1] / np.arange(np.size(p), 0, -1), None, None if k is None else g[-1]


@adjoint(np.vander)
def vander_adjoint(g: Any, ans: Any, x: Any, N: Any = None, increasing: bool = False) -> Any:
    n = np.size(x) if N is None else N
    powers = np.arange(n) if increasing else np.arange(n - 1, -1, -1)
    slopes = powers * np.expand_dims(x, -1) ** np.maximum(powers - 1, 0)
    return np.sum(g * slopes, axis=-1)


@adjoint(np.polyfit)
def polyfit_adjoint(g: Any, ans: Any, x: Any, y: Any, deg: int) -> Any:
    # The coefficients are pinv(powers) @ y, where the points are as many as they, or more.
    powers = np.vander(x, deg + 1)
    inverse = np.linalg.pinv(powers)
    dpowers = pinv_adjoint(outer_or_matmul(g, y), inverse, powers)
    return vander_adjoint(dpowers, powers, x, deg + 1), transposed(inverse) @ g
