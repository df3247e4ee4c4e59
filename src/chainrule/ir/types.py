"""What is known of a value before the function runs.

A type says kind, dtype, rank and, where they can be followed, the sizes of axes. ``UNKNOWN`` says nothing, and code
written for it asks at run time.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple, TypeAlias, TypeGuard

import numpy as np

from chainrule.records import value


class Size(NamedTuple):
    """The length of an axis: that of another one, plus an offset.

    ``axis`` is the name of an argument's axis; or a `Cut`, which is the same wherever the same is sliced in the same
    way; or a pair, of its origin and the number of the axis. An origin stands for the moment at which a length came
    up (the value that was made, a loop's turn): at another moment it is another length.
    """

    axis: Any
    offset: int = 0
    not_one: bool = False

    @property
    def origins(self) -> set[Hashable]:
        """The names and moments that the length comes from."""
        if isinstance(self.axis, Cut):
            return {o for part in self.axis if isinstance(part, Size) for o in part.origins}
        return {self.axis[0] if isinstance(self.axis, tuple) else self.axis}


class Cut(NamedTuple):
    """What a slice takes of a length."""

    length: Size | int
    start: Size | int | None
    stop: Size | int | None
    step: Size | int | None


Dim: TypeAlias = int | Size | None
"""A length that is a constant, a symbol, or (None) not known: two ``None`` are not known to be equal."""


@value
class Type:
    """The base of all types; on its own, a value of which nothing is known."""


@value
class Scalar(Type):
    """A Python number: ``kind`` is bool, int, float or complex; ``size`` the length that an int is known to be."""

    kind: type
    size: Dim = None


@value
class NumPyScalar(Type):
    dtype: np.dtype[Any]


@value
class OneOf(Type):
    """A number that is of one of several types: ``0`` before a loop, ``np.float64`` after it."""

    options: tuple[Type, ...]


@value
class Array(Type):
    """An ndarray; ``dtype``, ``rank`` and ``dims`` are None where they are not known."""

    dtype: np.dtype[Any] | None = None
    rank: int | None = None
    dims: tuple[Dim, ...] | None = None


@value
class Struct(Type):
    """A tuple, list, dict, namedtuple or object whose parts are known one by one."""

    kind: type
    keys: tuple[Any, ...]
    parts: tuple[Type, ...]

    def part(self, key: Any) -> Type:
        return self.parts[self.keys.index(key)]


def field_names(kind: Any) -> tuple[str, ...]:
    """The names of the fields of a dataclass, those that its instances hold."""
    from dataclasses import fields  # not free at import

    return tuple(f.name for f in fields(kind))


def is_record(t: Struct) -> bool:
    """Whether a container has cotangents of its own kind; those of any other object are dicts by attribute."""
    if t.kind in (tuple, list, dict) or hasattr(t.kind, "_fields"):
        return True
    return hasattr(t.kind, "__dataclass_fields__") and t.keys == field_names(t.kind)


def is_object(t: Type) -> TypeGuard[Struct]:
    """Whether a value is an object of a class that says nothing of its attributes: no container, no dataclass."""
    if not isinstance(t, Struct) or t.kind in (tuple, list, dict):
        return False
    return not hasattr(t.kind, "_fields") and not hasattr(t.kind, "__dataclass_fields__")


@value
class Uniform(Type):
    """A list or tuple of any length whose items all have one type, which names no length of a moment."""

    kind: type
    item: Type


@value
class Range(Type):
    """A ``range``."""


@value
class Opaque(Type):
    """A value without a derivative: a string, None, a function, a generator of random numbers.

    Of a slice, ``ends`` are its start, stop and step, where all are known or have a symbol.
    """

    cls: type
    ends: tuple[Dim, ...] | None = None


class Recursive(Type):
    """An object of the structure of one around it, a node of a tree; or None, where that is ``optional``.

    ``shapes`` has the structure of each class, one level deep: what lies below is recursive again.
    """

    def __init__(self, kind: type, shapes: dict[type, Struct], optional: bool = False) -> None:
        self.kind, self.shapes, self.optional = kind, shapes, optional

    @property
    def shape(self) -> Struct:
        return self.shapes[self.kind]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recursive) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Any, ...]:
        return self.kind, id(self.shapes), self.optional


class Static(Type):
    """A function that is known: of an argument, its identity is part of the key. ``text`` is how the text calls it."""

    def __init__(self, thing: Any, text: str | None = None) -> None:
        self.thing, self.text = thing, text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Static) and bool(self.thing == other.thing)

    def __hash__(self) -> int:
        return hash(self.thing)


@value
class Undecided(Type):
    """One of several functions: which, is known only when it runs."""


@value
class Undefined(Type):
    """The type of a name that is not bound yet."""


@value
class Never(Undefined):
    """The type of what is never made: reading it raises, and a `try` goes on elsewhere."""


BRACKETS = (type(np.r_), type(np.c_), type(np.s_), type(np.mgrid), type(np.ogrid))
"""The classes of what NumPy calls with brackets: compared by identity, as functions are."""

UNKNOWN = Type()
UNDEFINED = Undefined()
UNDECIDED = Undecided()
NEVER = Never()
BOOL, INT, FLOAT, COMPLEX = Scalar(bool), Scalar(int), Scalar(float), Scalar(complex)
NONE = Opaque(type(None))


def join(a: Type, b: Type) -> Type:
    """The most that is true of a value that has one of two types."""
    if a == b or isinstance(b, Undefined):
        return a
    if isinstance(a, Undefined):
        return b
    if isinstance(a, Array) and isinstance(b, Array):
        return _join_arrays(a, b)
    if isinstance(a, Recursive) or isinstance(b, Recursive):
        return _join_recursive(a, b) or _join_recursive(b, a) or UNKNOWN
    if isinstance(a, Scalar) and isinstance(b, Scalar) and a.kind is b.kind:
        return Scalar(a.kind)
    if isinstance(a, Opaque) and isinstance(b, Opaque) and a.cls is b.cls:
        return Opaque(a.cls)
    if is_number(a) and is_number(b):
        options = {
            Scalar(o.kind) if isinstance(o, Scalar) else o for t in (a, b) for o in options_of(t)
        }
        return OneOf(tuple(sorted(options, key=show)))
    if isinstance(a, Struct) and isinstance(b, Struct) and (a.kind, a.keys) == (b.kind, b.keys):
        return Struct(a.kind, a.keys, tuple(map(join, a.parts, b.parts)))
    if is_object(a) and is_object(b) and (both := common(a, b)) is not None:
        return Struct(both.kind, both.keys, tuple(join(a.part(k), b.part(k)) for k in both.keys))
    if (
        isinstance(a, Struct | Uniform)
        and isinstance(b, Struct | Uniform)
        and a.kind is b.kind
        and a.kind in (list, tuple)
    ):
        return Uniform(a.kind, join(uniform_of(a).item, uniform_of(b).item))
    if isinstance(a, Static | Undecided) or isinstance(b, Static | Undecided):
        return UNDECIDED
    return UNKNOWN


def common(a: Struct, b: Struct) -> Struct | None:
    """The attributes that are known of both of two objects of one class."""
    if a.kind is not b.kind:
        return None
    keys = tuple(k for k in a.keys if k in b.keys)
    return Struct(a.kind, keys, tuple(map(a.part, keys)))


def uniform_of(t: Type) -> Uniform:
    """The type of a list or tuple of any length that one of known parts is."""
    if isinstance(t, Uniform):
        return t
    assert isinstance(t, Struct)
    item: Type = UNDEFINED
    for part in t.parts:
        item = join(item, at_any_time(part))
    return Uniform(t.kind, item)


def at_any_time(t: Type) -> Type:
    """A type without the lengths that hold at one moment only: items of one list were made at several."""
    if isinstance(t, Array) and t.dims is not None:
        is_lasting = [not isinstance(d, Size) or isinstance(d.axis, str) for d in t.dims]
        dims = tuple(d if lasts else None for d, lasts in zip(t.dims, is_lasting))
        return Array(t.dtype, t.rank, dims)
    if isinstance(t, Struct):
        return Struct(t.kind, t.keys, tuple(map(at_any_time, t.parts)))
    return Uniform(t.kind, at_any_time(t.item)) if isinstance(t, Uniform) else t


def _join_recursive(a: Type, b: Type) -> Type | None:
    if not isinstance(a, Recursive):
        return None
    if b == NONE:
        return Recursive(a.kind, a.shapes, True)
    if isinstance(b, Recursive) and b.kind is a.kind and b.shapes is a.shapes:
        return Recursive(a.kind, a.shapes, a.optional or b.optional)
    return a if b == a.shapes.get(a.kind) else None


def _join_arrays(a: Array, b: Array) -> Array:
    dtype = a.dtype if a.dtype == b.dtype else None
    if a.rank != b.rank or a.dims is None or b.dims is None:
        return Array(dtype, a.rank if a.rank == b.rank else None)
    return Array(dtype, a.rank, tuple(x if x == y else None for x, y in zip(a.dims, b.dims)))


def join_as(a: Type, b: Type, label: Hashable) -> Type:
    """`join`, with a symbol for each axis on which two arrays differ: it is one length, at any one moment."""
    if isinstance(a, Struct) and isinstance(b, Struct) and (a.kind, a.keys) == (b.kind, b.keys):
        pairs_ = zip(a.keys, a.parts, b.parts)
        return Struct(a.kind, a.keys, tuple(join_as(x, y, (label, k)) for k, x, y in pairs_))
    if is_object(a) and is_object(b) and (both := common(a, b)) is not None:
        parts = tuple(join_as(a.part(k), b.part(k), (label, k)) for k in both.keys)
        return Struct(both.kind, both.keys, parts)
    joined = join(a, b)
    if (
        not (isinstance(a, Array) and isinstance(b, Array) and isinstance(joined, Array))
        or joined.dims is None
    ):
        return joined
    pairs = zip(joined.dims, a.dims or (), b.dims or ())
    dims = tuple(
        d if d is not None else Size((label, i), 0, not_one(x) and not_one(y))
        for i, (d, x, y) in enumerate(pairs)
    )
    return Array(joined.dtype, joined.rank, dims)


def origins(t: Type) -> set[Hashable]:
    """What the lengths in a type come from."""
    if isinstance(t, Struct):
        return {o for part in t.parts for o in origins(part)}
    dims: Iterable[Any] = ()
    if isinstance(t, Array):
        dims = t.dims or ()
    elif isinstance(t, Scalar):
        dims = (t.size,)
    elif isinstance(t, Opaque):
        dims = t.ends or ()
    return {o for d in dims if isinstance(d, Size) for o in d.origins}


def of_a_turn(t: Type, outer: set[Hashable], label: Hashable) -> Type:
    """The type that a loop's next turn finds, where a length that this turn made is one of an earlier turn.

    Parameters
    ----------
    outer
        The origins of lengths from before the loop, which are the same in each turn.
    label
        The origin of the lengths that the next turn finds.
    """
    if isinstance(t, Struct):
        parts = (of_a_turn(p, outer, (label, k)) for k, p in zip(t.keys, t.parts))
        return Struct(t.kind, t.keys, tuple(parts))
    if all(isinstance(o, str) or o in outer or o == label for o in origins(t)):
        return t
    if isinstance(t, Scalar):
        return Scalar(t.kind)
    if isinstance(t, Opaque):
        return Opaque(t.cls)
    assert isinstance(t, Array)
    dims = (
        Size((label, i), 0, d.not_one) if isinstance(d, Size) else d
        for i, d in enumerate(t.dims or ())
    )
    return Array(t.dtype, t.rank, tuple(dims))


def is_number(t: Type) -> bool:
    """Whether values of this type are certainly single numbers, without memory of their own."""
    return isinstance(t, Scalar | NumPyScalar | OneOf)


def options_of(t: Type) -> tuple[Type, ...]:
    """The exact types that a type leaves open, itself if none."""
    return t.options if isinstance(t, OneOf) else (t,)


def is_float(t: Type) -> bool:
    """Whether values of this type are certainly real floating-point numbers or arrays of them."""
    if isinstance(t, Scalar):
        return t.kind is float
    if isinstance(t, OneOf):
        return all(map(is_float, t.options))
    if isinstance(t, NumPyScalar | Array):
        return t.dtype is not None and t.dtype.kind == "f"
    return False


def differentiable(t: Type) -> bool:
    """Whether a value of this type may carry a derivative."""
    if isinstance(t, Scalar):
        return t.kind in (float, complex)
    if isinstance(t, NumPyScalar | Array):
        return t.dtype is None or t.dtype.kind in "fc"
    if isinstance(t, OneOf):
        return any(map(differentiable, t.options))
    if isinstance(t, Struct):
        return any(map(differentiable, t.parts))
    if isinstance(t, Uniform):
        return differentiable(t.item)
    if isinstance(t, Recursive):
        return any(map(differentiable, _leaves_of(t)))
    return not isinstance(t, Range | Opaque | Static | Undecided | Undefined)


def _leaves_of(t: Recursive) -> list[Type]:
    """The types of what a node holds, at any depth, nodes left out."""
    found: list[Type] = []
    seen: set[type] = set()
    stack: list[Type] = [t]
    while stack:
        one = stack.pop()
        if isinstance(one, Recursive):
            stack += () if one.kind in seen else one.shapes[one.kind].parts
            seen.add(one.kind)
        elif isinstance(one, Struct):
            stack += one.parts
        elif isinstance(one, Uniform):
            stack.append(one.item)
        else:
            found.append(one)
    return found


def has_memory(t: Type) -> bool:
    """Whether a value of this type may be written to in place, or seen through another name."""
    without = Scalar | NumPyScalar | OneOf | Range | Opaque | Static | Undecided | Undefined
    return not isinstance(t, without)


def not_one(dim: Dim) -> bool:
    """Whether an axis is known to have another length than one."""
    return dim != 1 if isinstance(dim, int) else dim is not None and dim.not_one


def show(t: Type) -> str:
    """The short name that error texts, ``--args`` and the printed form use: ``float``, ``f8[:, :]``."""
    if isinstance(t, Scalar):
        return t.kind.__name__
    if isinstance(t, NumPyScalar):
        return f"np.{t.dtype.name}"
    if isinstance(t, OneOf):
        return " | ".join(map(show, t.options))
    if isinstance(t, Array):
        kind = "array" if t.dtype is None else t.dtype.str.lstrip("<>|=")
        if t.rank is None:
            return kind if t.dtype is None else f"{kind}[...]"
        return f"{kind}[{', '.join(map(_show_dim, t.dims or (None,) * t.rank))}]"
    if isinstance(t, Struct):
        if t.kind is functools.partial:
            return "partial"
        if t.kind is dict:
            return "{" + ", ".join(f"{k!r}: {show(p)}" for k, p in zip(t.keys, t.parts)) + "}"
        if is_object(t):
            return t.kind.__name__
        if hasattr(t.kind, "__dataclass_fields__") and not is_record(t):
            own = [show(t.part(k)) for k in field_names(t.kind) if k in t.keys]
            return f"{t.kind.__name__}({', '.join(own)})"
        return f"{t.kind.__name__}({', '.join(map(show, t.parts))})"
    if isinstance(t, Uniform):
        return f"{t.kind.__name__}[{show(t.item)}]"
    if isinstance(t, Opaque):
        return t.cls.__name__
    if isinstance(t, Recursive):
        return t.kind.__name__
    if isinstance(t, Static):
        return type(t.thing).__name__  # as `runtime.expect` calls it
    return type(t).__name__.lower() if type(t) is not Type else "unknown"


def _show_dim(dim: Dim) -> str:
    return "1" if dim == 1 else ":" if not_one(dim) else "?"
