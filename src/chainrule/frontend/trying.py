"""`try`: its body in stretches, each up to a name that a handler may read; then what is behind it, or a handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.analysis.effects import may_raise
from chainrule.frontend.assigned import assigned_names
from chainrule.frontend.branches import (
    Side,
    always_leaves,
    branch,
    guard,
    joined_code,
    may_leave,
    merge,
    raises,
    take_side,
    values_in,
)
from chainrule.frontend.cells import Cell
from chainrule.frontend.dispatch import FALL, RETURN, expression, lowers_branching, statements
from chainrule.frontend.frame import Frame
from chainrule.frontend.halfway import is_settled, reads, slots_of
from chainrule.frontend.known import Known
from chainrule.frontend.regions import Results, bring_out, one_sided, write
from chainrule.ir import regions
from chainrule.ir.form import DELETED, HALFWAY, UNBOUND, Atom, Const, Op, Value
from chainrule.ir.regions import FINAL, FINALLY, HANDLER, SEGMENT, Handler, Try
from chainrule.ir.types import BOOL, Opaque, differentiable


@lowers_branching(gast.Try)
def _try(frame: Frame, node: Any, rest: Sequence[Any]) -> Atom:
    sentence = frame.sentence
    code = _with_final(frame, node) if node.finalbody else _handled(frame, node)
    frame.sentence = sentence
    return guard(frame, code, rest)


def _with_final(frame: Frame, node: Any) -> Atom:
    """``try: … finally: …``: what the clause holds runs whatever happened, and then what happened goes on."""
    place = frame.at(node)
    if may_leave(node.finalbody):
        raise errors.UnsupportedStatement(
            "a return, break or continue in finally is not understood: it would swallow exceptions",
            frame.at(node.finalbody[0]),
            help=["leave below the try"],
        )

    if _is_seen_half_way(frame, node):
        return _finally_as_handler(frame, node)

    def run() -> Atom:
        return _handled(frame, node) if node.handlers else statements(frame, node.body)

    frame.finals += 1
    code = one_sided(frame, constant(True), run, place, FINALLY)
    frame.finals -= 1
    returned, frame.returned = frame.returned, frame.returned
    one_sided(frame, constant(True), lambda: statements(frame, node.finalbody), place, FINAL)
    frame.returned = returned
    return code


def _is_seen_half_way(frame: Frame, node: Any) -> bool:
    """Whether a `finally` reads a number or array that the body assigns anew: an exception may have left it as it was."""
    parts = [*node.body, *node.orelse, *(s for h in node.handlers for s in h.body)]
    names = [name for name in assigned_names(parts) if reads(node.finalbody, name)]
    return any(differentiable(frame.env.get(name, UNBOUND).type) for name in names)


def _finally_as_handler(frame: Frame, node: Any) -> Atom:
    """A `finally` that reads what the body assigns, as a handler that raises again, and once more behind."""

    def guarded(body: list[Any]) -> list[Any]:
        if all(map(_is_plain_end, body)):
            return body
        return [gast.copy_location(gast.Try(body, [_raising_again(node)], [], []), body[0])]

    handlers = [
        gast.copy_location(gast.ExceptHandler(h.type, h.name, guarded(h.body)), h)
        for h in node.handlers
    ]
    whole = gast.Try(node.body, [*handlers, _raising_again(node)], guarded(node.orelse), [])
    frame.finals += 1
    code = _handled(frame, gast.copy_location(whole, node))
    frame.finals -= 1
    returned = frame.returned
    statements(frame, node.finalbody)
    frame.returned = returned
    return code


def _raising_again(node: Any) -> Any:
    """A handler that does what a `finally` does, and lets the exception go on."""
    first = node.finalbody[0]
    again = gast.copy_location(gast.Raise(None, None), first)
    everything = Known(Const(BaseException, Opaque(type)), first)
    handler = gast.ExceptHandler(everything, None, [*node.finalbody, again])
    return gast.copy_location(handler, first)


def _handled(frame: Frame, node: Any) -> Atom:
    place = frame.at(node)
    handlers = tuple(_handler(frame, h) for h in node.handlers)
    slots = _slots(frame, slots_of(frame, node))

    def caught() -> Atom:
        return _caught(frame, node.handlers, marks, 0)

    marks: list[Value] = [Value("completed", BOOL, "code", place)]
    extra = [Value("caught", BOOL, "code", place) for _ in handlers[1:]]
    made = Op((), regions.attempt, (), (), place, None, frame.builder.answers)
    frame.builder.add(made)
    rest = _stretches(frame, node.body, slots, marks, place)
    made.results = (*marks, *extra)
    marks += extra
    return _decide(
        frame,
        lambda: _last(frame, rest, node.orelse),
        caught,
        slots,
        Try(handlers),
        made,
        place,
    )


def attempted(frame: Frame, run: Callable[[], Atom], body: Sequence[Any], place: Any) -> Atom:
    """Lower what a manager stands around that may swallow an exception."""
    done = Value("completed", BOOL, "code", place)
    made = Op((done,), regions.attempt, (), (), place, None, frame.builder.answers)
    frame.builder.add(made)

    def then() -> Atom:
        code = run()
        frame.builder.effect(regions.completed)
        return code

    slots = _slots(frame, assigned_names(body))
    return _decide(frame, then, lambda: FALL, slots, Try((), True), made, place)


def _slots(frame: Frame, names: Sequence[str]) -> dict[Any, Atom]:
    """What handlers read names as so far, and what nested functions share, which a call may change."""
    keys = [*map(frame.env.key, names), *(k for k in frame.env if isinstance(k, Cell))]
    return {k: frame.env.get(k, UNBOUND) for k in keys}


def _handler(frame: Frame, node: Any) -> Handler:
    if node.type is None:
        return Handler(())
    nodes = node.type.elts if isinstance(node.type, gast.Tuple) else [node.type]
    classes = [expression(frame, n) for n in nodes]
    for atom, n in zip(classes, nodes):
        if not isinstance(atom, Const) or not isinstance(atom.known, type):
            raise errors.UnsupportedStatement(
                "which exceptions this catches is known only when it runs",
                frame.at(n),
                help=["name their classes"],
            )
    found = tuple(c for c in classes if isinstance(c, Const))
    return Handler(found, isinstance(node.type, gast.Tuple))


def _stretches(
    frame: Frame, body: Sequence[Any], slots: dict[Any, Atom], marks: list[Value], place: Any
) -> Sequence[Any]:
    """Write the stretches of a body but the last, whose statements are given back."""
    begin = 0
    while True:
        at = _end_of_stretch(frame, body, begin, slots)
        if at is None:
            return body[begin:]
        mark = Value("reached", BOOL, "code", place)
        stretch = body[begin:at]
        side = take_side(frame, mark, True, lambda b=stretch: _tried(frame, b))  # type: ignore[misc]
        side.code = side.value
        marks.append(mark)
        results: Results = []
        _mark_halfway(frame, side, slots)
        bring_out(frame, side, place, results, slots)
        write(frame, mark, side, results, place, SEGMENT)
        begin = at


def _end_of_stretch(
    frame: Frame, body: Sequence[Any], begin: int, slots: dict[Any, Atom]
) -> int | None:
    """Behind which statement a stretch ends: one that a handler may see the outcome of, with more behind it."""
    for i in range(begin, len(body) - 1):
        if all(map(_is_plain_end, body[i + 1 :])):
            return None
        if may_leave([body[i]]) or always_leaves([body[i]]):
            return None
        writes = any(
            isinstance(n, gast.Subscript | gast.Attribute) and isinstance(n.ctx, gast.Store)
            for n in gast.walk(body[i])
        ) or isinstance(body[i], gast.AugAssign | gast.Expr)
        if writes or {frame.env.key(n) for n in assigned_names([body[i]])} & set(slots):
            return i + 1
    return None


def _tried(frame: Frame, body: Sequence[Any]) -> Atom:
    frame.session.attempts += 1
    try:
        return statements(frame, body)
    finally:
        frame.session.attempts -= 1


def _is_plain_end(node: Any) -> bool:
    """Whether a statement raises nothing and binds nothing."""
    if isinstance(node, gast.Return):
        return node.value is None or isinstance(node.value, gast.Name | gast.Constant)
    return isinstance(node, gast.Break | gast.Continue | gast.Pass)


def _last(frame: Frame, body: Sequence[Any], orelse: Sequence[Any]) -> Atom:
    """The last stretch, and what follows it if nothing was raised."""
    code = _tried(frame, body)
    _name_returned(frame, code)
    if code is RETURN and raises(frame.builder.statements):
        return code
    frame.builder.effect(regions.completed)
    return guard(frame, code, orelse)


def _name_returned(frame: Frame, code: Atom) -> None:
    value = frame.returned
    if code is RETURN and isinstance(value, Value) and value.role == "step" and not value.name:
        value.name, value.role = frame.session.result_name, "user"


def _caught(frame: Frame, handlers: Sequence[Any], marks: Sequence[Value], i: int) -> Atom:
    """The handlers from one on."""
    node = handlers[i]
    if i + 1 == len(handlers):
        return _handle(frame, node)
    mark = marks[len(marks) - len(handlers) + 1 + i]
    return branch(
        frame,
        mark,
        lambda: _handle(frame, node),
        lambda: _caught(frame, handlers, marks, i + 1),
        frame.builder.place,
        HANDLER,
    )


def _handle(frame: Frame, node: Any) -> Atom:
    frame.at(node)
    if node.name is None:
        return statements(frame, node.body)
    place = frame.builder.place
    error = Value(node.name.id, Opaque(BaseException), "user", place)
    frame.builder.add(Op((error,), regions.caught, (), (), place, None, frame.builder.answers))
    frame.env[node.name.id] = error
    code = statements(frame, node.body)
    frame.env[node.name.id] = DELETED
    return code


def _decide(
    frame: Frame,
    then: Callable[[], Atom],
    caught: Callable[[], Atom],
    slots: dict[Any, Atom],
    spelling: Try,
    made: Op,
    place: Any,
) -> Atom:
    """The branch between what follows a body and its handlers; its exit code."""
    memory = frame.session.memory
    done = made.results[0]
    sides = [take_side(frame, done, True, then)]
    poisoned = _mark_halfway(frame, sides[0], slots)

    def handle() -> Atom:
        frame.env.update({k: a for k, a in slots.items() if a is not UNBOUND})
        return caught()

    sides.append(take_side(frame, done, False, handle))
    for side in sides:
        side.code = side.value
    if sides[1].is_left_for_good:
        memory.poisoned -= poisoned
    results: Results = []
    code = joined_code(frame, sides, results, place)
    merge(frame, done, sides, place, spelling, results)  # type: ignore[arg-type]
    return code


def _mark_halfway(frame: Frame, side: Side, slots: dict[Any, Atom]) -> set[Value]:
    """Note what an exception in a stretch may have left half-way: handlers and what follows may not read it."""
    memory = frame.session.memory
    for name in list(slots):
        atom = side.env.get(name)
        if atom is None or atom is frame.env.get(name):
            continue
        before = frame.env.get(name, UNBOUND)
        risky = isinstance(atom, Const) and any(map(may_raise, side.builder.statements))
        if risky or not is_settled(side.builder.statements, {atom}, {before}):
            slots[name] = HALFWAY
    written: dict[Value, set[Any]] = {}
    made = values_in(side.builder)
    for value in made:
        base = memory.owner.get(value)
        if base is not None and base not in made:
            written.setdefault(base, set()).add(value)
    found = {
        base
        for base, versions in written.items()
        if not is_settled(side.builder.statements, versions, {memory.current(base)})
    }
    memory.poisoned |= found
    return found
