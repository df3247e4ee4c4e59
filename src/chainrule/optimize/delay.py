"""A region of a cotangent buffer is cleared after it was read, where that saves the copy of it.

``c = np.copy(d[1:]); d[1:] = 0; a = 2 * c`` becomes ``a = 2 * d[1:]; d[1:] = 0``.
"""

from __future__ import annotations

import numpy as np

from chainrule.analysis.aliases import Aliases, may_share
from chainrule.analysis.effects import is_in_place
from chainrule.ir import primitives
from chainrule.ir.form import Block, Function, If, Loop, Op, Statement, Value, operands, walk
from chainrule.ir.rewrite import with_body


def delay_clearing(function: Function) -> Function:
    """The function with the clearing of cotangents behind the last step that reads them."""
    return with_body(function, _Delayer(Aliases(function)).block(function.body))


class _Delayer:
    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases

    def block(self, block: Block) -> Block:
        statements = [self._inside(s) for s in block.statements]
        i = 0
        while i < len(statements):
            self._delay(statements, i, block)
            i += 1
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

    def _delay(self, statements: list[Statement], i: int, block: Block) -> None:
        """Move a clearing at position i behind the readers of the copy that was made for it."""
        clear = statements[i]
        copied = self._copy_before(statements, i, clear)
        if copied is None:
            return
        copy = statements[copied]
        assert isinstance(copy, Op)
        last = self._last_reader(statements, copied, i, copy.results[0], block)
        if last is None or any(self._touches(s, clear, copy) for s in statements[i + 1 : last + 1]):
            return
        view = copy.args[0]
        for s in statements[copied + 1 : last + 1]:
            if isinstance(s, Op):
                s.args = tuple(view if a is copy.results[0] else a for a in s.args)
        if last > i:
            statements.insert(last + 1, clear)
            del statements[i]
        statements[copied] = Op(
            copy.results, primitives.assign, (view,), (), copy.place, None, copy.answers
        )

    def _copy_before(self, statements: list[Statement], i: int, clear: Statement) -> int | None:
        if (
            not isinstance(clear, Op)
            or clear.function is not primitives.store
            or clear.results[0].role != "cotangent"
        ):
            return None
        base = clear.args[0]
        for j in range(i - 1, max(i - 4, -1), -1):
            s = statements[j]
            if (
                isinstance(s, Op)
                and s.function is np.copy
                and isinstance(base, Value)
                and isinstance(s.args[0], Value)
            ):
                if self.aliases.find(s.args[0]) is self.aliases.find(base):
                    return j
        return None

    def _last_reader(
        self, statements: list[Statement], copied: int, i: int, value: Value, block: Block
    ) -> int | None:
        """The last statement that reads a value or a view of it, if that is all who do."""
        family = {value}
        last = None
        for j, s in enumerate(statements[copied + 1 :], copied + 1):
            if j == i:
                continue
            read = family & {a for a in operands(s) if isinstance(a, Value)}
            if not read:
                if any(family & set(operands(x)) for x in walk(Block((), (s,)))):
                    return None
                continue
            if (
                not isinstance(s, Op)
                or is_in_place(s)
                or s.function in (primitives.keep, primitives.make_tuple)
            ):
                return None
            last = j
            if may_share(s) or s.function is primitives.assign:
                family |= set(s.results)
        return None if family & set(block.results) else last

    def _touches(self, s: Statement, clear: Statement, copy: Op) -> bool:
        """Whether a statement reads or writes the buffer by another way than the copy."""
        assert isinstance(clear, Op) and isinstance(clear.args[0], Value)
        kin = self.aliases.find(clear.args[0])
        if not isinstance(s, Op):
            return True
        return any(
            isinstance(a, Value) and a is not copy.args[0] and self.aliases.find(a) is kin
            for a in operands(s)
        )
