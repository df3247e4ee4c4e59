"""Points where a function has no derivative, and the value that its gradient has there.

In this order: the derivative where it exists, the minimum-norm subgradient, the one-sided value of
a continuous extension, and only then nan. Infinite slopes are inf, with NumPy's warning.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Kink(NamedTuple):
    """A call, the gradient of its summed result in each argument, and the constant arguments."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    gradient: tuple[Any, ...]
    why: str
    constant: tuple[int, ...] = ()
    warns: bool = False


HALF = "equal shares at a tie"
FLAT = "the subgradient of least norm"
ENDS = "infinite slope"
inf, nan = np.inf, np.nan

KINKS = (
    Kink(abs, (0.0,), (0.0,), FLAT),
    Kink(np.absolute, (np.array([0.0, -0.0]),), ([0.0, 0.0],), FLAT),
    Kink(np.copysign, (0.0, -1.0), (0.0, None), FLAT),
    Kink(np.maximum, (1.0, 1.0), (0.5, 0.5), HALF),
    Kink(np.minimum, (1.0, 1.0), (0.5, 0.5), HALF),
    Kink(np.fmax, (1.0, 1.0), (0.5, 0.5), HALF),
    Kink(np.fmin, (1.0, 1.0), (0.5, 0.5), HALF),
    Kink(max, (1.0, 1.0), (0.5, 0.5), HALF),
    Kink(min, (1.0, 1.0), (0.5, 0.5), HALF),
    Kink(max, (1.0, 0.0, 1.0), (0.5, 0.0, 0.5), HALF),
    Kink(min, (1.0, 2.0, 1.0), (0.5, 0.0, 0.5), HALF),
    Kink(np.maximum, (0.0, 0.0), (0.0,), FLAT, constant=(1,)),
    Kink(np.minimum, (0.0, 0.0), (0.0,), FLAT, constant=(1,)),
    Kink(np.fmax, (0.0, 0.0), (0.0,), FLAT, constant=(1,)),
    Kink(np.fmin, (0.0, 0.0), (0.0,), FLAT, constant=(1,)),
    Kink(max, (0.0, 0.0), (0.0,), FLAT, constant=(1,)),
    Kink(min, (0.0, 0.0), (0.0,), FLAT, constant=(1,)),
    Kink(max, (2.0, 2.0, 2.0), (0.0, 0.0), FLAT, constant=(2,)),
    Kink(min, (2.0, 2.0, 2.0), (0.0, 0.0), FLAT, constant=(2,)),
    Kink(np.fmax, (nan, 1.0), (0.0, 1.0), "the argument that is a number"),
    Kink(np.fmin, (1.0, nan), (1.0, 0.0), "the argument that is a number"),
    Kink(np.clip, (np.array([0.0, 1.0]), 0.0, 1.0), ([0.0, 0.0],), FLAT, constant=(1, 2)),
    Kink(np.max, (np.array([1.0, 3.0, 3.0]),), ([0.0, 0.5, 0.5],), HALF),
    Kink(np.min, (np.array([3.0, 1.0, 1.0]),), ([0.0, 0.5, 0.5],), HALF),
    Kink(np.median, (np.array([1.0, 2.0, 2.0]),), ([0.0, 0.5, 0.5],), HALF),
    Kink(np.std, (np.ones(3),), (np.zeros(3),), FLAT),
    Kink(np.hypot, (0.0, 0.0), (0.0, 0.0), FLAT),
    Kink(math.hypot, (0.0, 0.0), (0.0, 0.0), FLAT),
    Kink(np.linalg.norm, (np.zeros(2),), (np.zeros(2),), FLAT),
    Kink(np.linalg.norm, (np.zeros((2, 2)), "nuc"), (np.zeros((2, 2)),), FLAT),
    Kink(np.linalg.norm, (np.array([2.0, -2.0]), inf), ([0.5, -0.5],), HALF, constant=(1,)),
    Kink(np.linalg.norm, (np.array([0.0, -2.0]), 1), ([0.0, -1.0],), FLAT),
    Kink(np.linalg.norm, (np.eye(2), 2), (np.eye(2) / 2,), HALF),
    Kink(np.linalg.eigvalsh, (np.eye(2),), (np.eye(2),), "the sum of the eigenvalues is smooth"),
    Kink(np.power, (0.0, 0.0), (0.0, 0.0), "x ** 0 is constant; x ** y ends at y = 0"),
    Kink(np.power, (0.0, 1.0), (1.0, 0.0), "the derivative exists"),
    Kink(np.power, (0.0, 2.0), (0.0, 0.0), "the derivative exists"),
    Kink(np.power, (-2.0, 2.0), (-4.0, nan), "x ** y is not real for y close to 2"),
    Kink(np.power, (np.float64(0.0), 0.5), (inf, 0.0), ENDS, warns=True),
    Kink(np.sqrt, (np.float64(0.0),), (inf,), ENDS, warns=True),
    Kink(np.cbrt, (np.float64(0.0),), (inf,), ENDS, warns=True),
    Kink(np.arcsin, (1.0,), (inf,), ENDS, warns=True),
    Kink(np.arccos, (1.0,), (-inf,), ENDS, warns=True),
    Kink(np.arccosh, (1.0,), (inf,), ENDS, warns=True),
    Kink(np.arctan2, (0.0, 0.0), (nan, nan), "no limit in any direction"),
    Kink(np.sinc, (0.0,), (0.0,), "the derivative exists"),
    Kink(np.logaddexp, (-inf, -inf), (0.0, 0.0), "a constant: no finite change moves it"),
    Kink(np.logaddexp, (-inf, 1.0), (0.0, 1.0), "the derivative exists"),
    Kink(np.remainder, (4.0, 2.0), (1.0, -2.0), "from the right, where it is continuous"),
    Kink(
        np.interp,
        (1.0, [0.0, 1.0, 2.0], [0.0, 1.0, 3.0]),
        (2.0,),
        "from the right",
        constant=(1, 2),
    ),
    Kink(np.prod, (np.array([0.0, 2.0, 3.0]),), ([6.0, 0.0, 0.0],), "the derivative exists"),
    Kink(np.prod, (np.array([0.0, 0.0, 3.0]),), ([0.0, 0.0, 0.0],), "the derivative exists"),
    Kink(np.cumprod, (np.array([0.0, 2.0]),), ([3.0, 0.0],), "the derivative exists"),
)
