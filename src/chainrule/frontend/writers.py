"""Which calls write to an argument, and which argument."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
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


def writes(function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Whether a call writes to one of its arguments."""
    if function is np.nan_to_num and "copy" in keywords:
        return keywords["copy"].known is not True
    if "out" in keywords or _is_one_of(function, IN_PLACE):
        return True
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    if isinstance(owner, np.ufunc):
        return bool(name == "at")
    if name == "shuffle":
        return True
    if len(args) < 2:  # the first is never the output: nothing need be looked up
        return False
    at = position_of_out(function)
    return at is not None and len(args) > at


def _is_one_of(function: Any, functions: Collection[Any]) -> bool:
    try:
        return function in functions
    except TypeError:  # it cannot be hashed
        return False


def position_of_out(function: Callable[..., Any]) -> int | None:
    """Where `out` stands among the positional parameters, None if it does not."""
    if isinstance(function, np.ufunc):
        return function.nin
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    positional = [
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return positional.index("out") if "out" in positional else None
