"""Lines of one shape: a statement that differs from an earlier one in its names alone is laid out as that was.

Only what fits on its line is, so that the lengths of names decide nothing.
"""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

MOST = 4096
"""How many shapes are kept."""


class Shape(NamedTuple):
    """A line in pieces: what stands before each name, and which of the statement's names that is."""

    pieces: tuple[tuple[str, int], ...]
    rest: str


_shapes: dict[Any, Shape] = {}


def shape_of(node: ast.stmt, names: list[str]) -> Any:
    """What a statement is beside its names, which are added to a list in the order of the tree; None if unknown."""
    if not isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
        return None
    try:
        return _key(node, names)
    except Unshaped:
        return None


class Unshaped(Exception):
    """A part of a statement whose text may depend on more than its kind."""


def _key(node: Any, names: list[str]) -> Any:
    kind = type(node)
    if kind is ast.Name:
        name = node.id
        if not name.isidentifier() or not name.isascii():
            return name  # a number in the user's spelling
        names.append(name)
        return None
    if kind is ast.Constant:
        if type(node.value) not in PLAIN:
            raise Unshaped
        return kind, type(node.value), repr(node.value)
    if kind is list:
        return tuple([_key(n, names) for n in node])
    fields = FIELDS.get(kind)
    if fields is None:
        return _other(node, kind)
    return kind, *[_key(getattr(node, f, None), names) for f in fields]


def _other(node: Any, kind: type) -> Any:
    if issubclass(kind, ast.operator | ast.unaryop | ast.cmpop):
        return kind
    if node is None or kind is str:
        return kind, node
    raise Unshaped


PLAIN = (int, float, bool, type(None))

FIELDS: dict[type, tuple[str, ...]] = {
    ast.Assign: ("targets", "value"),
    ast.AugAssign: ("target", "op", "value"),
    ast.Expr: ("value",),
    ast.Attribute: ("value", "attr"),
    ast.BinOp: ("left", "op", "right"),
    ast.Call: ("func", "args", "keywords"),
    ast.Compare: ("left", "ops", "comparators"),
    ast.Slice: ("lower", "upper", "step"),
    ast.Subscript: ("value", "slice"),
    ast.UnaryOp: ("op", "operand"),
    ast.keyword: ("arg", "value"),
}


def line_for(shape: Any, names: list[str]) -> str | None:
    """The line of a shape with these names, if one was laid out before."""
    found = _shapes.get(shape) if shape is not None else None
    if found is None:
        return None
    return "".join([part for before, i in found.pieces for part in (before, names[i])]) + found.rest


def keep(shape: Any, names: list[str], line: str, read: ast.stmt) -> None:
    """Keep how a statement was laid out; ``read`` is the tree of its line."""
    if shape is None or not line.isascii():
        return
    found = _names_in(read)
    if [n.id for n in found] != names:
        return
    places = sorted((n.col_offset, i) for i, n in enumerate(found))
    pieces = []
    last = 0
    for column, i in places:
        pieces.append((line[last:column], i))
        last = column + len(names[i])
    if len(_shapes) >= MOST:
        _shapes.clear()
    _shapes[shape] = Shape(tuple(pieces), line[last:])


def _names_in(node: Any) -> list[ast.Name]:
    """The names of a tree, in the order of `shape_of`."""
    if isinstance(node, ast.Name):
        return [node]
    if isinstance(node, list):
        return [n for inner in node for n in _names_in(inner)]
    fields = FIELDS.get(type(node), ())
    return [n for f in fields for n in _names_in(getattr(node, f, None))]
