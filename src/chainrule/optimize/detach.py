"""What a pullback keeps is its own: whatever the caller does to arguments and results afterwards changes nothing."""

from __future__ import annotations

import numpy as np

from chainrule import runtime
from chainrule.analysis.aliases import CONTAINERS, Aliases
from chainrule.autodiff.kept import SHAPE_ONLY
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Block, Function, If, Loop, Op, Statement, Value, operands, walk
from chainrule.ir.rewrite import Replaced, rewrite, with_body
from chainrule.ir.types import Array, has_memory


def detach(adjoint: Function) -> Function:
    """The adjoint with a copy, before the line, of each argument, free value and result that the backward part reads."""
    aliases = Aliases(adjoint)
    roots = [p.value for p in adjoint.params] + [leaf.value for leaf in adjoint.leaves]
    value = adjoint.facts["value"]
    outside = {aliases.find(v) for v in (*roots, *_held(adjoint, value))}

    def is_seen(atom: Atom) -> bool:
        return isinstance(atom, Value) and has_memory(atom.type) and aliases.find(atom) in outside

    body = list(adjoint.body.statements)
    at = next(i for i, s in enumerate(body) if isinstance(s, Op) and s.function is primitives.line)
    replaced: Replaced = {}
    made = {p.value for p in adjoint.params} | {leaf.value for leaf in adjoint.leaves}
    made |= {v for s in body[:at] for v in s.results}
    free = {leaf.value for leaf in adjoint.leaves}
    copies: list[Statement] = []
    for v in _read_after(body[at:]):
        if v in made and is_seen(v) and v is not adjoint.params[-1].value:
            copy = (
                Value(
                    "", v.type, "step", v.place
                )  # a free name must go on meaning the caller's object
                if v in free
                else Value(v.name, v.type, "user", v.place)
            )
            copies.append(
                Op(
                    (copy,),
                    np.copy if isinstance(v.type, Array) else runtime.own,
                    (v,),
                    place=v.place,
                )
            )
            replaced[v] = copy
    forward = _own_tapes(with_body(adjoint, Block((), tuple(body[:at]))), is_seen)
    backward = rewrite(
        with_body(adjoint, Block((), tuple(body[at:]))), lambda op, _: [op], dict(replaced)
    )
    *steps, last = backward.body.statements
    assert isinstance(last, Op)
    # the function's own object is returned
    returned = Op(
        last.results, last.function, (value, *last.args[1:]), last.kwargs, last.place, last.spelling
    )
    statements = (*forward.body.statements, *copies, *steps, returned)
    return with_body(adjoint, Block((), statements, adjoint.body.results))


def _held(adjoint: Function, value: Atom) -> list[Value]:
    """A value, and what it holds if it is a container."""
    held: dict[Value, None] = {value: None} if isinstance(value, Value) else {}
    for s in reversed(list(walk(adjoint.body))):
        if any(v in held for v in s.results) and isinstance(s, Op) and s.function in CONTAINERS:
            held |= dict.fromkeys(a for a in operands(s) if isinstance(a, Value))
    return list(held)


def _read_after(statements: list[Statement]) -> list[Value]:
    """The values whose elements the backward part reads, in order; the value that is returned is none of them."""
    found: dict[Value, None] = {}
    for s in walk(Block((), tuple(statements))):
        if s is statements[-1]:
            continue
        for i, atom in enumerate(operands(s)):
            shape_only = (
                isinstance(s, Op) and s.function in SHAPE_ONLY and (i == 1 or len(s.args) == 1)
            )
            if isinstance(atom, Value) and not shape_only:
                found[atom] = None
        if isinstance(s, If):
            found |= dict.fromkeys(
                a for b in (s.then, s.orelse) for a in b.results if isinstance(a, Value)
            )
        elif isinstance(s, Loop):
            found |= dict.fromkeys(a for a in s.body.results if isinstance(a, Value))
    return list(found)


def _own_tapes(forward: Function, is_seen: object) -> Function:
    """The forward part with copies kept of what the caller could change."""

    def op(op: Op, _: Replaced) -> list[Op]:
        if op.function is not primitives.keep or not is_seen(op.args[0]):  # type: ignore[operator]
            return [op]
        value = op.args[0]
        assert isinstance(value, Value)
        copy = Value(value.name, value.type, "temporary", op.place)
        function = np.copy if isinstance(value.type, Array) else runtime.own
        return [
            Op((copy,), function, (value,), place=op.place),
            Op((), primitives.keep, (copy,), (), op.place, op.spelling),
        ]

    return rewrite(forward, op)
