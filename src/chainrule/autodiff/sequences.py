"""Lists and tuples made of the items of something: each item has the cotangent of the item that it became."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import runtime
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.state import Cotangents, Reverse
from chainrule.autodiff.sums import contribute, flat
from chainrule.ir.form import Op
from chainrule.ir.types import Array, Struct, Uniform, uniform_of


def of_sequence(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    """The adjoint of ``list(x)`` and ``tuple(x)``."""
    x, g = op.args[0], gs[0]
    if isinstance(x.type, Array | Uniform):
        make: Any = np.array if isinstance(x.type, Array) else x.type.kind
        whole = flat(r, scope.builder, op.results[0], g)
        g = scope.builder.op(make, whole, role="temporary", type=x.type)
    contribute(r, scope.builder, cots, x, g)


def of_arranged(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    """The adjoint of a list put in order."""
    _by_order(r, op, scope, cots, gs[0], runtime.put_back)


def of_put_back(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    _by_order(r, op, scope, cots, gs[0], runtime.arranged)


def _by_order(
    r: Reverse, op: Op, scope: Scope, cots: Cotangents, g: Any, function: Callable[..., Any]
) -> None:
    x, order = op.args
    whole = flat(r, scope.builder, op.results[0], g)
    t = uniform_of(x.type) if isinstance(x.type, Struct) else x.type
    order = r.keeper.fetch(order, scope)
    c = scope.builder.op(function, whole, order, role="temporary", type=t)
    contribute(r, scope.builder, cots, x, c)
