"""Branches: both sides are lowered from the same state, and what they leave different is joined."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast

from chainrule import errors
from chainrule.analysis.aliases import may_hold
from chainrule.analysis.builder import Builder, constant
from chainrule.frontend import functions
from chainrule.frontend.cells import Cell, label
from chainrule.frontend.dispatch import FALL, expression, lowers_branching, statements
from chainrule.frontend.frame import Frame
from chainrule.frontend.holding import join_parts
from chainrule.frontend.operators import truth
from chainrule.ir import primitives
from chainrule.ir.form import (
    MISSING,
    UNBOUND,
    Atom,
    Block,
    Const,
    If,
    Op,
    Value,
    defined,
    is_lost,
    walk,
)
from chainrule.ir.types import INT, join, join_as
from chainrule.records import record

RETURNED = "return"
"""The name under which a block's returned value is joined: no identifier, so no name of the user's."""


@record
class Side:
    """How one side of a branch ended."""

    builder: Builder
    env: dict[Any, Atom]
    versions: dict[Value, Value]
    code: Atom
    value: Atom = UNBOUND

    @property
    def is_left_for_good(self) -> bool:
        """Whether nothing of the frame is read after this side."""
        return bool(self.code.known == 2)

    @property
    def raises(self) -> bool:
        """Whether this side ends in a `raise`, after which nobody reads anything."""
        last = self.builder.statements[-1] if self.builder.statements else None
        return getattr(last, "function", None) is primitives.raise_


def take_side(frame: Frame, test: Atom, outcome: bool, lower: Callable[[], Atom]) -> Side:
    """Lower one side in a block of its own, and put the state back as it was."""
    memory = frame.session.memory
    env, versions, returned = dict(frame.env), dict(memory.versions), frame.returned
    with frame.session.block() as builder, functions.assuming(frame, test, outcome):
        result = lower()
        side = Side(builder, dict(frame.env), dict(memory.versions), FALL, result)
    side.env[RETURNED] = frame.returned
    frame.env, memory.versions, frame.returned = env, versions, returned
    return side


def choose(
    frame: Frame, test: Atom, then: Callable[[], Atom], orelse: Callable[[], Atom], spelling: str
) -> Atom:
    """The value of an expression that evaluates only one of its sides."""
    test = functions.decided(frame, test, choose)
    said, test = test, truth(frame, test)
    if said is not test and spelling in ("and", "or"):
        spelling = "ternary"  # what is tested is not what comes out
    if test.known is not MISSING:
        return then() if test.known else orelse()
    place = frame.builder.place
    sides = [take_side(frame, test, True, then), take_side(frame, test, False, orelse)]
    values = [s.value for s in sides]
    if values[0] is values[1]:
        merge(frame, test, sides, place, spelling, [])
        return values[0]
    results: list[tuple[Value, list[Atom]]] = []
    function = chosen(frame, test, sides, place, results, values)
    if function is not None:
        merge(frame, test, sides, place, spelling, results)
        return function
    result = Value("", join(values[0].type, values[1].type), "step", place)
    merge(frame, test, sides, place, spelling, [(result, values)])
    for value in values:
        frame.session.memory.relate(result, value)
    return result


@lowers_branching(gast.If)
def _if(frame: Frame, node: Any, rest: Sequence[Any]) -> Atom:
    test = truth(frame, functions.decided(frame, expression(frame, node.test), choose))
    if test.known is not MISSING:
        return statements(frame, [*(node.body if test.known else node.orelse), *rest])
    place = frame.at(node)
    sentence = frame.sentence
    then, orelse = list(node.body), list(node.orelse)
    leaves = always_leaves(then), always_leaves(orelse)
    guarded = not any(leaves) and (may_leave(then) or may_leave(orelse))
    if any(leaves):
        then, orelse = (
            (then if leaves[0] else [*then, *rest]),
            (orelse if leaves[1] else [*orelse, *rest]),
        )
    code = branch(
        frame, test, lambda: statements(frame, then), lambda: statements(frame, orelse), place
    )
    if any(leaves):
        return code
    frame.sentence = sentence
    return guard(frame, code, rest) if guarded else statements(frame, rest)


def branch(
    frame: Frame,
    test: Atom,
    then: Callable[[], Atom],
    orelse: Callable[[], Atom],
    place: Any,
    spelling: str | None = None,
) -> Atom:
    """Lower a branch between statements; its exit code."""
    sides = [take_side(frame, test, True, then), take_side(frame, test, False, orelse)]
    for side in sides:
        side.code = side.value
    results: list[tuple[Value, list[Atom]]] = []
    code = joined_code(frame, sides, results, place)
    merge(frame, test, sides, place, spelling, results)
    return code


def joined_code(
    frame: Frame, sides: list[Side], results: list[tuple[Value, list[Atom]]], place: Any
) -> Atom:
    """The exit code of a branch; of a side that raises nobody hears."""
    codes = [s.code for s in sides]
    raising = [raises(s.builder.statements) for s in sides]
    if any(raising) and not all(raising):
        codes = [codes[raising.index(False)]] * 2
    if isinstance(codes[0], Const) and codes[0].known == codes[1].known:
        return codes[0]
    code = Value("", INT, "code", place)
    frame.session.codes[code] = possible(frame, codes[0]) | possible(frame, codes[1])
    if any(raising) and not all(raising):
        codes = [UNBOUND if r else c for r, c in zip(raising, codes)]
    results.append((code, codes))
    return code


def raises(statements_: Sequence[Any]) -> bool:
    """Whether statements certainly end in an exception."""
    last = statements_[-1] if statements_ else None
    if isinstance(last, If) and last.spelling not in ("segment",):
        return raises(last.then.statements) and raises(last.orelse.statements)
    return isinstance(last, Op) and last.function is primitives.raise_


def possible(frame: Frame, code: Atom) -> frozenset[int]:
    """The exit codes that an atom may be."""
    if isinstance(code, Const):
        return frozenset([code.known])
    return frame.session.codes[code]


def guard(frame: Frame, code: Atom, rest: Sequence[Any]) -> Atom:
    """What follows a statement that may have left."""
    if code.known == 0:
        return statements(frame, rest)
    if code.known is not MISSING or not rest:
        return code
    falls = frame.builder.op(operator.eq, code, constant(0), role="code")
    return branch(
        frame, falls, lambda: statements(frame, rest), lambda: code, frame.builder.place, "guard"
    )


def chosen(
    frame: Frame,
    test: Atom,
    sides: list[Side],
    place: Any,
    results: list[tuple[Value, list[Atom]]],
    found: list[Atom],
) -> Atom | None:
    """The function that a branch leaves, one or the other; None if it leaves data on both sides."""
    inner = [values_in(side.builder) for side in sides]

    def lift(i: int, atom: Atom) -> Atom:
        if atom not in inner[i]:
            return atom
        assert isinstance(atom, Value)
        value = Value(atom.name, atom.type, atom.role, place)
        results.append((value, [atom if j == i else UNBOUND for j in (0, 1)]))
        frame.session.memory.relate(value, atom)
        return value

    return functions.joined(lambda: functions.settled(frame, test), found, lift)


def merge(
    frame: Frame,
    test: Atom,
    sides: list[Side],
    place: Any,
    spelling: str | None,
    results: list[tuple[Value, list[Atom]]],
) -> None:
    """Write the `if`, and bind what its sides leave different to its results."""
    _merge_names(frame, test, sides, place, results)
    _merge_memory(frame, sides, place, results)
    if not results and not any(side.builder.statements for side in sides):
        return
    blocks = [
        Block((), tuple(side.builder.statements), tuple(values[i] for _, values in results))
        for i, side in enumerate(sides)
    ]
    for result, _ in results:
        result.cut = frame.session.cut if result.role != "code" else None
    frame.builder.add(
        If(
            test,
            blocks[0],
            blocks[1],
            tuple(r for r, _ in results),
            place,
            spelling,
            frame.builder.answers,
        )
    )
    for result, values in results:
        join_parts(frame.session.memory, frame.builder, result, values)


def _merge_names(
    frame: Frame, test: Atom, sides: list[Side], place: Any, results: list[tuple[Value, list[Atom]]]
) -> None:
    memory = frame.session.memory
    names = dict.fromkeys([*sides[0].env, *sides[1].env])
    joined_: list[tuple[Value, list[Atom]]] = []
    inner = {v for side in sides for v in values_in(side.builder)}
    for name in names:
        found = [s.env.get(name, UNBOUND) for s in sides]
        if name != RETURNED:
            # What nested functions share is read by others when this function has returned.
            shared = (
                frame.finals or isinstance(name, Cell) and (frame.outer or frame.around) is not None
            )
            left = [s.is_left_for_good and not shared for s in sides]
            found = [UNBOUND if gone else a for gone, a in zip(left, found)]
            staying = [a for gone, a in zip(left, found) if not gone]
            if (
                len(staying) == 1 and staying[0] not in inner
            ):  # nobody reads the name as the other side left it
                frame.env[name] = staying[0]
                continue
        if found[0] is found[1] or any(map(is_lost, found)):
            frame.env[name] = next(filter(is_lost, found), found[0])
            continue
        function = chosen(frame, test, sides, place, results, found)
        if function is not None:
            frame.env[name] = function
            continue
        stale: list[Atom] = []
        atoms = [as_seen(frame, side, atom, stale) for side, atom in zip(sides, found)]
        joined = join_as(atoms[0].type, atoms[1].type, object())
        value = Value(
            frame.session.result_name if name == RETURNED else label(name), joined, "user", place
        )
        results.append((value, atoms))
        joined_.append((value, found))
        if stale:  # refused where it is read, if it is: what is returned is read for certain
            memory.poisoned.add(value)
            if name == RETURNED:
                memory.read(value, frame.builder)
        frame.env[name] = value
    memory.relate_joined(joined_)
    frame.returned = frame.env.pop(RETURNED)


def as_seen(frame: Frame, side: Side, atom: Atom, stale: list[Atom]) -> Atom:
    """An atom as a side sees it at its end; what nobody knows is noted as stale."""
    memory = frame.session.memory
    outer, memory.versions = memory.versions, side.versions
    try:
        return memory.read(atom, side.builder)
    except (errors.UnknownStore, errors.UnsupportedExpression):
        stale.append(atom)
        return UNBOUND
    finally:
        memory.versions = outer


def _merge_memory(
    frame: Frame, sides: list[Side], place: Any, results: list[tuple[Value, list[Atom]]]
) -> None:
    memory = frame.session.memory
    inner = {v for side in sides for v in values_in(side.builder)}
    bases = dict.fromkeys([*sides[0].versions, *sides[1].versions])
    for base in sorted(bases, key=lambda b: may_hold(b.type)):  # their parts have versions too
        if base in inner:
            continue
        seen = [s.versions.get(base, base) for s in sides]
        if seen[0] is memory.current(base) is seen[1]:
            continue
        # When a function that is inlined has returned, its caller reads what it wrote.
        left = [s.is_left_for_good and (frame.outer is None or s.raises) for s in sides]
        done = bool(frame.finals) or all(left)  # then the version still tells that it was written
        atoms: list[Atom] = [UNBOUND if gone and not done else a for gone, a in zip(left, seen)]
        if atoms[0] is not atoms[1]:
            value = Value(base.name, base.type, base.role, place)
            if may_hold(base.type):
                atoms = [as_seen(frame, side, a, []) for side, a in zip(sides, atoms)]
                value.type = join_as(atoms[0].type, atoms[1].type, object())
            results.append((value, atoms))
            memory.change(base, value)


def values_in(builder: Builder) -> set[Value]:
    """Every value that is defined in the statements written so far, and in the blocks inside."""
    block = builder.block()
    inner = {v for s in walk(block) for v in defined(s)}
    for s in walk(block):
        if hasattr(s, "body"):
            inner.update(s.body.params)
    return inner


def always_leaves(nodes: Sequence[Any]) -> bool:
    """Whether control never comes out below these statements."""
    for node in nodes:
        if isinstance(node, gast.Return | gast.Break | gast.Continue | gast.Raise):
            return True
        if isinstance(node, gast.If) and always_leaves(node.body) and always_leaves(node.orelse):
            return True
        if isinstance(node, gast.With) and always_leaves(node.body):
            return True
        if isinstance(node, gast.Try) and _try_leaves(node):
            return True
        if isinstance(node, gast.Match) and _always_matches(node):
            if all(always_leaves(case.body) for case in node.cases):
                return True
    return False


def _try_leaves(node: Any) -> bool:
    if always_leaves(node.finalbody):
        return True
    ends = always_leaves(node.body) or always_leaves(node.orelse)
    return ends and all(always_leaves(h.body) for h in node.handlers)


def _always_matches(node: Any) -> bool:
    """Whether the last case of a `match` takes whatever is left."""
    last = node.cases[-1]
    return (
        last.guard is None and isinstance(last.pattern, gast.MatchAs) and not last.pattern.pattern
    )


def may_leave(nodes: Sequence[Any]) -> bool:
    """Whether a `return`, or a `break` or `continue` of a loop around, stands in these statements."""
    for node in nodes:
        if isinstance(node, gast.Return | gast.Break | gast.Continue):
            return True
        if isinstance(node, gast.If) and (may_leave(node.body) or may_leave(node.orelse)):
            return True
        if isinstance(node, gast.With) and may_leave(node.body):
            return True
        if isinstance(node, gast.For | gast.While):
            if may_return(node.body) or may_leave(node.orelse):
                return True
        if isinstance(node, gast.Try):
            parts = (node.body, node.orelse, node.finalbody, *(h.body for h in node.handlers))
            if any(map(may_leave, parts)):
                return True
        if isinstance(node, gast.Match) and any(may_leave(case.body) for case in node.cases):
            return True
    return False


def may_return(nodes: Sequence[Any]) -> bool:
    """Whether a `return` stands in these statements."""
    return any(isinstance(inner, gast.Return) for node in nodes for inner in gast.walk(node))
