"""Where an expression may be broken: its tree, with the pieces of its line, as a document.

Breaks outside brackets are only allowed once parentheses have been put around the whole, which is
what `level` is about: None is outside and without hope of parentheses, a mark is that of the group
that may put them, and INSIDE is inside.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Sequence

from chainrule.backend.layout.document import (
    HARD,
    INSIDE,
    SOFT,
    SPACE,
    Choice,
    Document,
    Foldable,
    Group,
    GroupIfBroken,
    IfBroken,
    Indent,
)
from chainrule.backend.layout.operators import Operators
from chainrule.backend.layout.source import Source

_Postfix = ast.Attribute | ast.Call | ast.Subscript
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Expressions:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.marks = itertools.count()

    def expression(self, node: ast.expr, level: int | None) -> Document:
        if self.source.is_parenthesized(node):
            return self.bracketed("(", self.bare(node, INSIDE), ")", level)
        return self.bare(node, level)

    def bare(self, node: ast.expr, level: int | None) -> Document:
        """Without the parentheses around it."""
        match node:
            case ast.BinOp() | ast.Compare() | ast.BoolOp():
                return self.operators(node, level)
            case ast.Attribute() | ast.Call() | ast.Subscript():
                return self.chain(node, level)
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
                return self.display(node, level)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self.comprehension(node, level)
            case ast.IfExp():
                return self.grouped(self.conditional(node, level), level)
            case ast.Lambda():
                return self.function(node, level)
            case ast.JoinedStr():
                return self.source.text(node)
        children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return self.around(node, children, level)

    def around(self, node: ast.expr, children: Sequence[ast.expr], level: int | None) -> Document:
        """The children, with what stands around and between them in the text."""
        start, stop = self.source.start(node), self.source.stop(node)
        gaps = self.source.gaps(start, children, stop)
        parts: list[Document] = [gaps[0]]
        for child, gap in zip(children, gaps[1:]):
            parts += (self.expression(child, level), gap)
        return parts

    # What the level allows.

    def grouped(self, content: Document, level: int | None) -> Document:
        if level is None:
            return content
        return Group(content) if level == INSIDE else GroupIfBroken(content, level)

    def line(self, level: int | None, *, space: bool = True) -> Document:
        if level is None:
            return " " * space
        line = SPACE if space else SOFT
        return line if level == INSIDE else IfBroken(line, " " * space, level)

    def bracketed(self, left: str, content: Document, right: str, level: int | None) -> Document:
        inner = Group([Indent([SOFT, content]), SOFT])
        foldable = level is not None and level != INSIDE
        return [left, Foldable(inner, level) if foldable else inner, right]

    def operators(self, node: ast.BinOp | ast.Compare | ast.BoolOp, level: int | None) -> Document:
        return Operators(self, node, level).document()

    # Attributes, calls and subscripts.

    def chain(self, node: _Postfix, level: int | None) -> Document:
        links = self.links(node)
        root = _inner(links[0])
        fluent = level is not None and self.is_fluent(node)
        parts: list[Document] = [self.expression(root, level)]
        called = self.source.is_parenthesized(root)
        for link in links:
            match link:
                case ast.Attribute(attr=name):
                    if fluent and called:
                        parts.append(SOFT)
                    parts.append("." + name)
                    called = False
                case ast.Call():
                    parts.append(self.arguments(link, level))
                    called = True
                case ast.Subscript():
                    parts.append(self.subscript(link, level))
                    called = True
        return Group(parts) if fluent else parts

    def links(self, node: _Postfix) -> list[_Postfix]:
        """What follows the root of a chain, the innermost first."""
        links: list[_Postfix] = [node]
        while True:
            inner = _inner(links[-1])
            if not isinstance(inner, _Postfix) or self.source.is_parenthesized(inner):
                return links[::-1]
            links.append(inner)

    def is_fluent(self, node: _Postfix) -> bool:
        """Are there two calls or more with an attribute behind them, each to get a line?"""
        links = self.links(node)
        count = int(
            isinstance(links[0], ast.Attribute) and self.source.is_parenthesized(links[0].value)
        )
        for inner, outer in zip(links, links[1:]):
            count += isinstance(outer, ast.Attribute) and not isinstance(inner, ast.Attribute)
        return count >= 2

    def arguments(self, node: ast.Call, level: int | None) -> Document:
        arguments: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        arguments.sort(key=self.source.start)
        if not arguments:
            return Group("()")
        if len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            generator = arguments[0]
            if not self.source.has_parentheses(generator):
                return self.bracketed("(", self.clauses(generator), ")", level)
        entries = [self.argument(argument) for argument in arguments]
        return self.bracketed("(", Group(joined(entries)), ")", level)

    def argument(self, node: ast.expr | ast.keyword) -> Document:
        if isinstance(node, ast.keyword):
            name = "**" if node.arg is None else node.arg + "="
            return [name, self.expression(node.value, INSIDE)]
        return self.expression(node, INSIDE)

    def subscript(self, node: ast.Subscript, level: int | None) -> Document:
        index = node.slice
        if isinstance(index, ast.Tuple) and index.elts and not self.source.has_parentheses(index):
            entries = [self.expression(element, INSIDE) for element in index.elts]
            content = [entries[0], ","] if len(entries) == 1 else Group(joined(entries))
            return self.bracketed("[", content, "]", level)
        return self.bracketed("[", self.expression(index, INSIDE), "]", level)

    # Displays and comprehensions.

    def display(
        self, node: ast.Tuple | ast.List | ast.Set | ast.Dict, level: int | None
    ) -> Document:
        if isinstance(node, ast.Dict):
            entries = [self.item(key, value) for key, value in zip(node.keys, node.values)]
        else:
            entries = [self.expression(element, INSIDE) for element in node.elts]
        text = self.source.text(node)
        if not entries:
            return text
        content = joined(entries)
        if isinstance(node, ast.Tuple):
            if not self.source.has_parentheses(node):
                return if_broken_in_parentheses(content)
            if len(entries) == 1:
                content = [entries[0], ","]
        return self.bracketed(text[0], content, text[-1], level)

    def item(self, key: ast.expr | None, value: ast.expr) -> Document:
        if key is None:
            return ["**", self.expression(value, INSIDE)]
        return [self.expression(key, INSIDE), ": ", self.expression(value, INSIDE)]

    def comprehension(self, node: _Comprehension, level: int | None) -> Document:
        text = self.source.text(node)
        return self.bracketed(text[0], self.clauses(node), text[-1], level)

    def clauses(self, node: _Comprehension) -> Document:
        first = (
            self.item(node.key, node.value)
            if isinstance(node, ast.DictComp)
            else self.expression(node.elt, INSIDE)
        )
        parts: list[Document] = [first]
        for clause in node.generators:
            word = "async for " if clause.is_async else "for "
            target = self.loop_target(clause.target)
            source = self.expression(clause.iter, INSIDE)
            parts += (SPACE, word, target, " in ", source)
            for test in clause.ifs:
                parts += (SPACE, "if ", self.expression(test, INSIDE))
        return Group(parts)

    def loop_target(self, node: ast.expr) -> Document:
        """Several names are never broken apart here, however long."""
        if isinstance(node, ast.Tuple) and node.elts and not self.source.has_parentheses(node):
            return self.around(node, node.elts, INSIDE)
        return self.expression(node, INSIDE)

    # Words.

    def conditional(self, node: ast.IfExp, level: int | None) -> Document:
        parts: list[Document] = []
        while True:
            parts += (self.expression(node.body, level), self.line(level), "if ")
            parts += (self.expression(node.test, level), self.line(level), "else ")
            if not isinstance(node.orelse, ast.IfExp) or self.source.is_parenthesized(node.orelse):
                return [*parts, self.expression(node.orelse, level)]
            node = node.orelse

    def function(self, node: ast.Lambda, level: int | None, *, assigned: bool = False) -> Document:
        head = self.source.line[self.source.start(node) : self.source.span(node.body)[0]]
        body = self.lambda_body(node.body, level)
        return [head, Foldable(body, None) if assigned else body]

    def lambda_body(self, body: ast.expr, level: int | None) -> Document:
        if isinstance(body, ast.Call | ast.Subscript) and not self.source.is_parenthesized(body):
            if self.is_fluent(body):
                return if_broken_in_parentheses(self.bare(body, INSIDE))
            content = self.bare(body, level)
            wrapped: Document = ["(", Indent([HARD, content]), HARD, ")"]
            return Choice([content, Group(content, expand=True), wrapped])
        if self.source.own_brackets(body) is not None:
            return self.expression(body, level)
        return if_broken_in_parentheses(self.bare(body, INSIDE))


def joined(entries: Iterable[Document], *, one_too: bool = False) -> Document:
    """With commas between them, and one behind the last if each has a line."""
    parts: list[Document] = []
    for entry in entries:
        parts += (entry, ",", SPACE)
    parts[-2:] = [IfBroken(",")] if one_too or len(parts) > 3 else []
    return parts


def if_broken_in_parentheses(content: Document) -> Document:
    return Group([IfBroken("("), Indent([SOFT, content]), SOFT, IfBroken(")")])


def _inner(link: _Postfix) -> ast.expr:
    return link.func if isinstance(link, ast.Call) else link.value
