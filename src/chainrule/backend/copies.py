"""Copies of functions, laid out as generated text is, without annotations and decorators."""

from __future__ import annotations

import ast
import copy
import io
import textwrap
import tokenize
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chainrule.backend import layout


class Comment(NamedTuple):
    text: str
    alone: bool


def copied(text: str, name: str, renamed: Mapping[str, str]) -> list[str]:
    """The lines of a function's copy.

    Parameters
    ----------
    text
        The function's own lines, decorators included.
    name
        What the copy is called.
    renamed
        What other names in it are replaced by.
    """
    text = textwrap.dedent(text)
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    function = _Copy(text, renamed).visit(function)
    function.name = name
    function.decorator_list = []
    writer = _Writer(text)
    writer.compound(function, 0)
    return writer.lines


def numbers_kept(node: ast.expr, text: str) -> ast.expr:
    """An expression of a text with its numbers as they are spelled there."""
    made = _Copy(text, {}).visit(copy.deepcopy(node))
    assert isinstance(made, ast.expr)
    return made


class _Copy(ast.NodeTransformer):
    """Renames, takes annotations away, and keeps numbers as the user spelled them."""

    def __init__(self, text: str, renamed: Mapping[str, str]) -> None:
        self.text, self.renamed = text, renamed

    def visit_Name(self, node: ast.Name) -> ast.expr:
        node.id = self.renamed.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | None:
        if node.value is None:
            return None
        made = ast.Assign([node.target], node.value)
        ast.copy_location(made, node)
        self.generic_visit(made)
        return made

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        self.generic_visit_names(node)  # columns inside are wrong before Python 3.12
        return node

    def generic_visit_names(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                inner.id = self.renamed.get(inner.id, inner.id)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float | complex):
            return node
        spelled = ast.get_source_segment(self.text, node)
        made = node if spelled is None else ast.Name(layout.literal(spelled))
        return ast.copy_location(made, node)


class _Writer:
    def __init__(self, text: str) -> None:
        self.source = text.split("\n")
        self.comments = _comments(text)
        self.lines: list[str] = []
        self.last = 0  # the last line of the source that has been written

    def block(self, statements: Sequence[ast.stmt], depth: int) -> None:
        before: ast.stmt | None = None
        for s in statements:
            start = min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", ()))])
            self.gap(start, depth, before, s)
            if isinstance(s, ast.Match | ast.Try | ast.TryStar | ast.AsyncFor | ast.AsyncWith):
                self.lines += textwrap.indent(ast.unparse(s), "    " * depth).split("\n")
                self.last = s.end_lineno or s.lineno
            elif hasattr(s, "body"):
                self.compound(s, depth)
            else:
                self.simple(s, depth)
            before = s

    def gap(self, start: int, depth: int, before: ast.stmt | None, s: ast.stmt) -> None:
        """The blank line and the comments above a statement."""
        rows = [r for r in range(self.last + 1, start) if r in self.comments]
        first = rows[0] if rows else start
        blank = any(not self.source[r - 1].strip() for r in range(self.last + 1, first))
        if before is not None and (blank or _wants_blank(before, s)):
            self.lines.append("")
        for row in rows:
            if row != first and not self.source[row - 2].strip():
                self.lines.append("")
            self.lines.append("    " * depth + self.comments[row].text)
        if rows and not self.source[start - 2].strip():
            self.lines.append("")

    def simple(self, s: ast.stmt, depth: int) -> None:
        end = s.end_lineno or s.lineno
        self.lines += layout.statement(s, depth, self.inner(s.lineno, end, depth))
        self.last = end

    def inner(self, first: int, last: int, depth: int) -> str | None:
        """The comment beside a statement; those between its lines are put above it."""
        for row in range(first, last):
            if row in self.comments:
                self.lines.append("    " * depth + self.comments[row].text)
        beside = self.comments.get(last)
        return None if beside is None else beside.text

    def compound(self, s: ast.stmt, depth: int, elif_: bool = False) -> None:
        body: list[ast.stmt] = s.body  # type: ignore[attr-defined]
        end = max(s.lineno, body[0].lineno - 1)
        while end > s.lineno and not self.source[end - 1].split("#")[0].rstrip().endswith(":"):
            end -= 1
        comment = self.inner(s.lineno, end, depth)
        self.lines += layout.header(s, depth, comment, elif_=elif_)
        self.last = end
        self.block(body, depth + 1)
        orelse: list[ast.stmt] = getattr(s, "orelse", [])
        if not orelse:
            return
        first = orelse[0]
        if isinstance(s, ast.If) and isinstance(first, ast.If) and self._is_elif(first):
            self.gap(first.lineno, depth, None, first)
            self.compound(first, depth, True)
            return
        row = next(r for r in range(self.last + 1, first.lineno + 1) if self._is_else(r))
        self.gap(row, depth, None, first)
        beside = self.comments.get(row)
        self.lines.append(
            "    " * depth + "else:" + (f"  {beside.text}" if beside and not beside.alone else "")
        )
        self.last = row
        self.block(orelse, depth + 1)

    def _is_elif(self, s: ast.If) -> bool:
        return self.source[s.lineno - 1].lstrip().startswith("elif")

    def _is_else(self, row: int) -> bool:
        return self.source[row - 1].lstrip().startswith("else")


def _wants_blank(before: ast.stmt, s: ast.stmt) -> bool:
    kinds = ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef
    if isinstance(before, kinds) or isinstance(s, kinds):
        return True
    imports = ast.Import | ast.ImportFrom
    return isinstance(before, imports) and not isinstance(s, imports)


def _comments(text: str) -> dict[int, Comment]:
    rows = text.split("\n")
    return {
        t.start[0]: Comment(t.string, not rows[t.start[0] - 1][: t.start[1]].strip())
        for t in tokenize.generate_tokens(io.StringIO(text).readline)
        if t.type == tokenize.COMMENT
    }
