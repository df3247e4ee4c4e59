"""Cotangents in the shape, dtype and kind of their values; zeros; sums."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule import runtime
from chainrule.analysis import sizes
from chainrule.analysis.builder import Builder, constant
from chainrule.analysis.infer import infer
from chainrule.ir.form import Atom, Value
from chainrule.ir.types import (
    FLOAT,
    NONE,
    UNKNOWN,
    Array,
    Dim,
    NumPyScalar,
    Recursive,
    Scalar,
    Struct,
    Type,
    Uniform,
    is_number,
    is_record,
    not_one,
)


def zero(builder: Builder, like: Atom, name: str = "") -> Atom:
    """The zero cotangent of a value."""
    t = like.type
    if is_number(t):
        return constant(0.0)
    if (names := attributes_within(t)) and not is_number(t):
        return builder.op(
            runtime.zeros_of,
            like,
            constant(names),
            name=name,
            role="cotangent" if name else "temporary",
            type=t,
        )
    function = np.zeros_like if isinstance(t, Array) else runtime.zeros_like
    return builder.op(function, like, name=name, role="cotangent" if name else "temporary", type=t)


def attributes_within(t: Type) -> tuple[str, ...]:
    """The names of the attributes of the objects that a value may hold, whose cotangents are dicts."""
    names: dict[str, None] = {}
    seen: set[type] = set()
    stack = [t]
    while stack:
        inner = stack.pop()
        if isinstance(inner, Recursive):
            stack += () if inner.kind in seen else (inner.shape,)
            seen.add(inner.kind)
        if isinstance(inner, Uniform):
            stack.append(inner.item)
        elif isinstance(inner, Struct):
            stack += inner.parts
            if not is_record(inner):
                names.update(dict.fromkeys(inner.keys))
    return tuple(sorted(names))


def add(
    builder: Builder, one: Atom, other: Atom, like: Type, name: str, is_loose: bool = False
) -> Atom:
    """The sum of two contributions to one cotangent; part by part where the value may be a container."""
    is_container = isinstance(like, Struct | Uniform | Recursive) or is_loose
    function = runtime.add if is_container else operator.add
    known = sum_type(one.type, other.type) if function is runtime.add else None
    return builder.op(function, one, other, name=name, role="cotangent", type=known)


def sum_type(one: Type, other: Type) -> Type | None:
    """The type of the sum of two cotangents of a container, None if it is not known."""
    if not isinstance(one, Struct) or not isinstance(other, Struct):
        return None
    if one.kind is not other.kind or one.keys != other.keys:
        return None
    parts = tuple(part_sum(a, b) for a, b in zip(one.parts, other.parts))
    return Struct(one.kind, one.keys, parts)


def part_sum(one: Type, other: Type) -> Type:
    if NONE in (one, other):
        return other if one == NONE else one
    inner = sum_type(one, other)
    return inner or infer(operator.add, (Value("", one), Value("", other)))


def conform(builder: Builder, c: Atom, x: Atom, elementwise: bool) -> Atom:
    """A contribution in the shape and kind of the value that it is for.

    Parameters
    ----------
    c
        The contribution as a rule gave it, of the shape of ``x`` but for axes that broadcasting stretched.
    x
        The value.
    elementwise
        Whether ``c`` has the shape of a result of one operand alone, so that nothing was stretched.
    """
    t = x.type
    if isinstance(t, Scalar):
        return _to_python(builder, c, x)
    if is_number(t):
        return _to_number(builder, c, x)
    if isinstance(t, Array) and t.rank is not None and t.dtype is not None:
        return _to_array(builder, c, x, t)
    if isinstance(t, Struct | Recursive) or elementwise:
        return c
    return builder.op(runtime.unbroadcast, c, x, role="temporary", type=t)


def _to_python(builder: Builder, c: Atom, x: Atom) -> Atom:
    if isinstance(c.type, Scalar):
        return c if c.type.kind is float else builder.op(float, c, role="temporary")
    number = _to_number(builder, c, x)
    return builder.op(float, number, role="temporary") if number.type != FLOAT else number


def _to_number(builder: Builder, c: Atom, x: Atom) -> Atom:
    if is_number(c.type):
        return c
    if isinstance(c.type, Array) and c.type.rank is not None:
        return builder.op(np.sum, c, role="temporary")
    return builder.op(runtime.unbroadcast, c, x, role="temporary", type=x.type)


def _to_array(builder: Builder, c: Atom, x: Atom, t: Array) -> Atom:
    source = sizes.dims_of(c.type)
    target = sizes.dims_of(t)
    if (
        source is None
        or target is None
        or len(source) < len(target)
        or not isinstance(c.type, Array)
    ):
        return builder.op(runtime.unbroadcast, c, x, role="temporary", type=t)
    lead = len(source) - len(target)
    if lead:
        axis: Any = tuple(range(lead)) if lead > 1 else 0
        c = builder.op(np.sum, c, kwargs=(("axis", constant(axis)),), role="temporary")
    stretched = [stretch(a, b) for a, b in zip(source[lead:], target)]
    if None in stretched:
        return builder.op(runtime.unbroadcast, c, x, role="temporary", type=t)
    axes = tuple(i for i, s in enumerate(stretched) if s)
    if axes:
        keywords = (
            ("axis", constant(axes if len(axes) > 1 else axes[0])),
            ("keepdims", constant(True)),
        )
        c = builder.op(np.sum, c, kwargs=keywords, role="temporary")
    if isinstance(c.type, Array) and c.type.dtype != t.dtype:
        c = builder.op(runtime.unbroadcast, c, x, role="temporary", type=t)
    if isinstance(c, Value) and isinstance(c.type, Array):
        c.type = Array(t.dtype, t.rank, t.dims)
    return c


def stretch(have: Dim, want: Dim) -> bool | None:
    """Whether an axis was stretched from one; None if only the run can tell."""
    if not_one(want) or (want is not None and have == want):
        return False
    if want == 1:
        return True if not_one(have) else None
    return None


def finish(builder: Builder, c: Atom | None, x: Atom, name: str) -> Atom:
    """The gradient that is returned for a value: its exact kind."""
    t = x.type
    if c is None:
        c = zero(builder, x, name)
    if isinstance(t, Scalar):
        return c if c.type == FLOAT else builder.op(float, c, role="temporary")
    if isinstance(t, NumPyScalar):
        return c if c.type == t else builder.op(t.dtype.type, c, role="temporary", type=t)
    if (
        isinstance(t, Array) and t.rank == 0 and not _conformed(builder, c)
    ):  # arithmetic gives a number
        return builder.op(np.array, c, role="temporary", type=t)
    is_foreign = isinstance(t, Array) and t.dtype is not None and not t.dtype.isnative
    if t == UNKNOWN or isinstance(t, Array) and (t.rank is None or is_foreign):
        if isinstance(t, Array):
            return (
                c
                if _conformed(builder, c)
                else builder.op(runtime.unbroadcast, c, x, role="temporary", type=t)
            )
        return builder.op(runtime.as_gradient, c, x, role="temporary", type=t)
    return c


def _conformed(builder: Builder, c: Atom) -> bool:
    """Whether a cotangent came out of a runtime function that gives the exact kind."""
    for statement in reversed(builder.statements):
        if c in statement.results:
            return getattr(statement, "function", None) in (runtime.unbroadcast, runtime.zeros_like)
    return False
