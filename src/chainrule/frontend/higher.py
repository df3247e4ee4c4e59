"""Functions that take functions, or give them."""

from __future__ import annotations

import functools
import operator
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.cutting import no_grad
from chainrule.frontend import equivalents
from chainrule.frontend.calls import call, inline
from chainrule.frontend.expressions import attribute, item
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
from chainrule.ir.primitives import make_tuple
from chainrule.ir.types import Struct

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


@handles(functools.reduce)
def _reduce(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    if keywords or len(args) not in (2, 3):
        raise errors.CallMismatch("reduce takes two or three arguments", frame.builder.place)
    function, iterable, *value = args
    known = _known_items(frame, iterable)
    if known is None:
        same = equivalents.reduce if value else equivalents.reduce_from_first
        return inline(frame, same, (function, iterable, *value), {})
    items = [*value, *known]
    if not items:
        raise errors.CallMismatch("reduce of nothing", frame.builder.place)
    found = items[0]
    for one in items[1:]:
        found = call(frame, function, [frame.again(found), frame.again(one)], {})
    return found


def _known_items(frame: Frame, atom: Atom) -> list[Atom] | None:
    """The items of a list or tuple of known length."""
    if not isinstance(atom.type, Struct) or atom.type.kind not in (list, tuple):
        return None
    return [item(frame, atom, constant(i)) for i in range(len(atom.type.parts))]


@handles(operator.itemgetter)
def _itemgetter(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    def get(frame: Frame, given: list[Atom], keywords: Keywords) -> Atom:
        found = [item(frame, given[0], key) for key in args]
        return found[0] if len(found) == 1 else frame.builder.op(make_tuple, *found)

    return function_atom(Handled(get))


@handles(operator.attrgetter)
def _attrgetter(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    def get(frame: Frame, given: list[Atom], keywords: Keywords) -> Atom:
        found = [_attribute(frame, given[0], path.known) for path in args]
        return found[0] if len(found) == 1 else frame.builder.op(make_tuple, *found)

    return function_atom(Handled(get))


def _attribute(frame: Frame, x: Atom, path: str) -> Atom:
    for name in path.split("."):
        x = attribute(frame, x, name)
    return x
