"""Whether a long expression is better broken in its own brackets than put in parentheses."""

from __future__ import annotations

import ast

from chainrule.backend.layout.operators import (
    ATTRIBUTE,
    BOOLEAN,
    COMPARISON,
    CONDITIONAL,
    INVERSION,
    precedence,
)
from chainrule.backend.layout.source import Source


def stands_without_parentheses(node: ast.expr, source: Source) -> bool:
    """Has it but one operator that binds least, and does it start or end with brackets?"""
    survey = _Survey(source)
    survey.inside(node)
    if not survey.bracketed or survey.count > 1:
        return False
    if survey.highest <= ATTRIBUTE:
        return True
    return any(
        end is not None and not isinstance(end, ast.Subscript) and source.brackets(end) is True
        for end in (survey.last, survey.first)
    )


class _Survey:
    """The operators that bind least outside brackets, and what the whole starts and ends with."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.highest = 0
        self.count = 0
        self.bracketed = False  # is there anything in brackets?
        self.first: ast.expr | None = None
        self.has_first = False
        self.last: ast.expr | None = None

    def count_in(self, precedence: int, count: int = 1) -> None:
        if precedence > self.highest:
            self.highest, self.count = precedence, count
        elif precedence == self.highest:
            self.count += count

    def outside(self, node: ast.expr) -> None:
        self.last = node
        if self.source.is_parenthesized(node):
            self.bracketed = True
        else:
            self.inside(node)
        self.begin(node)

    def begin(self, node: ast.expr | None) -> None:
        if not self.has_first:
            self.has_first, self.first = True, node

    def inside(self, node: ast.expr) -> None:
        match node:
            case ast.Call(func=inner) | ast.Subscript(value=inner):
                self.bracketed = True
                self.outside(inner)
                self.last = node
            case ast.Attribute(value=inner):
                self.outside(inner)
                if self.source.brackets(inner) is not None:
                    self.count_in(ATTRIBUTE)
                self.last = node
            case ast.BinOp(left, _, right):
                self.count_in(precedence(node))
                self.outside(left)
                self.outside(right)
            case ast.Compare(left, operators, others):
                self.count_in(COMPARISON, len(operators))
                for operand in (left, *others):
                    self.outside(operand)
            case ast.BoolOp(_, values):
                self.count_in(BOOLEAN, len(values) - 1)
                for value in values:
                    self.outside(value)
            case ast.IfExp(test, body, orelse):
                self.count_in(CONDITIONAL, 2)
                for part in (body, test, orelse):
                    self.outside(part)
            case ast.UnaryOp(operator, operand):
                if isinstance(operator, ast.Invert):
                    self.count_in(INVERSION)
                self.begin(None)
                self.outside(operand)
            case ast.Lambda() | ast.Await() | ast.Yield() | ast.YieldFrom() | ast.Starred():
                self.begin(None)
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.outside(child)
            case ast.JoinedStr() | ast.Constant() | ast.Name() | ast.Slice():
                pass
            case _ if self.source.own_brackets(node) is not None:
                self.bracketed = True
