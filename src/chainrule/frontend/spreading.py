"""Stars: the items of what is known, taken apart where a call or a display has them."""

from __future__ import annotations

from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend.dispatch import expression
from chainrule.frontend.frame import Frame
from chainrule.ir.form import MISSING, Atom
from chainrule.ir.types import Struct

Pairs = list[tuple[Atom, Atom]]


def spread_pairs(frame: Frame, node: Any) -> Pairs:
    """The keys and values of ``**node``.

    Raises
    ------
    errors.UnsupportedExpression
        If it is not a dict whose keys are known.
    """
    from chainrule.frontend.expressions import item

    value = expression(frame, node)
    if not isinstance(value.type, Struct) or value.type.kind is not dict:
        raise errors.UnsupportedExpression(
            "** is understood for dicts whose keys are known",
            frame.at(node),
            help=["name the keys one by one"],
        )
    frame.at(node)
    keys = [constant(k) for k in value.type.keys]
    return [(k, item(frame, frame.again(value), k)) for k in keys]


def merged(frame: Frame, pairs: Pairs) -> list[Atom]:
    """Keys and values in turn, of each key the last value, where the key came first."""
    if any(k.known is MISSING for k, _ in pairs):
        return [a for pair in pairs for a in pair]
    found: dict[Any, tuple[Atom, Atom]] = {}
    for key, value in pairs:
        found[key.known] = (found[key.known][0] if key.known in found else key), value
    return [a for pair in found.values() for a in pair]


def spread_keywords(frame: Frame, node: Any, keywords: dict[str, Atom]) -> None:
    """Add ``**node`` to the keywords of a call."""
    for key, value in spread_pairs(frame, node):
        if not isinstance(key.known, str) or key.known in keywords:
            problem = (
                f"{key.known} is given twice"
                if isinstance(key.known, str)
                else "keywords must be strings"
            )
            raise errors.CallMismatch(problem, frame.at(node))
        keywords[key.known] = value
