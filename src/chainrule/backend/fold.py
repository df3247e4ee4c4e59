"""Which values need no name: they are written where they are read, as the user wrote them or as a reader follows them."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeGuard

from chainrule import runtime
from chainrule.analysis.aliases import CONTAINERS, WRITES, Aliases, may_hold
from chainrule.analysis.effects import STATEMENTS, has_effect, is_in_place
from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Block,
    Const,
    Function,
    If,
    Leaf,
    Loop,
    Op,
    Statement,
    Value,
    operands,
    walk,
)
from chainrule.ir.primitives import LOADED, SILENT, Again, Store

EXPRESSIONS = ("ternary", "and", "or", "chain")
INDEXING = (primitives.make_tuple, slice, range, primitives.indices)
LIMIT = 7
"""How many operands an expression of the backward part may have."""


class Folding:
    """The values of a function that are folded, and what is read where they are."""

    def __init__(self, function: Function, textbook: bool = False) -> None:
        self.textbook = textbook
        self.aliases = Aliases(function)
        self.folded: dict[Value, Statement] = {}
        self.size: dict[Value, int] = {}
        self.value = function.facts.get(
            "value"
        )  # the result has a name before the backward part begins
        self.leaves = leaves_of(function)
        self.called = called_into(function.body)
        self.uses: Counter[Value] = Counter()
        self.reading: dict[Value, frozenset[Value]] = {}
        self.single: set[Statement] = set()  # branches that are one expression, which has a name
        self._count(function.body)
        self._block(function.body, function.body.results)

    def _count(self, body: Block) -> None:
        self.uses.update(a for a in body.results if isinstance(a, Value))
        for s in walk(body):
            if is_remade(s):
                self.uses[s.spelling.view] += 2  # its name is read, which it must have, and no more
                continue
            self.uses.update(a for a in said(s) if isinstance(a, Value))
            for block in _inner(s):
                self.uses.update(a for a in block.results if isinstance(a, Value))
        for s in walk(body):
            if isinstance(s, Loop):  # a result is read under the name of its carry
                self.uses.update(c for c, r in zip(s.carries, s.results) if self.uses[r])
        for s in walk(body):
            if is_short_circuit(s):  # `a and b` says `a` once
                self.uses[s.test] -= 1  # type: ignore[index]

    def reads(self, atom: Atom) -> frozenset[Value]:
        """The named values that the text of an atom reads."""
        if isinstance(atom, Const) or atom in self.leaves:
            return frozenset()
        if atom not in self.folded:
            return frozenset([atom])
        if atom not in self.reading:
            s = self.folded[atom]
            if isinstance(s.spelling, Again):
                self.reading[atom] = self.reads(s.spelling.view)
            else:
                inner = said(s) if isinstance(s, Op) else _all_operands(s)
                self.reading[atom] = frozenset(v for a in inner for v in self.reads(a))
        return self.reading[atom]

    def is_written(self, s: Statement) -> bool:
        """Whether a statement has a text of its own."""
        return not (s.results and s.results[0] in self.folded or self._is_idle(s))

    def _is_idle(self, s: Statement) -> bool:
        """Whether a statement of ours reads a part for the form alone: no text reads it."""
        if not isinstance(s, Op) or s.function not in (operator.getitem, getattr):
            return False
        return (
            s.results[0].role == "step" and may_hold(s.args[0].type) and not self.uses[s.results[0]]
        )

    def _block(self, block: Block, final: tuple[Atom, ...] = ()) -> None:
        pending: dict[Value, Statement] = {}
        for s in block.statements:
            for inner in _inner(s):
                self._block(inner, _ends(s, inner))
            if isinstance(s, If) and self._is_single(s):
                self.single.add(s)
            may_fold = s not in self.single and self._may_fold(s)
            if not may_fold and s not in self.single and is_short_circuit(s):
                pending.pop(s.test, None)  # type: ignore[arg-type]  # it is said twice
            self._consume(s, _readers(s), pending)
            self._hazards(s, pending)
            if may_fold:
                pending[s.results[0]] = s
                if self._is_free(s):
                    self._fold(s.results[0], pending)
        for atom in final:
            if isinstance(atom, Value) and atom in pending:
                self._fold(atom, pending)

    def _consume(
        self, s: Statement, atoms: Iterable[Atom], pending: dict[Value, Statement]
    ) -> None:
        for atom in atoms:
            if is_base(s, atom):
                pending = {v: made for v, made in pending.items() if v is not atom}
            elif isinstance(atom, Value) and atom in pending and self._fits(atom, pending[atom], s):
                self._fold(atom, pending)

    def _fold(self, value: Value, pending: dict[Value, Statement]) -> None:
        s = pending[value]
        self.folded[value] = s
        self.size[value] = self._size(s)
        if not self._is_free(s):
            del pending[value]

    def _size(self, s: Statement) -> int:
        return (
            sum(self.size.get(a, 1) if isinstance(a, Value) else 1 for a in _all_operands(s)) or 1
        )

    def _fits(self, value: Value, made: Statement, reader: Statement) -> bool:
        """Whether a value may stand inside the text of the statement that reads it."""
        if self._is_free(made) or isinstance(made.spelling, Again):
            return True
        if value.role in ("step", "code"):
            return (
                _sentence(made) is _sentence(reader)
                or isinstance(reader, Op)
                and reader.function in CONTAINERS
            )
        if self.textbook:
            return value.role == "temporary" or value in self.called
        if isinstance(reader, Op) and reader.function in CONTAINERS:
            return self._size(made) <= LIMIT - 2
        return (
            self._size(made)
            + sum(self.size.get(a, 1) for a in operands(reader) if isinstance(a, Value))
            <= LIMIT
        )

    def _is_free(self, s: Statement) -> bool:
        """Whether a value may be written wherever it is read, any number of times."""
        if isinstance(s, Op) and s.function is operator.eq and s.results[0].role == "code":
            return True
        return isinstance(s, Op) and (
            s.function in INDEXING or s.spelling == SILENT or isinstance(s.spelling, Again)
        )

    def _may_fold(self, s: Statement) -> bool:
        if len(s.results) != 1:
            return False
        value = s.results[0]
        if s.spelling == SILENT or isinstance(s.spelling, Again):
            return True
        if value is self.value or s.spelling == LOADED:
            return False
        if self._is_free(s):
            return True
        if isinstance(s, If):
            return self._is_expression(s)
        if not isinstance(s, Op) or s.function in STATEMENTS or isinstance(s.spelling, Store):
            return False
        if value.role == "user" or self.uses[value] != 1:
            return False
        if self.textbook and value.role != "temporary":
            return (
                value.role == "code"
                or value in self.called
                or s.function in (range, primitives.indices)
                or _is_plain_test(s)
            )
        return True

    def _is_expression(self, s: If) -> bool:
        if s.spelling not in EXPRESSIONS or s.results[0].role == "user" and s.spelling != "ternary":
            return False
        if self.uses[s.results[0]] != 1 or s.results[0].role == "user":
            return False
        return self.sides_fold(s)

    def _is_single(self, s: If) -> bool:
        """Whether a branch is one expression that is read more than once, or that the user has a name for."""
        if len(s.results) != 1 or s.spelling not in EXPRESSIONS:
            return False
        value = s.results[0]
        if value.role not in ("user", "step") or value.role == "step" and self.uses[value] == 1:
            return False
        return not self.textbook and self.sides_fold(s)

    def sides_fold(self, s: If) -> bool:
        """Whether both sides of a branch are one expression each, and fold them."""
        for block in (s.then, s.orelse):
            made = {v: x for x in block.statements for v in x.results}
            for x in block.statements:
                if not (self._may_fold(x) or x.results and x.results[0] in self.folded):
                    return False
            result = block.results[0]
            if isinstance(result, Value) and result in made and result not in self.folded:
                self.folded[result] = made[result]
        return all(x.results[0] in self.folded for b in (s.then, s.orelse) for x in b.statements)

    def _hazards(self, s: Statement, pending: dict[Value, Statement]) -> None:
        """Take out what must be evaluated before a statement runs, and is not part of it."""
        written, updated = self._written(s), self._updated(s)
        effect = _has_effect(s)
        if not written and not updated and not effect:
            return
        for value in list(pending):
            made = pending[value]
            if self._is_free(made):
                continue
            touched = self._touches(made)
            memory = {self.aliases.find(v) for v in touched}
            if (
                memory & written
                or updated & {self.aliases.find(v) for v in touched if may_hold(v.type)}
                or effect
                and (_has_effect(made) or not self._is_expression_part(s))
            ):
                del pending[value]

    def _is_expression_part(self, s: Statement) -> bool:
        return isinstance(s, Op) and self._may_fold(s)

    def _touches(self, s: Statement) -> set[Value]:
        found: set[Value] = set()
        stack: list[Atom] = list(_all_operands(s))
        while stack:
            atom = stack.pop()
            if isinstance(atom, Value) and atom not in found:
                found.add(atom)
                if atom in self.folded:
                    stack += _all_operands(self.folded[atom])
        return found

    def _written(self, s: Statement) -> set[Value]:
        return self._bases(s, {*WRITES, runtime.add_at} - {primitives.update})

    def _updated(self, s: Statement) -> set[Value]:
        return self._bases(s, {primitives.update, runtime.add_at})

    def _bases(self, s: Statement, functions: set[Any]) -> set[Value]:
        found: set[Value] = set()
        for x in (s, *[y for b in _inner(s) for y in walk(b)]):
            if isinstance(x, Op) and x.function in functions and isinstance(x.args[0], Value):
                found.add(self.aliases.find(x.args[0]))
        return found


def called_into(body: Block) -> set[Atom]:
    """The values that a call of the user's computes and stores: they stand in it."""
    ops = [s for s in walk(body) if isinstance(s, Op) and isinstance(s.spelling, Store)]
    return {s.args[2] for s in ops if s.spelling.call is not None}


