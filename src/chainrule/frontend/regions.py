"""What statements that only stand in a region of their own (`ir.regions`) give to those behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule import errors
from chainrule.analysis.aliases import may_hold
from chainrule.frontend import functions
from chainrule.frontend.branches import RETURNED, Side, as_seen, possible, take_side, values_in
from chainrule.frontend.cells import label
from chainrule.frontend.frame import Frame
from chainrule.frontend.holding import part_of
from chainrule.ir.form import HALFWAY, UNBOUND, Atom, Block, If, Value
from chainrule.ir.types import INT, Struct, has_memory, join, join_as

Results = list[tuple[Value, list[Atom]]]


def one_sided(frame: Frame, test: Atom, run: Callable[[], Atom], place: Any, spelling: str) -> Atom:
    """Lower statements inside a branch that only stands around them; their exit code."""
    side = take_side(frame, test, True, run)
    side.code = side.value
    results: Results = []
    code = side.code
    if isinstance(code, Value):
        code = Value("", INT, "code", place)
        frame.session.codes[code] = possible(frame, side.code)
        results.append((code, [side.code, UNBOUND]))
    bring_out(frame, side, place, results)
    write(frame, test, side, results, place, spelling)
    for result, (own, _) in results:
        _read_parts(frame, result, own)
    return code


def _read_parts(frame: Frame, whole: Value, inside: Atom) -> None:
    """Say what the parts of a container are that a region has changed: those made inside are not seen outside."""
    if not isinstance(whole.type, Struct) or whole.parts is not None:
        return
    memory = frame.session.memory
    parts = [part_of(memory, frame.builder, whole, key) for key in whole.type.keys]
    for part, own in zip(parts, inside.parts or (inside,) * len(parts)):
        memory.relate(part, own)  # type: ignore[arg-type]
    whole.parts = tuple(parts)


def write(
    frame: Frame, test: Atom, side: Side, results: Results, place: Any, spelling: str
) -> None:
    """The branch itself, the other side of which is empty."""
    for result, _ in results:
        result.cut = frame.session.cut if result.role != "code" else None
    then, orelse = (tuple(atoms[i] for _, atoms in results) for i in (0, 1))
    frame.builder.add(
        If(
            test,
            Block((), tuple(side.builder.statements), then),
            Block((), (), orelse),
            tuple(r for r, _ in results),
            place,
            spelling,
            frame.builder.answers,
        )
    )


def bring_out(
    frame: Frame, side: Side, place: Any, results: Results, slots: dict[Any, Atom] | None = None
) -> None:
    """Bind what a region leaves to its results.

    Parameters
    ----------
    slots
        Of the stretch of a `try`: what handlers read names as, so far. It is what they read them as if the stretch does not end.
    """
    made = values_in(side.builder)
    changed: list[tuple[Any, Atom, Value]] = []
    for name, atom in side.env.items():
        before = frame.returned if name == RETURNED else frame.env.get(name)
        is_gone = side.is_left_for_good and name != RETURNED and not frame.finals
        if atom is before or is_gone:
            continue
        value = atom
        if functions.is_function(atom):
            value = functions.lifted(atom, lambda a: _lifted(frame, a, made, place, results))
            if slots is not None and name in slots:
                slots[name] = value if functions.is_same(slots[name], value) else HALFWAY
        elif atom in made:
            value = _result(frame, side, name, atom, place, results, slots)
            changed.append((name, atom, value))
        elif slots is not None and name in slots:
            slots[name] = atom
        if name == RETURNED:
            frame.returned = value
        else:
            frame.env[name] = value
    _bring_out_memory(frame, side, place, results, made, slots is not None)
    _relate(frame, changed, made)


def _lifted(frame: Frame, atom: Atom, made: set[Value], place: Any, results: Results) -> Atom:
    """A value that a function holds, as it is outside of the region that it was made in."""
    if atom not in made:
        return atom
    assert isinstance(atom, Value)
    value = Value(atom.name, atom.type, atom.role, place, atom.known)
    results.append((value, [atom, UNBOUND]))
    frame.session.memory.relate(value, atom)
    return value


def _result(
    frame: Frame,
    side: Side,
    name: Any,
    atom: Atom,
    place: Any,
    results: Results,
    slots: dict[Any, Atom] | None,
) -> Value:
    session = frame.session
    is_stale = False
    seen = atom
    outer, session.memory.versions = session.memory.versions, side.versions
    try:
        seen = session.memory.read(atom, side.builder)
    except errors.UnknownStore:
        is_stale = True
    finally:
        session.memory.versions = outer
    called = session.result_name if name == RETURNED else label(name)
    value = Value(called, seen.type, "user", place, atom.known)
    if is_stale:
        session.memory.poisoned.add(value)
        seen = UNBOUND
    if isinstance(atom, Value) and atom in session.rooted:
        session.rooted[value] = session.rooted[atom]
    other: Atom = UNBOUND
    if slots is not None and name in slots:
        other = slots[name]
        alike = other is UNBOUND or seen.known is other.known
        if not alike or join(seen.type, other.type) != seen.type:  # each reader has its own
            slot = Value(called, join(seen.type, other.type), "user", place)
            results.append((slot, [seen, other]))
            session.memory.relate(slot, seen)
            session.memory.relate(slot, other)
            slots[name], other = slot, UNBOUND
        else:
            slots[name] = value
            session.memory.relate(value, other)
    results.append((value, [seen, other]))
    return value


def _bring_out_memory(
    frame: Frame, side: Side, place: Any, results: Results, made: set[Value], may_stay: bool
) -> None:
    memory = frame.session.memory
    for base, version in sorted(side.versions.items(), key=lambda pair: may_hold(pair[0].type)):
        now = memory.current(base)
        if base in made or version is now:
            continue
        value = Value(base.name, base.type, base.role, place)
        atoms: list[Atom] = [version, now if may_stay else UNBOUND]
        if may_hold(base.type):
            atoms[0] = as_seen(frame, side, version, [])
            value.type = join_as(atoms[0].type, atoms[1].type, object())
        results.append((value, atoms))
        memory.change(base, value)


def _relate(frame: Frame, changed: list[tuple[Any, Atom, Value]], made: set[Value]) -> None:
    """Say of the results what is known of the values that they are: views of what, along which path."""
    memory = frame.session.memory
    outside = {memory.base(atom): value for _, atom, value in changed
               if isinstance(atom, Value) and has_memory(atom.type) and atom not in memory.views}  # fmt: skip
    loose: list[tuple[Value, list[Atom]]] = []
    for _, atom, value in changed:
        if not isinstance(atom, Value) or not has_memory(atom.type):
            continue
        base, path = memory.views.get(atom, (memory.base(atom), ()))
        base = outside.get(base, base)
        if base is value or base in made or any(step in made for step in path):
            loose.append((value, [atom]))
        else:
            memory.views[value] = base, path
            memory.seen[value] = memory.current(base)
    memory.relate_joined(loose)
