"""The slope of a function by central differences, with an error estimate."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

_FIRST_STEP = 0.0437  # no binary fraction: steps of periodic functions should not meet
_LEVELS = 64


class Slope(NamedTuple):
    """A derivative found by differences.

    Attributes
    ----------
    value
        The derivative. At a kink, the middle of those from the left and the right.
    error
        A bound that it keeps in all likelihood. At a kink, half the distance of the two, so
        that whatever lies between them counts as right.
    kink
        Whether the two differ.
    """

    value: float
    error: float
    kink: bool = False


def differences(f: Callable[[float], float], eps: float = 2.0**-52, reach: float = 1.0) -> Slope:
    """Return the derivative of a function at zero, by Richardson's extrapolation.

    The step is halved, and central differences extrapolated, for as long as rounding is not
    the larger error; the estimate that changed least is returned (Ridders' method).

    Parameters
    ----------
    f
        The function. Steps at which it raises an arithmetic error, or gives no finite number,
        are left out.
    eps
        The relative precision that ``f`` computes with.
    reach
        How large what ``f`` moves is, compared with a step of one.
    """
    found = _search(f, _FIRST_STEP, eps, reach)
    # A staircase looks like a slope from afar: a glance from near by tells them apart.
    near = eps**0.375
    slope, _, noise = _central(f, near, f(0.0), eps, reach)
    if found.kink or abs(slope - found.value) > 10 * (found.error + noise):
        return _search(f, 16 * near, eps, reach)
    return found


def _search(f: Callable[[float], float], step: float, eps: float, reach: float) -> Slope:
    """Return the best slope that steps below a first one give."""
    middle = f(0.0)
    best = Slope(math.nan, math.inf)
    rows: list[list[float]] = []
    bends: list[tuple[float, float]] = []
    for _ in range(_LEVELS):
        step /= 2
        slope, bend, noise = _central(f, step, middle, eps, reach)
        if not math.isfinite(slope):
            rows, bends = [], []
            continue
        best = min(best, _extrapolated(rows, slope, noise), key=lambda found: found.error)
        bends.append((bend, noise))
        if len(bends) >= 3 and noise >= best.error:
            break
    return _kink(best, bends) or best


def _central(
    f: Callable[[float], float], step: float, middle: float, eps: float, reach: float
) -> tuple[float, float, float]:
    """Return the slope across two steps, how it changes between them, and the rounding in it."""
    left, right = _attempt(f, -step), _attempt(f, step)
    slope = (right - left) / (2 * step)
    size = max(abs(left), abs(middle), abs(right)) + abs(slope) * reach
    return slope, (right - 2 * middle + left) / step, 2 * eps * size / step


def _attempt(f: Callable[[float], float], step: float) -> float:
    try:
        return f(step)
    except (ArithmeticError, ValueError):
        return math.nan


def _extrapolated(rows: list[list[float]], slope: float, noise: float) -> Slope:
    """Add the next row of Richardson's table, and return its best entry."""
    above = rows[-1] if rows else []
    row = [slope]
    best = Slope(slope, abs(slope - above[0]) + noise if above else math.inf)
    for order, entry in enumerate(above, 1):
        row.append(row[-1] + (row[-1] - entry) / (4**order - 1))
        change = max(abs(row[-1] - row[-2]), abs(row[-1] - entry))
        best = min(best, Slope(row[-1], change + noise), key=lambda found: found.error)
    rows.append(row)
    return best


def _kink(best: Slope, bends: list[tuple[float, float]]) -> Slope | None:
    """Return the slope at a kink: where left and right differ by what no smaller step shrinks."""
    if len(bends) < 3:
        return None
    (first, _), (second, _), (third, noise) = bends[-3:]
    steady = all(
        0.75 * abs(a) < abs(b) < 1.5 * abs(a) for a, b in ((first, second), (second, third))
    )
    if not steady or abs(third) <= max(100 * noise, 1e-6 * abs(best.value)):
        return None
    limit = 2 * third - second
    return Slope(best.value, best.error + abs(limit) / 2, True)
