"""Functions of the user's that are called, not inlined: each is lowered once for the types of its arguments.

A function that calls itself is found out when it is met inside itself: lowering starts again, and calls it from then on.
What its parameters and its result are is settled by running over it until nothing changes, from a result of which
nothing is known yet.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Container
from typing import TYPE_CHECKING, Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend import source as sources
from chainrule.frontend.captured import Capture, Stand, captured, mark, refusal, with_defaults
from chainrule.frontend.frame import Frame, Session, is_static
from chainrule.frontend.functions import Closure
from chainrule.frontend.large import Places
from chainrule.frontend.lengths import in_own_words, in_words_of, of_names
from chainrule.frontend.nodes import folded, holds_records
from chainrule.ir.form import Atom, Const, Leaf, Op, Param, Value
from chainrule.ir.primitives import Inner, make_tuple
from chainrule.ir.routine import Callee
from chainrule.ir.types import (
    NONE,
    UNKNOWN,
    Dim,
    Recursive,
    Size,
    Static,
    Struct,
    Type,
    Undecided,
    Undefined,
    join,
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

    def __init__(self, callee: Callee, call: Call, types: list[Type]) -> None:
        self.callee, self.call, self.types = callee, call, types
        self.grown = list(types)


class Table:
    """The functions that one form calls."""

    def __init__(self) -> None:
        self.called: dict[Any, Place | None] = {}  # each with a place where it is called
        self.made: dict[Any, Callee] = {}
        self.drafts: list[Draft] = []
        self.places = Places()
        self.wide: dict[Any, list[list[Type]]] = {}  # what large functions are called with
        self.demands: dict[type, dict[str, None]] = {}  # see `frontend.demands`
        self.shapes: dict[type, Struct] = {}  # of the classes whose objects hold objects of theirs
        self.fields: set[Any] = set()  # the names of the attributes of objects that are passed

    def shared(self, call: Call, place: Place | None) -> list[Type]:
        """The types for a call of a large function: those of others where they can be one, numbers of any kind say.

        Raises
        ------
        Restart
            If the others are made for too little.
        """
        known = self.wide.setdefault(call.key, [])
        for i, before in enumerate(known):
            both = in_own_words(map(join, before, call.types), call.given)
            if all(j != UNKNOWN or a == b for j, a, b in zip(both, before, call.types)):
                known[i] = both
                if both != before:
                    raise Restart(call.function, place)
                return both
        known.append(call.types)
        return call.types

    def begin_again(self) -> None:
        """Forget what lowering found out before it started again, but for what it started again for."""
        self.made, self.shapes, self.fields = {}, {}, set()
        self.places.found.clear()

    def is_field(self, name: str) -> bool:
        """Whether an attribute is one of an object of the user's, where the object is not known any more."""
        return name in self.fields

    def note_fields(self, types: list[Type]) -> None:
        stack = list(types)
        while stack:
            t = stack.pop()
            if isinstance(t, Struct):
                self.fields.update(getattr(t.kind, "_fields", t.keys))
                stack += t.parts

    def lengthen(self) -> bool:
        """Have large functions written out after all, where calling them did not do; whether there were any."""
        large = set(self.places.called)
        self.places.never |= large
        self.places.called.clear()
        for key in large:
            del self.called[key]
        return bool(large)

    def calls(self, function: Any) -> bool:
        """Whether a function is called rather than inlined."""
        return key_of(function) in self.called


def key_of(function: Any) -> Any:
    """What a function is told by: a nested one is made anew at each call of the one around it."""
    return function.__code__ if isinstance(function, Closure) else function


def note_place(table: Table, function: Any, node: Any, place: Place | None) -> None:
    """Take in that a function is written out for a call.

    Raises
    ------
    Restart
        If there would be too much text of it.
    """
    key = key_of(function)
    if table.places.is_too_much(key, node, place):
        table.places.called.add(key)
        raise Restart(function, place)


class Call:
    """A call of a function that is not inlined: the values of its parameters, and what it reads from around."""

    def __init__(
        self, session: Session, function: Any, atoms: dict[str, Atom], place: Place | None
    ) -> None:
        self.function, self.atoms = function, atoms
        if any(
            isinstance(a.known, Inner) and not isinstance(a.known, Closure) for a in atoms.values()
        ):
            raise refusal(function.__name__, place)
        closures = [a.known for a in atoms.values() if isinstance(a.known, Closure)]
        if isinstance(function, Closure):
            closures.insert(0, function)
        self.captures = captured(session, closures, place)
        is_large = key_of(function) in session.table.places.called
        self.fixed = {n for n, a in atoms.items() if isinstance(a.known, Closure)}
        if is_large:  # it does not call itself, and may need to know a constant, such as an axis
            self.fixed |= {n for n, a in atoms.items() if is_fixed(a)}
        self.given = {n: a for n, a in atoms.items() if n not in self.fixed}
        self.names = list(self.given)
        for one in self.captures:
            if one.is_data:
                self.given[_unused(one.name, self.given)] = one.atom
        found = [of_parameter(a) for a in self.given.values()]
        self.sizes = of_names(found, self.given)
        self.types = [folded(t, session.table.shapes) for t in in_own_words(found, self.given)]
        if is_large:
            self.types = session.table.shared(self, place)

    @property
    def assigned(self) -> list[Capture]:
        """The variables around that the function assigns: what they are afterwards is returned too."""
        return [one for one in self.captures if one.is_assigned]

    @property
    def key(self) -> Any:
        """What tells the callee from others of the same function, beside the types of its parameters."""
        own = tuple((n, mark(a)) for n, a in self.atoms.items() if n in self.fixed)
        around = tuple((c.name, None if c.is_data else mark(c.atom)) for c in self.captures)
        return key_of(self.function), own, around


