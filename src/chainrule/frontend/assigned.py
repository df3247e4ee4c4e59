"""The names that statements bind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast


def assigned_names(nodes: Sequence[Any]) -> list[str]:
    """The names that statements bind, in the order of the text."""
    names: dict[str, None] = {}
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store | gast.Del):
            names[node.id] = None
        elif isinstance(node, gast.MatchAs | gast.MatchStar) and node.name is not None:
            names[node.name] = None
        elif isinstance(node, gast.FunctionDef | gast.ClassDef):
            names[node.name] = None
            continue
        elif isinstance(
            node, gast.Lambda | gast.ListComp | gast.GeneratorExp | gast.SetComp | gast.DictComp
        ):
            continue
        stack += reversed(list(gast.iter_child_nodes(node)))
    return list(names)


def updated_only(nodes: Sequence[Any]) -> set[str]:
    """The names among those that statements bind which no statement binds but ``x += …`` and its kin."""
    updated = [n.target for top in nodes for n in gast.walk(top) if isinstance(n, gast.AugAssign)]
    bound = {
        n.id
        for top in nodes
        for n in gast.walk(top)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store) and n not in updated
    }
    bound |= {name for top in nodes for n in gast.walk(top) for name in _named_otherwise(n)}
    return {t.id for t in updated if isinstance(t, gast.Name)} - bound


def _named_otherwise(node: Any) -> list[str]:
    """The names that a node binds, or gives up, without a target: a function, an import, a pattern, a `del`."""
    if isinstance(node, gast.alias):
        return [node.asname or node.name]
    if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Del):
        return [node.id]
    name = getattr(node, "name", None) or getattr(node, "rest", None)
    return [name] if isinstance(name, str) else []


def target_names(target: Any) -> list[str]:
    return [
        n.id
        for n in gast.walk(target)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
    ]
