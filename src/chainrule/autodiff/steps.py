"""Straight statements: each operation is answered by its rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.analysis.builder import Builder, constant
from chainrule.analysis.sizes import ELEMENTWISE
from chainrule.at_run_time import called
from chainrule.autodiff import cotangents
from chainrule.autodiff.apply import contributions, no_rule
from chainrule.autodiff.dynamic import of_called
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.pairs import of_call
from chainrule.autodiff.settle import atoms_of, conformed, settle
from chainrule.autodiff.specials import SPECIAL, mirror_keep
from chainrule.autodiff.state import ZERO, Cotangents, Parts, Reverse
from chainrule.autodiff.sums import contribute, packed, select
from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Const,
    Op,
    Value,
    operands,
)
from chainrule.ir.routine import Routine
from chainrule.ir.types import Array, Struct, differentiable
from chainrule.rules import adjoint_of, is_nondifferentiable, may_take_none


def mirror_op(r: Reverse, op: Op, scope: Scope, cots: Cotangents) -> None:
    builder = scope.builder
    special = of_call if isinstance(op.function, Routine) else SPECIAL.get(op.function)
    special = of_called if op.function is called else special
    if op.function in (primitives.keep, primitives.tape_in):
        mirror_keep(r, op, scope, cots)
        return
    gs = [cots.pop(v, None) if v in r.active else None for v in op.results]
    if all(g is None or g is ZERO for g in gs):
        return
    if special is not None:
        special(r, op, scope, cots, gs)
        return
    wanted = [isinstance(a, Value) and a in r.active for a in operands(op)]
    if not any(wanted) or is_nondifferentiable(op.function):
        return
    if len(op.results) != 1:
        raise no_rule(op)
    apply_rule(r, op, scope, cots, gs[0], wanted, builder)


def completed(builder: Builder, op: Op, g: Parts) -> Parts:
    """The cotangents of a call's several results, with something for those that nothing reads."""
    result = op.results[0]
    assert isinstance(result.type, Struct)
    rule = adjoint_of(op.function)
    whole = Parts(g)
    for key, part in zip(result.type.keys, result.type.parts):
        if key in g:
            continue
        if rule is not None and may_take_none(rule):
            whole[key] = constant(None)
        elif isinstance(part, Array) and differentiable(part):
            one = select(builder, result, result.type, key, False)
            whole[key] = cotangents.zero(builder, one)
    return whole


def apply_rule(
    r: Reverse,
    op: Op,
    scope: Scope,
    cots: Cotangents,
    g: Any,
    wanted: Sequence[bool],
    builder: Builder,
) -> None:
    result = op.results[0]
    scratch = Builder(op.place, fold=True, answers=op.place)
    if isinstance(g, Parts):
        g = packed(r, scratch, result, completed(scratch, op, g))
    result.parts, own = r.keeper.unpacked.get(result, result.parts), result.parts
    found = contributions(scratch, op, g, result, wanted)
    result.parts = own
    wrapped: list[tuple[Atom, Any]] = []
    single = op.function in ELEMENTWISE or isinstance(op.function, np.ufunc)
    single = (
        single
        and all(isinstance(a, Const) for a, w in zip(operands(op), wanted) if not w)
        and sum(wanted) == 1
    )
    for x, c, w in zip(operands(op), found, wanted):
        if w and c is not None:
            wrapped.append((x, conformed(r, scratch, c, x, single)))
    settle(r, scratch, scope, [a for _, c in wrapped for a in atoms_of(c)])
    for x, c in wrapped:
        contribute(r, builder, cots, x, c)
