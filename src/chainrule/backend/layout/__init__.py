"""Statements as text, laid out as `ruff format` lays them out with its default settings.

The ideas, a file each, in the order of use. `line`: astor writes a statement on one line, however
long; `spacing` gives it ruff's spaces, and `compare` sees that it reads as the tree that was meant.
If it is too long, its tree, read back from the line, becomes a document (`statements`, `headers`,
`values`, `expressions`, `operators`), which is the pieces of the line and the places where it may
be broken; `printer` decides where it is.
"""

from __future__ import annotations

import ast
from functools import partial

from chainrule.backend.layout import shapes
from chainrule.backend.layout.deep import deep
from chainrule.backend.layout.docstrings import docstring, docstring_of
from chainrule.backend.layout.document import STEP, WIDTH, suffix, width_of
from chainrule.backend.layout.headers import Headers
from chainrule.backend.layout.line import line_of
from chainrule.backend.layout.literals import literal
from chainrule.backend.layout.printer import printed
from chainrule.backend.layout.source import Source
from chainrule.backend.layout.statements import Statements

__all__ = ["WIDTH", "expression", "header", "literal", "statement"]


def statement(node: ast.stmt, indent: int = 0, comment: str | None = None) -> list[str]:
    """The lines, without newlines, of a simple statement at this many levels of indentation."""
    text = docstring_of(node)
    if text is not None:
        lines = docstring(text, indent)
        return lines if comment is None else [*lines[:-1], lines[-1] + "  " + comment]
    return deep(partial(_laid_out, node, indent, comment))


def header(
    node: ast.stmt, indent: int = 0, comment: str | None = None, *, elif_: bool = False
) -> list[str]:
    """The lines of a compound statement, decorators included, up to its colon."""
    lines: list[str] = []
    for decorator in getattr(node, "decorator_list", []):
        lines += deep(partial(_laid_out, ast.Expr(decorator), indent, None, "@"))
    return lines + deep(partial(_laid_out, node, indent, comment, "el" * elif_))


def expression(node: ast.expr) -> str:
    """The text of an expression on one line."""
    return deep(lambda: line_of(ast.Expr(node))[0])


def _laid_out(node: ast.stmt, indent: int, comment: str | None, prefix: str = "") -> list[str]:
    names: list[str] = []
    shape = shapes.shape_of(node, names) if comment is None and not prefix else None
    known = shapes.line_for(shape, names)
    if known is not None and STEP * indent + len(known) <= WIDTH:
        return [" " * STEP * indent + known]
    line, read = line_of(node)
    shapes.keep(shape, names, line, read)
    whole = prefix + line
    tail = None if comment is None else suffix(comment)
    if STEP * indent + width_of(whole) + (tail.width if tail else 0) <= WIDTH:
        return [" " * STEP * indent + whole + (tail.text if tail else "")]
    kind = Headers if line[-1] == ":" else Statements
    return printed([prefix, kind(Source(line), comment).document(read)], indent)
