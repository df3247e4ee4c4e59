"""Plain classes with slots, declared as dataclasses are, at a quarter of their cost at import."""

from __future__ import annotations

from collections.abc import Callable
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
    made: T = _with_slots(cls, _text_of_init(cls))
    return made


@dataclass_transform(eq_default=True)
def value(cls: T) -> T:
    """A class whose instances are equal if their fields are, and hash by them."""
    names = [*cls.__dict__.get("__annotations__", ())]
    ours, theirs = (f"({''.join(f'{who}.{n}, ' for n in names)})" for who in ("self", "other"))
    text = f"""\
{_text_of_init(cls)}
def __eq__(self, other):
    return {ours} == {theirs} if other.__class__ is self.__class__ else NotImplemented
def __hash__(self):
    return hash(({cls.__name__!r}, {ours}))
"""
    made: T = _with_slots(cls, text)
    return made


def _text_of_init(cls: type) -> str:
    names = [*cls.__dict__.get("__annotations__", ())]
    has = cls.__dict__
    parameters = ", ".join(f"{n}={n}_default" if n in has else n for n in names)
    lines = [f"    self.{n} = {_initial(n, has.get(n))}" for n in names]
    return f"def __init__(self{', ' * bool(names)}{parameters}):\n" + "\n".join(
        lines or ["    pass"]
    )


def _initial(name: str, default: Any) -> str:
    return (
        f"{name}_default.make() if {name} is {name}_default else {name}"
        if isinstance(default, Fresh)
        else name
    )


def _with_slots(cls: Any, text: str) -> Any:
    names = tuple(cls.__dict__.get("__annotations__", ()))
    body = dict(cls.__dict__)
    defaults = {f"{n}_default": body.pop(n) for n in names if n in body}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    exec(text, defaults, body)
    body["__slots__"], body["__match_args__"], body["__qualname__"] = names, names, cls.__qualname__
    body.setdefault("__repr__", _repr)
    return type(cls)(cls.__name__, cls.__bases__, body)


def _repr(self: Any) -> str:
    fields = ", ".join(f"{n}={getattr(self, n)!r}" for n in self.__match_args__)
    return f"{type(self).__qualname__}({fields})"
