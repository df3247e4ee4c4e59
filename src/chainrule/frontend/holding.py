"""Containers and objects as memory: what each version holds, and the statements that make new versions.

A container holds *references*: an item that is written to later is seen as it is then. A version knows its parts where
they are known one by one (`Value.parts`). Where one was written to since, the container is made once more of the parts as
they are now, by a statement that Python does not need: the name sees them anyway.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from chainrule import errors, runtime
from chainrule.analysis.builder import Builder, constant
from chainrule.frontend.frame import Frame, Session
from chainrule.frontend.memory import Memory
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Const, Op, Value
from chainrule.ir.primitives import SILENT, Attribute, Updated
from chainrule.ir.types import (
    NONE,
    UNDEFINED,
    UNKNOWN,
    Opaque,
    Struct,
    Type,
    Uniform,
    at_any_time,
    is_record,
    join,
    uniform_of,
)
from chainrule.ir.updates import BASE, WHOLE, Route, Routed, Unrouted, routed


class Loosened(Exception):
    """An argument's container is updated: it must be lowered as one whose parts change."""

    def __init__(self, root: str, path: tuple[Any, ...]) -> None:
        self.at = root, path


def update(
    frame: Frame,
    target: Atom,
    mutator: Callable[..., Any],
    arguments: list[Atom],
    spelling: Updated,
    keywords: tuple[tuple[str, Atom], ...] = (),
) -> Atom:
    """Write ``mutator(target, *arguments)``; what the call gives.

    Raises
    ------
    errors.UnknownStore
        If nothing says what is written to.
    """
    memory, builder = frame.session.memory, frame.builder
    through = memory.read(target, builder)
    if not isinstance(through, Value) or not isinstance(through.type, Struct | Uniform):
        raise errors.UnknownStore(
            f"{getattr(through, 'name', '') or 'this value'} is written to, and nothing says what it is",
            builder.place,
        )
    base = memory.base(through)
    _loosen(frame, base)
    if any(contains(memory, a, base) for a in (*arguments, *dict(keywords).values())):
        raise errors.UnknownStore("what holds itself is not understood", builder.place)
    now = memory.with_parts(memory.current(base), builder)
    assert isinstance(now, Value)
    args = (now, through, constant_function(mutator), *arguments)
    op = Op((), primitives.update, args, keywords, builder.place, spelling, builder.answers)
    result = Value(base.name, now.type, base.role, builder.place)
    result.cut = frame.session.cut
    try:
        value = _known_parts(frame, op, result, routed(op))
    except Unrouted:
        value = _unknown_parts(frame, op, result)
    except Exception as problem:
        raise errors.UnsupportedExpression(
            f"this fails when it runs: {type(problem).__name__}: {problem}", builder.place
        ) from None
    op.results = (result,) if isinstance(value, Const) else (result, value)
    builder.add(op)
    memory.restructure(base, result)
    memory.held |= {a for a in (*arguments, *dict(keywords).values()) if isinstance(a, Value)}
    return value


def contains(memory: Memory, atom: Atom, base: Value) -> bool:
    """Whether a value is a container or object, or holds it."""
    stack, seen = [atom], set()
    while stack:
        inner = stack.pop()
        root = memory.root(inner)
        if root is base:
            return True
        if root is None or root in seen:
            continue
        seen.add(root)
        stack += memory.current(root).parts or inner.parts or ()
    return False


def constant_function(function: Any) -> Const:
    return Const(function, Opaque(type(function)), getattr(function, "__name__", None))


def _loosen(frame: Frame, base: Value) -> None:
    session = frame.session
    if base not in session.rooted:
        return
    root, path, free = session.rooted[base]
    if free:
        raise errors.UnknownStore(
            f"{base.name} comes from outside the function and is written to here",
            frame.builder.place,
            help=["pass it as an argument"],
        )
    if (root, path) not in session.loosened:
        raise Loosened(root, path)


def loosen(session: Session, params: Mapping[str, Value]) -> None:
    """Read the parts of each argument's container that is restructured, where the function begins."""
    for root, path in sorted(session.loosened, key=lambda at: len(at[1])):
        if (root, path[:-1]) not in session.loosened or not path:
            _loosen_at(session, _reached(session, params[root], root, path), root, path)


