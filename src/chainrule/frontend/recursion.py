"""Functions of the user's that are called, not inlined: each is lowered once for the types of its arguments.

A function that calls itself is found out when it is met inside itself: lowering starts again, and calls it from then on.
What its parameters and its result are is settled by running over it until nothing changes, from a result of which
nothing is known yet.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from chainrule import errors
from chainrule.frontend import source as sources
from chainrule.frontend.frame import Frame, Session, is_static
from chainrule.ir.form import Atom, Leaf, Op, Param, Value
from chainrule.ir.routine import Callee
from chainrule.ir.types import (
    NONE,
    UNKNOWN,
    Array,
    Dim,
    Scalar,
    Size,
    Static,
    Struct,
    Type,
    Undefined,
    Uniform,
    join,
    not_one,
)

if TYPE_CHECKING:
    from chainrule.frontend.source import Place

TURNS = 12
"""How often a function may be lowered until its types are settled."""
PATIENCE = 3
"""How often a type may grow before nothing is said of it any more."""


class Restart(Exception):
    """A function was met that is called, not inlined: lowering starts again and knows so."""

    def __init__(self, function: Any, place: Place | None) -> None:
        self.function, self.place = function, place


class Draft:
    """A callee that is being lowered: what is believed of its parameters and its result."""

    def __init__(self, callee: Callee, types: list[Type]) -> None:
        self.callee, self.types = callee, types
        self.grown = list(types)
        self.count = 0


class Table:
    """The functions that one form calls."""

    def __init__(self) -> None:
        self.called: dict[Any, Place | None] = {}  # each with a place where it is called
        self.made: dict[Any, Callee] = {}
        self.drafts: list[Draft] = []
        self.demands: dict[type, dict[str, None]] = {}  # see `frontend.demands`


def call(frame: Frame, function: Any, atoms: dict[str, Atom], place: Place | None) -> Atom:
    """A call of a function that is not inlined, with the values of its parameters."""
    session = frame.session
    args = tuple(frame.read_again(list(atoms.values())))
    types = [of_parameter(a, name) for name, a in zip(atoms, args)]
    callee = _callee(session, function, list(atoms), types, session.table.called[function])
    result = Value("", _of_call(callee, args), "step", place)
    result.cut = session.cut or (place if getattr(function, "is_no_grad", False) else None)
    frame.builder.add(Op((result,), callee, args, (), place, None, frame.builder.answers))
    for i in sorted(callee.shares):
        session.memory.relate(result, args[i])
    return result


def of_parameter(atom: Atom, name: str) -> Type:
    """The type of a parameter that is given this."""
    if isinstance(atom.type, Static):
        return atom.type
    if is_static(atom.known):
        return Static(atom.known)
    return own_sizes(atom.type, name)


def own_sizes(t: Type, name: str) -> Type:
    """A type in the callee's own words: what is known of sizes in the caller is not known there."""
    if isinstance(t, Scalar) and t.kind is int:
        return Scalar(int, Size(name))
    if isinstance(t, Array) and t.rank is not None:
        dims = t.dims or (None,) * t.rank
        return Array(
            t.dtype, t.rank, tuple(_own_size(d, f"{name}.{i}") for i, d in enumerate(dims))
        )
    if isinstance(t, Struct):
        parts = tuple(own_sizes(p, f"{name}.{k}") for k, p in zip(t.keys, t.parts))
        return Struct(t.kind, t.keys, parts)
    if isinstance(t, Uniform):
        return Uniform(t.kind, without_sizes(t.item))
    return t


def _own_size(d: Dim, name: str) -> Dim:
    return Size(name, 0, not_one(d))


def without_sizes(t: Type) -> Type:
    if isinstance(t, Scalar):
        return Scalar(t.kind)
    if isinstance(t, Array):
        return Array(t.dtype, t.rank)
    if isinstance(t, Struct):
        return Struct(t.kind, t.keys, tuple(map(without_sizes, t.parts)))
    return Uniform(t.kind, without_sizes(t.item)) if isinstance(t, Uniform) else t


def _of_call(callee: Callee, args: tuple[Atom, ...]) -> Type:
    """The type of what a call gives: sizes are those that the arguments have here, or none."""
    return without_sizes(callee.result)


