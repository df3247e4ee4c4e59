"""Dead code: what nothing reads is not written, be it a statement, a carry, a result of a branch or a tape.

The statements that stand in the user's text stay as they are; what lowering and rules made around them goes.
"""

from __future__ import annotations

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
    Tape,
    Value,
    blocks,
    operands,
    walk,
)
from chainrule.ir.regions import is_region
from chainrule.ir.rewrite import with_body


def eliminate_dead_code(function: Function) -> Function:
    """The function without what nothing reads."""
    live = _Live(function)
    return with_body(function, live.block(function.body, [True] * len(function.body.results)))


class _Live:
    def __init__(self, function: Function) -> None:
        self.values: set[Value] = set()
        self.stays: set[Op] = set()
        self.tapes: set[Tape] = set()
        self.stack: list[Value | Tape] = []
        self.uses: dict[Value | Tape, list[Atom | Tape]] = {}
        self._survey(function.body)
        for atom in function.body.results:
            self._need(atom)
        while self.stack:
            node = self.stack.pop()
            for used in self.uses.get(node, ()):
                self._need(used)

    def _need(self, node: Atom | Tape) -> None:
        if isinstance(node, Tape) and node not in self.tapes:
            self.tapes.add(node)
            self.stack.append(node)
        elif isinstance(node, Value) and node not in self.values:
            self.values.add(node)
            self.stack.append(node)

    def _on(self, node: Value | Tape, *used: Atom | Tape) -> None:
        self.uses.setdefault(node, []).extend(used)

    def _survey(self, body: Block) -> None:
        for s in walk(body):
            if isinstance(s, Op):
                self._op(s)
            elif isinstance(s, If):
                for result, a, b in zip(s.results, s.then.results, s.orelse.results):
                    self._on(result, a, b, s.test)
                if is_region(s) or any(is_stay(x) for b in (s.then, s.orelse) for x in walk(b)):
                    self._need(s.test)
                self._tapes_inside(s, s.test)
            else:
                self._loop(s)

    def _op(self, s: Op) -> None:
        if s.function in (primitives.keep, primitives.tape_in):
            self._on(s.spelling, s.args[0])
        elif s.function in (primitives.take, primitives.tape_out):
            self._on(s.results[0], s.spelling)
        elif is_stay(s):
            self.stays.add(s)
            for atom in operands(s):
                self._need(atom)
        used = operands(s)
        for result in s.results:
            if result in self.uses:
                self._on(result, *used)
            else:
                self.uses[result] = list(used)
            if isinstance(s.spelling, primitives.Again):
                self._on(result, s.spelling.view)

    def _loop(self, s: Loop) -> None:
        count = len(s.carries)
        test = s.test.results if s.test is not None else ()
        shared = (*s.sources, s.code, *test, *((s.limit,) if s.limit is not None else ()))
        for carry, init, following, result in zip(s.carries, s.inits, s.body.results, s.results):
            self._on(result, carry, following, init, *shared)
            self._on(carry, init, following, *shared)
        for result, following in zip(s.results[count:], s.body.results[count:]):
            self._on(result, following, *shared)
        if s.count is not None:
            self._on(s.count, *shared)
        for item in s.items:
            self._on(item, *shared)
        if any(is_stay(x) for x in walk(s.body)):
            for atom in shared:
                self._need(atom)
        self._tapes_inside(s, *shared)

    def _tapes_inside(self, s: If | Loop, *used: Atom) -> None:
        """What is kept inside a branch or a loop needs what decides whether it is."""
        for block in blocks(s):
            for x in walk(block):
                if isinstance(x, Op) and x.function is primitives.keep:
                    self._on(x.spelling, *used)

    def block(self, block: Block, keep_results: list[bool]) -> Block:
        statements = [x for s in block.statements if (x := self._statement(s)) is not None]
        return Block(
            block.params,
            tuple(statements),
            tuple(r for r, k in zip(block.results, keep_results) if k),
        )

    def _statement(self, s: Statement) -> Statement | None:
        if isinstance(s, Op):
            if s.function in (primitives.keep, primitives.tape_in):
                return s if s.spelling in self.tapes else None
            kept = s in self.stays or not self.values.isdisjoint(s.results)
            return s if kept else None
        if isinstance(s, If):
            return self._if(s)
        return self._rebuilt_loop(s)

    def _if(self, s: If) -> Statement | None:
        wanted = [r in self.values for r in s.results]
        then, orelse = self.block(s.then, wanted), self.block(s.orelse, wanted)
        empty = not then.statements and not orelse.statements
        if not any(wanted) and empty and not is_region(s):
            return None
        results = tuple(r for r, w in zip(s.results, wanted) if w)
        return If(s.test, then, orelse, results, s.place, s.spelling, s.answers)

    def _rebuilt_loop(self, s: Loop) -> Statement | None:
        count = len(s.carries)
        wanted = [c in self.values or r in self.values for c, r in zip(s.carries, s.results)]
        exits = [r in self.values for r in s.results[count:-1]]
        body = self.block(s.body, [*wanted, *exits, True])
        if (
            not body.statements
            and not any(wanted)
            and not any(exits)
            and s.results[-1] not in self.values
        ):
            if s.count not in self.values:
                return None
        items = [i for i in s.items if i in self.values] if s.backward else list(s.items)
        kept = [x for x, i in zip(s.sources, s.items) if i in items]
        if s.backward and not items and s.sources:
            items, kept = [s.items[0]], [s.sources[0]]
        carries = [c for c, w in zip(s.carries, wanted) if w]
        body = Block((*items, *carries), body.statements, body.results)
        results = [r for r, w in zip(s.results[:-1], [*wanted, *exits]) if w]
        inits = [i for i, w in zip(s.inits, wanted) if w]
        test = (
            Block((), self.block(s.test, [True]).statements, s.test.results)
            if s.test is not None
            else None
        )
        counted = s.count if s.count in self.values else None
        return Loop(
            tuple(kept), tuple(inits), test, body, (*results, s.results[-1]), counted, s.limit, s.backward,
            s.place, s.spelling, s.answers,
        )  # fmt: skip


TAPES = {primitives.keep, primitives.take, primitives.tape_in, primitives.tape_out}


def is_stay(s: Statement) -> bool:
    """Whether a statement stays although nothing reads its result: it has an effect, or the user wrote it."""
    if not isinstance(s, Op):
        return False
    if s.function in TAPES:
        return False
    if s.spelling == primitives.SILENT or isinstance(s.spelling, primitives.Again):
        return False
    if s.function in (primitives.construct, primitives.replaced, primitives.blank):
        return False  # what holds values that have names of their own
    if s.function is primitives.update and getattr(s.spelling, "is_idle", False):
        return False
    if s.function in (primitives.store, primitives.update):
        return s.results[0].role != "cotangent"
    if s.function is primitives.assign and s.args[0].known is None:
        return False  # a name that waits for its value
    return has_effect(s) or any(r.role == "user" for r in s.results)
