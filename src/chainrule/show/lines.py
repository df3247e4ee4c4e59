"""Which statement of a form stands on which line of its text."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Sequence
from typing import NamedTuple

from chainrule.ir import primitives
from chainrule.ir.form import Function, If, Op, Statement, Value, walk

EXPRESSIONS = ("ternary", "and", "or", "chain")
"""The spellings of branches that are one expression."""


class Line(NamedTuple):
    """An assignment in a text: its line, from 1, the names that it binds, and its code."""

    number: int
    names: tuple[str, ...]
    code: str


def assignments(text: str) -> list[Line]:
    """The assignments of a text that stand on one line each, in order."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Assign | ast.AugAssign) or node.lineno != node.end_lineno:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        names = _names(target)
        if names and not _is_of_a_tape(node.value):
            found.append(Line(node.lineno, names, ast.unparse(node)))
    return sorted(found)


def _is_of_a_tape(value: ast.expr) -> bool:
    """Whether this begins a list of kept values, or takes one from it: no step of the function."""
    text = ast.unparse(value)
    return text == "[]" or text.startswith("next(")


def _names(target: ast.expr) -> tuple[str, ...]:
    if isinstance(target, ast.Tuple):
        parts = [_names(e) for e in target.elts]
        return tuple(p[0] for p in parts) if all(len(p) == 1 for p in parts) else ()
    while isinstance(target, ast.Subscript):
        target = target.value
    return (target.id,) if isinstance(target, ast.Name) else ()


def align(function: Function, text: str) -> dict[Statement, Line]:
    """The line of each statement that has one.

    Both are in the order of the text, so the longest common sequence of the names that they bind
    tells which is which, whatever was folded or left out between.
    """
    statements = [s for s in walk(function.body) if _may_be_a_line(s)]
    bound = [tuple(r.name for r in s.results) for s in statements]
    known = {name for names in bound for name in names}
    lines = assignments(text)
    spelled = [tuple(_base(name, known) for name in line.names) for line in lines]
    return {statements[i]: lines[j] for i, j in _common(bound, spelled)}


def _base(name: str, known: set[str]) -> str:
    """The name in the form: the text writes ``x_1`` where two values are alive at once."""
    base = re.sub(r"_\d+$", "", name)
    return base if name not in known and base in known else name


def _may_be_a_line(s: Statement) -> bool:
    if isinstance(s, If):
        return s.spelling in EXPRESSIONS and len(s.results) == 1
    if not isinstance(s, Op) or not s.results or s.function is primitives.take:
        return False
    copied = s.args[0] if s.function is primitives.assign else None
    return not (isinstance(copied, Value) and copied.name == s.results[0].name)


def _common(one: Sequence[object], other: Sequence[object]) -> list[tuple[int, int]]:
    """The positions of a longest common subsequence."""
    length = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in reversed(range(len(one))):
        for j in reversed(range(len(other))):
            same = one[i] == other[j]
            length[i][j] = (
                length[i + 1][j + 1] + 1 if same else max(length[i + 1][j], length[i][j + 1])
            )
    pairs, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        if one[i] == other[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif length[i + 1][j] >= length[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def without_comments(text: str) -> list[tuple[str, str]]:
    """The lines of a text, each as its code and its comment."""
    parts = [(line, "") for line in text.splitlines()]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            code = parts[token.start[0] - 1][0][: token.start[1]]
            code = code.rstrip() if code.strip() else code
            parts[token.start[0] - 1] = code, token.string.lstrip("# ")
    return parts
