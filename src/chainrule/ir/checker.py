"""The rules of the form, checked: what every stage relies on and every pass must leave true."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

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
    defined,
    operands,
)
from chainrule.ir.types import Never, Type, Undefined

Must: TypeAlias = Callable[[bool, str], None]
"""Requires that something holds, or says of which statement the rule is broken."""


def check(function: Function) -> None:
    """Verify a function of the form.

    Raises
    ------
    AssertionError
        Naming the first statement that breaks a rule, and the rule.
    """
    _Checker(function).run()


def describe(statement: Statement) -> str:
    """A statement on one line, its blocks left out: ``c = mul(a, b)``."""
    results = _spell_all(statement.results)
    if isinstance(statement, Op):
        args = [*map(_spell, statement.args), *(f"{k}={_spell(a)}" for k, a in statement.kwargs)]
        tape = f" on {statement.spelling!r}" if isinstance(statement.spelling, Tape) else ""
        name = getattr(statement.function, "__name__", statement.function)
        text = f"{name}({', '.join(args)}){tape}"
    elif isinstance(statement, If):
        text = f"if {_spell(statement.test)}"
    elif statement.test is not None:
        text = "while"
    else:
        text = f"for {_spell_all(statement.items)} in {_spell_all(statement.sources)}"
    return f"{results} = {text}" if results else text


def _spell_all(atoms: Iterable[Atom]) -> str:
    return ", ".join(map(_spell, atoms))


def _spell(atom: Atom) -> str:
    return (atom.name or "_") if isinstance(atom, Value) else repr(atom)


class _Checker:
    """A walk in the order of the run; a stack of calls says what is still to do at any depth."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.made: set[Value] = set()
        self.visible: set[Value] = set()
        self.kept: dict[Tape, Must] = {}
        self.taken: set[Tape] = set()
        self.agenda: list[Callable[[], None]] = []

    def run(self) -> None:
        f = self.function
        must: Must = partial(_require, f"function {f.name}")
        self.define((p.value for p in f.params), must)
        self.define((x.value for x in f.leaves), must)
        names = {p.value.name for p in f.params}
        for leaf in f.leaves:
            must(leaf.free or leaf.root in names, f"a leaf has the root {leaf.root}")
        must(not f.body.params, "the body of a function has no params")
        must(len(f.body.results) == 1, "a function has one result")
        self.block(f.body, must, bound=True)
        while self.agenda:
            self.agenda.pop()()
        for tape, must in self.kept.items():
            must(tape in self.taken, "nothing takes what is kept")

    def define(self, values: Iterable[Value], must: Must) -> None:
        for value in values:
            must(isinstance(value, Value), f"{value!r} is no value")
            must(isinstance(value.type, Type), f"{_spell(value)} has no type")
            must(value not in self.made, f"{_spell(value)} is defined twice")
            self.made.add(value)
            self.visible.add(value)

    def read(self, atoms: Iterable[Atom], must: Must, bound: bool = True) -> None:
        """Require that atoms can be read here; not ``bound`` where undefined may be handed on."""
        for atom in atoms:
            name = _spell(atom)
            must(isinstance(atom.type, Type), f"{name} has no type")
            unbound = isinstance(atom.type, Undefined) and not isinstance(atom.type, Never)
            must(not (bound and unbound), f"{name} is read and not bound")
            must(not isinstance(atom, Value) or atom in self.visible, f"{name} is not visible here")

    def block(self, block: Block, must: Must, bound: bool = False) -> None:
        """Put a block's statements on the agenda, and after them that it ends."""
        self.agenda.append(lambda: self.leave(block, must, bound))
        for statement in reversed(block.statements):
            self.agenda.append(lambda s=statement: self.statement(s))  # type: ignore[misc]

    def leave(self, block: Block, must: Must, bound: bool) -> None:
        self.read(block.results, must, bound)
        self.visible.difference_update(block.params, *map(defined, block.statements))

    def statement(self, s: Statement) -> None:
        must = partial(_require, describe(s))
        if isinstance(s, Op):
            self.read(operands(s), must, bound=s.function is not primitives.save)
            self.tape(s, must)
            self.define(s.results, must)
        elif isinstance(s, If):
            self.branch(s, must)
        else:
            self.loop(s, must)

    def tape(self, op: Op, must: Must) -> None:
        if op.function is primitives.keep:
            must(isinstance(op.spelling, Tape), "keep names no tape")
            must(len(op.args) == 1 and not op.results, "keep has one operand and no result")
            self.kept.setdefault(op.spelling, must)
        elif op.function is primitives.tape_in:
            must(isinstance(op.spelling, Tape), "tape_in names no tape")
            self.kept.setdefault(op.spelling, must)
        elif op.function is primitives.tape_out:
            must(isinstance(op.spelling, Tape), "tape_out names no tape")
            self.taken.add(op.spelling)
        elif op.function is primitives.take:
            must(isinstance(op.spelling, Tape), "take names no tape")
            must(not op.args and len(op.results) == 1, "take has no operand and one result")
            must(op.spelling in self.kept, "nothing was kept before it is taken")
            self.taken.add(op.spelling)

    def branch(self, s: If, must: Must) -> None:
        self.read([s.test], must)
        for block in (s.then, s.orelse):
            must(not block.params, "the sides of an if have no params")
            must(len(block.results) == len(s.results), "its sides do not line up with its results")
        self.agenda.append(lambda: self.define(s.results, must))
        self.block(s.orelse, must)
        self.block(s.then, must)

    def loop(self, s: Loop, must: Must) -> None:
        self.read(s.sources + ((s.limit,) if s.limit is not None else ()), must)
        self.read(s.inits, must, bound=False)
        params = len(s.sources) + len(s.inits)
        must(len(s.body.params) == params, "its params are not one a source, then one a carry")
        must(len(s.results) > len(s.inits), "its results are fewer than its carries and a code")
        must(len(s.body.results) == len(s.results), "its body does not line up with its results")
        self.direction(s, must)
        self.agenda.append(lambda: self.define(defined(s), must))
        self.block(s.body, must)
        if s.test is not None:
            must(len(s.test.results) == 1 and not s.test.params, "a test has one result alone")
            self.block(s.test, must, bound=True)
        self.define(s.body.params, must)

    def direction(self, s: Loop, must: Must) -> None:
        if s.test is not None:
            must(not s.sources and s.limit is None and not s.backward, "a while only asks its test")
        else:
            must(bool(s.sources) or s.limit is not None, "without sources there is a test or limit")


def _require(where: str, holds: bool, rule: str) -> None:
    if not holds:
        raise AssertionError(f"{where}: {rule}")
