"""Sums, products, quotients, powers and remainders."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from chainrule.rules.registry import adjoint


@adjoint(operator.add, np.add)
def add_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g, g


@adjoint(operator.sub, np.subtract)
def subtract_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g, -g


@adjoint(operator.mul, np.multiply)
def multiply_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g * y, g * x


@adjoint(operator.truediv, np.divide)
def divide_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g / y, -g * ans / y


@adjoint(operator.neg, np.negative)
def negative_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return -g


@adjoint(operator.pos, np.positive)
def positive_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g


@adjoint(abs, operator.abs, np.absolute, np.fabs, math.fabs)
def absolute_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * np.sign(x)


@adjoint(np.square)
def square_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g * 2 * x


@adjoint(np.reciprocal)
def reciprocal_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return -g * ans * ans


@adjoint(pow, operator.pow, np.power, np.float_power, math.pow)
def power_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    # The exponent is y - 1, but 0 where y is 0: 0 ** -1 is undefined, and is multiplied by zero.
    return g * y * x ** (y - (y != 0)), g * ans * log_of_base(x)


def log_of_base(x: Any) -> Any:
    """log(x) as the slope of x ** y in y has it: 0 where x is 0, and nan, but no warning, below."""
    return np.log(np.where(x > 0, x, np.where(x == 0, 1.0, np.nan)))


@adjoint(operator.mod, np.remainder)
def remainder_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g, -g * (x // y)


@adjoint(np.fmod, math.fmod)
def fmod_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g, -g * np.trunc(x / y)


@adjoint(math.remainder)
def ieee_remainder_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g, -g * np.rint(x / y)


@adjoint(divmod, np.divmod)
def divmod_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g[1], -g[1] * ans[0]


@adjoint(np.modf, math.modf)
def modf_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g[0]


@adjoint(np.ldexp, math.ldexp)
def ldexp_adjoint(g: Any, ans: Any, x: Any, i: Any) -> Any:
    return np.ldexp(g, i)


@adjoint(np.copysign, math.copysign)
def copysign_adjoint(g: Any, ans: Any, x: Any, y: Any) -> Any:
    return g * np.sign(x) * np.copysign(1.0, y)


@adjoint(np.conjugate)
def conjugate_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return np.conjugate(g)


@adjoint(float, np.float64, np.float32)
def float_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return g
