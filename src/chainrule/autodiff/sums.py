"""Sums of contributions: what a value's cotangent is so far."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule import runtime
from chainrule.analysis.builder import Builder, constant
from chainrule.autodiff import cotangents
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.settle import settle
from chainrule.autodiff.state import ZERO, Cotangents, Parts, Reverse, lookup
from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Const,
    Value,
)
from chainrule.ir.types import (
    FLOAT,
    NONE,
    UNKNOWN,
    Array,
    NumPyScalar,
    OneOf,
    Recursive,
    Struct,
    Type,
    Uniform,
    differentiable,
    is_number,
    is_record,
)


def of_any_kind(t: Type) -> Type:
    """The type of an item of a list of cotangents, which rules may have made: of a float it may be NumPy's."""
    return OneOf((FLOAT, NumPyScalar(np.dtype(float)))) if t == FLOAT else t


def select(builder: Builder, whole: Atom, t: Struct, key: Any, is_cotangent: bool = True) -> Atom:
    """A part of the cotangent of a container of this type, or of the container itself."""
    known = key in t.keys and isinstance(whole.type, Struct)
    part = of_any_kind(t.part(key)) if known else UNKNOWN
    is_dict = is_cotangent and not is_record(t)
    if t.kind in (tuple, list, dict) or hasattr(t.kind, "_fields") or is_dict:
        return builder.op(operator.getitem, whole, constant(key), role="temporary", type=part)
    spelling = primitives.Attribute(key)
    return builder.op(getattr, whole, constant(key), role="temporary", type=part, spelling=spelling)


def make(builder: Builder, kind: type | None, keys: tuple[Any, ...], parts: Sequence[Atom]) -> Atom:
    """A container of this kind; of NumPy's own results, which rules take apart by position, a tuple."""
    if kind is dict or kind is not None and not is_record(Struct(kind, keys, ())):
        t = Struct(kind, keys, tuple(p.type for p in parts))
        return builder.op(
            primitives.make_dict,
            *(a for k, p in zip(keys, parts) for a in (constant(k), p)),
            role="temporary",
            type=t,
        )
    function = primitives.make_list if kind is list else primitives.make_tuple
    whole = builder.op(function, *parts, role="temporary")
    if kind not in (tuple, list, None) and kind.__module__.partition(".")[0] != "numpy":
        assert isinstance(whole.type, Struct)
        made = Struct(kind, keys, whole.type.parts)
        return builder.op(
            runtime.rebuild, Const(kind, NONE, None), whole, role="temporary", type=made
        )
    return whole


def name_of(r: Reverse, value: Value) -> str:
    return f"{r.prefix}{value.name}" if value.name else ""


def contribute(r: Reverse, builder: Builder, cots: Cotangents, x: Atom, c: Any) -> None:
    """Add a contribution to a cotangent."""
    if not isinstance(x, Value) or x not in r.active or c is None or c is ZERO:
        return
    before = lookup(cots, x)
    if isinstance(c, Parts):
        contribute_parts(r, builder, cots, x, before, c)
        return
    if isinstance(before, Parts):
        before = packed(r, builder, x, before)
    if before is None:
        if isinstance(c, Value) and c.role == "temporary" and not c.name:
            c.name, c.role = name_of(r, x), "cotangent"
        elif x.name and getattr(c, "name", None) != name_of(r, x):
            c = builder.op(primitives.assign, c, name=name_of(r, x), role="cotangent")
        cots[x] = c
    else:
        cots[x] = cotangents.add(builder, before, c, x.type, name_of(r, x), x in r.loose)


def contribute_parts(
    r: Reverse, builder: Builder, cots: Cotangents, x: Value, before: Any, c: Parts
) -> None:
    if before is None:
        cots[x] = c
    elif isinstance(before, Parts):
        cots[x] = merged(r, builder, x, before, c)
    else:
        cots[x] = cotangents.add(builder, before, packed(r, builder, x, c), x.type, name_of(r, x))


def merged(r: Reverse, builder: Builder, x: Atom, before: Parts, c: Parts) -> Parts:
    """The sum of the cotangents of the parts of a container, which may be containers."""
    total = Parts(before)
    assert isinstance(x.type, Struct)
    for key, part in c.items():
        old = total.get(key)
        if old is None:
            total[key] = part
            continue
        inner = Value("", x.type.part(key), "temporary")
        if isinstance(old, Parts) and isinstance(part, Parts):
            total[key] = merged(r, builder, inner, old, part)
        else:
            whole, more = (flat(r, builder, inner, g) for g in (old, part))
            function = operator.add if is_plain(inner.type) else runtime.add
            total[key] = builder.op(function, whole, more, role="temporary")
    return total


def is_plain(t: Type) -> bool:
    """Whether cotangents of this type are added by an operator."""
    return is_number(t) or isinstance(t, Array)


