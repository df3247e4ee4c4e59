"""Operators: those that bind least are broken first, all at once, each at the start of a line."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from chainrule.backend.layout.document import INSIDE, Document, IfBroken

if TYPE_CHECKING:
    from chainrule.backend.layout.expressions import Expressions

Operation: TypeAlias = ast.BinOp | ast.Compare | ast.BoolOp

_PRECEDENCE: dict[type[ast.AST], int] = {
    ast.Pow: 2,
    ast.Mult: 4,
    ast.MatMult: 4,
    ast.Div: 4,
    ast.Mod: 4,
    ast.FloorDiv: 4,
    ast.Add: 5,
    ast.Sub: 5,
    ast.LShift: 6,
    ast.RShift: 6,
    ast.BitAnd: 7,
    ast.BitXor: 8,
    ast.BitOr: 9,
}
ATTRIBUTE = 1
INVERSION = 3
COMPARISON = 10
BOOLEAN = 11
CONDITIONAL = 12


def precedence(node: Operation) -> int:
    """Of the operator: what is higher is broken first."""
    if isinstance(node, ast.BinOp):
        return _PRECEDENCE[type(node.op)]
    return COMPARISON if isinstance(node, ast.Compare) else BOOLEAN


class Operators:
    """An operation and those in it that have no parentheses, as one row of operands."""

    def __init__(self, expressions: Expressions, root: Operation, level: int | None) -> None:
        self.expressions = expressions
        self.level = level
        self.operands: list[ast.expr] = []
        self.precedences: list[int] = []
        self._flatten(root)
        source = expressions.source
        spans = [source.span(operand) for operand in self.operands]
        self.symbols = [source.line[a[1] : b[0]] for a, b in zip(spans, spans[1:])]

    def _flatten(self, root: Operation) -> None:
        pending: list[ast.expr | int] = [root]
        while pending:
            node = pending.pop()
            if isinstance(node, int):
                self.precedences.append(node)
            elif not isinstance(node, Operation) or (
                node is not root and self.expressions.source.is_parenthesized(node)
            ):
                self.operands.append(node)
            else:
                first, *others = _operands(node)
                for operand in reversed(others):
                    pending += (operand, precedence(node))
                pending.append(first)

    def document(self) -> Document:
        return self.grouped(0, len(self.operands))

    def grouped(self, start: int, stop: int) -> Document:
        return self.expressions.grouped(self.sliced(start, stop), self.level)

    def sliced(self, start: int, stop: int) -> Document:
        if stop - start == 1:
            return self.expressions.expression(self.operands[start], self.level)
        lowest = max(self.precedences[start : stop - 1])
        parts: list[Document] = []
        left = start
        for i in range(start, stop - 1):
            if self.precedences[i] == lowest:
                single = i == left
                parts.append(self.sliced(left, i + 1) if single else self.grouped(left, i + 1))
                parts += self.operator(self.symbols[i])
                left = i + 1
        return [*parts, self.grouped(left, stop)]

    def operator(self, symbol: str) -> list[Document]:
        if symbol == "**":  # without spaces, as it stands
            return [
                self.expressions.line(self.level, space=False),
                symbol,
                self.space_if_broken(),
            ]
        return [self.expressions.line(self.level), symbol[1:]]

    def space_if_broken(self) -> Document:
        if self.level is None:
            return ""
        return IfBroken(" ", mark=None if self.level == INSIDE else self.level)


def _operands(node: ast.BinOp | ast.Compare | ast.BoolOp) -> list[ast.expr]:
    match node:
        case ast.BinOp(left, _, right):
            return [left, right]
        case ast.Compare(left, _, others):
            return [left, *others]
        case ast.BoolOp(_, values):
            return values
