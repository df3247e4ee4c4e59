"""Common subexpressions of the backward part: what was computed is not computed again, and twice a thing is 2 of it."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule import runtime
from chainrule.analysis.builder import constant
from chainrule.analysis.effects import has_effect
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Block, Function, If, Loop, Op, Statement, Value
from chainrule.ir.rewrite import atoms, with_body

FRESH = {
    np.copy,
    np.empty,
    np.ones,
    np.zeros,
    np.zeros_like,
    runtime.zeros_like,
    runtime.zeros_of,
    runtime.own,
    runtime.add_at,
    primitives.store,
    primitives.update,
    primitives.accumulate,
    primitives.take,
    primitives.make_list,
    primitives.make_dict,
    primitives.construct,
    primitives.blank,
    primitives.replaced,
}
"""Primitives whose result is a new buffer, which somebody may write to."""

Key = tuple[Any, ...]


def share_subexpressions(function: Function) -> Function:
    """The function with each value of the backward part computed once where it can be read again."""
    return with_body(function, _Sharer().block(function.body, {}, False))


class _Sharer:
    def __init__(self) -> None:
        self.replaced: dict[Value, Atom] = {}
        self.made: dict[Value, Op] = {}

    def block(self, block: Block, known: dict[Key, Value], backward: bool) -> Block:
        out: list[Statement] = []
        for s in block.statements:
            if isinstance(s, Op):
                backward = backward or s.function is primitives.line
                out += self.op(s, known, backward)
            else:
                out.append(self.control(s, known, backward))
        return Block(block.params, tuple(out), atoms(block.results, self.replaced))

    def op(self, s: Op, known: dict[Key, Value], backward: bool) -> list[Op]:
        kwargs = tuple((k, atoms((a,), self.replaced)[0]) for k, a in s.kwargs)
        op = Op(
            s.results,
            s.function,
            atoms(s.args, self.replaced),
            kwargs,
            s.place,
            s.spelling,
            s.answers,
        )
        if (
            not backward
            or len(op.results) != 1
            or op.function in FRESH
            or has_effect(op)
            or op.spelling is not None
        ):
            return [op]
        result = op.results[0]
        if op.function is operator.add and op.args[0] is op.args[1]:
            return self.doubled(op)
        key = key_of(op)
        if key in known:
            self.replaced[result] = known[key]
            return []
        known[key] = result
        self.made[result] = op
        return [op]

    def doubled(self, op: Op) -> list[Op]:
        """``u * x + u * x`` as ``u * 2 * x``."""
        x = op.args[0]
        made = self.made.get(x) if isinstance(x, Value) else None
        if made is None or made.function is not operator.mul:
            return [Op(op.results, operator.mul, (constant(2), x), (), op.place, None, op.answers)]
        twice = Value("", made.args[0].type, "temporary", op.place)
        return [
            Op((twice,), operator.mul, (made.args[0], constant(2)), (), op.place, None, op.answers),
            Op(op.results, operator.mul, (twice, made.args[1]), (), op.place, None, op.answers),
        ]

    def control(self, s: If | Loop, known: dict[Key, Value], backward: bool) -> Statement:
        if isinstance(s, If):
            test = atoms((s.test,), self.replaced)[0]
            then, orelse = (
                self.block(s.then, dict(known), backward),
                self.block(s.orelse, dict(known), backward),
            )
            return If(test, then, orelse, s.results, s.place, s.spelling, s.answers)
        sources, inits = atoms(s.sources, self.replaced), atoms(s.inits, self.replaced)
        limit = atoms((s.limit,), self.replaced)[0] if s.limit is not None else None
        test_block = self.block(s.test, dict(known), backward) if s.test is not None else None
        body = self.block(s.body, dict(known), backward)
        return Loop(
            sources,
            inits,
            test_block,
            body,
            s.results,
            s.count,
            limit,
            s.backward,
            s.place,
            s.spelling,
            s.answers,
        )


def key_of(op: Op) -> Key:
    """What two operations with one result share."""
    return (op.function, *map(key_of_atom, op.args), *((k, key_of_atom(a)) for k, a in op.kwargs))


def key_of_atom(atom: Atom) -> Any:
    """The value itself, or what a constant is equal by."""
    if isinstance(atom, Value):
        return atom
    known = atom.known
    if (
        known is MISSING
        or isinstance(known, slice)
        or isinstance(known, tuple)
        and any(isinstance(k, slice) for k in known)
    ):
        return repr(known)
    try:
        hash(known)
    except TypeError:
        return id(known)
    return type(known), known, repr(known)
