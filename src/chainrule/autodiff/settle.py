"""What a rule wrote, taken over into the backward part, with the forward values that it reads."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from chainrule.analysis.builder import Builder, constant
from chainrule.autodiff import cotangents
from chainrule.autodiff.kept import SHAPE_ONLY, Scope
from chainrule.autodiff.state import Parts, Reverse
from chainrule.ir.form import (
    Atom,
    Op,
    Value,
    operands,
)
from chainrule.ir.types import (
    Struct,
    Uniform,
    differentiable,
)


def atoms_of(c: Any) -> Iterable[Atom]:
    if isinstance(c, Parts):
        return [a for p in c.values() for a in atoms_of(p)]
    return [c]


def conformed(r: Reverse, builder: Builder, c: Atom, x: Atom, single: bool) -> Any:
    if isinstance(x.type, Struct) and c.parts is not None:
        inner = parts_of(r, x) or tuple(Value("", t) for t in x.type.parts)
        return Parts({k: conformed(r, builder, p, i, False) for k, p, i in zip(x.type.keys, c.parts, inner)
                      if p.known is None or differentiable(i.type)})  # fmt: skip
    if isinstance(x.type, Struct) and x.type.kind in (tuple, list):
        atoms = parts_of(r, x) or tuple(
            builder.op(operator.getitem, x, constant(k), role="temporary") for k in x.type.keys
        )
        return Parts({k: conformed(r, builder, builder.op(operator.getitem, c, constant(k), role="temporary"), i, False)
                      for k, i in zip(x.type.keys, atoms) if differentiable(i.type)})  # fmt: skip
    if isinstance(x.type, Uniform) and x.type.kind is list:
        return builder.op(list, c, role="temporary", type=x.type)  # a rule gives tuples
    return cotangents.conform(builder, c, x, single)


def parts_of(r: Reverse, x: Atom) -> tuple[Atom, ...] | None:
    """The items of a tuple or list that was built here."""
    return x.parts or r.keeper.parts_of(x)


def settle(r: Reverse, scratch: Builder, scope: Scope, needed: list[Atom]) -> None:
    """Take over what a rule wrote and its results need, with the forward values that it reads fetched."""
    needs = {a for a in needed if isinstance(a, Value)}
    kept: list[Op] = []
    for s in reversed(scratch.statements):
        assert isinstance(s, Op)
        if any(v in needs for v in s.results) or not s.results:
            kept.append(s)
            needs.update(a for a in operands(s) if isinstance(a, Value))
    for s in reversed(kept):
        s.args = tuple(
            r.keeper.fetch(a, scope, s.function in SHAPE_ONLY and (i == 1 or len(s.args) == 1))
            for i, a in enumerate(s.args)
        )
        s.kwargs = tuple((k, r.keeper.fetch(a, scope)) for k, a in s.kwargs)
        s.answers = scope.builder.answers
        scope.builder.add(s)
