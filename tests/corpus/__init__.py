"""Small programs, one idea each, that `tests/test_corpus.py` puts through the same checks.

A program is an ordinary function under `case`, once for each set of arguments, or under `refused`, with the comment
``# refused`` on the line that the error must name.
"""

from __future__ import annotations

import copy
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

CASES: list[Case] = []


@dataclass(frozen=True, eq=False)
class Case:
    """A program and the arguments that it is called with.

    Attributes
    ----------
    make
        Makes the arguments anew, positional ones and those by keyword.
    wrt
        What is differentiated, as `grad` takes it.
    gradient
        The gradients that must come out, where differences cannot tell them.
    code
        The code of the error that must come, for a program that is refused.
    """

    function: Callable[..., Any]
    make: Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]
    wrt: Any = ...
    aux: bool = False
    gradient: Any = None
    second: bool = True
    code: str | None = None
    number: int = 0

    @property
    def id(self) -> str:
        theme = self.function.__module__.rpartition(".")[2]
        name = getattr(self.function, "__name__", "lambda")
        return f"{theme}-{name}-{self.number}"


def case(
    *args: Any,
    kwargs: dict[str, Any] | None = None,
    make: Callable[[], tuple[Any, ...]] | None = None,
    wrt: Any = ...,
    aux: bool = False,
    gradient: Any = None,
    second: bool = True,
) -> Callable[[Any], Any]:
    """Register a program with arguments, or with a function that makes them anew for each call."""

    def fresh() -> tuple[tuple[Any, ...], dict[str, Any]]:
        if make is not None:
            return make(), {}
        return copy.deepcopy((args, kwargs or {}))

    def register(function: Any) -> Any:
        number = sum(c.function is function for c in CASES)
        CASES.append(Case(function, fresh, wrt, aux, gradient, second, None, number))
        return function

    return register


def refused(
    code: str, *args: Any, make: Callable[[], tuple[Any, ...]] | None = None, wrt: Any = ...
) -> Callable[[Any], Any]:
    """Register a program that must be refused, with an error of this code, at the line that says so."""

    def register(function: Any) -> Any:
        number = sum(c.function is function for c in CASES)
        fresh = (lambda: (copy.deepcopy(args), {})) if make is None else (lambda: (make(), {}))
        CASES.append(Case(function, fresh, wrt, code=code, number=number))
        return function

    return register


def array(*shape: int, dtype: Any = float, low: float = 0.4, high: float = 1.9) -> Any:
    """An array of different numbers, the same ones in every run."""
    count = int(np.prod(shape))
    phases = (np.arange(count) * 0.6180339887498949 + 0.37) % 1.0
    return (low + (high - low) * phases).reshape(shape).astype(dtype)


def signed(*shape: int) -> Any:
    """An array of numbers of both signs, none of them near zero."""
    numbers = array(*shape)
    numbers.reshape(-1)[::2] *= -1
    return numbers


def load_all() -> list[Case]:
    """The cases of every file of this folder."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return CASES
