"""One random program through the checks."""

from __future__ import annotations

import copy
import itertools
import linecache
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule

ARGUMENTS = (
    np.array([0.4, -1.1, 0.9, 1.7]),
    np.array([-0.6, 0.8, 0.2, -1.3]),
    0.7,
    -0.4,
)
DIRECTION = (
    np.array([0.31, -0.52, 0.83, 0.24]),
    np.array([-0.45, 0.16, 0.67, -0.38]),
    0.59,
    -0.71,
)
_numbers = itertools.count()


class Rough(Exception):
    """Differences do not agree with each other: a kink, or a step, is too near."""


def made(text: str) -> Callable[..., Any]:
    """The function of a program, whose text Python can find again."""
    name = f"<program {next(_numbers)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"__name__": "program"}
    exec(compile(text, name, "exec"), namespace)
    program: Callable[..., Any] = namespace["program"]
    return program


def moved(step: float) -> tuple[Any, ...]:
    return tuple(a + step * d for a, d in zip(ARGUMENTS, DIRECTION))


def slope(program: Callable[..., Any]) -> float:
    """The derivative along the direction, by central differences of two steps that agree."""
    found = []
    for step in (1e-5, 2.3e-6):
        above, below = program(*moved(step)), program(*moved(-step))
        found.append((above - below) / (2 * step))
    if not math.isclose(*found, rel_tol=1e-4, abs_tol=1e-5):
        raise Rough
    return float(found[1])


def check(text: str) -> None:
    """Compare value, arguments afterwards and gradient with what the program itself does.

    Raises
    ------
    Rough
        If differences cannot tell the derivative.
    AssertionError
        If anything differs.
    chainrule.ChainruleError
        If the program is refused.
    """
    program = made(text)
    expected_args = copy.deepcopy(ARGUMENTS)
    with np.errstate(all="ignore"):
        expected = program(*expected_args)
        along = slope(program)
        derivative = chainrule.value_and_grad(program, wrt=...)
        for _ in range(2):
            args = copy.deepcopy(ARGUMENTS)
            value, gradients = derivative(*args)
            assert np.float64(value).tobytes() == np.float64(expected).tobytes(), "value"
            for one, other in zip(args, expected_args):
                assert np.array_equal(one, other), "arguments afterwards"
            found = sum(float(np.sum(g * d)) for g, d in zip(gradients, DIRECTION))
            assert math.isclose(found, along, rel_tol=2e-4, abs_tol=2e-5), f"{found} for {along}"
