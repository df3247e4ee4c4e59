"""Nested functions and lambdas: known where they are defined, lowered where they are called."""

from __future__ import annotations

import types
from typing import Any

import gast

from chainrule import errors
from chainrule.frontend.calls import call
from chainrule.frontend.dispatch import FALL, expression, lowers, lowers_statement
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import Closure, function_atom
from chainrule.frontend.source import Source, nested_code
from chainrule.frontend.statements import bind
from chainrule.ir.form import Atom


@lowers(gast.Lambda)
def _lambda(frame: Frame, node: Any) -> Atom:
    return function_atom(_closure(frame, node, _defaults(frame, node)))


@lowers_statement(gast.FunctionDef)
def _definition(frame: Frame, node: Any) -> Atom:
    decorators = [expression(frame, d) for d in node.decorator_list]
    made: Atom = function_atom(_closure(frame, node, _defaults(frame, node)))
    for node_, decorator in zip(reversed(node.decorator_list), reversed(decorators)):
        frame.at(node_)
        made = call(frame, decorator, [made], {})
    frame.at(node)
    bind(frame, gast.copy_location(gast.Name(node.name, gast.Store(), None, None), node), made)
    return FALL


@lowers_statement(gast.Nonlocal)
def _nonlocal(frame: Frame, node: Any) -> Atom:
    outside = [n for n in node.names if n not in frame.env.cells]
    if outside:
        raise errors.UnsupportedStatement(
            f"{outside[0]} is a variable around {frame.session.root_name}, and is assigned here: not understood",
            frame.at(node),
            help=["return the new value instead"],
        )
    return FALL


def _defaults(frame: Frame, node: Any) -> dict[str, Atom]:
    """The defaults of parameters, in the order in which Python evaluates them."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    with_default = positional[len(positional) - len(a.defaults) :]
    found = {p.id: expression(frame, d) for p, d in zip(with_default, a.defaults)}
    named = zip(a.kwonlyargs, a.kw_defaults)
    return found | {p.id: expression(frame, d) for p, d in named if d is not None}


def _closure(frame: Frame, node: Any, defaults: dict[str, Atom]) -> Closure:
    """The function that a definition makes: what Python would compile tells which names it shares."""
    outer = frame.source
    source = frame.session.nested.get(node)
    if source is None:
        code = nested_code(outer.function.__code__, node)
        stand_in = _stand_in(frame, code, node)
        source = Source(stand_in, outer.file, outer.lines, node, outer.comments)
        frame.session.nested[node] = source
    return Closure(source, frame, defaults)


def _stand_in(frame: Frame, code: types.CodeType, node: Any) -> types.FunctionType:
    """A function with the code and the signature, of which only these are used."""
    cells = tuple(frame.scope.get(name) or types.CellType() for name in code.co_freevars)
    scope = frame.source.function.__globals__
    made = types.FunctionType(code, scope, code.co_name, (None,) * len(node.args.defaults), cells)
    named = zip(node.args.kwonlyargs, node.args.kw_defaults)
    made.__kwdefaults__ = {p.id: None for p, d in named if d is not None}
    made.__module__ = frame.source.function.__module__
    return made
