"""Statements without control flow: assignments of every form, returns, asserts, raises, expression statements."""

from __future__ import annotations

from typing import Any

import gast

from chainrule import errors
from chainrule.analysis.builder import constant, types_of_items
from chainrule.frontend.branches import always_leaves, may_leave
from chainrule.frontend.dispatch import (
    BREAK,
    CONTINUE,
    FALL,
    RETURN,
    expression,
    lowers_statement,
    statements,
)
from chainrule.frontend.expressions import BINARY, attribute, index, item
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import has_inner, is_function
from chainrule.frontend.items import (
    delete_item,
    put_attribute,
    put_item,
    update_container,
)
from chainrule.frontend.mapped import unpacked
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, UNBOUND, Atom, Const, Op, Value
from chainrule.ir.primitives import AUGMENTED, SILENT
from chainrule.ir.types import BRACKETS, Array, Opaque, Struct, Type, Uniform, has_memory


@lowers_statement(gast.Assign)
def _assign(frame: Frame, node: Any) -> Atom:
    is_unpacked = all(isinstance(t, gast.Tuple | gast.List) for t in node.targets)
    value = expression(frame, unpacked(frame, node.value) if is_unpacked else node.value)
    for target in node.targets:
        frame.at(node)
        bind(frame, target, value)
    return FALL


@lowers_statement(gast.AnnAssign)
def _annotated(frame: Frame, node: Any) -> Atom:
    if node.value is not None:
        value = expression(frame, node.value)
        frame.at(node)
        bind(frame, node.target, value)
    return FALL


def bind(frame: Frame, target: Any, value: Atom) -> None:
    """Assign a value to a target: a name, a tuple of targets, a subscript."""
    if isinstance(target, gast.Name):
        frame.env[target.id] = name_value(frame, target.id, value)
    elif isinstance(target, gast.Tuple | gast.List):
        _bind_items(frame, target, value)
    elif isinstance(target, gast.Subscript):
        holder = expression(frame, target.value)
        i = index(frame, target.slice)
        frame.at(target)
        _store(frame, holder, i, value)
    elif isinstance(target, gast.Attribute):
        holder = expression(frame, target.value)
        frame.at(target)
        put_attribute(frame, frame.again(holder), target.attr, frame.again(value))
    else:
        raise errors.UnsupportedStatement("this target is not understood", frame.at(target))


def name_value(frame: Frame, name: str, value: Atom) -> Atom:
    """Give a name to a value that was just made, or write an assignment where it has one already."""
    session, builder = frame.session, frame.builder
    if isinstance(value, Value) and _is_fresh(frame, value):
        value.name, value.role = name, "user"
        if has_inner(value.type):  # no text has it, and none needs it: what is in it is known
            value.role = "step"
        if session.cut is not None:
            value.cut = session.cut
        return value
    if is_function(value):
        return value  # the text calls it as it did before
    if isinstance(value, Const) and (
        isinstance(value.known, BRACKETS)
        or isinstance(value.type, Opaque)
        and value.known is MISSING
    ):
        return value
    named = builder.op(primitives.assign, value, name=name, role="user")
    if isinstance(named, Value):
        named.cut = session.cut
        if isinstance(value, Value):
            session.memory.view(named, value, ())
            if value in session.rooted:
                session.rooted[named] = session.rooted[value]
    return named


def _is_fresh(frame: Frame, value: Value) -> bool:
    """Whether a value is the result of the statement just written, which has no name yet."""
    last = frame.builder.statements[-1] if frame.builder.statements else None
    if last is None or value.role != "step" or value.name:
        return False
    if isinstance(last, Op):
        return value in last.results and (last.spelling != SILENT)
    return value in last.results


def _bind_items(frame: Frame, target: Any, value: Atom) -> None:
    starred = [i for i, e in enumerate(target.elts) if isinstance(e, gast.Starred)]
    if starred:
        raise errors.UnsupportedStatement("a starred target is not understood", frame.at(target))
    count = len(target.elts)
    if value.parts is not None or _is_rooted_struct(frame, value):
        parts = [item(frame, value, constant(i)) for i in range(count)]
        plain = all(isinstance(e, gast.Name) for e in target.elts)
        # Names bound together: all values are read before any is bound.
        for element, part in zip(target.elts, parts):
            if plain and is_function(part):
                frame.env[element.id] = part
            elif plain:
                frame.env[element.id] = frame.builder.op(
                    primitives.assign, part, name=element.id, role="user"
                )
                _alias(frame, frame.env[element.id], part)
            else:
                bind(frame, element, part)
        return
    parts = list(frame.builder.unpack(value, count))
    for part, t in zip(parts, types_of_items(value.type, count)):
        if isinstance(part, Value) and has_memory(t):
            frame.session.memory.relate(part, value)
    for element, part in zip(target.elts, parts):
        if isinstance(element, gast.Name) and isinstance(part, Value) and not part.name:
            part.name, part.role = element.id, "user"
            part.cut = frame.session.cut
            frame.env[element.id] = part
        else:
            bind(frame, element, part)


