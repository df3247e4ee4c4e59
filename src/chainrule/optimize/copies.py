"""Copies: the backward part calls a cotangent by one name."""

from __future__ import annotations

from chainrule.ir import primitives
from chainrule.ir.form import Function, Op, Value
from chainrule.ir.rewrite import Replaced, rewrite


def propagate_copies(function: Function) -> Function:
    """The function without assignments of one cotangent to another."""
    return rewrite(function, _op)


def _op(op: Op, replaced: Replaced) -> list[Op]:
    if (
        op.function is not primitives.assign
        or op.results[0].role == "user"
        or op.spelling is not None
    ):
        return [op]
    result, source = op.results[0], op.args[0]
    if result.role == "cotangent" and isinstance(source, Value) and source.role == "temporary":
        source.name, source.role = result.name, "cotangent"
    replaced[result] = source
    return []
