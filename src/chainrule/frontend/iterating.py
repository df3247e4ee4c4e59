"""What is walked where an object, or something turned around, stands after `in`.

`reversed` and `iter` give iterators, which can be walked once only. Where a loop walks one at once, nobody can tell it
from the sequence itself.
"""

from __future__ import annotations

import operator
from typing import Any

import gast

from chainrule.analysis.builder import constant
from chainrule.frontend import objects
from chainrule.frontend import source as sources
from chainrule.frontend.dispatch import expression
from chainrule.frontend.frame import Frame
from chainrule.ir.form import Atom
from chainrule.ir.types import Array, Range, Struct, Uniform

BACKWARD = constant(slice(None, None, -1))


def walked(frame: Frame, node: Any) -> Atom:
    """What a loop over an expression walks."""
    name = node.func.id if is_plain_call(node) else None
    callee = expression(frame, node.func).known if name is not None else None
    if callee not in (reversed, iter):
        return walked_from(frame, expression(frame, node))
    x = walked_from(frame, expression(frame, node.args[0]), callee is reversed)
    frame.at(node)
    if not is_sequence(x):
        return expression(frame, node)
    return turned_around(frame, x) if callee is reversed else x


def is_plain_call(node: Any) -> bool:
    """Whether an expression calls a name with one argument."""
    is_call = isinstance(node, gast.Call) and isinstance(node.func, gast.Name)
    return is_call and len(node.args) == 1 and not node.keywords


def walked_from(frame: Frame, x: Atom, is_backward: bool = False) -> Atom:
    """What a loop over a value walks: of an object, what its `__iter__` gives."""
    from chainrule.frontend.operators import method

    cls = objects.class_of(frame, x)
    if cls is None or issubclass(cls, tuple) or is_backward:
        return x
    own = objects.method_of(cls, "__iter__")
    outer, frame.session.walks = frame.session.walks, own is not None and gives_iterator(own)
    try:
        found = method(frame, x, cls, "__iter__", ())
    finally:
        frame.session.walks = outer
    return x if found is None else found


def gives_iterator(method: Any) -> bool:
    """Whether all that a method does is to return ``iter(…)``."""
    from chainrule.frontend.calls import body_of

    body = body_of(sources.find(method).node)
    returned = body[0].value if len(body) == 1 and isinstance(body[0], gast.Return) else None
    return returned is not None and is_plain_call(returned) and returned.func.id == "iter"


def is_sequence(x: Atom) -> bool:
    """Whether a value can be walked any number of times, and backwards."""
    kind: Any = getattr(x.type, "kind", None)
    if isinstance(x.type, Array | Range):
        return True
    is_kind = isinstance(kind, type) and issubclass(kind, list | tuple)
    return isinstance(x.type, Struct | Uniform) and is_kind


def turned_around(frame: Frame, x: Atom) -> Atom:
    """The items of a sequence from the last to the first."""
    from chainrule.frontend.expressions import item

    if isinstance(x.type, Range):
        return frame.builder.op(operator.getitem, x, BACKWARD, type=Range())
    return item(frame, x, BACKWARD)
