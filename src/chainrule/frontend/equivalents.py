"""Functions of Python that call functions, written in Python: they are read and inlined as a user's would be."""

from __future__ import annotations

from typing import Any


def reduce(function: Any, iterable: Any, value: Any) -> Any:
    for item in iterable:
        value = function(value, item)
    return value


def reduce_from_first(function: Any, iterable: Any) -> Any:
    value = iterable[0]
    for item in iterable[1:]:
        value = function(value, item)
    return value
