"""Docstrings: the one kind of statement whose text is the user's, line by line."""

from __future__ import annotations

import ast
import textwrap

from chainrule.backend.layout.document import STEP


def docstring_of(node: ast.stmt) -> str | None:
    """The string that is the whole statement, if it can stand in three quotes as it is."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        text = node.value.value
        if isinstance(text, str) and all(c.isprintable() or c == "\n" for c in text):
            return text
    return None


def docstring(text: str, indent: int) -> list[str]:
    """In three quotes, the lines after the first indented as the code is; all else as it was."""
    margin = " " * STEP * indent
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    first, newline, rest = text.partition("\n")
    lines = [first.strip(), *textwrap.dedent(rest).split("\n")] if newline else [first.strip()]
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    closes_alone = newline and not text.rpartition("\n")[2].strip() and len(lines) > 1
    last = lines[-1].rstrip()
    if not closes_alone:
        lines[-1] = last + (" " if not last or last[-1] in '"\\' else "") + '"""'
    lines[0] = '"""' + lines[0]
    if closes_alone:
        lines.append('"""')
    return [(margin + line).rstrip() for line in lines]
