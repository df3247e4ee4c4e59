"""The key of a call: what its types are, as plain data that compares fast and can go to disk.

The key of a number is its class, of an array ``(ndarray, dtype, rank)``, where the lengths of some
axes are one ``(ndarray, dtype, (False, True))``; of a container its class, for a dict the tuple of
its keys, and the keys of its parts; of a function ``(SAME, function, code)``. It says no less than
`frontend.frame.type_of_value`: equal keys have equal types.
"""

from __future__ import annotations

import functools
import types
from typing import Any, TypeAlias

import numpy as np

Key: TypeAlias = Any
NUMBERS = frozenset((bool, int, float, complex))
SAME = "same"
UNSET = "unset"
"""The key of a field that an instance lacks."""
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type, np.ufunc)
"""What is told by identity."""


def fields_of(kind: Any) -> list[str]:
    """The names of the fields of a dataclass."""
    from dataclasses import fields  # not free at import

    return [f.name for f in fields(kind)]


def key_of(value: Any) -> Key:
    """The key of one argument."""
    kind = type(value)
    if kind in NUMBERS:
        return kind
    if kind is np.ndarray:
        shape = value.shape
        return np.ndarray, value.dtype, tuple([n == 1 for n in shape]) if 1 in shape else len(shape)
    if kind is dict:
        return dict, tuple(value), *map(key_of, value.values())
    if kind is tuple or kind is list or isinstance(value, tuple) and hasattr(kind, "_fields"):
        return kind, *map(key_of, value)
    if isinstance(value, np.generic):
        return kind if issubclass(kind, np.number | np.bool) else (np.generic, value.dtype)
    if hasattr(kind, "__dataclass_fields__"):
        unset = object()
        held = [getattr(value, name, unset) for name in fields_of(kind)]
        return kind, *[UNSET if part is unset else key_of(part) for part in held]
    if kind is functools.partial:
        return kind, key_of(value.func), key_of(value.args), key_of(value.keywords)
    if isinstance(value, FUNCTIONS):
        return SAME, value, getattr(value, "__code__", None)
    return kind


def parts(key: Key) -> tuple[tuple[str, Any, Key], ...]:
    """The parts of a container's key: whether it is an item or an attribute, its name, its key."""
    kind, *inner = key
    if kind is dict:
        names, *inner = inner
        return tuple(("item", name, k) for name, k in zip(names, inner))
    if hasattr(kind, "__dataclass_fields__") and not issubclass(kind, tuple):
        return tuple(("attribute", name, k) for name, k in zip(fields_of(kind), inner))
    if kind is functools.partial:
        return tuple(("attribute", name, k) for name, k in zip(("func", "args", "keywords"), inner))
    return tuple(("item", i, k) for i, k in enumerate(inner))