def _callee(
    session: Session, function: Any, names: list[str], types: list[Type], place: Place | None
) -> Callee:
    table: Table = session.table
    for draft in table.drafts:
        if draft.callee.function is function:
            draft.grown = [_joined(a, b, n) for a, b, n in zip(draft.grown, types, names)]
            return draft.callee
    key = (function, tuple(types))
    if key not in table.made:
        table.made[key] = _settled(session, function, names, types, place)
    return table.made[key]


def _joined(a: Type, b: Type, name: str) -> Type:
    return own_sizes(join(a, b), name)


def _settled(
    session: Session, function: Any, names: list[str], types: list[Type], place: Place | None
) -> Callee:
    """A callee for these types, or wider ones."""
    table = session.table
    callee = Callee(function.__name__ if function.__name__ != "<lambda>" else "function", function)
    draft = Draft(callee, types)
    before = set(table.made)
    table.drafts.append(draft)
    try:
        for turn in range(TURNS):
            shares = callee.shares
            problems = _attempt(session, draft, names, place)
            result = join(callee.result, own_sizes(callee.form.body.results[0].type, "result"))
            if (draft.grown, result, shares) == (draft.types, callee.result, callee.shares):
                session.problems += problems or _endless(callee, place)
                return callee
            draft.types = draft.grown = [
                _widened(old, new, turn) for old, new in zip(draft.types, draft.grown)
            ]
            callee.result = _widened(callee.result, result, turn)
            for key in set(table.made) - before:
                del table.made[key]
    finally:
        table.drafts.pop()
    raise errors.RecursionUnsupported(
        f"{callee.name} calls itself, and what it is called with cannot be followed", place
    )


def _endless(callee: Callee, place: Place | None) -> list[errors.ChainruleError]:
    if not isinstance(callee.result, Undefined):
        return []
    what = f"{callee.name} calls itself on every way through it, and never returns"
    return [errors.RecursionUnsupported(what, place)]


def _widened(old: Type, new: Type, turn: int) -> Type:
    return new if old == new or turn < PATIENCE or isinstance(new, Static) else UNKNOWN


def _attempt(
    session: Session, draft: Draft, names: list[str], place: Place | None
) -> list[errors.ChainruleError]:
    """Lower a callee under what is believed of it; what is wrong with it then."""
    from chainrule.frontend import lower

    callee = draft.callee
    source = sources.find(callee.function)
    inner = Session(session.root, session.type_of, {})
    inner.table, inner.host, inner.root_source = session.table, callee.function, session.root_source
    inner.demands = session.demands
    inner.statics, inner.depends, inner.inlined = session.statics, session.depends, session.inlined
    inner.inlined[callee.function] = None
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    params = []
    for name, t in zip(names, draft.types):
        value = Value(name, t, "user", None)
        if t == NONE:
            value.known = None
        inner.root_at(value, name, (), False)
        params.append(Param(value, kind))
    result, body, last = lower.run(inner, source, params)
    reach = inner.memory.reach(result)
    callee.shares |= {i for i, p in enumerate(params) if p.value in reach}
    callee.found = lower.formed(inner, source, tuple(params), body, last)
    _refuse_writes(callee, inner, params, place)
    return inner.problems


def free_leaves(session: Session) -> list[Leaf]:
    """What the functions that a form calls read from outside, where the form itself does not: its types matter too."""
    if session.host is not None:
        return []
    found: dict[Any, Leaf] = {}
    for callee in session.table.made.values():
        for leaf in callee.form.leaves:
            at = (leaf.root, leaf.path)
            if leaf.free and at not in session.leaves and at not in found:
                value = Value(leaf.value.name, leaf.value.type, "user")
                found[at] = Leaf(value, leaf.root, leaf.path, True)
    return list(found.values())


def _refuse_writes(
    callee: Callee, inner: Session, params: list[Param], place: Place | None
) -> None:
    outside = {p.value for p in params} | {leaf.value for leaf in inner.leaves.values()}
    written = [v for v in inner.memory.written if v in outside]
    if written and not inner.problems:
        inner.problems.append(
            errors.RecursionUnsupported(
                f"{callee.name} calls itself, and writes to {written[0].name}, which its caller has too",
                place,
                help=[f"work on a copy: {written[0].name} = np.copy({written[0].name})"],
            )
        )
