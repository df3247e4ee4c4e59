"""What a statement does with an expression that it holds: whether a long one gets parentheses."""

from __future__ import annotations

import ast
from enum import Enum, auto

from chainrule.backend.layout.document import (
    INSIDE,
    SOFT,
    Document,
    Group,
    IfBroken,
    Indent,
    Parenthesized,
    suffix,
)
from chainrule.backend.layout.expressions import (
    Expressions,
    if_broken_in_parentheses,
    joined,
)
from chainrule.backend.layout.source import Source
from chainrule.backend.layout.survey import stands_without_parentheses


class Need(Enum):
    """What an expression that is too long gets from parentheses around it."""

    NOTHING = auto()  # it has brackets to be broken in
    LINES = auto()  # places to be broken at
    ROOM = auto()  # a line of its own


class Values:
    """The values in one statement; a comment goes to its end, or beside a word in parentheses."""

    def __init__(self, source: Source, comment: str | None = None) -> None:
        self.source = source
        self.to = Expressions(source)
        self.comment: Document = "" if comment is None else suffix(comment)

    def assigned(self, node: ast.expr) -> Document:
        if isinstance(node, ast.Lambda):  # broken in its body, before it gets parentheses
            mark = next(self.to.marks)
            level = mark if stands_without_parentheses(node, self.source) else INSIDE
            return self.optional(self.to.function(node, level, assigned=True), mark)
        if self.is_word(node):
            mark = next(self.to.marks)
            comment = self.take_comment()
            inside = [self.to.bare(node, mark), IfBroken(comment, mark=mark)]
            return [Parenthesized(inside, mark), IfBroken("", comment, mark)]
        return self.value(node)

    def is_word(self, node: ast.expr) -> bool:
        """Is there nothing in it to be broken, so that a comment stays beside it?"""
        return isinstance(node, ast.Name | ast.Constant | ast.JoinedStr)

    def take_comment(self) -> Document:
        comment, self.comment = self.comment, ""
        return comment

    def value(self, node: ast.expr, *, preserve: bool = False) -> Document:
        """With parentheses around it if it is long and gains by them."""
        if preserve and self.source.is_parenthesized(node):
            return self.to.expression(node, None)
        need = self.need(node)
        if need is Need.NOTHING:
            return self.to.bare(node, None)
        if need is Need.ROOM:
            if preserve:
                return self.to.bare(node, None)
            mark = next(self.to.marks)
            return Parenthesized(self.to.bare(node, mark), mark)
        return self.with_lines(node)

    def with_lines(self, node: ast.expr) -> Document:
        if not stands_without_parentheses(node, self.source):
            return if_broken_in_parentheses(self.to.bare(node, INSIDE))
        mark = next(self.to.marks)
        return self.optional(self.to.bare(node, mark), mark)

    def aside(self, node: ast.expr) -> Document:
        """A value that is put in parentheses even if it does not fit in them either."""
        if self.need(node) is not Need.ROOM:
            return self.value(node)
        return self.with_lines(node)

    def optional(self, content: Document, mark: int) -> Document:
        """In parentheses if it does not fit after breaking the brackets in it."""
        inside = Indent([SOFT, content], mark)
        return Group([IfBroken("("), inside, SOFT, IfBroken(")")], mark)

    def sequence(self, node: ast.Tuple) -> Document:
        """A bare tuple that gets parentheses only if breaking brackets in it does not help."""
        mark = next(self.to.marks)
        entries = [self.to.expression(element, mark) for element in node.elts]
        return self.optional(joined(entries), mark)

    def need(self, node: ast.expr) -> Need:
        match node:
            case ast.BinOp() | ast.BoolOp() | ast.Compare() | ast.IfExp() | ast.Lambda():
                return Need.LINES
            case ast.Yield(value=None):
                return Need.NOTHING
            case ast.Yield(value=ast.expr() as inner) | ast.YieldFrom(value=inner):
                return Need.NOTHING if self.source.is_parenthesized(inner) else self.need(inner)
            case ast.Await() | ast.Starred() | ast.NamedExpr():
                return Need.LINES
            case ast.UnaryOp(operand=operand):
                if self.source.is_parenthesized(operand):
                    return Need.NOTHING
                return self.need(operand)
            case ast.Attribute() | ast.Call() | ast.Subscript():
                if self.to.is_fluent(node):
                    return Need.LINES
                inner = node.func if isinstance(node, ast.Call) else node.value
                if self.source.is_parenthesized(inner):
                    return Need.NOTHING
                return self.need(inner)
            case ast.Name() | ast.Constant() | ast.JoinedStr():
                return Need.ROOM
        return Need.NOTHING
