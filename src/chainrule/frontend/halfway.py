"""What an exception may leave half-way: which names handlers read, and which changes nothing can come between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import gast

from chainrule.analysis.effects import may_raise
from chainrule.frontend.assigned import assigned_names
from chainrule.frontend.branches import always_leaves
from chainrule.frontend.frame import Frame
from chainrule.ir.form import Atom, Block, Const, If, Op, Statement, defined, walk


def is_settled(
    statements: Sequence[Statement], changes: Iterable[Atom], before: Iterable[Atom]
) -> bool:
    """Whether nothing can be raised once one of these values is made, and all of them are there if none is.

    Parameters
    ----------
    before
        What stood in their places before: on a side of a branch that changes nothing, it still does.
    """
    old = set(before)
    left = {c for c in changes if not isinstance(c, Const)} - old
    for s in reversed(statements):
        if not left:
            return True
        own = left.intersection(defined(s))
        if not may_raise(s):
            left -= own | _inside(s, left)
        elif isinstance(s, Op):
            return left == own
        else:
            return isinstance(s, If) and _settles(s, left, old)
    return not left


def _inside(s: Statement, values: set[Any]) -> set[Any]:
    return {v for x in walk(Block((), (s,))) for v in defined(x) if v in values}


def _settles(s: If, left: set[Any], old: set[Atom]) -> bool:
    """Whether both sides of a branch end with their changes."""
    inner = left - set(s.results)
    for block in (s.then, s.orelse):
        made = {v for x in walk(block) for v in defined(x)}
        ends: set[Atom] = {
            a for r, a in zip(s.results, block.results) if r in left and not isinstance(a, Const)
        }
        own = (inner & made) | (ends - old)
        inner -= made
        if not own <= made or not is_settled(block.statements, own, old):
            return False
    return not inner


def slots_of(frame: Frame, node: Any) -> list[str]:
    """The names that a body assigns and a handler, a `finally` or what follows may read as the body left them."""
    found = []
    tree = frame.source.node
    for name in assigned_names(node.body):
        if reads(node.finalbody, name) or any(_sees(h, name, tree, node) for h in node.handlers):
            found.append(name)
    return found


def _sees(handler: Any, name: str, tree: Any, node: Any) -> bool:
    """Whether a handler, or what follows it, may read a name as the body left it."""
    for statement in handler.body:
        if reads([statement], name):
            return True
        if isinstance(statement, gast.Assign) and name in assigned_names([statement]):
            return False
        if isinstance(statement, gast.Return | gast.Raise):
            return False
    if always_leaves(handler.body) and not _goes_on(handler.body):
        return False
    return _read_elsewhere(tree, name, node)


def _goes_on(body: Sequence[Any]) -> bool:
    return any(isinstance(n, gast.Break | gast.Continue) for s in body for n in gast.walk(s))


def reads(nodes: Sequence[Any], name: str) -> bool:
    """Whether statements read a name."""
    return any(_is_reading(n, name) for s in nodes for n in gast.walk(s))


def _is_reading(n: Any, name: str) -> bool:
    if isinstance(n, gast.AugAssign) and isinstance(n.target, gast.Name):
        return n.target.id == name or False
    return isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Store)


def _read_elsewhere(tree: Any, name: str, node: Any) -> bool:
    """Whether a name is read outside of the body of a `try`, or in it where a loop comes back to it."""
    in_loop = any(
        isinstance(n, gast.For | gast.While) and any(x is node for x in gast.walk(n))
        for n in gast.walk(tree)
    )
    again = in_loop and not _assigned_first(node.body, name)
    inside = set() if again else {id(n) for s in node.body for n in gast.walk(s)}
    return any(id(n) not in inside and _is_reading(n, name) for n in gast.walk(tree))


def _assigned_first(body: Sequence[Any], name: str) -> bool:
    """Whether a body assigns a name before it reads it."""
    for statement in body:
        if reads([statement], name):
            return False
        if isinstance(statement, gast.Assign) and name in assigned_names([statement]):
            return True
    return False
