"""Calls of functions that are known only when they run: differentiated at their first call, by chainrule itself."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np


def called(f: Callable[..., Any], *args: Any) -> Any:
    """``f(*args)``, of a function that leaves its arguments as they are.

    Raises
    ------
    NotImplementedError
        If it writes to an array.
    """
    before = _copies(args)
    value = f(*args)
    _refuse_writes(f, args, before)
    return value


def pair_of(f: Callable[..., Any], *args: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and what gives the cotangents of its arguments from that of the value.

    Raises
    ------
    NotImplementedError
        If it writes to an array.
    """
    from chainrule.pullback import vjp

    before = _copies(args)
    value, pullback = vjp(f, *args)
    _refuse_writes(f, args, before)
    return value, pullback


def pair_of_function(f: Callable[..., Any], *args: Any) -> tuple[Any, Callable[..., Any]]:
    """`pair_of`, where the function comes from what is differentiated: it may hold nothing of that.

    Raises
    ------
    TypeError
        If it is no plain function.
    """
    if not _holds_nothing(f):
        raise TypeError(
            f"a {type(f).__name__} is called that is known only when it runs, and may hold what is differentiated"
        )
    return pair_of(f, *args)


def _holds_nothing(f: Any) -> bool:
    if isinstance(f, types.BuiltinFunctionType):  # of a list or a dict it is a method
        return isinstance(f.__self__, types.ModuleType | None)
    return isinstance(f, types.FunctionType | np.ufunc)


def pulled(pullback: Callable[..., Any], dy: Any, i: int) -> Any:
    """The cotangent of an argument, zero where there is none."""
    found = pullback(dy)[i]
    return 0.0 if found is None else found


def _copies(args: tuple[Any, ...]) -> list[Any]:
    return [np.copy(a) if isinstance(a, np.ndarray) else None for a in args]


def _refuse_writes(f: Any, args: tuple[Any, ...], before: list[Any]) -> None:
    for arg, old in zip(args, before):
        if old is not None and arg.tobytes() != old.tobytes():
            name = getattr(f, "__name__", "a function")
            raise NotImplementedError(
                f"{name} is known only when it runs, and writes to its argument"
            )


FUNCTIONS: tuple[Any, ...] = (called, pair_of, pair_of_function, pulled)
"""What a text of such a call needs at run time."""
