"""Functions that take functions, or give them."""

from __future__ import annotations

import functools
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.cutting import no_grad
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import (
    Closure,
    Handled,
    Partial,
    function_atom,
    handles,
    is_function,
)
from chainrule.ir.form import Atom

Keywords = dict[str, Atom]


@handles(functools.partial)
def _partial(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    if not args:
        raise errors.CallMismatch("partial takes a function", frame.builder.place)
    return function_atom(Partial(args[0], tuple(args[1:]), keywords))


@handles(functools.wraps)
def _wraps(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    """What only copies a name and a docstring."""
    return function_atom(Handled(lambda frame, args, keywords: args[0]))


@handles(functools.update_wrapper)
def _update_wrapper(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    return args[0]


@handles(callable)
def _callable(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    return constant(is_function(args[0]))


@handles(no_grad)
def _no_grad(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    if not args:
        return function_atom(Handled(_no_grad))
    function: Any = args[0].known
    if not isinstance(function, Closure):
        raise errors.UnsupportedExpression(
            "no_grad of this is not understood here", frame.builder.place
        )
    return function_atom(Closure(function.source, function.frame, function.defaults, True))
