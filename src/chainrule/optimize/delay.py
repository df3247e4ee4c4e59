"""A region of a cotangent buffer is cleared after it was read, where that saves the copy of it.

``c = np.copy(d[1:]); d[1:] = 0; a = 2 * c`` becomes ``a = 2 * d[1:]; d[1:] = 0``.
"""

from __future__ import annotations

from typing import TypeGuard

import numpy as np

from chainrule.analysis.aliases import Aliases, may_share
from chainrule.analysis.apart import Apart
from chainrule.analysis.effects import is_in_place
from chainrule.ir import primitives
from chainrule.ir.form import Block, Function, If, Loop, Op, Statement, Value, operands, walk
from chainrule.ir.rewrite import with_body
from chainrule.optimize.own import is_known_fresh
from chainrule.optimize.refill import is_clearing


def delay_clearing(function: Function) -> Function:
    """The function with the clearing of cotangents behind the last step that reads them."""
    delayer = _Delayer(Aliases(function), Apart(function, is_known_fresh))
    return with_body(function, delayer.block(function.body))


class _Delayer:
    def __init__(self, aliases: Aliases, apart: Apart) -> None:
        self.aliases, self.apart = aliases, apart
        self.backward = False

    def block(self, block: Block) -> Block:
        statements: list[Statement] = []
        for s in block.statements:
            self.backward = self.backward or isinstance(s, Op) and s.function is primitives.line
            statements.append(self._inside(s))
        for s in [*statements] if self.backward else ():
            if is_copy(s):
                self._look(statements, s, block)
        return Block(block.params, tuple(statements), block.results)

    def _inside(self, s: Statement) -> Statement:
        if isinstance(s, If):
            return If(
                s.test,
                self.block(s.then),
                self.block(s.orelse),
                s.results,
                s.place,
                s.spelling,
                s.answers,
            )
        if isinstance(s, Loop):
            return Loop(
                s.sources, s.inits, s.test, self.block(s.body), s.results, s.count, s.limit, s.backward,
                s.place, s.spelling, s.answers,
            )  # fmt: skip
        return s

    def _look(self, statements: list[Statement], copy: Op, block: Block) -> None:
        """Read the region itself, where it is as it was for all who read the copy, or can be."""
        copied = statements.index(copy)
        last = self._last_reader(statements, copied, copy.results[0], block)
        if last is None:
            return
        touching = [s for s in statements[copied + 1 : last + 1] if self._touches(s, copy)]
        while touching and isinstance(touching[0], Op) and not is_in_place(touching[0]):
            del touching[0]
        if touching:
            clear = touching[0]
            if len(touching) > 1 or not is_clearing(clear):
                return
            statements.remove(clear)
            statements.insert(last, clear)
        view = copy.args[0]
        for i, s in enumerate(statements[copied + 1 : last + 1], copied + 1):
            if isinstance(s, Op) and copy.results[0] in s.args:
                args = tuple(view if a is copy.results[0] else a for a in s.args)
                statements[i] = Op(
                    s.results, s.function, args, s.kwargs, s.place, s.spelling, s.answers
                )
        statements[copied] = Op(
            copy.results, primitives.assign, (view,), (), copy.place, None, copy.answers
        )

    def _last_reader(
        self, statements: list[Statement], copied: int, value: Value, block: Block
    ) -> int | None:
        """The last statement that reads a value or a view of it, if that is all who do."""
        family = {value}
        last = None
        for j, s in enumerate(statements[copied + 1 :], copied + 1):
            read = family & {a for a in operands(s) if isinstance(a, Value)}
            if not read:
                if any(family & set(operands(x)) for x in walk(Block((), (s,)))):
                    return None
                continue
            if not isinstance(s, Op) or s.function in (primitives.keep, primitives.make_tuple):
                return None
            if is_in_place(s) and s.args[0] in read:
                return None
            last = j
            if may_share(s) or s.function is primitives.assign:
                family |= set(s.results)
        return None if family & set(block.results) else last

    def _touches(self, s: Statement, copy: Op) -> bool:
        """Whether a statement reads or writes the buffer by another way than the copy."""
        assert isinstance(copy.args[0], Value)
        kin = self.aliases.find(copy.args[0])
        if not isinstance(s, Op):
            return True
        return any(
            isinstance(a, Value)
            and a is not copy.args[0]
            and self.aliases.find(a) is kin
            and not self.apart(a, copy.args[0])
            for a in operands(s)
        )


def is_copy(s: Statement) -> TypeGuard[Op]:
    """Whether a statement copies what a region of a buffer holds."""
    if not isinstance(s, Op) or s.function is not np.copy or s.kwargs:
        return False
    return isinstance(s.args[0], Value) and s.args[0].role == "temporary"
