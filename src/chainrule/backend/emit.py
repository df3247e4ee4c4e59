"""The one place that writes text: a function of the form as the source of a Python function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule import runtime
from chainrule.backend import layout
from chainrule.backend.flow import Flow, Tail
from chainrule.backend.fold import Folding
from chainrule.backend.guards import apart_for, guard_for
from chainrule.backend.names import Names
from chainrule.backend.signature import signature
from chainrule.backend.simple import STATEMENTS
from chainrule.backend.spell import BINARY, Imports, Speller
from chainrule.backend.tapes import Tapes
from chainrule.ir import primitives
from chainrule.ir.form import (
    UNBOUND,
    Atom,
    Block,
    Function,
    If,
    Loop,
    Op,
    Statement,
    Value,
    operands,
    walk,
)
from chainrule.ir.primitives import AUGMENTED, SILENT, Again
from chainrule.ir.types import is_number


class Text(NamedTuple):
    """A function's source, and what its names stand for beside those of the user's module."""

    name: str
    body: str
    imports: dict[str, Any]
    guards: int = 0  # how many statements test the types
    companions: tuple[str, ...] = ()  # the functions that stand above the one that is meant


def emit(
    function: Function, docstring: str = "", textbook: bool = False, guarded: bool = False
) -> Text:
    """The source of a function.

    Parameters
    ----------
    docstring
        What the function says of itself.
    textbook
        One chain-rule step a statement, with the primal statement beside it.
    guarded
        Whether it opens with a test of the types that it was made for.
    """
    writer = Writer(function, textbook)
    guard = guard_for(function, writer.imports) if guarded else ()
    writer.function_header(docstring, guard)
    writer.block(function.body, 1)
    writer.result(function.body.results[0])
    return Text(function.name, "\n".join(writer.lines) + "\n", writer.imports.needed, len(guard))


class Writer:
    def __init__(self, function: Function, textbook: bool) -> None:
        self.function, self.textbook = function, textbook
        self.folding = Folding(function, textbook)
        self.names = Names(function, self.folding)
        self.imports = Imports(function)
        self.speller = Speller(function, self.folding, self.names, self.imports)
        self.tapes = Tapes(function, self.names, self.folding.uses)
        self.speller.tape = self.tapes.name
        self.unsure = self._unsure(function)
        self.flow = Flow(self)
        self.lines: list[str] = []
        self.sentence: Any = None
        self.said: dict[int, str] = {}
        self.backward = False
        self.has_line = "half" not in function.facts and any(
            isinstance(s, Op) and s.function is primitives.line for s in function.body.statements
        )

    def _unsure(self, function: Function) -> set[str]:
        """Names that our own statements may read before they are bound: these are bound to None."""
        unbound: set[Atom] = {UNBOUND}
        before = -1
        while len(unbound) > before:
            before = len(unbound)
            for s in walk(function.body):
                if isinstance(s, If):
                    for r, a, b in zip(s.results, s.then.results, s.orelse.results):
                        unbound |= {r} if a in unbound or b in unbound else set()
                elif isinstance(s, Loop):
                    count = len(s.carries)
                    for c, i, r in zip(s.carries, s.inits, s.results):
                        unbound |= {c, r} if i in unbound else set()
                    unbound |= set(s.results[count:-1])
        read = [
            a
            for s in walk(function.body)
            if isinstance(s, Op) and s.function in READ_UNBOUND
            for a in operands(s)
        ]
        read += [a for r, a in handed_over(function) if not self.names.shared(r, a)]
        return {
            self.names[a] for a in read if a in unbound and isinstance(a, Value) and a in self.names
        }

    # Lines

    def put(self, node: ast.stmt, depth: int, comment: str | None = None) -> None:
        self.lines += layout.statement(node, depth, comment)

    def head(
        self, node: ast.stmt, depth: int, comment: str | None = None, elif_: bool = False
    ) -> None:
        self.lines += layout.header(node, depth, comment, elif_=elif_)

    def word(self, text: str, depth: int) -> None:
        self.lines.append("    " * depth + text)

    def function_header(self, docstring: str, guard: Sequence[ast.stmt]) -> None:
        node = ast.FunctionDef(
            self.function.name, signature(self.function.params, self.imports), [ast.Pass()], []
        )
        self.head(node, 0)
        if docstring:
            self.lines += [
                "    " + line if line else "" for line in f'"""{docstring}"""'.split("\n")
            ]
        for statement in (*guard, *apart_for(self.function, self.imports)):
            if isinstance(statement, ast.If):
                self.head(statement, 1)
                self.put(statement.body[0], 2)
            else:
                self.put(statement, 1)
        if self.has_line:
            self.word("# Forward", 1)
        self.tapes_of(self.function.body, 1)
        params = {p.value.name for p in self.function.params}
        for name in sorted(self.unsure - params):
            self.put(ast.Assign([ast.Name(name)], ast.Constant(None)), 1)

    def tapes_of(self, block: Block, depth: int) -> None:
        for name in self.tapes.lists:
            self.put(ast.Assign([ast.Name(name)], ast.List([])), depth)

    # Statements

    def block(self, block: Block, depth: int, tail: Tail | None = None) -> None:
        """The statements of a block, and then what its results mean."""
        for i, s in enumerate(block.statements):
            if tail is not None and i == len(block.statements) - 1 and self._ends_in(s, block):
                self.comments(s, depth)
                self.flow.branch(s, depth, tail, block)  # type: ignore[arg-type]
                return
            if tail is not None and self.flow.guarded(block, i, depth, tail):
                return
            self.statement(
                s,
                depth
                + (
                    self.backward and block is self.function.body and "split" in self.function.facts
                ),
            )
        if tail is not None:
            tail(block.results, depth)

    def _ends_in(self, s: Statement, block: Block) -> bool:
        """Whether a block's last statement is a branch that decides where control goes."""
        return (
            isinstance(s, If)
            and self.folding.is_written(s)
            and any(
                isinstance(r, Value) and r.role == "code" and r in s.results for r in block.results
            )
        )

    def statement(self, s: Statement, depth: int) -> None:
        if not self.folding.is_written(s) or _is_silent(s) or s in self.flow.absorbed:
            return
        if isinstance(s, Op) and s.function is primitives.line:
            if self.has_line:
                self.line(depth)
            self.backward = True
            return
        if isinstance(s, Op) and (
            s.function is primitives.take and self.tapes.is_zipped(s) or s in self.tapes.targets
        ):
            return
        self.comments(s, depth)
        if isinstance(s, Op):
            self.operation(s, depth)
        elif isinstance(s, If):
            self.flow.branch(s, depth)
        else:
            self.flow.loop(s, depth)

    def line(self, depth: int) -> None:
        """The line between the parts: the result gets its name here at the latest."""
        last = self.function.facts.get("last")
        said = self.sentence.text if self.sentence is not None else None
        if last is not None and last.text != said:
            for comment in (*last.above, *filter(None, [last.beside])):
                self.word(comment, depth)
        self.backward = True
        self.sentence = None
        self.lines.append("")
        self.word("# Backward", depth)
        if "split" in self.function.facts:
            seed = ast.arg(self.function.facts["split"].name)
            args = ast.arguments([], [seed], None, [], [], None, [])
            self.head(ast.FunctionDef("pullback", args, [ast.Pass()], []), depth)

    def comments(self, s: Statement, depth: int) -> None:
        """The user's comments above a statement, or in the backward part the statement that is answered."""
        place = s.answers if self.backward else s.place
        sentence = getattr(place, "sentence", None)
        if (
            sentence is None
            or sentence is self.sentence
            or not self.backward
            and s.answers is not None
        ):
            return
        self.sentence = sentence
        if self.backward:
            if not self.textbook and not self._says_itself(s, sentence.text):
                self.word(f"# {sentence.text}", depth)
        else:
            for comment in sentence.above:
                self.word(comment, depth)

    def _says_itself(self, s: Statement, quoted: str) -> bool:
        """Whether a branch reads as the statement that it answers."""
        if not isinstance(s, If):
            return False
        return quoted.removeprefix("el") == f"if {layout.expression(self.speller.atom(s.test))}:"

    def beside(self, s: Statement) -> str | None:
        """The comment on the statement's own line."""
        if self.backward:
            return None
        sentence = getattr(s.place, "sentence", None)
        return sentence.beside if sentence is not None and self._is_last(s) else None

    def _is_last(self, s: Statement) -> bool:
        return (
            not isinstance(s, Op)
            or bool(s.results and s.results[0].role == "user")
            or any(r is self.function.facts.get("value") for r in s.results)
            or s.function in (primitives.store, primitives.update)
        )

    def operation(self, op: Op, depth: int) -> None:
        special = STATEMENTS.get(op.function)
        comment = self.textbook_comment(op) if self.textbook and self.backward else self.beside(op)
        before = len(self.lines)
        if special is not None:
            special(self, op, depth, comment)
            return
        value = self.speller.operation(op)
        if (
            not op.results
            or op.results[0].role == "step"
            and not any(self.folding.uses[r] for r in op.results)
        ):
            self.put(ast.Expr(value), depth, comment)
            return
        target = ast.Name(self.names[op.results[0]])
        if isinstance(value, ast.Name) and value.id == target.id:
            return
        augmented = self.augmented(op)
        node = augmented if augmented is not None else ast.Assign([target], value)
        self.put(node, depth, comment)
        if (
            self.textbook
            and comment is not None
            and len(self.lines[-1]) > layout.WIDTH
            or len(self.lines) > before + 1
        ):
            del self.lines[before:]
            if comment is not None:
                self.word(comment, depth)
            self.put(node, depth)
        if self.textbook and not self.backward:
            self.said[id(op.place)] = " ".join(line.strip() for line in self.lines[before:])

    def augmented(self, op: Op) -> ast.stmt | None:
        """``x += y``, where the user wrote so, or a number of the backward part grows."""
        if op.function not in BINARY or not self.names.shared(op.results[0], op.args[0]):
            return None
        own = op.spelling == AUGMENTED
        if not own and not (
            self.backward and op.results[0].role == "cotangent" and op.function in GROWS
        ):
            return None
        if not own and not _is_plain_number(op):
            return None
        return ast.AugAssign(
            ast.Name(self.names[op.results[0]]), BINARY[op.function], self.speller.atom(op.args[1])
        )

    def textbook_comment(self, op: Op) -> str | None:
        said = self.said.get(id(op.answers))
        return f"# {said}" if said else None

    def result(self, atom: Atom) -> None:
        if "split" not in self.function.facts:
            self.put(ast.Return(self.speller.atom(atom)), 1)
            return
        made = self.function.body.statements[-1]
        assert isinstance(made, Op) and made.function is primitives.make_tuple
        value, gradients = made.args
        self.put(ast.Return(self.speller.atom(gradients)), 2)
        self.lines.append("")
        self.put(ast.Return(ast.Tuple([self.speller.atom(value), ast.Name("pullback")])), 1)


def _is_silent(s: Statement) -> bool:
    return s.spelling == SILENT or isinstance(s.spelling, Again)


def _is_plain_number(op: Op) -> bool:
    return is_number(op.results[0].type) and is_number(op.args[0].type)


def handed_over(function: Function) -> Iterator[tuple[Value, Atom]]:
    """Each value that a branch or a loop gives a name to, with what it takes."""
    for s in walk(function.body):
        if isinstance(s, If):
            for block in (s.then, s.orelse):
                yield from zip(s.results, block.results)
        elif isinstance(s, Loop):
            yield from zip(s.carries, s.inits)
            yield from zip(s.carries, s.body.results)
            yield from zip(s.results, s.carries)


READ_UNBOUND = {
    primitives.keep,
    primitives.save,
    np.zeros_like,
    runtime.zeros_like,
    runtime.zeros_of,
    np.copy,
    runtime.own,
    np.shape,
    runtime.unbroadcast,
}
"""Functions that our own statements call on what the user's statements may not have bound."""

GROWS = {f for f, node in BINARY.items() if isinstance(node, ast.Add | ast.Sub)}
