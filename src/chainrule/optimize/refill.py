"""A region of a cotangent buffer that is cleared, and added to before anything reads it, is assigned.

``d[1:] = 0; d[:-1] += b; d[1:] += c`` becomes ``d[1:] = c; d[:-1] += b``, and where ``c`` is what the region held
before, nothing of it is left but ``d[:-1] += b``.
"""

from __future__ import annotations

import operator
from collections import Counter
from typing import Any, TypeGuard

import numpy as np

from chainrule.analysis.effects import has_effect
from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Block,
    Function,
    If,
    Loop,
    Op,
    Statement,
    Value,
    blocks,
    operands,
    walk,
)
from chainrule.ir.rewrite import rewrite, with_body
from chainrule.optimize.cse import key_of_atom


def refill(function: Function) -> Function:
    """The function with each clearing joined with the sum that fills the region again."""
    filler = _Filler(function)
    filled = with_body(function, filler.block(function.body))
    return rewrite(filled, lambda op, _: [op], {v: filler.now(v) for v in filler.replaced})


class _Filler:
    def __init__(self, function: Function) -> None:
        self.replaced: dict[Value, Atom] = {}
        self.uses: Counter[Atom] = Counter(function.body.results)
        self.makers: dict[Atom, Op] = {}
        for s in walk(function.body):
            self.uses.update(operands(s))
            for inner in blocks(s):
                self.uses.update(inner.results)
            if isinstance(s, Op) and len(s.results) == 1:
                self.makers[s.results[0]] = s

    def now(self, atom: Atom) -> Atom:
        """What stands for an atom by now."""
        while isinstance(atom, Value) and atom in self.replaced:
            atom = self.replaced[atom]
        return atom

    def block(self, block: Block) -> Block:
        statements = [self._inside(s) for s in block.statements]
        for s in [*statements]:
            if is_clearing(s):
                self._join(statements, s)
        statements = [self._first(s) for s in statements]
        return Block(block.params, tuple(statements), block.results)

    def _inside(self, s: Statement) -> Statement:
        if isinstance(s, If):
            then, orelse = self.block(s.then), self.block(s.orelse)
            return If(s.test, then, orelse, s.results, s.place, s.spelling, s.answers)
        if isinstance(s, Loop):
            return Loop(
                s.sources, s.inits, s.test, self.block(s.body), s.results, s.count, s.limit, s.backward,
                s.place, s.spelling, s.answers,
            )  # fmt: skip
        return s

    def _first(self, s: Statement) -> Statement:
        """The first sum into a buffer of zeros, which stores what it adds; a difference stays, which needs no negative."""
        if not isinstance(s, Op) or s.function is not primitives.accumulate:
            return s
        zeros, value = self.makers.get(s.args[0]), self.makers.get(s.args[1])
        if zeros is None or zeros.function is not np.zeros_like or self.uses[s.args[0]] != 1:
            return s
        if value is not None and value.function is operator.neg or len(s.args) != 3:
            return s
        base, fill, *path = s.args
        spelling = primitives.Store(len(path))
        args = (base, base, fill, *path)
        return Op(s.results, primitives.store, args, (), s.place, spelling, s.answers)

    def _join(self, statements: list[Statement], clear: Op) -> None:
        """Join a clearing with a sum among those behind it that adds to the same region."""
        path = clear.args[3:]
        sums = self._sums_behind(statements, clear)
        fills = [s for s in sums if same_path(s.args[2:], path)]
        back = [s for s in fills if self._is_read_from(s.args[1], clear.args[0], path)]
        if back:
            fill = back[0]
            statements.remove(clear)
            self.replaced[clear.results[0]] = clear.args[0]
        elif fills and self._is_made_before(statements, fills[0].args[1], sums[0]):
            fill = fills[0]
            statements.remove(clear)
            at = statements.index(sums[0])
            beside = statements[at - 1] if at else fill
            statements.insert(at, self._stored(clear, fill.args[1], beside.answers))
        else:
            return
        statements.remove(fill)
        self.replaced[fill.results[0]] = fill.args[0]

    def _sums_behind(self, statements: list[Statement], clear: Op) -> list[Op]:
        """The sums that a cleared buffer goes through, while nothing else reads it."""
        sums: list[Op] = []
        version = clear.results[0]
        for s in statements[statements.index(clear) + 1 :]:
            if version not in map(self.now, operands(s)):
                continue
            if not isinstance(s, Op) or s.function is not primitives.accumulate:
                break
            if self.now(s.args[0]) is not version or self.uses[version] != 1:
                break
            sums.append(s)
            version = s.results[0]
        return sums

    def _is_read_from(self, value: Atom, base: Atom, path: tuple[Atom, ...]) -> bool:
        """Whether a value is what a region of a buffer held."""
        made = self.makers.get(value)
        if made is not None and made.function is np.copy:
            made = self.makers.get(made.args[0])
        steps: list[Atom] = []
        while made is not None and made.function is operator.getitem:
            steps.insert(0, made.args[1])
            if self.now(made.args[0]) is self.now(base):
                return same_path(tuple(steps), path)
            made = self.makers.get(made.args[0])
        return False

    def _stored(self, clear: Op, value: Atom, answers: Any) -> Op:
        """A clearing that stores something else, as an update where it is one."""
        base, _, _, *path = clear.args
        made = self.makers.get(value)
        spelling = clear.spelling
        if made is not None and made.function in UPDATES:
            if self._is_read_from(made.args[0], base, tuple(path)):
                spelling = primitives.Store(spelling.depth, made.function)
        args = (base, base, value, *path)
        return Op(clear.results, clear.function, args, (), clear.place, spelling, answers)

    def _is_made_before(self, statements: list[Statement], value: Atom, first: Op) -> bool:
        """Whether a value is there before the first of the sums, or can be made there."""
        end = statements.index(first)
        later = {v for s in statements[end:] for v in s.results}
        if value not in later:
            return True
        made = self.makers.get(value)
        if made is None or made not in statements or has_effect(made):
            return False
        if made.function is primitives.take or any(a in later for a in operands(made)):
            return False
        statements.remove(made)
        statements.insert(end, made)
        return True


UPDATES = {operator.add, operator.sub, operator.mul, operator.truediv}
"""Operations that are spelled as an update of what a region held: ``d[1:] *= 2``."""


def is_clearing(s: Statement) -> TypeGuard[Op]:
    """Whether a statement sets a region of a buffer of cotangents to zero."""
    return (
        isinstance(s, Op)
        and s.function is primitives.store
        and s.results[0].role == "cotangent"
        and s.args[0] is s.args[1]
        and s.args[2].known == 0
        and len(s.args) > 3
    )


def same_path(one: tuple[Atom, ...], other: tuple[Atom, ...]) -> bool:
    """Whether two paths are certain to lead to the same region."""
    return len(one) == len(other) and all(
        a is b or key_of_atom(a) == key_of_atom(b) for a, b in zip(one, other)
    )
