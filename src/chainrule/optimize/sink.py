"""Sinking: a step of the backward part stands right before what reads it, so that old and new need not live together.

``dx_1 = dx * rate; drate += dx * x; dx = dx_1`` becomes ``drate += dx * x; dx = dx * rate``.
"""

from __future__ import annotations

from chainrule.analysis.effects import STATEMENTS, has_effect, is_in_place
from chainrule.ir import primitives
from chainrule.ir.form import Block, Function, If, Loop, Op, Statement, Value, operands, walk
from chainrule.ir.rewrite import with_body
from chainrule.ir.types import is_number


def sink(function: Function) -> Function:
    """The function with the statements of the backward part as late as their readers allow, in their own group."""
    return with_body(function, _sunk(function.body, False))


def _sunk(block: Block, backward: bool) -> Block:
    out: list[Statement] = []
    group: list[Statement] = []
    for s in block.statements:
        if isinstance(s, Op) and s.function is primitives.line:
            out += [*group, s]
            group, backward = [], True
            continue
        if group and (not backward or s.answers is not group[-1].answers):
            out += _ordered(group) if backward else group
            group = []
        group.append(_inside(s, backward))
    out += _ordered(group) if backward else group
    return Block(block.params, tuple(out), block.results)


def _inside(s: Statement, backward: bool) -> Statement:
    if isinstance(s, If):
        then, orelse = _sunk(s.then, backward), _sunk(s.orelse, backward)
        return If(s.test, then, orelse, s.results, s.place, s.spelling, s.answers)
    if isinstance(s, Loop):
        return Loop(
            s.sources, s.inits, s.test, _sunk(s.body, backward), s.results, s.count, s.limit, s.backward,
            s.place, s.spelling, s.answers,
        )  # fmt: skip
    return s


def _ordered(group: list[Statement]) -> list[Statement]:
    """A group with each step right before its first reader, and what nothing in the group reads at the end."""
    placed: list[Statement] = []  # from the end of the group backwards
    for s in reversed(group):
        at = len(placed)
        if (
            isinstance(s, Op)
            and len(s.results) == 1
            and s.function not in STATEMENTS
            and not has_effect(s)
        ):
            at = (
                next(
                    (
                        i
                        for i in range(len(placed) - 1, -1, -1)
                        if s.results[0] in _reads(placed[i])
                    ),
                    -1,
                )
                + 1
            )
            at = max(at, _barrier(s, placed))
        placed.insert(at, s)
    return placed[::-1]


def _barrier(s: Op, placed: list[Statement]) -> int:
    """Behind which statements a step may not go: those that write to memory that it may read."""
    if all(is_number(a.type) for a in operands(s)):
        return 0
    return max((i + 1 for i, x in enumerate(placed) if _writes(x)), default=0)


def _writes(s: Statement) -> bool:
    return any(isinstance(x, Op) and is_in_place(x) for x in walk(Block((), (s,))))


def _reads(s: Statement) -> set[Value]:
    found = {a for a in operands(s) if isinstance(a, Value)}
    for x in walk(Block((), (s,))):
        found |= {a for a in operands(x) if isinstance(a, Value)}
        if isinstance(x, If):
            found |= {a for b in (x.then, x.orelse) for a in b.results if isinstance(a, Value)}
        elif isinstance(x, Loop):
            found |= {a for a in x.body.results if isinstance(a, Value)}
    return found
