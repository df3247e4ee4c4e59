"""Functions, classes, modules and constants as plain data, the same in every process."""

from __future__ import annotations

import _imp
import marshal
import sys
import types
from importlib import import_module
from typing import Any

import numpy as np

from chainrule.backend.keys import SAME

PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))


def digest(content: bytes) -> bytes:
    """Eight bytes that tell contents apart, as they tell whether a module is compiled anew."""
    return _imp.source_hash(1, content)


class Unknown(Exception):
    """Something has no description that would be the same in another process."""


def described(key: Any) -> Any:
    """The key of an argument (`backend.keys`) without live objects."""
    if isinstance(key, tuple):
        if key and key[0] == SAME:
            return SAME, called(key[1])
        return tuple([described(part) for part in key])
    if isinstance(key, np.dtype):
        return "dtype", key.str if key.fields is None and key.metadata is None else unknown()
    if isinstance(key, type):
        return class_of(key)
    return spelled(key)


def spelled(value: Any) -> Any:
    """A constant, if it can be written as one."""
    if isinstance(value, tuple | list):
        return type(value).__name__, tuple([spelled(v) for v in value])
    if type(value) not in PLAIN:
        raise Unknown
    return type(value).__name__, value


def unknown() -> Any:
    raise Unknown


def class_of(kind: type) -> tuple[Any, ...]:
    """A class: where it is, and for one with fields, which they are."""
    fields = getattr(kind, "_fields", None) or tuple(getattr(kind, "__dataclass_fields__", ()))
    return kind.__module__, kind.__qualname__, tuple(map(str, fields))


def called(thing: Any) -> Any:
    """A function that came in as an argument."""
    if isinstance(thing, types.FunctionType):
        return function_of(thing)
    if isinstance(thing, types.MethodType):
        raise Unknown
    return reference(thing)


def function_of(function: types.FunctionType) -> tuple[Any, ...]:
    """A function by its code, its defaults and what it says of itself, its closure left out."""
    named = sorted((function.__kwdefaults__ or {}).items())
    return (
        function.__module__,
        function.__qualname__,
        marshal.dumps(without_file(function.__code__), 2),
        tuple([default_of(v) for v in function.__defaults__ or ()]),
        tuple([(n, default_of(v)) for n, v in named]),
        tuple([(n, annotation_of(v)) for n, v in function.__annotations__.items()]),
        tuple(
            [bool(getattr(function, mark, False)) for mark in ("is_no_grad", "is_stop_gradient")]
        ),
    )


def described_thing(thing: Any) -> Any:
    """What a function, class or module is, so that a change of it shows."""
    if isinstance(thing, property):
        return "property", described_thing(thing.fget)
    if isinstance(thing, types.MethodType):
        raise Unknown
    if isinstance(thing, staticmethod | classmethod):
        return type(thing).__name__, described_thing(thing.__func__)
    if isinstance(thing, types.FunctionType):
        return function_of(thing)
    return (reference(thing), class_of(thing)) if isinstance(thing, type) else reference(thing)


def without_file(code: types.CodeType) -> types.CodeType:
    """A code object that does not say in which file it stands."""
    constants = tuple(
        [without_file(c) if isinstance(c, types.CodeType) else c for c in code.co_consts]
    )
    return code.replace(co_filename="", co_consts=constants)


def default_of(value: Any) -> Any:
    """A default: a constant, or what is not put into a text as one."""
    if callable(value):
        return called(value)
    if isinstance(value, np.generic):
        return value.dtype.str, value.tobytes()
    if isinstance(value, (*PLAIN, tuple)):
        return spelled(value)
    return class_of(type(value))


def annotation_of(annotation: Any) -> Any:
    """An annotation by its words."""
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type):
        return class_of(annotation)
    text = repr(annotation)
    return text if " at 0x" not in text else unknown()


def reference(thing: Any) -> tuple[str, ...]:
    """Where a module, class or function can be found."""
    if isinstance(thing, types.ModuleType):
        if sys.modules.get(thing.__name__) is not thing:
            raise Unknown
        return (thing.__name__,)
    module = getattr(thing, "__module__", None) or ("numpy" if isinstance(thing, np.ufunc) else "")
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or ""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not thing or thing is None:
        raise Unknown
    return module, name


def place_named(place: Any, function: types.FunctionType) -> Any:
    """Where a `backend.plan.Dependency` looks its name up, seen from a function."""
    if place is function.__globals__:
        return ()
    if isinstance(place, types.CellType):
        for free, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            if cell is place:
                return ("", free)
        raise Unknown
    if isinstance(place, dict):
        module = sys.modules.get(str(place.get("__name__")))
        if module is None or module.__dict__ is not place:
            raise Unknown
        return ("globals", module.__name__)
    return ("attributes", *reference(place))


def resolved(where: tuple[str, ...], function: types.FunctionType | None = None) -> Any:
    """What `reference` or `place_named` named."""
    if function is None:
        return _imported(*where)
    if not where:
        return function.__globals__
    kind, *rest = where
    if not kind:
        return (function.__closure__ or ())[function.__code__.co_freevars.index(rest[0])]
    if kind == "globals":
        return sys.modules[rest[0]].__dict__
    return _imported(*rest)


def _imported(module: str, name: str = "") -> Any:
    thing: Any = sys.modules.get(module) or import_module(module)
    for part in name.split(".") if name else ():
        thing = getattr(thing, part)
    return thing
