"""Assignments inside expressions: bound where they run, and where only some runs come to them, only in those."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from chainrule.frontend.dispatch import expression, lowers
from chainrule.frontend.frame import Frame
from chainrule.frontend.statements import name_value
from chainrule.ir.form import Atom


@lowers(gast.NamedExpr)
def _walrus(frame: Frame, node: Any) -> Atom:
    value = expression(frame, node.value)
    frame.at(node)
    frame.env[node.target.id] = name_value(frame, node.target.id, value)
    return frame.lookup(node.target.id)


def binds(node: Any) -> bool:
    """Whether an expression assigns a name."""
    return any(isinstance(inner, gast.NamedExpr) for inner in gast.walk(node))


def leaves_a_loop(nodes: Sequence[Any]) -> bool:
    """Whether a `break` or `continue` of a loop around stands in statements."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, gast.Break | gast.Continue):
            return True
        if not isinstance(node, gast.For | gast.While | gast.FunctionDef | gast.Lambda):
            stack += gast.iter_child_nodes(node)
    return False
