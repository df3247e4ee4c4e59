"""Attributes of values of which nothing is known: a node of a tree, in a function that walks it by calling itself."""

from __future__ import annotations

from chainrule.analysis.builder import constant
from chainrule.frontend.frame import Frame
from chainrule.ir.form import Atom, Value
from chainrule.ir.primitives import Attribute
from chainrule.ir.types import UNDEFINED, UNKNOWN, Undefined


def is_unknown(frame: Frame, x: Atom) -> bool:
    """Whether nothing is known of a value inside a function that is lowered by itself."""
    if not isinstance(x, Value) or frame.session.host is None:
        return False
    return isinstance(x.type, Undefined) or x.type == UNKNOWN and x not in frame.session.rooted


def attribute_of_unknown(frame: Frame, x: Atom, name: str) -> Atom:
    """``x.name``, which is looked up when it runs."""
    t = UNDEFINED if isinstance(x.type, Undefined) else UNKNOWN
    result = frame.builder.op(getattr, x, constant(name), type=t, spelling=Attribute(name))
    if isinstance(result, Value):
        frame.session.memory.relate(result, x)
    return result


def is_of_container(name: str) -> bool:
    """Whether a method is one of Python's lists, dicts or sets, and so may change what it is called on, or give its items."""
    return any(hasattr(kind, name) for kind in (list, dict, set))