def _alias(frame: Frame, named: Atom, part: Atom) -> None:
    if isinstance(named, Value):
        named.cut = frame.session.cut
        frame.session.memory.view(named, part, ())


def _is_rooted_struct(frame: Frame, value: Atom) -> bool:
    return (
        isinstance(value.type, Struct)
        and isinstance(value, Value)
        and value in frame.session.rooted
    )


def _store(frame: Frame, holder: Atom, i: Atom, value: Atom, update: Any = None) -> None:
    holder, value = (
        frame.again(holder),
        frame.again(value),
    )  # a view sees what the targets before have changed
    if isinstance(holder.type, Struct | Uniform):
        put_item(frame, holder, i, value, update)
        return
    if not isinstance(holder, Value) or isinstance(holder.type, Opaque):
        raise errors.UnknownStore(
            f"a store into {'a ' + _kind(holder.type)} is not understood",
            frame.builder.place,
            help=["build a new one", "store into an array: np.array(...)"],
        )
    if not isinstance(holder.type, Array):
        raise errors.UnknownStore(
            f"{holder.name or 'this value'} is written to, and nothing says what it is",
            frame.builder.place,
            help=[
                "annotate it as an array: np.ndarray",
                "call the derivative: then the arguments say it",
            ],
        )
    _write(frame, holder, _uncut(frame, value), (i,), update)


def _kind(t: Type) -> str:
    return t.kind.__name__ if isinstance(t, Struct | Uniform) else "value of this kind"


def _uncut(frame: Frame, value: Atom) -> Atom:
    """What a `no_grad` region stores is a constant, even if it comes from outside."""
    if frame.session.cut is None or not isinstance(value, Value):
        return value
    cut = frame.builder.op(primitives.stop_gradient, value, spelling=SILENT, type=value.type)
    return cut


def _write(frame: Frame, holder: Value, value: Atom, path: tuple[Atom, ...], update: Any) -> None:
    frame.session.memory.write(holder, value, path, frame.builder, update)


@lowers_statement(gast.AugAssign)
def _augmented(frame: Frame, node: Any) -> Atom:
    function = BINARY[type(node.op)]
    target = node.target
    if isinstance(target, gast.Name):
        _update_name(frame, node, target.id, function)
    elif isinstance(target, gast.Subscript):
        holder = expression(frame, target.value)
        i = index(frame, target.slice)
        frame.at(target)
        before = item(frame, frame.again(holder), i)
        value = expression(frame, node.value)
        frame.at(node)
        if not isinstance(holder.type, Array) and has_memory(before.type):
            update_part(frame, before, value, function)
            return FALL
        after = frame.builder.op(function, before, value)
        keep_shape(before, after)
        _store(frame, holder, i, after, function)
    else:
        holder = expression(frame, target.value)
        frame.at(target)
        before = attribute(frame, frame.again(holder), target.attr)
        value = expression(frame, node.value)
        frame.at(node)
        if has_memory(before.type):
            update_part(frame, before, value, function)
            return FALL
        after = frame.builder.op(function, before, value)
        put_attribute(frame, frame.again(holder), target.attr, after, function)
    return FALL


def _update_name(frame: Frame, node: Any, name: str, function: Any) -> None:
    before = frame.lookup(name)
    value = expression(frame, node.value)
    before = frame.again(before)
    frame.at(node)
    if isinstance(before.type, Struct | Uniform) and before.type.kind in (list, dict):
        update_part(frame, before, value, function)
        return
    if (
        isinstance(before.type, Array)
        and isinstance(before, Value)
        and isinstance(frame.env.get(name), Value)
    ):
        after = frame.builder.op(function, before, value)
        keep_shape(before, after)
        holder = frame.env[name]
        assert isinstance(holder, Value)
        _write(frame, holder, _uncut(frame, after), (), function)
        return
    if has_memory(before.type) and not _is_private(frame, before):
        raise errors.UnknownStore(
            f"whether {name} is a number, which is bound anew, or an array, which is written to, decides what this does",
            frame.builder.place,
            help=[
                f"annotate it: {name}: float, or {name}: np.ndarray",
                f"write {name} = {name} … instead",
            ],
        )
    result = frame.builder.op(function, before, value, name=name, role="user", spelling=AUGMENTED)
    if isinstance(result, Value):
        result.cut = frame.session.cut
    frame.env[name] = result


