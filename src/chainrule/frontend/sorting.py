"""Lists that are sorted: the order is found once, and the backward part puts the cotangents back by it."""

from __future__ import annotations

import operator
from typing import Any

import gast

from chainrule import errors, runtime
from chainrule.analysis.builder import constant
from chainrule.frontend.comprehensions import fresh_name, listed
from chainrule.frontend.frame import Frame
from chainrule.frontend.holding import update
from chainrule.ir.form import Atom, Value
from chainrule.ir.primitives import Updated
from chainrule.ir.types import INT, UNDEFINED, UNKNOWN, Struct, Type, Uniform, uniform_of


def sorted_items(frame: Frame, items: Atom, keywords: dict[str, Atom]) -> Atom:
    """``sorted(items, key=…, reverse=…)`` of a list or tuple."""
    t = items.type
    assert isinstance(t, Struct | Uniform)
    item = uniform_of(t).item
    if item in (UNKNOWN, UNDEFINED) or set(keywords) - {"key", "reverse"}:
        raise errors.UnsupportedExpression(
            "a list of different things is not sorted here", frame.builder.place
        )
    key, reverse = keywords.get("key", constant(None)), keywords.get("reverse", constant(False))
    keys = items if key.known is None else _keys(frame, items, key)
    order = frame.builder.op(runtime.order_of, keys, reverse, type=Uniform(list, INT))
    made: Type = Uniform(list, item)
    if isinstance(t, Struct):
        made = Struct(list, t.keys, (item,) * len(t.keys))
    result = frame.builder.op(runtime.arranged, items, order, type=made)
    assert isinstance(result, Value)
    frame.session.memory.holds(items, result)
    return result


def sort(frame: Frame, holder: Atom, keywords: dict[str, Atom]) -> Atom:
    """``l.sort(key=…, reverse=…)``."""
    made = sorted_items(frame, holder, keywords)
    update(frame, holder, operator.setitem, [constant(slice(None)), made], Updated())
    return constant(None)


def _keys(frame: Frame, items: Atom, key: Atom) -> Atom:
    """The list of what the key gives for each item."""
    names = {part: fresh_name(frame, part) for part in ("keyed", "key_of", "each")}
    frame.env[names["keyed"]], frame.env[names["key_of"]] = items, key

    def name(part: str, context: Any) -> Any:
        return gast.Name(names[part], context, None, None)

    call = gast.Call(name("key_of", gast.Load()), [name("each", gast.Load())], [])
    walked = gast.comprehension(name("each", gast.Store()), name("keyed", gast.Load()), [], 0)
    node = gast.ListComp(call, [walked])
    for inner in gast.walk(node):
        for attribute in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            place = frame.builder.place
            setattr(inner, attribute, getattr(place, "line", 1) if "line" in attribute else 0)
    try:
        return listed(frame, node)
    finally:
        for part in ("keyed", "key_of"):
            frame.env.pop(names[part], None)