def contribute_joined(
    r: Reverse, scope: Scope, cots: Cotangents, x: Value, g: Any, result: Value
) -> None:
    """Pass a cotangent through a join, where kinds may differ."""
    if (
        isinstance(g, Parts)
        or x in r.keeper.unsure  # it may not be bound: each way to it is a join again
        or g.type == x.type
        or x.type == UNKNOWN
        or isinstance(x.type, Struct | Uniform)
    ):
        contribute(r, scope.builder, cots, x, g)
        return
    if same_array(g.type, x.type):
        c = scope.builder.op(
            primitives.assign, g, name=name_of(r, x), role="cotangent", type=x.type
        )
        contribute(r, scope.builder, cots, x, c)
        return
    scratch = Builder(scope.builder.place, answers=scope.builder.answers)
    c = cotangents.conform(scratch, g, x, x.type == result.type)
    settle(r, scratch, scope, [c])
    contribute(r, scope.builder, cots, x, c)


def same_array(g: Type, x: Type) -> bool:
    """Whether a cotangent that went through a join fits but for the symbols of its lengths: a join stretches nothing."""
    return (
        isinstance(g, Array)
        and isinstance(x, Array)
        and None not in (g.rank, g.dtype)
        and (g.rank, g.dtype) == (x.rank, x.dtype)
    )


def cotangent_of(r: Reverse, builder: Builder, cots: Cotangents, x: Value) -> Atom | None:
    c = lookup(cots, x)
    return packed(r, builder, x, c) if isinstance(c, Parts) else c


def flat(r: Reverse, builder: Builder, x: Value, g: Any) -> Atom:
    return packed(r, builder, x, g) if isinstance(g, Parts) else g


def packed(r: Reverse, builder: Builder, x: Value, parts: Parts) -> Atom:
    """A container of cotangents, from its parts."""
    t = x.type
    assert isinstance(t, Struct)
    atoms = []
    for i, (key, part) in enumerate(zip(t.keys, t.parts)):
        c = parts.get(key)
        parts_of_x = r.keeper.parts_of(x)
        inner = parts_of_x[i] if parts_of_x else Value("", part)
        if isinstance(c, Parts):
            c = packed(r, builder, inner, c) if isinstance(inner, Value) else constant(None)
        if c is None:
            c = zero_part(r, builder, x, key, inner, part)
        atoms.append(c)
    return make(builder, t.kind, t.keys, atoms)


def zero_part(r: Reverse, builder: Builder, x: Value, key: Any, inner: Atom, t: Type) -> Atom:
    if isinstance(t, Struct) and is_record(t) and not differentiable(t):
        return make(builder, t.kind, t.keys, [without(builder, p) for p in t.parts])
    if not differentiable(t):
        return constant(None)
    if is_number(t):
        return constant(0.0)
    if inner in r.keeper.home and r.keeper.home[inner] is r.keeper.body:
        return cotangents.zero(builder, r.keeper.latest(inner))
    if inner in r.keeper.home and any(s.block is r.keeper.home[inner] for s in r.scope):
        return cotangents.zero(builder, r.keeper.fetch(inner, r.scope, shape_only=True))
    of = x.type
    assert isinstance(of, Struct)
    home = r.keeper.home.get(x)
    if home is not r.keeper.body and not any(s.block is home for s in r.scope):
        return structured_zero(builder, t, None)  # items of a loop: what they are walks with them
    whole = r.keeper.fetch(x, r.scope)
    return structured_zero(builder, t, lambda: select(builder, whole, of, key, False))


def structured_zero(builder: Builder, t: Type, value: Callable[[], Atom] | None) -> Atom:
    """The zero cotangent of a part, which may be a container; ``value`` reads the part, if it is at hand."""
    if isinstance(t, Struct) and differentiable(t):
        if value is not None and any(isinstance(p, Recursive) or p == UNKNOWN for p in t.parts):
            return cotangents.zero(builder, value())  # where a branch left it out, it is None
        parts = [
            structured_zero(builder, p, part_reader(builder, t, key, value))
            for key, p in zip(t.keys, t.parts)
        ]
        return make(builder, t.kind, t.keys, parts)
    if is_number(t) or value is None and differentiable(t):
        return constant(0.0)
    if not differentiable(t):
        return without(builder, t)
    assert value is not None
    return cotangents.zero(builder, value())


def part_reader(
    builder: Builder, t: Struct, key: Any, value: Callable[[], Atom] | None
) -> Callable[[], Atom] | None:
    return None if value is None else lambda: select(builder, value(), t, key, False)


def without(builder: Builder, t: Type) -> Atom:
    """What stands for the cotangent of a part that can have none."""
    if not isinstance(t, Struct) or not is_record(t):
        return constant(None)
    return make(builder, t.kind, t.keys, [without(builder, p) for p in t.parts])


def zero_of(r: Reverse, scope: Scope, x: Value) -> Atom:
    return cotangents.zero(scope.builder, r.keeper.fetch(x, scope, shape_only=True), name_of(r, x))