def is_fixed(atom: Atom) -> bool:
    """Whether an argument of a large function is a constant that decides what it does: an axis, a flag, a count."""
    return isinstance(atom, Const) and not isinstance(atom.known, float)


def _unused(name: str, taken: Container[str]) -> str:
    while name in taken:
        name += "_"
    return name


def call(frame: Frame, function: Any, atoms: dict[str, Atom], place: Place | None) -> Atom:
    """A call of a function that is not inlined, with the values of its parameters."""
    session = frame.session
    made = Call(session, function, dict(zip(atoms, frame.read_again(list(atoms.values())))), place)
    args = tuple(frame.read_again(list(made.given.values())))
    callee = _callee(session, made, session.table.called[key_of(function)])
    session.problems += [p for p in callee.problems if p not in session.problems]
    result = Value("", in_words_of(callee.result, made.sizes), "step", place)
    result.cut = session.cut or (place if getattr(function, "is_no_grad", False) else None)
    frame.builder.add(Op((result,), callee, args, (), place, None, frame.builder.answers))
    for i in sorted(callee.shares):
        session.memory.relate(result, args[i])
    for leaf in callee.gives:
        outside = session.leaf(leaf.root, leaf.path, leaf.value.type, True)
        session.memory.relate(result, outside)
    return _assign(frame, made, result) if made.assigned else result


def _assign(frame: Frame, call: Call, result: Value) -> Atom:
    """Bind the variables around that a call has assigned; what it gives."""
    first, *rest = frame.builder.unpack(result, len(call.assigned) + 1)
    for one, item in zip(call.assigned, rest):
        assert isinstance(item, Value)
        item.name, item.role = one.name, "user"
        frame.session.memory.relate(item, result)
        one.closure.frame.env[one.name] = item
    frame.session.memory.relate(first, result)  # type: ignore[arg-type]
    return first


def of_parameter(atom: Atom) -> Type:
    """The type of a parameter that is given this."""
    if isinstance(atom.type, Static) or not is_static(atom.known):
        return atom.type
    return Static(atom.known)


def _callee(session: Session, call: Call, place: Place | None) -> Callee:
    table: Table = session.table
    table.note_fields(call.types)
    same = [d for d in table.drafts if key_of(d.call.function) == key_of(call.function)]
    for draft in same:
        if draft.call.key == call.key:
            draft.grown = in_own_words(map(join, draft.grown, call.types), call.given)
            return draft.callee
    if len(same) > PATIENCE:
        raise refusal(call.function.__name__, place)
    key = (call.key, tuple(call.types))
    if key not in table.made:
        table.made[key] = _settled(session, call, place)
    return table.made[key]


def _settled(session: Session, call: Call, place: Place | None) -> Callee:
    """A callee for these types, or wider ones."""
    table, function = session.table, call.function
    callee = Callee(function.__name__ if function.__name__ != "<lambda>" else "function", function)
    callee.is_local = bool(call.fixed) or not has_name(session, function)
    draft = Draft(callee, call, call.types)
    before = set(table.made)
    table.drafts.append(draft)
    try:
        for turn in range(TURNS):
            shares, shapes = callee.shares, dict(table.shapes)
            problems = _attempt(session, draft, place)
            own: dict[str, Dim] = {n: Size(n) for n in of_names(draft.types, call.given)}
            result = join(callee.result, in_words_of(callee.form.body.results[0].type, own))
            before_, now = (
                (draft.types, callee.result, shares, shapes),
                (draft.grown, result, callee.shares, table.shapes),
            )
            if before_ == now:
                callee.problems = problems or _unfit(callee, place)
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


def has_name(session: Session, function: Any) -> bool:
    """Whether the text can call a function by a name that leads to it, in the root's module or its own."""
    if isinstance(function, Closure) or session.root is None:
        return False
    home = vars(sys.modules.get(function.__module__, types))
    if home.get(function.__name__) is function:
        return True
    return any(thing is function for thing in session.root.__globals__.values())


def _unfit(callee: Callee, place: Place | None) -> list[errors.ChainruleError]:
    """What is wrong with what a callee gives."""
    if isinstance(callee.result, Undefined):
        what = f"{callee.name} calls itself on every way through it, and never returns"
        return [errors.RecursionUnsupported(what, place)]
    stack = [callee.result]
    while stack:
        t = stack.pop()
        if isinstance(t, Static | Undecided):
            return [refusal(callee.name, place)]
        stack += t.parts if isinstance(t, Struct) else ()
    return []


