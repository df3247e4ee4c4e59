"""The stages in order, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.autodiff.options import Options
from chainrule.autodiff.reverse import reverse
from chainrule.backend.companions import with_companions
from chainrule.backend.emit import Text, emit
from chainrule.depth import deeply
from chainrule.frontend.lower import lower
from chainrule.frontend.source import Source
from chainrule.ir.form import Function
from chainrule.ir.rewrite import with_body
from chainrule.ir.routine import pairs_in
from chainrule.ir.types import Type
from chainrule.optimize.algebra import simplify
from chainrule.optimize.carries import settle_carries
from chainrule.optimize.copies import propagate_copies
from chainrule.optimize.cse import share_subexpressions
from chainrule.optimize.dce import eliminate_dead_code
from chainrule.optimize.delay import delay_clearing
from chainrule.optimize.detach import detach
from chainrule.optimize.own import own_buffers
from chainrule.optimize.refill import refill
from chainrule.optimize.sink import sink

PASSES = (
    propagate_copies,
    simplify,
    share_subexpressions,
    simplify,
    eliminate_dead_code,
    refill,
    settle_carries,
    eliminate_dead_code,
    delay_clearing,
    propagate_copies,
    sink,
)
"""What makes a derivative as short as a careful person would write it, in this order."""


def primal(
    source: Source, types: Mapping[str, Type], examples: Mapping[str, Any] | None = None
) -> Function:
    """The form of a function for arguments of these types."""
    return lower(source, types, examples)


@deeply()
def textbook(function: Function, options: Options) -> Function:
    """The adjoint with one chain-rule step a statement."""
    return eliminate_dead_code(reverse(function, options))


@deeply()
def optimized(adjoint: Function) -> Function:
    """The adjoint without needless work."""
    better = _improved(adjoint)
    for pair in pairs_in(better):
        if pair.better is None and pair.adjoint is not None:
            pair.better = _owned(_improved(pair.adjoint))
    return better


def _owned(adjoint: Function) -> Function:
    """The adjoint of a routine, which writes to nothing of its caller's: it may be differentiated as it stands."""
    made = with_body(adjoint, adjoint.body)
    made.facts.pop("gradients", None)  # what it returns is a step on the way, and may share memory
    return own_buffers(made)


def _improved(adjoint: Function) -> Function:
    for improve in PASSES:
        adjoint = improve(adjoint)
    return adjoint


@deeply()
def split(adjoint: Function) -> Function:
    """The adjoint in two: the backward part as a function that may be called again and again."""
    made = detach(optimized(adjoint))
    made.name = made.name.removesuffix("_adjoint") + "_vjp"
    made.facts["split"] = made.params[-1].value
    made.params = made.params[:-1]
    return made


@deeply()
def text(
    adjoint: Function, docstring: str, *, is_textbook: bool = False, guarded: bool = False
) -> Text:
    """The source of an adjoint, and of the functions that stand beside it."""

    def write(form: Function, is_main: bool) -> Text:
        final = eliminate_dead_code(own_buffers(form))
        if not is_main:
            return emit(final, "", is_textbook, False)
        return emit(final, docstring, is_textbook, guarded)

    return with_companions(adjoint, write)
