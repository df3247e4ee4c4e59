"""Updates of containers, answered: each part of a version has the cotangent of where it came from.

Where the parts are known, that is no statement at all. A list of unknown length has a list of cotangents, to which the
opposite is done: what was appended is popped, what was popped is put back.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import Builder, constant
from chainrule.autodiff import cotangents
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.state import ZERO, Cotangents, Parts, Reverse
from chainrule.autodiff.sums import contribute, flat, name_of, of_any_kind, select
from chainrule.frontend.holding import constant_function
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Op, Value
from chainrule.ir.primitives import Updated
from chainrule.ir.types import Struct, Uniform, differentiable
from chainrule.ir.updates import BASE, WHOLE, Route, Unrouted, routed


def of_update(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    try:
        found = routed(op)
    except Unrouted:
        _of_unknown_parts(r, op, scope, cots, gs)
        return
    base = op.args[BASE]
    assert isinstance(base.type, Struct)
    routes = dict(zip(found.keys, found.routes))
    given = [(route, _part(scope, op.results[0], gs[0], key)) for key, route in routes.items()]
    if len(gs) > 1 and isinstance(found.value, Route):
        given.append((found.value, gs[1]))
    every = (*op.args, *(a for _, a in op.kwargs))
    for route, g in given:
        if g is None or g is ZERO:
            continue
        c = g if route.key is WHOLE else Parts({route.key: g})
        t = every[route.operand].type
        if route.key is WHOLE or differentiable(t.part(route.key)):
            contribute(r, scope.builder, cots, every[route.operand], c)


def _part(scope: Scope, version: Value, g: Any, key: Any) -> Any:
    if g is None or g is ZERO:
        return None
    if isinstance(g, Parts):
        return g.get(key)
    assert isinstance(version.type, Struct)
    if not differentiable(version.type.part(key)):
        return None
    return select(scope.builder, g, version.type, key)


def _of_unknown_parts(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    base, _, mutator, *arguments = op.args
    if not isinstance(base, Value) or base not in r.active and op.results[0] not in r.active:
        return
    g = gs[0]
    if g is None or g is ZERO:
        like = r.keeper.fetch(op.results[0], scope, shape_only=True)
        g = cotangents.zero(scope.builder, like, name_of(r, base))
    g = flat(r, scope.builder, op.results[0], g)
    answer = Answer(r, op, scope, cots, g, gs[1] if len(gs) > 1 else None)
    ANSWERS[mutator.known](answer, arguments)
    if base in r.active:
        cots[base] = answer.d


class Answer:
    """The cotangent of a list while an update of the list is undone on it."""

    def __init__(
        self, r: Reverse, op: Op, scope: Scope, cots: Cotangents, d: Atom, popped: Any
    ) -> None:
        self.r, self.op, self.scope, self.cots, self.d = r, op, scope, cots, d
        self.popped = popped

    @property
    def builder(self) -> Builder:
        return self.scope.builder

    def change(self, mutator: Callable[..., Any], *arguments: Atom, gives: bool = False) -> Any:
        """Do something to the list of cotangents; what that gives."""
        base = self.op.args[BASE]
        t = base.type if isinstance(base.type, Uniform) else self.op.results[0].type
        assert isinstance(base, Value)
        name = name_of(self.r, base)
        after = Value(name, t, "cotangent", self.op.place)
        item = of_any_kind(t.item)  # type: ignore[attr-defined]
        given = Value("", item, "temporary", self.op.place) if gives else None
        method = None if mutator in (operator.setitem, operator.delitem) else mutator.__name__
        self.builder.add(
            Op(
                (after,) if given is None else (after, given),
                primitives.update,
                (self.d, self.d, constant_function(mutator), *arguments),
                (),
                self.op.place,
                Updated(method),
                self.builder.answers,
            )
        )
        self.d = after
        return given

    def give(self, value: Atom, c: Atom) -> None:
        contribute(self.r, self.builder, self.cots, value, c)

    def fetch(self, atom: Atom) -> Atom:
        return self.r.keeper.fetch(atom, self.scope)

    def zero(self, like: Atom) -> Atom:
        return cotangents.zero(self.builder, self.r.keeper.fetch(like, self.scope, shape_only=True))

    def returned(self) -> Atom:
        """The cotangent of what the call gave."""
        if self.popped is None or self.popped is ZERO:
            return self.zero(self.op.results[1])
        return flat(self.r, self.builder, self.op.results[1], self.popped)


def _append(a: Answer, arguments: list[Atom]) -> None:
    a.give(arguments[0], a.change(list.pop, gives=True))


def _insert(a: Answer, arguments: list[Atom]) -> None:
    a.give(arguments[1], a.change(list.pop, a.fetch(arguments[0]), gives=True))


def _pop(a: Answer, arguments: list[Atom]) -> None:
    if arguments:
        a.change(list.insert, a.fetch(arguments[0]), a.returned())
    else:
        a.change(list.append, a.returned())


def _put(a: Answer, arguments: list[Atom]) -> None:
    if arguments[0].known == slice(None):
        a.give(arguments[1], a.d)
        a.d = a.zero(a.op.args[BASE])
        return
    i, value = a.fetch(arguments[0]), arguments[1]
    t = of_any_kind(value.type)
    read = a.builder.op(operator.getitem, a.d, i, role="temporary", type=t)
    a.give(value, read)
    a.change(operator.setitem, i, a.zero(value))


def _reverse(a: Answer, arguments: list[Atom]) -> None:
    a.change(list.reverse)


def _clear(a: Answer, arguments: list[Atom]) -> None:
    a.d = a.zero(a.op.args[BASE])


def _extend(a: Answer, arguments: list[Atom]) -> None:
    other = arguments[0]
    count = a.builder.op(len, a.r.keeper.fetch(other, a.scope, shape_only=True), role="temporary")
    whole = a.builder.op(len, a.d, role="temporary")
    start = a.builder.op(operator.sub, whole, count, role="temporary")
    tail = a.builder.op(slice, start, constant(None), constant(None), role="temporary")
    a.give(other, a.builder.op(operator.getitem, a.d, tail, role="temporary", type=a.d.type))
    a.change(operator.delitem, tail)


def _delete(a: Answer, arguments: list[Atom]) -> None:
    raise errors.UnsupportedStatement(
        "an item deleted from a list of unknown length is not understood", a.op.place
    )


ANSWERS: dict[Any, Callable[[Answer, list[Atom]], None]] = {
    list.append: _append,
    list.insert: _insert,
    list.pop: _pop,
    operator.setitem: _put,
    list.reverse: _reverse,
    list.clear: _clear,
    list.extend: _extend,
    operator.iadd: _extend,
    operator.delitem: _delete,
}
