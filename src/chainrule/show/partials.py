"""The local derivatives of the operations that textbooks have, as one reads them.

Each is an expression of the operands ``x``, ``y``, ``z`` and the result ``r``, one an operand: the
factor that the chain rule multiplies by, or, where the cotangent ``g`` of the result stands in it,
the whole contribution. ``[x > y]`` is one where the test holds, else zero; ``T(x)`` the transpose.
They are words about the derivative: what is computed comes from `rules`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.ir import primitives

ELEMENTARY: dict[str, tuple[str, ...]] = {
    "exp": ("exp(x)",),
    "expm1": ("exp(x)",),
    "exp2": ("log(2) * r",),
    "log": ("1 / x",),
    "log1p": ("1 / (1 + x)",),
    "log2": ("1 / (x * log(2))",),
    "log10": ("1 / (x * log(10))",),
    "sqrt": ("1 / (2 * r)",),
    "cbrt": ("1 / (3 * r**2)",),
    "sin": ("cos(x)",),
    "cos": ("-sin(x)",),
    "tan": ("1 + r**2",),
    "sinh": ("cosh(x)",),
    "cosh": ("sinh(x)",),
    "tanh": ("1 - r**2",),
    "asin": ("1 / sqrt(1 - x**2)",),
    "acos": ("-(1 / sqrt(1 - x**2))",),
    "atan": ("1 / (1 + x**2)",),
    "asinh": ("1 / sqrt(1 + x**2)",),
    "acosh": ("1 / sqrt(x**2 - 1)",),
    "atanh": ("1 / (1 - x**2)",),
    "atan2": ("y / (x**2 + y**2)", "-(x / (x**2 + y**2))"),
    "hypot": ("x / r", "y / r"),
    "fabs": ("sign(x)",),
    "pow": ("y * x**(y - 1)", "log(x) * r"),
}
"""By the name that `math` has; NumPy's functions of that name mean the same."""

ARITHMETIC: dict[Callable[..., Any], tuple[str, ...]] = {
    operator.add: ("1", "1"),
    operator.sub: ("1", "-1"),
    operator.mul: ("y", "x"),
    operator.truediv: ("1 / y", "-(x / y**2)"),
    operator.pow: ("y * x**(y - 1)", "log(x) * r"),
    operator.neg: ("-1",),
    operator.pos: ("1",),
    operator.matmul: ("g @ T(y)", "T(x) @ g"),
    abs: ("sign(x)",),
    float: ("1",),
    primitives.assign: ("1",),
}

ARRAYS: dict[Callable[..., Any], tuple[str, ...]] = {
    np.add: ("1", "1"),
    np.subtract: ("1", "-1"),
    np.multiply: ("y", "x"),
    np.divide: ("1 / y", "-(x / y**2)"),
    np.negative: ("-1",),
    np.power: ("y * x**(y - 1)", "log(x) * r"),
    np.square: ("2 * x",),
    np.reciprocal: ("-(1 / x**2)",),
    np.absolute: ("sign(x)",),
    np.maximum: ("[x > y]", "[y > x]"),
    np.minimum: ("[x < y]", "[y < x]"),
    np.where: ("0", "[x]", "1 - [x]"),
    np.matmul: ("g @ T(y)", "T(x) @ g"),
    np.dot: ("g @ T(y)", "T(x) @ g"),
    np.outer: ("g @ y", "x @ g"),
    np.transpose: ("T(g)",),
    np.copy: ("1",),
    np.asarray: ("1",),
    np.sum: ("1",),
    np.cumsum: ("1",),
    np.mean: ("1 / size(x)",),
    np.prod: ("r / x",),
    np.max: ("[x == r]",),
    np.min: ("[x == r]",),
    np.linalg.inv: ("-T(r) @ g @ T(r)",),
    np.linalg.det: ("r * T(inv(x))",),
    np.linalg.solve: ("-solve(T(x), g) @ T(r)", "solve(T(x), g)"),
}


def _of_names() -> dict[Callable[..., Any], tuple[str, ...]]:
    found: dict[Callable[..., Any], tuple[str, ...]] = {}
    for module in (math, np):
        for name, partials in ELEMENTARY.items():
            function = getattr(module, name, None)
            if function is not None:
                found[function] = partials
    return found


PARTIALS: dict[Callable[..., Any], tuple[str, ...]] = {**_of_names(), **ARITHMETIC, **ARRAYS}


def partial(function: Callable[..., Any], position: int) -> str | None:
    """The local derivative with respect to an operand, None where the table has none."""
    found = PARTIALS.get(function, ())
    return found[position] if position < len(found) else None
