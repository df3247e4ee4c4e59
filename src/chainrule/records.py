"""Plain classes with slots, declared as dataclasses are, at a quarter of their cost at import."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T", bound=type)


class Fresh:
    """The default of a field that is made anew for each instance: ``facts: dict = fresh(dict)``."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def fresh(make: Callable[[], Any]) -> Any:
    """A default that is made anew for each instance."""
    return Fresh(make)


@dataclass_transform(eq_default=False)
def record(cls: T) -> T:
    """A class whose instances are compared by identity."""
    made: T = _with_slots(cls)
    return made


@dataclass_transform(eq_default=True)
def value(cls: T) -> T:
    """A class whose instances are equal if their fields are, and hash by them."""
    made: Any = _with_slots(cls)
    names, name = made.__match_args__, cls.__name__
    fields: Any = attrgetter(*names) if names else type

    def equal(self: Any, other: Any) -> Any:
        return fields(self) == fields(other) if other.__class__ is made else NotImplemented

    def hashed(self: Any) -> int:
        return hash((name, fields(self)))

    made.__eq__, made.__hash__ = equal, hashed
    return made  # type: ignore[no-any-return]


def _with_slots(cls: Any) -> Any:
    names = tuple(cls.__dict__.get("__annotations__", ()))
    body = dict(cls.__dict__)
    defaults = {n: body.pop(n) for n in names if n in body}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    body["__slots__"], body["__match_args__"], body["__qualname__"] = names, names, cls.__qualname__
    body.setdefault("__repr__", _repr)
    made = type(cls)(cls.__name__, cls.__bases__, body)

    def first(self: Any, *args: Any, **kwargs: Any) -> None:
        made.__init__ = _init(names, defaults)
        made.__init__(self, *args, **kwargs)

    made.__init__ = first
    return made


def _init(names: tuple[str, ...], defaults: dict[str, Any]) -> Any:
    """The `__init__` of a class with these fields, made when its first instance is."""
    parameters = "".join(f", {n}={n}_default" if n in defaults else f", {n}" for n in names)
    lines = [f"    self.{n} = {_initial(n, defaults.get(n))}" for n in names]
    text = f"def __init__(self{parameters}):\n" + "\n".join(lines or ["    pass"])
    namespace = {f"{n}_default": default for n, default in defaults.items()}
    exec(text, namespace)
    return namespace["__init__"]


def _initial(name: str, default: Any) -> str:
    if isinstance(default, Fresh):
        return f"{name}_default.make() if {name} is {name}_default else {name}"
    return name


def _repr(self: Any) -> str:
    fields = ", ".join(f"{n}={getattr(self, n)!r}" for n in self.__match_args__)
    return f"{type(self).__qualname__}({fields})"
