"""From a syntax tree to the form: one abstract run of the function over types."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import gast

from chainrule import errors
from chainrule.analysis.escapes import mark_idle
from chainrule.depth import deeply
from chainrule.frontend import calls, dispatch, expressions, higher, recursion, statements  # noqa: F401  (they register)
from chainrule.frontend.calls import body_of
from chainrule.frontend.demands import refined, tell_attributes
from chainrule.frontend.frame import Demand, Frame, Session, type_of_value
from chainrule.frontend.holding import Loosened, loosen
from chainrule.frontend.partials import unfolded
from chainrule.frontend.recursion import Restart, Table
from chainrule.frontend.renaming import set_apart
from chainrule.frontend.sameness import apart
from chainrule.frontend.sharing import Places, bind_shared, written_groups
from chainrule.frontend.source import Sentence, Source
from chainrule.ir.form import MISSING, UNBOUND, Atom, Block, Const, Function, Op, Param, Value, walk
from chainrule.ir.letters import letters
from chainrule.ir.primitives import SILENT, Store, make_dict, make_list, make_tuple
from chainrule.ir.types import NONE, Opaque, Static, Struct, Type
from chainrule.overlap import Shared


@deeply()
def lower(
    source_: Source, types: Mapping[str, Type], examples: Mapping[str, Any] | None = None
) -> Function:
    """The form of a function, for arguments of these types.

    Parameters
    ----------
    source_
        What `frontend.source.find` gave.
    types
        The type of each parameter.
    examples
        The arguments of the call, where there is one: what attributes of objects are is looked up there.

    Raises
    ------
    ChainruleError
        With all that is wrong with the function.
    """
    table, there = Table(), examples or {}
    loosened: set[Any] = set()
    while True:
        table.begin_again()
        known = {n: refined(t, there.get(n, MISSING), n, table.demands) for n, t in types.items()}
        try:
            found = _lowered(source_, known, there, table, loosened)
            groups = written_groups(found, there)
            return _lowered(source_, known, there, table, loosened, groups) if groups else found
        except errors.ChainruleError:
            if not table.lengthen():
                raise
        except Restart as again:
            table.called[recursion.key_of(again.function)] = again.place
        except Loosened as again:  # known only where the update stands, and needed from the start
            loosened.add(again.at)
        except Demand as demand:
            names = table.demands.setdefault(demand.cls, {})
            assert demand.name not in names, "an attribute that was typed is asked for again"
            names[demand.name] = None


def _lowered(
    source_: Source,
    types: Mapping[str, Type],
    examples: Mapping[str, Any],
    table: Table,
    loosened: set[Any],
    shared: Sequence[Shared] = (),
) -> Function:
    session = Session(source_.function, partial(type_of_value, demands=table.demands), {})
    session.demands = table.demands
    session.table, session.root_source = table, source_
    session.loosened = loosened
    signature = inspect.signature(source_.function, follow_wrapped=False)
    params = tuple(
        _param(session, p, types[name], examples.get(name, MISSING))
        for name, p in signature.parameters.items()
    )
    frame = Frame(session, source_)
    for p in params:
        name, t = p.value.name, p.value.type
        frame.env[name] = (
            Const(t.thing, Static(t.thing, name), name) if isinstance(t, Static) else p.value
        )
    session.unfold = unfolded
    values = {p.value.name: p.value for p in params}
    places: Places = {}

    def begin() -> None:
        loosen(session, values)
        places.update(bind_shared(frame, params, shared, examples))

    _, body, last = run(session, frame, begin=begin)
    if session.problems:
        raise errors.combine(session.problems)
    recursion.refuse_shared(session)
    tell_attributes(session, params)
    found = formed(session, source_, params, body, last)
    found.facts["shared"] = places
    return found


def run(
    session: Session,
    frame: Frame,
    end: Callable[[Atom], Atom] = lambda result: result,
    begin: Callable[[], None] = lambda: None,
) -> tuple[Atom, Block, Sentence | None]:
    """Run over a function whose parameters are bound: what it returns, its body, and the `return` at its end.

    Parameters
    ----------
    end
        What comes of the result where the body ends.
    begin
        What is done where it begins.
    """
    source_ = frame.source
    while session.result_name in names_in(source_):
        session.result_name += "_"
    session.calls.append(source_.function)
    if getattr(source_.function, "is_no_grad", False):
        session.cut = source_.place(source_.node)
    with session.block() as builder:
        begin()
        result = end(_run(frame, source_))
    return result, builder.block((result,)), _last(frame, source_)


def formed(
    session: Session, source_: Source, params: tuple[Param, ...], body: Block, last: Sentence | None
) -> Function:
    """The form of a function that was run over."""
    names = names_in(source_) | session.read_names
    set_apart(session, body, names)
    letter(body, names)
    leaves = (*session.leaves.values(), *recursion.free_leaves(session))
    function = Function(source_.name, params, leaves, body, session.root_source)
    mark_idle(function)
    function.facts.update(
        statics=session.statics,
        depends=list(session.depends.values()),
        inlined=tuple(session.inlined),
        told=tuple(session.told.values()),
        codes={
            id(thing): getattr(thing, "__code__", None) for _, _, thing in session.depends.values()
        },
        written=session.memory.written,
        apart=apart(session, params),
        names=names,
        exits=session.codes,
        loosened=session.loosened,
        jumps=session.jumps,
        is_cut=session.cut is not None,
        last=last,
    )
    return function


def _last(frame: Frame, source_: Source) -> Sentence | None:
    """The `return` at the end: it may do nothing of its own, and have a comment."""
    body = getattr(source_.node, "body", None)
    is_return = isinstance(body, list) and isinstance(body[-1], gast.Return)
    return dispatch.sentence(frame, body[-1]) if is_return else None  # type: ignore[index]


def _param(session: Session, p: inspect.Parameter, type: Type, example: Any) -> Param:
    value = Value(p.name, type, "user", None)
    if type == NONE:
        value.known = None
    session.root_at(value, p.name, (), False, example)
    default = MISSING if p.default is p.empty else p.default
    annotation = MISSING if p.annotation is p.empty else p.annotation
    return Param(value, p.kind, default, annotation)


def _run(frame: Frame, source_: Source) -> Atom:
    node, session = source_.node, frame.session
    if session.host is None and session.table.calls(source_.function):
        atoms = {
            p: frame.env[p]
            for p in inspect.signature(source_.function, follow_wrapped=False).parameters
        }
        result = recursion.call(frame, source_.function, atoms, source_.place(node))
        return _taken_apart(frame, result)
    if isinstance(node, gast.Lambda):
        frame.sentence = Sentence(source_.place(node.body).segment)
        try:
            return dispatch.expression(frame, node.body)
        except errors.ChainruleError as problem:
            frame.session.problems.append(problem)
            return UNBOUND
    dispatch.statements(frame, body_of(node))
    returned = frame.returned
    if returned is UNBOUND:
        return Const(None, NONE)
    try:
        return frame.session.memory.read(returned, frame.builder)
    except errors.ChainruleError as problem:
        frame.session.problems.append(problem)
        return UNBOUND


def _taken_apart(frame: Frame, result: Atom) -> Atom:
    """A tuple that a call gives as one of its items: what is asked of a result is asked of these."""
    if not isinstance(result.type, Struct) or result.type.kind is not tuple or not result.type.keys:
        return result
    items = frame.builder.unpack(result, len(result.type.keys))
    whole = frame.builder.op(make_tuple, *items)
    for atom in items:
        frame.session.memory.relate(whole, atom)  # type: ignore[arg-type]
    return whole


def names_in(source_: Source) -> frozenset[str]:
    """Every name that a function uses."""
    names = {n.id for n in gast.walk(source_.node) if isinstance(n, gast.Name)}
    code = source_.function.__code__
    return frozenset(names | set(code.co_varnames) | set(code.co_names) | set(code.co_freevars))


def letter(body: Block, taken: frozenset[str]) -> None:
    """Give the unnamed steps their letters, in the order in which they are evaluated."""
    names = letters(taken)
    ops = [s for s in walk(body) if isinstance(s, Op) and isinstance(s.spelling, Store)]
    stored = {s.args[2] for s in ops if s.spelling.call is not None}
    for statement in walk(body):
        if (
            isinstance(statement, Op)
            and statement.function in UNLETTERED
            or statement.spelling == SILENT
        ):
            continue
        for value in getattr(statement, "results", ()):
            if value in stored:  # by a call of the user's, in which it stands
                continue
            if value.role == "step" and not value.name and not isinstance(value.type, Opaque):
                value.name = next(names)


UNLETTERED = {make_tuple, make_list, make_dict, slice, range}