def is_short_circuit(s: Statement) -> TypeGuard[If]:
    """Whether a branch is ``a and b``, ``a or b`` or ``a < b < c``, of which one side is what was asked."""
    if not isinstance(s, If) or len(s.results) != 1 or s.spelling not in ("and", "or", "chain"):
        return False
    return s.test is (s.then if s.spelling == "or" else s.orelse).results[0]


def leaves_of(function: Function) -> dict[Value, Leaf]:
    """What is read through a path from outside: what leads there, and each version of what is written in place there."""
    leaves = {leaf.value: leaf for leaf in function.leaves}
    for s in walk(function.body):
        if not isinstance(s, Op):
            continue
        if isinstance(s.spelling, Again) and s.spelling.view in leaves:
            leaves[s.results[0]] = leaves[s.spelling.view]
        elif s.function in WRITES and s.args[0] in leaves:
            leaves[s.results[0]] = leaves[s.args[0]]
    return leaves


def is_remade(s: Statement) -> bool:
    """Whether a statement says what a container holds by now, which Python knows."""
    is_made = isinstance(s, Op) and (s.function in CONTAINERS or s.function is runtime.rebuild)
    return is_made and isinstance(s.spelling, Again)


def is_base(s: Statement, atom: Atom) -> bool:
    """Whether a statement writes into an atom's memory, or is one with it: then that needs a name."""
    if not isinstance(s, Op) or not s.args or s.args[0] is not atom:
        return False
    return is_in_place(s) or s.function is primitives.tape_in


