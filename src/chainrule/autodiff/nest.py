"""The gradient alone as a function of the form, so that it can be differentiated again."""

from __future__ import annotations

import operator

from chainrule.analysis.builder import Builder, constant
from chainrule.ir import primitives
from chainrule.ir.form import Block, Function, Loop, Op, Value, defined, walk
from chainrule.ir.letters import letters
from chainrule.ir.rewrite import Replaced, rewrite


def at_seed(adjoint: Function, seed: float = 1.0) -> Function:
    """The adjoint for a seed that is a number, without its parameter, whose name is free again."""
    *own, last = adjoint.params
    made = rewrite(adjoint, lambda op, _: [op], {last.value: constant(seed)})
    made.params = tuple(own)
    made.facts = {**made.facts, "names": made.facts["names"] - {last.value.name}}
    return made


def gradient_form(adjoint: Function, with_value: bool, has_aux: bool) -> Function:
    """The function that gives what a derivative gives, from the adjoint ``(value, gradients)`` at seed one."""
    made = rewrite(adjoint, _without_line)
    pair = made.body.statements[-1]
    assert isinstance(pair, Op) and pair.function is primitives.make_tuple
    value, gradients = pair.args
    builder = Builder()
    result = gradients
    if with_value:
        result = builder.op(primitives.make_tuple, value, gradients)
    elif has_aux:
        aux = builder.op(operator.getitem, value, constant(1))
        result = builder.op(primitives.make_tuple, gradients, aux)
    body = Block((), (*made.body.statements, *builder.statements), (result,))
    name = adjoint.name.removesuffix("_adjoint") + "_gradient"
    form = Function(name, adjoint.params, made.leaves, body, made.source, dict(adjoint.facts))
    for fact in ("value", "gradients", "prefix", "options", "unreached"):
        form.facts.pop(fact, None)
    form.facts["names"] = adjoint.facts["names"] | _settle_roles(form)
    return form


def plain(part: Function) -> Function:
    """A part of a pair as a function that is differentiated: the line and what it says of an adjoint are gone."""
    form = rewrite(part, _without_line)
    for fact in ("value", "gradients", "prefix", "options", "unreached", "half"):
        form.facts.pop(fact, None)
    form.facts["names"] = part.facts["names"] | _settle_roles(form)
    return form


def _without_line(op: Op, replaced: Replaced) -> list[Op]:
    return [] if op.function is primitives.line else [op]


def _settle_roles(form: Function) -> frozenset[str]:
    """Make cotangents named values of the new primal, and give letters to what has no name."""
    values: list[Value] = []
    for s in walk(form.body):
        values += [*defined(s), *(s.body.params if isinstance(s, Loop) else ())]
    names = letters(form.facts["names"] | {v.name for v in values})
    for v in values:
        if v.role == "cotangent":
            v.role = "user"
        elif v.role == "temporary":
            v.role = "step"
            v.name = v.name or next(names)
    return frozenset(v.name for v in values if v.name)
