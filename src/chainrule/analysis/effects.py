"""What an operation does besides giving a result. Passes ask here; none has a list of names of its own."""

from __future__ import annotations

from chainrule import runtime
from chainrule.analysis.infer import may_be_tried
from chainrule.ir import primitives
from chainrule.ir.form import Op
from chainrule.ir.routine import Routine

PURE = {
    primitives.make_tuple,
    primitives.make_list,
    primitives.make_dict,
    primitives.construct,
    primitives.replaced,
    primitives.assign,
    primitives.held,
    primitives.stop_gradient,
    primitives.contained,
    primitives.not_contained,
    primitives.indices,
    primitives.unpack,
    primitives.accumulate,
    primitives.store,
    primitives.embed,
    primitives.take,
    primitives.update,
    range,
    runtime.add_at,
    runtime.cotangent,
}
"""Without an effect in the form, where a store is a new value."""


MARKERS = {runtime.sees, primitives.line, primitives.raise_, primitives.assert_, primitives.invoke}


def has_effect(op: Op) -> bool:
    """Whether a call must run exactly once and in its place."""
    if op.function in MARKERS:
        return True
    if isinstance(op.function, Routine):
        return op.function.has_effect
    if op.function in PURE or op.function is primitives.interpolate:
        return False
    return not may_be_tried(op.function)


STATEMENTS = {
    primitives.keep,
    primitives.take,
    primitives.line,
    primitives.raise_,
    primitives.assert_,
    primitives.store,
    primitives.accumulate,
    primitives.unpack,
    primitives.tape_in,
    primitives.update,
    runtime.add_at,
}
"""Primitives that are statements in the text, never part of an expression."""

IN_PLACE = {primitives.store, primitives.accumulate, primitives.update, runtime.add_at}
"""Primitives whose text writes into the memory of their first operand."""


def is_in_place(op: Op) -> bool:
    return op.function in IN_PLACE