def _widened(old: Type, new: Type, turn: int) -> Type:
    return new if old == new or turn < PATIENCE or isinstance(new, Static) else UNKNOWN


def _attempt(session: Session, draft: Draft, place: Place | None) -> list[errors.ChainruleError]:
    """Lower a callee under what is believed of it; what is wrong with it then."""
    from chainrule.frontend import lower
    from chainrule.frontend.holding import Loosened

    callee, call = draft.callee, draft.call
    inner = _session_of(session, call.function)
    params = [_param(inner, name, t) for name, t in zip(call.given, draft.types)]
    frame, stand = _frame_of(inner, call, params)

    def end(result: Atom) -> Atom:
        """What is returned, with what variables around are by then."""
        held = [stand.frame(c.closure.frame).env[c.name] for c in call.assigned]
        if not held:
            return result
        if result.type == NONE:  # on some way it is left at its end
            result = constant(None)
        held = [inner.memory.read(a, inner.builder) for a in (result, *held)]
        whole = inner.builder.op(make_tuple, *held)
        for a in held:
            inner.memory.relate(whole, a)  # type: ignore[arg-type]
        return whole

    try:
        result, body, last = lower.run(inner, frame, end)
    except Loosened as found:
        raise written_to(callee, found.at[0], place) from None
    reach = inner.memory.reach(result)
    callee.shares |= {i for i, p in enumerate(params) if p.value in reach}
    callee.gives = [x for x in inner.leaves.values() if x.free and x.value in reach]
    callee.found = lower.formed(inner, frame.source, tuple(params), body, last)
    _refuse_writes(callee, inner, params, place)
    return inner.problems


def _session_of(session: Session, function: Any) -> Session:
    """A session for a callee: its own memory, and what the whole text has in common."""
    inner = Session(session.root, session.type_of, {})
    inner.table, inner.root_source, inner.nested = (
        session.table,
        session.root_source,
        session.nested,
    )
    inner.statics, inner.depends, inner.inlined = session.statics, session.depends, session.inlined
    inner.told, inner.unfold = session.told, session.unfold
    inner.host, inner.demands = function, session.demands
    if not isinstance(function, Closure):
        inner.inlined[function] = None
    return inner


def _param(inner: Session, name: str, t: Type) -> Param:
    value = Value(name, t, "user", None)
    if t == NONE:
        value.known = None
    if t != UNKNOWN and not isinstance(t, Recursive) and holds_records(t):
        inner.root_at(value, name, (), False)
    return Param(value, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _frame_of(inner: Session, call: Call, params: list[Param]) -> tuple[Frame, Stand]:
    """The frame of a callee's body, in which its parameters and what it reads from around are bound."""
    values = iter([_known(p.value) for p in params])
    stand = Stand(inner)
    own = {n: next(values) if n in call.names else stand.atom(a) for n, a in call.atoms.items()}
    around = [next(values) if one.is_data else stand.atom(one.atom) for one in call.captures]
    function, source, outer = call.function, None, None
    if isinstance(function, Closure):
        source, outer = function.source, stand.frame(function.frame)
    frame = Frame(inner, source or sources.find(function), None, outer)
    defaults = stand.fill(call.captures, around)
    for name, atom in own.items():
        with_defaults(atom, defaults)
        frame.env[name] = atom
    return frame, stand


def _known(value: Value) -> Atom:
    """A parameter in the body; one that is a function is known to be that."""
    t = value.type
    return (
        Const(t.thing, Static(t.thing, value.name), value.name) if isinstance(t, Static) else value
    )


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


def refuse_shared(session: Session) -> None:
    """Refuse that something outside is written to here, and read by a function that calls itself.

    Raises
    ------
    errors.RecursionUnsupported
        At a call of the function.
    """
    own = session.leaves.values()
    written = {x.root for x in own if x.free and x.value in session.memory.written}
    for callee in session.table.made.values():
        for leaf in callee.form.leaves:
            if leaf.free and leaf.root in written:
                place = session.table.called[key_of(callee.function)]
                raise errors.RecursionUnsupported(
                    f"{callee.name} calls itself and reads {leaf.root}, which is written to in {session.root_name}",
                    place,
                    help=[f"pass {leaf.root} as an argument"],
                )


def _refuse_writes(
    callee: Callee, inner: Session, params: list[Param], place: Place | None
) -> None:
    outside = {p.value for p in params} | {leaf.value for leaf in inner.leaves.values()}
    written = [v for v in inner.memory.written if v in outside]
    if written and not inner.problems:
        inner.problems.append(written_to(callee, written[0].name, place))


def written_to(callee: Callee, name: str, place: Place | None) -> errors.ChainruleError:
    return errors.RecursionUnsupported(
        f"{callee.name} calls itself, and writes to {name}, which its caller has too",
        place,
        help=[f"work on a copy: {name} = np.copy({name})"],
    )
