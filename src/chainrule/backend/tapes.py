"""How kept values are spelled: a list that the forward part appends to, walked backwards beside the mirror's sources."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chainrule.backend.names import Names
from chainrule.ir import primitives
from chainrule.ir.form import (
    Block,
    Function,
    Loop,
    Op,
    Statement,
    Tape,
    Value,
    blocks,
    operands,
    walk,
)

if TYPE_CHECKING:
    from chainrule.backend.spell import Speller


class Tapes:
    """The lists of a function, and where each is read."""

    def __init__(self, function: Function, names: Names, uses: Counter[Value]) -> None:
        self.names = names
        self._uses = uses
        self._names: dict[Tape, str] = {}
        self._given: set[Tape] = set()  # those that come from another function
        self._zipped: dict[Op, Loop] = {}
        self._cursors: dict[Op, str] = {}
        self.read: set[Value] = set()
        self.counted: set[Value] = set()
        self.length_of: dict[Value, str] = {}
        self._opened: set[Op] = set()
        self.targets: dict[
            Op, Value
        ] = {}  # unpackings that stand in the head of their loop, by the item
        self._taken = set(function.facts["names"]) | set(names.names.values())
        self._survey(function)

    @property
    def lists(self) -> list[str]:
        return [name for tape, name in self._names.items() if tape not in self._given]

    def name(self, tape: Tape) -> str:
        return self._names[tape]

    def cursor(self, take: Op) -> str:
        return self._cursors[take]

    def is_zipped(self, take: Op) -> bool:
        """Whether a take is an item of the loop that it stands in."""
        return take in self._zipped

    def _survey(self, function: Function) -> None:
        keeps: dict[Tape, tuple[Loop, ...]] = {}
        for s, loops in within(function.body, ()):
            for atom in operands(s):
                if isinstance(atom, Value):
                    self.read.add(atom)
            for block in blocks(s):
                if not isinstance(s, Loop):
                    self.read.update(a for a in block.results if isinstance(a, Value))
            if isinstance(s, Op) and s.function is primitives.keep:
                keeps[s.spelling] = loops
                self._names[s.spelling] = self._fresh(f"{s.spelling.name}_saved")
            if isinstance(s, Op) and s.function is primitives.tape_in:
                self._given.add(s.spelling)
                self._names[s.spelling] = self.names[s.args[0]]  # type: ignore[index]
        self._place_takes(function)
        self._place_targets(function, self._uses)
        tied = set(self._zipped.values())
        for s in walk(function.body):
            own = s.limit if isinstance(s, Loop) and s in tied else None
            self.counted |= {a for a in operands(s) if isinstance(a, Value) and a is not own}
            for block in blocks(s):
                self.counted |= {a for a in block.results if isinstance(a, Value)}

    def _place_targets(self, function: Function, uses: Counter[Value]) -> None:
        """Unpackings of an item with which a loop's body begins."""
        for s in walk(function.body):
            if not isinstance(s, Loop):
                continue
            for op in s.body.statements:
                if not isinstance(op, Op) or op.function not in (
                    primitives.unpack,
                    primitives.keep,
                    primitives.take,
                ):
                    break
                if (
                    op.function is primitives.unpack
                    and op.args[0] in s.items
                    and uses[op.args[0]] == 1
                ):
                    self.targets[op] = op.args[0]

    def _target(self, item: Value, name: str) -> ast.expr:
        for op, unpacked in self.targets.items():
            if unpacked is item:
                return ast.Tuple(
                    [ast.Name(self.names[r] if r in self.names else "_") for r in op.results]
                )
        return ast.Name(name)

    def _place_takes(self, function: Function) -> None:
        for s, loops in within(function.body, ()):
            if not isinstance(s, Op) or s.function is not primitives.take:
                continue
            if len(loops) == 1 and self._begins(loops[0].body, s):
                self._zipped[s] = loops[0]
            else:
                self._cursors[s] = self._fresh(
                    f"{self._names[s.spelling].removesuffix('_saved')}_taken"
                )

    def _begins(self, body: Block, take: Op) -> bool:
        """Whether a take may as well stand at the beginning of a loop's body, where the items are bound."""
        for s in body.statements:
            if s is take:
                return True
            if not isinstance(s, Op) or s.function not in (
                primitives.keep,
                primitives.take,
                primitives.unpack,
            ):
                return False
            read = {v for a in s.args for v in self.names.folding.reads(a)}
            if s.function is not primitives.take and any(
                self.names.shared(v, take.results[0]) for v in read
            ):
                return False
        return False

    def _fresh(self, base: str) -> str:
        name, count = base, 1
        while name in self._taken:
            count += 1
            name = f"{base}{count}"
        self._taken.add(name)
        return name

    def open(self, loop: Loop, depth: int, writer: Any) -> None:
        """Cursors for the takes inside a loop that stands in no other."""
        for s in walk(loop.body):
            if isinstance(s, Op) and s in self._cursors and s not in self._opened:
                self._opened.add(s)
                tape = ast.Name(self._names[s.spelling])
                call = _reversed(tape, writer.speller)
                writer.put(ast.Assign([ast.Name(self._cursors[s])], call), depth)

    def header(self, s: Loop, speller: Speller) -> tuple[ast.expr, ast.expr]:
        """The target and the iterable of a `for` statement."""
        pairs = self._pairs(s, speller)
        zipped = [t for t in self._zipped if self._zipped[t] is s]
        if s.backward and (zipped or s.limit is not None):  # these count the turns
            pairs = [p for p in pairs if not _is_blank(p[0])]
        targets = [t for t, _ in pairs] + [ast.Name(self.names[t.results[0]]) for t in zipped]
        walked = [i for _, i in pairs] + [
            _reversed(ast.Name(self._names[t.spelling]), speller) for t in zipped
        ]
        if s.spelling == "enumerate" and not zipped and not s.backward:
            inner = (
                walked[1]
                if len(walked) == 2
                else ast.Call(speller.imports.builtin("zip"), walked[1:], [])
            )
            rest = targets[1] if len(targets) == 2 else ast.Tuple(targets[1:])
            return ast.Tuple([targets[0], rest]), ast.Call(
                speller.imports.builtin("enumerate"), [inner], []
            )
        if not targets:
            assert s.limit is not None
            return ast.Name("_"), ast.Call(
                speller.imports.builtin("range"), [speller.atom(s.limit)], []
            )
        if len(targets) == 1:
            return targets[0], walked[0]
        return ast.Tuple(targets), ast.Call(speller.imports.builtin("zip"), walked, [])

    def _pairs(self, s: Loop, speller: Speller) -> list[tuple[ast.expr, ast.expr]]:
        pairs: list[tuple[ast.expr, ast.expr]] = []
        for source, item in zip(s.sources, s.items):
            target = self._target(
                item, self.names[item] if self._is_read(item, s) or not s.backward else "_"
            )
            walked = speller.atom(source)
            if s.backward:
                if _is_blank(target) and len(s.sources) == 1 and s.limit is None:
                    pairs.append((target, walked))
                    continue
            if s.limit is not None:
                walked = ast.Subscript(walked, ast.Slice(None, self._turns(s, speller), None))
            if s.backward:
                walked = _reversed(walked, speller)
            pairs.append((target, walked))
        return [p for p in pairs if not (s.backward and _is_blank(p[0]) and len(pairs) > 1)]

    def _turns(self, s: Loop, speller: Speller) -> ast.expr:
        """The number of turns that a mirror takes: a tape of the same loop knows it."""
        for take, loop in self._zipped.items():
            if loop is s:
                return ast.Call(
                    speller.imports.builtin("len"), [ast.Name(self._names[take.spelling])], []
                )
        assert s.limit is not None
        return speller.atom(s.limit)

    def _is_read(self, item: Value, s: Loop) -> bool:
        if item in self.read:
            return True
        return any(item in b.results for x in walk(Block((), (s,))) for b in blocks(x))


def within(block: Block, loops: tuple[Loop, ...]) -> Iterator[tuple[Statement, tuple[Loop, ...]]]:
    """Each statement with the loops around it, outermost first."""
    for s in block.statements:
        yield s, loops
        for inner in blocks(s):
            yield from within(inner, (*loops, s) if isinstance(s, Loop) else loops)


def _is_blank(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "_"


def _reversed(walked: ast.expr, speller: Speller) -> ast.expr:
    return ast.Call(speller.imports.builtin("reversed"), [walked], [])
