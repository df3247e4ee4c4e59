"""Calls of functions that are known only when they run: their derivative is made then."""

from __future__ import annotations

from typing import Any

from chainrule.analysis.builder import constant
from chainrule.at_run_time import pair_of, pair_of_function, pulled
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.pairs import conformed, in_place_of
from chainrule.autodiff.state import Cotangents, Reverse
from chainrule.autodiff.sums import contribute, flat
from chainrule.ir.form import Op, Value
from chainrule.ir.types import UNKNOWN


def of_called(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    callee, *args = op.args
    function = pair_of_function if callee in r.active else pair_of
    dy = flat(r, scope.builder, op.results[0], gs[0])
    pull = r.keeper.fetch(in_place_of(r, op, function, "pullback"), scope)
    for i, x in enumerate(args):
        if isinstance(x, Value) and x in r.active:
            d = scope.builder.op(pulled, pull, dy, constant(i), role="temporary", type=UNKNOWN)
            contribute(r, scope.builder, cots, x, conformed(r, scope, d, x))