def named(atom: Atom, folded: dict[Value, Statement]) -> Atom:
    """The value under whose name an atom is read that is one read once more."""
    while isinstance(atom, Value) and atom in folded:
        spelling = folded[atom].spelling
        if not isinstance(spelling, Again):
            break
        atom = spelling.view
    return atom


def _ends(s: Statement, block: Block) -> tuple[Atom, ...]:
    """The results of a block that may be written where the block hands them over."""
    if isinstance(s, Loop):
        return block.results if block is s.test else ()
    return tuple(a for a in block.results if isinstance(a, Value) and a.role == "step")


def _inner(s: Statement) -> tuple[Block, ...]:
    if isinstance(s, If):
        return s.then, s.orelse
    if isinstance(s, Loop):
        return (s.body,) if s.test is None else (s.test, s.body)
    return ()


def _readers(s: Statement) -> tuple[Atom, ...]:
    """The atoms whose text stands inside that of a statement."""
    if isinstance(s, Loop):
        return (*s.sources, *((s.limit,) if s.limit is not None else ()))
    return said(s)


def said(s: Statement) -> tuple[Atom, ...]:
    """The operands that the text of a statement names."""
    is_held = isinstance(s, Op) and s.function is primitives.held
    return operands(s)[1:] if is_held else operands(s)


def _all_operands(s: Statement) -> tuple[Atom, ...]:
    if isinstance(s, If):
        return (s.test, *s.then.results, *s.orelse.results)
    return operands(s)


def _sentence(s: Statement) -> object:
    return s.place.sentence if s.place is not None else None


def _has_effect(s: Statement) -> bool:
    if isinstance(s, Op):
        return has_effect(s) and s.function not in STATEMENTS - {
            primitives.raise_,
            primitives.assert_,
        }
    return any(_has_effect(x) for b in _inner(s) for x in walk(b))


def _is_plain_test(s: Op) -> bool:
    from chainrule.ir.types import BOOL

    return s.results[0].type == BOOL