def _reached(session: Session, value: Value, root: str, path: tuple[Any, ...]) -> Value:
    """The leaf at the end of a path."""
    for i, (kind, key) in enumerate(path):
        example, t = session.example(value), value.type
        inner = MISSING
        if example is not MISSING:
            inner = example[key] if kind == "item" else getattr(example, key)
        known = isinstance(t, Struct) and key in t.keys
        found = t.part(key) if known else session.type_of(inner, str(key))  # type: ignore[attr-defined]
        value = session.leaf(root, path[: i + 1], found, False, inner)
    return value


def _loosen_at(session: Session, value: Value, root: str, path: tuple[Any, ...]) -> None:
    t = value.type
    assert isinstance(t, Struct)
    session.loosened = {*session.loosened, (root, path)}
    fields = getattr(t.kind, "_fields", ())
    parts = []
    for key in t.keys:
        part = part_of(session.memory, session.builder, value, key)
        kind = "item" if t.kind in (list, tuple, dict) else "attribute"
        step = (*path, (kind, fields[key] if fields else key))
        if isinstance(part, Value) and (isinstance(part.type, Struct) or part.type == UNKNOWN):
            session.rooted[part] = root, step, False
        if isinstance(part, Value) and isinstance(part.type, Struct):
            _loosen_at(session, part, root, step)
        parts.append(part)
    value.parts = tuple(parts)


def _known_parts(frame: Frame, op: Op, result: Value, found: Routed) -> Atom:
    """Give a version its parts; what the call gives."""
    now = op.args[BASE]
    assert isinstance(now.type, Struct)
    parts = tuple(_at_route(frame, op, route) for route in found.routes)
    result.type = Struct(now.type.kind, found.keys, tuple(p.type for p in parts))
    result.parts = parts
    if isinstance(found.value, Route):
        return taken_out(frame, _at_route(frame, op, found.value))
    return constant(found.value)


def taken_out(frame: Frame, part: Atom) -> Atom:
    """The value that a read of a part gives: another name for the part itself."""
    if isinstance(part, Const):
        return part
    value = Value("", part.type, "step", frame.builder.place, part.known)
    value.parts, value.cut = part.parts, part.cut
    frame.session.memory.view(value, part, ())
    return value


def _at_route(frame: Frame, op: Op, route: Route) -> Atom:
    every = (*op.args, *(a for _, a in op.kwargs))
    whole = every[route.operand]
    if route.key is WHOLE:
        return whole
    assert isinstance(whole.type, Struct)
    return references(frame, whole)[whole.type.keys.index(route.key)]


def references(frame: Frame, whole: Atom) -> tuple[Atom, ...]:
    """What each part of a container is."""
    if whole.parts is not None:
        return whole.parts
    assert isinstance(whole.type, Struct)
    if whole.known is not MISSING:
        return tuple(constant(whole.known[k]) for k in whole.type.keys)
    parts = tuple(part_of(frame.session.memory, frame.builder, whole, k) for k in whole.type.keys)
    for part in parts:
        if isinstance(part, Value):
            frame.session.memory.holds(whole, part)
    return parts


def part_of(memory: Memory, builder: Builder, whole: Atom, key: Any) -> Atom:
    """A read of a part; whoever calls this says what it is of the whole."""
    t = whole.type
    assert isinstance(t, Struct)
    function, spelling = operator.getitem, None
    if t.kind not in (list, tuple, dict) and not hasattr(t.kind, "_fields"):
        function, spelling = getattr, Attribute(key)  # type: ignore[assignment]
    fields = getattr(t.kind, "_fields", None)
    said = key if fields is None else fields[key]
    name = said if isinstance(said, str) else f"{getattr(whole, 'name', '')}_{key}"
    read = builder.op(
        function,
        whole,
        constant(key),
        name=name if name.isidentifier() and not name.startswith("_") else "",
        type=t.part(key),
        spelling=spelling,
    )
    if isinstance(read, Value):
        memory.reads.add(read)
        give_parts(memory, builder, read)
    return read


def give_parts(memory: Memory, builder: Builder, whole: Value) -> None:
    """Read the parts of a container whose parts nobody has read, so that all reads agree on what they are."""
    if isinstance(whole.type, Struct) and whole.parts is None:
        whole.parts = tuple(part_of(memory, builder, whole, k) for k in whole.type.keys)


