"""Exponentials, logarithms, trigonometric and hyperbolic functions, and roots.

The functions of `math` share the rules of their namesakes in NumPy, except where another function is
needed that is as fast on numbers only in `math`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.rules.guards import or_nan, or_one
from chainrule.rules.registry import adjoint


@adjoint(np.exp, math.exp)
def exp_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * ans


@adjoint(np.expm1, math.expm1)
def expm1_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * (ans + 1)


@adjoint(np.exp2, math.exp2)
def exp2_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * ans * np.log(2.0)


@adjoint(np.log)
def log_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / x


@adjoint(math.log)
def log_to_base_adjoint(g: Any, ans: Any, x: Any, base: Any = None) -> Any:
    if base is None:
        return g / x
    return g / (x * np.log(base)), -g * ans / (base * np.log(base))


@adjoint(np.log1p, math.log1p)
def log1p_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / (1 + x)


@adjoint(np.log2, math.log2)
def log2_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / (x * np.log(2.0))


@adjoint(np.log10, math.log10)
def log10_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / (x * np.log(10.0))


@adjoint(np.sqrt, math.sqrt)
def sqrt_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / (2 * ans)


@adjoint(np.cbrt, math.cbrt)
def cbrt_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / (3 * ans * ans)


@adjoint(np.sin)
def sin_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * np.cos(x)


@adjoint(math.sin)
def sin_of_number_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * math.cos(x)


@adjoint(np.cos)
def cos_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return -g * np.sin(x)


@adjoint(math.cos)
def cos_of_number_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return -g * math.sin(x)


@adjoint(np.tan, math.tan)
def tan_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * (1 + ans * ans)


@adjoint(np.arcsin, math.asin)
def arcsin_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / np.sqrt(1 - x * x)


@adjoint(np.arccos, math.acos)
def arccos_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return -g / np.sqrt(1 - x * x)


@adjoint(np.arctan, math.atan)
def arctan_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / (1 + x * x)


@adjoint(np.sinh)
def sinh_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * np.cosh(x)


@adjoint(math.sinh)
def sinh_of_number_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * math.cosh(x)


@adjoint(np.cosh)
def cosh_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * np.sinh(x)


@adjoint(math.cosh)
def cosh_of_number_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * math.sinh(x)


@adjoint(np.tanh, math.tanh)
def tanh_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * (1 - ans * ans)


@adjoint(np.arcsinh, math.asinh)
def arcsinh_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / np.sqrt(x * x + 1)


@adjoint(np.arccosh, math.acosh)
def arccosh_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / np.sqrt(x * x - 1)


@adjoint(np.arctanh, math.atanh)
def arctanh_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g / (1 - x * x)


@adjoint(np.arctan2, math.atan2)
def arctan2_adjoint(g: Any, ans: Any, y: Any, x: Any) -> Any:
    square = or_nan(x * x + y * y)
    return g * x / square, -g * y / square


@adjoint(np.hypot)
def hypot_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g * x / or_one(ans), g * y / or_one(ans)


@adjoint(math.hypot)
def hypot_of_many_adjoint(g: Any, ans: Any, *coordinates: Any) -> Any:
    cotangents: tuple[Any, ...] = ()
    for x in coordinates:
        cotangents = (*cotangents, g * x / or_one(ans))
    return cotangents


@adjoint(np.logaddexp)
def logaddexp_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    top = np.where(
        ans == -np.inf, 0.0, ans
    )  # the logarithm of a sum of two zeros: neither has a share
    return g * np.exp(x - top), g * np.exp(y - top)


@adjoint(np.logaddexp2)
def logaddexp2_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    top = np.where(ans == -np.inf, 0.0, ans)
    return g * np.exp2(x - top), g * np.exp2(y - top)


@adjoint(np.sinc)
def sinc_adjoint(g: Any, ans: Any, x: Any) -> Any:
    slope = (np.cos(np.pi * x) - ans) / or_one(x)
    return g * np.where(np.absolute(x) < 0.01, sinc_slope_near_zero(np.pi * x), slope)


def sinc_slope_near_zero(t: Any) -> Any:
    """The series of d sinc(x) / dx at t = pi * x, where the closed formula cancels."""
    square = t * t
    return -np.pi / 3 * t * (1 - square / 10 * (1 - square / 28 * (1 - square / 54)))


@adjoint(math.erf)
def erf_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * (2 / math.sqrt(math.pi)) * math.exp(-x * x)


@adjoint(math.erfc)
def erfc_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return -g * (2 / math.sqrt(math.pi)) * math.exp(-x * x)


@adjoint(np.deg2rad, np.radians, math.radians)
def deg2rad_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return np.deg2rad(g)


@adjoint(np.rad2deg, np.degrees, math.degrees)
def rad2deg_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return np.rad2deg(g)


@adjoint(np.unwrap)
def unwrap_adjoint(g: Any, ans: Any, p: Any, discont: Any = None, axis: int = -1) -> Any:
    return g


@adjoint(np.nan_to_num)
def nan_to_num_adjoint(g: Any, ans: Any, x: Any, copy: bool = True) -> Any:
    return g * np.isfinite(x)
