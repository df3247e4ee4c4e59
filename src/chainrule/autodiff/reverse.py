"""Reverse mode: from a function of the form to the function that computes its gradient too.

The backward part mirrors the forward part, block by block. A value's cotangent is an atom, no entry at all where it is
zero, or `Parts` for a tuple, list or dict whose parts are known.
"""

from __future__ import annotations

import inspect
from functools import partial

from chainrule import errors
from chainrule.analysis.builder import Builder
from chainrule.autodiff.branches import mirror_branch
from chainrule.autodiff.ends import finish, seed_result
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.loops import mirror_loop
from chainrule.autodiff.options import Options
from chainrule.autodiff.state import Cotangents, Reverse
from chainrule.autodiff.steps import mirror_op
from chainrule.ir import primitives
from chainrule.ir.form import (
    Block,
    Function,
    If,
    Op,
    Param,
    Value,
)


def reverse(function: Function, options: Options) -> Function:
    """The adjoint of a function: ``(value, gradients)`` of its parameters and a seed.

    Raises
    ------
    ChainruleError
        If something on the way from what is asked to the result has no derivative that is known.
    """
    r = Reverse(function, options)
    r.block = partial(block, r)
    r.again = reverse
    return run(r)


def run(r: Reverse) -> Function:
    """The adjoint, from the seed to the gradients."""
    f = r.function
    top = r.scope = Scope(f.body, None, Builder())
    cots: Cotangents = {}
    seed_name = f"{r.prefix}y" if r.options.is_inner else "seed"
    while seed_name in f.facts["names"]:
        seed_name += "_"
    seed = Value(seed_name, r.options.seed, "user")
    seed_result(r, top, cots, r.result, seed)
    r.block(f.body, top, cots)
    top.builder.place = top.builder.answers = None
    gradients = [finish(r, top.builder, a, cots) for a in r.options.asked]
    if r.problems:
        raise errors.combine(r.problems)
    grads = (
        gradients[0]
        if r.options.bare
        else top.builder.op(primitives.make_tuple, *gradients, role="temporary")
    )
    out = Builder()
    value = f.body.results[0]
    result = out.op(primitives.make_tuple, value, grads, role="temporary")
    forward = r.keeper.rebuild(f.body)
    line = Op((), primitives.line, (), place=None)
    statements = (
        *forward.statements,
        line,
        *top.takes,
        *top.builder.statements,
        *out.statements,
    )
    params = (*f.params, Param(seed, inspect.Parameter.KEYWORD_ONLY, 1.0))
    derivative = Function(
        f"{f.name}_adjoint", params, f.leaves, Block((), statements, (result,)), f.source
    )
    derivative.facts.update(f.facts)
    derivative.facts.update(
        value=value,
        gradients=gradients,
        names=f.facts["names"] | {seed.name},
        prefix=r.prefix,
        options=r.options,
    )
    shared = f.facts.get("shared", {})
    derivative.facts["unreached"] = [
        v
        for a in r.options.asked
        for v in a.unreached(r.active)
        if shared.get(v, (v,))[0] not in r.active
    ]
    return derivative


def block(r: Reverse, block: Block, scope: Scope, cots: Cotangents) -> None:
    """Write the mirror of a block's statements."""
    around, r.scope = r.scope, scope
    for statement in reversed(block.statements):
        try:
            scope.builder.place = statement.place
            scope.builder.answers = statement.place
            if isinstance(statement, Op):
                mirror_op(r, statement, scope, cots)
            elif isinstance(statement, If):
                mirror_branch(r, statement, scope, cots)
            else:
                mirror_loop(r, statement, scope, cots)
        except errors.ChainruleError as problem:
            r.problems.append(problem)
    r.scope = around
