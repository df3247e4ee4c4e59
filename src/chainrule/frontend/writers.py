"""Functions that write to an argument: what they change cannot be followed, so a call of one is refused."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

IN_PLACE = {
    np.copyto,
    np.put,
    np.place,
    np.putmask,
    np.fill_diagonal,
    np.put_along_axis,
    operator.setitem,
    operator.delitem,
    setattr,
    delattr,
    exec,
    eval,
    *(
        getattr(operator, name)
        for name in dir(operator)
        if name.startswith("i") and name[1:] in dir(operator)
    ),
    operator.iconcat,
} - {operator.index, operator.invert, operator.inv, operator.is_, operator.is_not}


def writes(function: Callable[..., Any], args: Sequence[Any], keywords: Collection[str]) -> bool:
    """Whether a call writes to one of its arguments."""
    if "out" in keywords or _is_one_of(function, IN_PLACE):
        return True
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    if isinstance(owner, np.ufunc):
        return name == "at"
    if isinstance(function, np.ufunc):
        return len(args) > function.nin
    return name == "shuffle" or len(args) > 2 and _has_out(function, len(args))


def _is_one_of(function: Any, functions: Collection[Any]) -> bool:
    try:
        return function in functions
    except TypeError:  # it cannot be hashed
        return False


def _has_out(function: Callable[..., Any], count: int) -> bool:
    """Whether one of the first positional parameters is `out`."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = [
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return "out" in positional[:count]
