"""Nodes of trees: an object that holds objects of its own class has a type of one level, and is the same again below.

A function that calls itself on the parts of such an object would else be lowered for each depth.
"""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.frontend.frame import Frame
from chainrule.ir import primitives
from chainrule.ir.form import Atom
from chainrule.ir.primitives import SILENT
from chainrule.ir.types import (
    UNDEFINED,
    Array,
    Recursive,
    Scalar,
    Struct,
    Type,
    Uniform,
    is_record,
    join,
)

Shapes = dict[type, Struct]


def folded(t: Type, shapes: Shapes) -> Type:
    """A type in which what lies below a node is a node again; what is found of nodes is noted."""
    kinds = set(shapes) | _kinds_within_themselves(t)
    for kind in kinds:
        shapes.setdefault(kind, Struct(kind, (), ()))
    for one in _structs(t):
        if one.kind in kinds:
            _note(one, shapes)
    made = _fold(t, shapes)
    return made.shape if isinstance(made, Recursive) and not made.optional else made


def as_node(frame: Frame, x: Atom) -> Atom:
    """A node that might have been None, where an attribute of it is read: if it is None, Python says so."""
    assert isinstance(x.type, Recursive)
    result = frame.builder.op(primitives.assign, x, spelling=SILENT, type=x.type.shape)
    frame.session.memory.relate(result, x)  # type: ignore[arg-type]
    return result


def holds_records(t: Type) -> bool:
    """Whether the parts of a value may be read through paths: what is asked of an object is put together by attribute."""
    return all(map(is_record, _structs(t)))


def _structs(t: Type) -> Iterable[Struct]:
    stack = [t]
    while stack:
        one = stack.pop()
        if isinstance(one, Struct):
            yield one
            stack += one.parts
        elif isinstance(one, Uniform):
            stack.append(one.item)


def _kinds_within_themselves(t: Type) -> set[type]:
    """The classes of objects that hold objects of the same class."""
    found: set[type] = set()
    stack: list[tuple[Type, frozenset[type]]] = [(t, frozenset())]
    while stack:
        one, around = stack.pop()
        if isinstance(one, Struct):
            if one.kind in around:
                found.add(one.kind)
            if one.kind not in (tuple, list, dict):
                around |= {one.kind}
            stack += [(p, around) for p in one.parts]
        elif isinstance(one, Uniform):
            stack.append((one.item, around))
    return found


def _note(one: Struct, shapes: Shapes) -> None:
    """Take what is known of one node into the shape of its class."""
    parts = tuple(_fold(p, shapes, one.kind) for p in one.parts)
    known = shapes[one.kind]
    if not known.keys:
        shapes[one.kind] = Struct(one.kind, one.keys, parts)
    elif known.keys == one.keys:
        shapes[one.kind] = Struct(one.kind, one.keys, tuple(map(join, known.parts, parts)))


def _fold(t: Type, shapes: Shapes, inside: type | None = None) -> Type:
    if isinstance(t, Struct) and t.kind in shapes:
        return Recursive(t.kind, shapes)
    if isinstance(t, Struct) and t.kind is list and inside is not None:
        item: Type = UNDEFINED
        for part in t.parts:
            item = join(item, _fold(part, shapes, inside))
        return Uniform(list, item if t.parts else Recursive(inside, shapes))
    if isinstance(t, Struct):
        return Struct(t.kind, t.keys, tuple(_fold(p, shapes, inside) for p in t.parts))
    if isinstance(t, Uniform):
        return Uniform(t.kind, _fold(t.item, shapes, inside))
    if inside is not None and isinstance(t, Scalar):
        return Scalar(t.kind)
    return Array(t.dtype, t.rank) if inside is not None and isinstance(t, Array) else t