def _unknown_parts(frame: Frame, op: Op, result: Value) -> Atom:
    """Type a version of a list whose items are not known one by one."""
    now, _, mutator, *arguments = op.args
    handler = UNKNOWN_PARTS.get(mutator.known)
    if handler is None or now.type.kind is not list:  # type: ignore[attr-defined]
        kind = now.type.kind.__name__  # type: ignore[attr-defined]
        raise errors.UnknownStore(
            f"which part of the {kind} this changes is known only when it runs",
            frame.builder.place,
            help=["use a list, or keys that are known: d['a'] = …"],
        )
    uniform = uniform_of(now.type)
    item, gives = handler(frame, uniform.item, arguments)
    result.type = Uniform(list, item)
    memory = frame.session.memory
    for atom in (*(now.parts or ()), *arguments):
        memory.puts(now, atom)  # type: ignore[arg-type]
        for part in atom.parts or ():  # of a list, the items go in
            memory.puts(now, part)  # type: ignore[arg-type]
    if not gives:
        return constant(None)
    value = Value("", uniform.item, "step", frame.builder.place)
    frame.session.memory.holds(now, value)
    return value


def _index(frame: Frame, atom: Atom) -> None:
    if getattr(atom.type, "kind", None) is not int:
        raise errors.UnknownStore(
            "which items of the list this changes is known only when it runs", frame.builder.place
        )


def _append(frame: Frame, item: Type, arguments: list[Atom]) -> tuple[Type, bool]:
    return join(item, at_any_time(arguments[0].type)), False


def _put(frame: Frame, item: Type, arguments: list[Atom]) -> tuple[Type, bool]:
    if arguments[0].known == slice(None):
        return _extend(frame, UNDEFINED, arguments[1:])
    _index(frame, arguments[0])
    return join(item, at_any_time(arguments[1].type)), False


def _extend(frame: Frame, item: Type, arguments: list[Atom]) -> tuple[Type, bool]:
    t = arguments[0].type
    if not isinstance(t, Uniform | Struct) or t.kind not in (list, tuple):
        raise errors.UnknownStore("what is added to the list is no list", frame.builder.place)
    return join(item, uniform_of(t).item), False


def _pop(frame: Frame, item: Type, arguments: list[Atom]) -> tuple[Type, bool]:
    for atom in arguments:
        _index(frame, atom)
    return item, True


def _delete(frame: Frame, item: Type, arguments: list[Atom]) -> tuple[Type, bool]:
    _index(frame, arguments[0])
    return item, False


def _same(frame: Frame, item: Type, arguments: list[Atom]) -> tuple[Type, bool]:
    return item, False


UNKNOWN_PARTS: dict[Any, Callable[[Frame, Type, list[Atom]], tuple[Type, bool]]] = {
    list.append: _append,
    list.insert: _put,
    operator.setitem: _put,
    list.extend: _extend,
    operator.iadd: _extend,
    list.pop: _pop,
    operator.delitem: _delete,
    list.reverse: _same,
    list.clear: _same,
}
"""What a mutator makes of the type of a list's items, and whether its call gives one."""


def join_parts(memory: Memory, builder: Builder, joined: Value, atoms: list[Atom]) -> None:
    """Say what the parts of a container are that comes from one of several places."""
    t = joined.type
    if isinstance(t, Uniform):
        for part in (p for a in atoms for p in a.parts or ()):
            memory.puts(joined, part)
    if not isinstance(t, Struct) or joined.parts is not None:
        return
    sides = [a for a in atoms if isinstance(a.type, Struct)]
    columns = [a.parts for a in sides]
    parts: list[Atom] = []
    for i, key in enumerate(t.keys):
        found = [c[i] if c is not None else None for c in columns]
        roots = {memory.root(p) for p in found if p is not None}
        root = roots.pop() if len(roots) == 1 and None not in found else None
        if root is not None:
            parts.append(memory.current(root))
        elif all(isinstance(p, Const) and p is found[0] for p in found):
            parts.append(found[0])  # type: ignore[arg-type]
        else:
            read = part_of(memory, builder, joined, key)
            parts.append(read)
            for p, side in zip(found, sides):
                memory.relate(read, side if p is None else p)  # type: ignore[arg-type]
    joined.parts = tuple(parts)


