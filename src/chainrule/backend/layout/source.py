"""A line and the tree read from it: where each node stands, and in which brackets."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from chainrule.backend.layout.spacing import is_operand_end, tokens_of

_OPEN = "([{"
_CLOSE = ")]}"


class Source:
    """The text of one statement, to be cut into pieces."""

    def __init__(self, line: str) -> None:
        self.line = line
        self._columns = None if line.isascii() else _columns(line)
        self.partner: dict[int, int] = {}  # the other half of each bracket
        self._grouping: set[int] = set()  # opening parentheses that are no call's
        self._find_brackets()

    def _find_brackets(self) -> None:
        opened: list[int] = []
        position = 0
        previous = ""
        for token in tokens_of(self.line):
            position = self.line.index(token, position)
            if token in _OPEN:
                opened.append(position)
                if token == "(" and not (previous and is_operand_end(previous)):
                    self._grouping.add(position)
            elif token in _CLOSE:
                start = opened.pop()
                self.partner[start] = position
                self.partner[position] = start
            position += len(token)
            previous = token

    def start(self, node: ast.expr | ast.keyword | ast.arg) -> int:
        column = node.col_offset
        return column if self._columns is None else self._columns[column]

    def stop(self, node: ast.expr | ast.keyword | ast.arg) -> int:
        column = node.end_col_offset
        assert column is not None
        return column if self._columns is None else self._columns[column]

    def text(self, node: ast.expr) -> str:
        return self.line[self.start(node) : self.stop(node)]

    def is_parenthesized(self, node: ast.expr) -> bool:
        """Does the node stand in parentheses that are not its own?"""
        before = self.start(node) - 1
        return before in self._grouping and self.partner[before] == self.stop(node)

    def has_parentheses(self, node: ast.expr) -> bool:
        """Does this tuple or generator have parentheses of its own?"""
        start = self.start(node)
        return start in self._grouping and self.partner[start] == self.stop(node) - 1

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Where the node stands, in its parentheses if it has some."""
        around = int(self.is_parenthesized(node))
        return self.start(node) - around, self.stop(node) + around

    def gaps(self, start: int, nodes: Sequence[ast.expr], stop: int) -> list[str]:
        """What stands before, between and behind the nodes, in the order of the text."""
        spans = [self.span(node) for node in nodes]
        edges = [start, *(edge for span in spans for edge in span), stop]
        return [self.line[left:right] for left, right in zip(edges[::2], edges[1::2])]

    def own_brackets(self, node: ast.expr) -> bool | None:
        """Has the node brackets of its own, and are they filled?"""
        match node:
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.Subscript():
                return True
            case ast.GeneratorExp():
                return True if self.has_parentheses(node) else None
            case ast.Tuple(elts=elements):
                return bool(elements) if self.has_parentheses(node) else None
            case ast.List(elts=elements) | ast.Set(elts=elements):
                return bool(elements)
            case ast.Dict(values=values):
                return bool(values)
            case ast.Call(args=arguments, keywords=keywords):
                return bool(arguments or keywords)
        return None

    def brackets(self, node: ast.expr) -> bool | None:
        """The same, parentheses around it included."""
        own = self.own_brackets(node)
        return True if self.is_parenthesized(node) else own


def _columns(line: str) -> list[int]:
    """The character that each byte of the line belongs to."""
    columns = [i for i, c in enumerate(line) for _ in c.encode()]
    return [*columns, len(line)]
