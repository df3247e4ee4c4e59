"""Which values are still read after each statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chainrule.analysis.effects import may_raise
from chainrule.ir.form import Atom, Block, If, Loop, Op, Statement, Value, defined, operands, walk
from chainrule.ir.regions import ends_attempt, is_attempted, sides

Reads = Callable[[Atom], Iterable[Value]]
Visit = Callable[[Statement, set[Value]], None]


def itself(atom: Atom) -> Iterable[Value]:
    """What an atom reads where nothing is folded into it."""
    return (atom,) if isinstance(atom, Value) else ()


class Liveness:
    """A walk from the end of a block to its start.

    Parameters
    ----------
    visit
        Called with each statement and the values that are read after it, its own results among them.
    joined
        Called where values are handed over (the ends of branches and turns): with the receivers, what they
        receive, and what else is read afterwards.
    reads
        The values that an atom reads, where expressions are folded into atoms.
    written
        Whether a statement has a text of its own; others are read where they are folded in.
    operands
        The atoms that a statement itself reads.
    """

    def __init__(
        self,
        visit: Visit,
        joined: Callable[[list[Value], list[Atom], set[Value]], None] | None = None,
        reads: Reads = itself,
        written: Callable[[Statement], bool] = lambda s: True,
        operands: Callable[[Statement], tuple[Atom, ...]] = operands,
    ) -> None:
        self.visit, self.joined, self.reads, self.written = visit, joined, reads, written
        self.operands = operands

    def block(self, block: Block, live: set[Value]) -> set[Value]:
        """What is read from the start of the block on, given what is read after it (its results included)."""
        live = set(live)
        for statement in reversed(block.statements):
            if not self.written(statement):
                continue
            self.visit(statement, live)
            made = defined(statement)
            if isinstance(statement, Loop):
                after = set(live)
                live.difference_update(made)
                live = self._loop(statement, live, after).difference(made)
                continue
            live.difference_update(made)
            if isinstance(statement, Op):
                live.update(*map(self.reads, self.operands(statement)))
            else:
                live = self._if(statement, live)
        return live

    def _read(self, atoms: Iterable[Atom]) -> set[Value]:
        return {v for a in atoms for v in self.reads(a)}

    def _join(self, receivers: Iterable[Value], atoms: Iterable[Atom], live: set[Value]) -> None:
        if self.joined is not None:
            self.joined(list(receivers), list(atoms), live)

    def _if(self, s: If, live: set[Value]) -> set[Value]:
        around: set[Value] = set()
        for block in reversed(sides(s)):
            self._join(s.results, block.results, live)
            after = live | self._read(block.results)
            if block is s.then and is_attempted(s):
                around |= self._attempted(block, after, around)
            else:
                around |= self.block(block, after)
        return around | self._read([s.test])

    def _attempted(self, block: Block, live: set[Value], otherwise: set[Value]) -> set[Value]:
        """The same of what an exception may end: up to where one can come, what is read then is read."""
        statements = block.statements
        at = next((i for i, x in enumerate(statements) if ends_attempt(x)), len(statements))
        while at and not may_raise(statements[at - 1]):
            at -= 1
        if at and isinstance(statements[at - 1], Op):
            at -= 1  # what it gives has no name yet when it raises
        live = self.block(Block((), statements[at:]), live)
        return self.block(Block((), statements[:at]), live | otherwise)

    def _loop(self, s: Loop, live: set[Value], after: set[Value]) -> set[Value]:
        inside = self._read_inside(s)
        count = len(s.carries)
        exits = s.results[count:-1]
        # An exit code and a count are set before the first turn, and change while the loop runs.
        running = {v for v in (s.results[-1], s.count) if v is not None and v in after}
        again = inside | live | running
        self._join(s.results[:count], s.body.results[:count], again)
        self._join(s.carries, s.body.results[:count], again)
        self._join(exits, s.body.results[count:-1], again)
        end = again | self._read(s.body.results)
        start = self.block(s.body, end)
        self.visit_params(s, start)
        head = (start - set(s.body.params)) | again
        if s.test is not None:
            asked = self.block(s.test, head | set(s.carries) | self._read(s.test.results))
            self.visit_params(s, asked)
            head |= asked - set(s.carries)
        self._join(s.results[:count], s.carries, live)
        self._join(s.carries, s.inits, head)
        return head | self._read(self.operands(s))

    def _read_inside(self, s: Loop) -> set[Value]:
        """What a loop's body and test read from outside: it is read again at every turn."""
        inner = {v for x in walk(s.body) for v in defined(x)} | set(s.body.params)
        blocks_ = [s.body] if s.test is None else [s.test, s.body]
        found: set[Value] = set()
        for block in blocks_:
            for x in walk(block):
                inner.update(defined(x))
                if isinstance(x, Loop):
                    inner.update(x.body.params)
                    found |= self._read(x.body.results) | (
                        self._read(x.test.results) if x.test else set()
                    )
                elif isinstance(x, If):
                    found |= self._read(x.then.results) | self._read(x.orelse.results)
                if self.written(x):
                    found |= self._read(self.operands(x))
            found |= self._read(block.results)
        return found - inner

    def visit_params(self, s: Loop, live: set[Value]) -> None:
        """The items and carries of a loop come into being together."""
        self._join(s.body.params, [], live)
