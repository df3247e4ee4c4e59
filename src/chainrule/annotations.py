"""The types that annotations promise, and the notation of ``--args``: ``float``, ``f8[:, 3]``."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import types
import typing
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.ir.types import NONE, UNKNOWN, Array, Dim, Opaque, Scalar, Size, Struct, Type

_ARRAY = re.compile(r"^([fciub]\d+|float64|float32|int64|bool)\[(.*)\]$")


def annotated(function: types.FunctionType) -> dict[str, Type]:
    """The type of each parameter as far as its annotation says it."""
    signature = inspect.signature(function, follow_wrapped=False)
    hints = _hints(function)
    return {name: type_of_hint(hints.get(name, UNKNOWN), name) for name in signature.parameters}


def of_instance(function: types.FunctionType) -> dict[str, Type]:
    """The type of the first parameter of a method, such as ``self``: its class says it."""
    *outer, name = function.__qualname__.split(".")
    cls: Any = sys.modules.get(function.__module__)
    for part in outer:
        cls = getattr(cls, part, None)
    first = next(iter(inspect.signature(function, follow_wrapped=False).parameters.values()), None)
    if (
        not isinstance(cls, type)
        or isinstance(vars(cls).get(name), staticmethod | classmethod | None)
        or first is None
        or first.kind not in (first.POSITIONAL_ONLY, first.POSITIONAL_OR_KEYWORD)
        or first.annotation is not first.empty
    ):
        return {}
    is_record = dataclasses.is_dataclass(cls)
    return {first.name: _record(cls, first.name) if is_record else Opaque(cls)}


def _hints(function: types.FunctionType) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError):
        # an annotation that cannot be evaluated says nothing; the others are still of use
        return {k: v for k, v in function.__annotations__.items() if not isinstance(v, str)}


def type_of_hint(hint: Any, name: str) -> Type:
    """The type that one annotation promises, `UNKNOWN` if none that is exact."""
    hint = _resolved(hint)
    if hint in (int, float, bool, complex):
        return Scalar(hint, Size(name) if hint is int else None)
    if hint is str:
        return Opaque(str)
    if hint is None or hint is type(None):
        return NONE
    if hint is np.ndarray:
        return Array()
    if hint is np.random.Generator:
        return Opaque(np.random.Generator)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _record(hint, name)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        notes = [a for a in hint.__metadata__ if isinstance(a, str)]
        found = parse(notes[0], name) if notes else UNKNOWN
        return found if found != UNKNOWN else type_of_hint(hint.__origin__, name)
    if origin is np.ndarray:
        return Array(_dtype_of(args[1] if len(args) > 1 else None))
    if origin is tuple and args and ... not in args:
        parts = tuple(type_of_hint(a, f"{name}.{i}") for i, a in enumerate(args))
        return Struct(tuple, tuple(range(len(parts))), parts)
    return UNKNOWN


def _resolved(hint: Any) -> Any:
    """What a type alias stands for: from NumPy 2.5 on, ``NDArray[np.float64]`` is one on Python 3.12."""
    while type(alias := typing.get_origin(hint) or hint).__name__ == "TypeAliasType":
        args = typing.get_args(hint)
        hint = alias.__value__[args] if args else alias.__value__
    return hint


def _record(cls: type, name: str) -> Type:
    """The type of a dataclass whose fields' annotations say their types."""
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except (NameError, TypeError):
        return UNKNOWN
    keys = tuple(f.name for f in dataclasses.fields(cls))
    return Struct(
        cls, keys, tuple(type_of_hint(hints.get(k, UNKNOWN), f"{name}.{k}") for k in keys)
    )


def _dtype_of(hint: Any) -> np.dtype[Any] | None:
    args = typing.get_args(hint)
    scalar = args[0] if args else hint
    if isinstance(scalar, type) and issubclass(scalar, np.generic):
        try:
            return np.dtype(scalar)
        except TypeError:  # an abstract kind, such as np.floating
            return None
    return None


def parse(text: str, name: str) -> Type:
    """The type that a short notation names: ``float``, ``int``, ``f8[:, 3]``, ``array``."""
    text = text.strip()
    simple = {"float": float, "int": int, "bool": bool, "complex": complex}
    if text in simple:
        return type_of_hint(simple[text], name)
    if text == "str":
        return Opaque(str)
    if text == "array":
        return Array()
    match = _ARRAY.match(text)
    if match is None:
        return UNKNOWN
    entries = [e.strip() for e in match[2].split(",")] if match[2].strip() else []
    dims = tuple(_dim(e, name, i) for i, e in enumerate(entries))
    return Array(np.dtype(match[1]), len(dims), dims)


def _dim(entry: str, name: str, i: int) -> Dim:
    return int(entry) if entry.isdigit() else Size(f"{name}.{i}")