def keep_shape(before: Atom, after: Atom) -> None:
    """Say that an update in place has the shape of what it updates: NumPy refuses any other."""
    if (
        isinstance(before.type, Array)
        and isinstance(after, Value)
        and isinstance(after.type, Array)
    ):
        if before.type.rank == after.type.rank:
            after.type = Array(after.type.dtype, after.type.rank, before.type.dims)


def _is_private(frame: Frame, value: Atom) -> bool:
    """Whether a value of unknown kind was made here by arithmetic and has no other name: then both meanings agree."""
    if not isinstance(value, Value) or isinstance(value.type, Array):
        return False
    names = sum(atom is value for atom in frame.session.cells.values())
    around: Frame | None = frame
    while around is not None:
        names += sum(atom is value for atom in around.env.own.values())
        around = around.outer
    memory = frame.session.memory
    return (
        names <= 1
        and value not in frame.session.rooted
        and value not in memory.views
        and value not in memory.held
        and _is_made(frame, value)
    )


def _is_made(frame: Frame, value: Value) -> bool:
    for statement in reversed(frame.builder.statements):
        if isinstance(statement, Op) and value in statement.results:
            return statement.function in BINARY.values()
    return False


def update_part(frame: Frame, target: Atom, value: Atom, function: Any) -> None:
    """``target += value`` of something that is written in place: an array, a list, a dict."""
    target, value = frame.again(target), frame.again(value)
    if isinstance(target.type, Array) and isinstance(target, Value):
        after = frame.builder.op(function, target, value)
        keep_shape(target, after)
        _write(frame, target, _uncut(frame, after), (), function)
    else:
        update_container(frame, target, value, function)


@lowers_statement(gast.Delete)
def _delete(frame: Frame, node: Any) -> Atom:
    for target in node.targets:
        if isinstance(target, gast.Subscript):
            holder = expression(frame, target.value)
            delete_item(frame, frame.again(holder), index(frame, target.slice))
        elif isinstance(target, gast.Name):
            frame.lookup(target.id)
            frame.env[target.id] = UNBOUND
        else:
            raise errors.UnsupportedStatement("del of this is not understood", frame.at(target))
    return FALL


@lowers_statement(gast.Return)
def _return(frame: Frame, node: Any) -> Atom:
    value = constant(None) if node.value is None else expression(frame, node.value)
    frame.returned = value
    return RETURN


@lowers_statement(gast.Expr)
def _expression(frame: Frame, node: Any) -> Atom:
    if not isinstance(node.value, gast.Constant):
        expression(frame, node.value)
    return FALL


@lowers_statement(gast.Pass)
def _pass(frame: Frame, node: Any) -> Atom:
    return FALL


@lowers_statement(gast.Break)
def _break(frame: Frame, node: Any) -> Atom:
    return jump(frame, BREAK)


@lowers_statement(gast.Continue)
def _continue(frame: Frame, node: Any) -> Atom:
    return jump(frame, CONTINUE)


def jump(frame: Frame, code: Const) -> Const:
    """An exit code that remembers the statement that it is, with its comments."""
    made = constant(code.known)
    if frame.sentence is not None:
        frame.session.jumps[made] = frame.sentence
    return made


@lowers_statement(gast.Assert)
def _assert(frame: Frame, node: Any) -> Atom:
    test = expression(frame, node.test)
    message = [expression(frame, node.msg)] if node.msg is not None else []
    frame.at(node)
    frame.builder.effect(primitives.assert_, test, *message)
    return FALL


@lowers_statement(gast.Raise)
def _raise(frame: Frame, node: Any) -> Atom:
    parts = [expression(frame, e) for e in (node.exc, node.cause) if e is not None]
    frame.at(node)
    frame.builder.effect(primitives.raise_, *parts)
    return RETURN  # nothing below runs


@lowers_statement(gast.With)
def _with(frame: Frame, node: Any) -> Atom:
    session = frame.session
    for with_item in node.items:
        call = with_item.context_expr
        callee = expression(frame, call.func).known if isinstance(call, gast.Call) else None
        if (
            not (isinstance(callee, type) and getattr(callee, "is_no_grad", False))
            or with_item.optional_vars is not None
        ):
            raise errors.UnsupportedStatement(
                "with is understood for no_grad() alone", frame.at(node)
            )
    if may_leave(node.body) and not always_leaves(node.body):
        raise errors.UnsupportedStatement(
            "a return, break or continue that only some runs reach stands inside no_grad()",
            frame.at(node),
            help=["assign a name inside, and leave below the with"],
        )
    outer, session.cut = session.cut, session.cut or frame.at(node)
    try:
        return statements(frame, node.body)
    finally:
        session.cut = outer