def carry_parts(
    memory: Memory,
    builder: Builder,
    carry: Value,
    init: Atom,
    key: Any,
    moved: dict[tuple[Any, Any], frozenset[Value]],
) -> None:
    """Say what the parts of a container are at the beginning of a turn: those of before the loop, but for what moved."""
    t = carry.type
    if isinstance(t, Uniform):
        for part in init.parts or ():
            memory.puts(carry, part)
    if not isinstance(t, Struct) or not isinstance(init.type, Struct):
        return
    before = init.parts
    parts: list[Atom] = []
    for i, k in enumerate(t.keys):
        at = before[i] if before is not None else None
        root = memory.root(at) if at is not None else None
        if (key, k) not in moved and root is not None:
            parts.append(memory.current(root))
        elif (key, k) not in moved and isinstance(at, Const):
            parts.append(at)
        else:
            read = part_of(memory, builder, carry, k)
            parts.append(read)
            if isinstance(read, Value) and at is not None:
                memory.relate(read, at)
            for base in moved.get((key, k), frozenset()) - {CROSSES}:
                memory.relate(read, base, inherits=False)  # type: ignore[arg-type]
    carry.parts = tuple(parts)


def moved_parts(
    memory: Memory,
    attempt: Any,
    inits: dict[Any, Atom],
    moved: dict[tuple[Any, Any], frozenset[Value]],
    known: set[Value],
) -> dict[tuple[Any, Any], frozenset[Value]]:
    """The parts of carried containers that a turn leaves as other objects, with what from outside each may be."""
    found = dict(moved)
    carries = attempt.carried.values()
    others = {*carries, *(p for c in carries for p in c.parts or () if isinstance(p, Value))}
    for key, init in inits.items():
        t, following = init.type, attempt.next[key]
        if not isinstance(t, Struct) or following.parts is None or init.parts is None:
            continue
        if following.type.keys != t.keys:
            continue
        for k, before, after in zip(t.keys, init.parts, following.parts):
            is_same = before is after if isinstance(before, Const) else (
                memory.root(before) is memory.root(after) is not None)  # fmt: skip
            if not is_same:
                reach = memory.reach(after)
                outside = {
                    *(reach & known),
                    *([CROSSES] if reach & others - {memory.root(before)} else []),
                }
                found[key, k] = found.get((key, k), frozenset()) | outside
    return found


CROSSES = Value("crosses")
"""Stands for the parts and names that a loop hands on: a part may be one of these in the next turn."""


def relate_crossing(
    memory: Memory, carried: dict[Any, Value], moved: dict[tuple[Any, Any], frozenset[Value]]
) -> None:
    """Record that what changes places between turns may be what it changes places with."""
    reads = {
        (key, k): p
        for key, carry in carried.items()
        if isinstance(carry.type, Struct)
        for k, p in zip(carry.type.keys, carry.parts or ())
        if (key, k) in moved and isinstance(p, Value)
    }
    for at, read in reads.items():
        if CROSSES in moved[at]:
            for other in (*reads.values(), *carried.values()):
                if other is not read:
                    memory.relate(read, other, inherits=False)


def made_of(builder: Builder, t: Struct, parts: tuple[Atom, ...], spelling: Any) -> Value:
    """A container of these parts."""
    made = Struct(t.kind, t.keys, tuple(p.type for p in parts))
    if t.kind is dict:
        items = tuple(a for k, p in zip(t.keys, parts) for a in (constant(k), p))
        result = builder.op(primitives.make_dict, *items, spelling=spelling, type=made)
    elif t.kind in (list, tuple):
        function = primitives.make_list if t.kind is list else primitives.make_tuple
        result = builder.op(function, *parts, spelling=spelling, type=made)
    else:
        names = tuple(a for k, p in zip(t.keys, parts) for a in (constant(k), p))
        if is_record(t):
            whole = builder.op(primitives.make_tuple, *parts, spelling=SILENT)
        else:
            whole = builder.op(primitives.make_dict, *names, spelling=SILENT)
        kind = Const(t.kind, NONE, None)
        result = builder.op(runtime.rebuild, kind, whole, spelling=spelling, type=made)
    assert isinstance(result, Value)
    result.parts = parts
    return result
