"""What an operation does besides giving a result. Passes ask here; none has a list of names of its own."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from chainrule import runtime
from chainrule.analysis.infer import may_be_tried
from chainrule.ir import primitives, regions
from chainrule.ir.form import If, Loop, Op, Statement, operands
from chainrule.ir.routine import Routine
from chainrule.ir.types import Scalar

PURE = {
    primitives.make_tuple,
    primitives.make_list,
    primitives.make_dict,
    primitives.construct,
    primitives.blank,
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


MARKERS = {
    runtime.sees,
    primitives.line,
    primitives.raise_,
    primitives.assert_,
    primitives.invoke,
    regions.attempt,
    regions.caught,
    regions.completed,
    regions.enter,
}


def has_effect(op: Op) -> bool:
    """Whether a call must run exactly once and in its place."""
    if isinstance(op.function, Routine):
        return op.function.has_effect
    return _acts(op.function)


@functools.lru_cache(maxsize=2048)
def _acts(function: Callable[..., Any]) -> bool:
    if function in MARKERS:
        return True
    if function in PURE or function is primitives.interpolate:
        return False
    return not may_be_tried(function)


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
    regions.attempt,
    regions.caught,
    regions.completed,
    regions.enter,
}
"""Primitives that are statements in the text, never part of an expression."""

IN_PLACE = {primitives.store, primitives.accumulate, primitives.update, runtime.add_at}
"""Primitives whose text writes into the memory of their first operand."""


def is_in_place(op: Op) -> bool:
    return op.function in IN_PLACE


HARMLESS = {
    operator.add,
    operator.sub,
    operator.mul,
    operator.neg,
    operator.pos,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
}
"""What raises nothing between Python numbers."""

SAFE = {
    operator.is_,
    operator.is_not,
    operator.not_,
    primitives.assign,
    primitives.make_tuple,
    primitives.make_list,
    regions.completed,
    regions.attempt,
}


def may_raise(s: Statement) -> bool:
    """Whether an exception may come out of a statement."""
    if isinstance(s, Op):
        numbers = all(
            isinstance(a.type, Scalar) and a.type.kind in (bool, int, float) for a in operands(s)
        )
        return not (s.function in SAFE or s.function in HARMLESS and numbers)
    inner = (s.then, s.orelse) if isinstance(s, If) else (s.body, *([s.test] if s.test else []))
    return any(may_raise(x) for b in inner for x in b.statements) or isinstance(s, Loop)
