"""Stores that the user wrote as a call: ``np.add(x, y, out=z)``, ``np.put(y, i, v)``, ``y.fill(v)``."""

from __future__ import annotations

import ast

import numpy as np

from chainrule.backend.spell import Speller
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Op, Value
from chainrule.ir.primitives import Into, Method, OfNumPy


def call_of(speller: Speller, op: Op, call: Into, target: ast.expr) -> ast.expr | None:
    """The user's call, None where what it computes has a name already, because the backward part reads it."""
    value = op.args[2]
    if call.way == "item":
        return _called(speller, call, [target, speller.atom(op.args[3]), speller.atom(value)])
    if call.way == "value":
        return _called(speller, call, [target, speller.atom(value)])
    if call.way == "masked" and call.at == 0:
        source, mask = (speller.atom(a) for _, a in op.kwargs)
        return _called(speller, call, [target, source], [ast.keyword("where", mask)])
    made = made_by(speller, value)
    if made is None:
        return None
    if call.way == "at":
        args = [target, speller.atom(op.args[-1]), speller.atom(made.args[1])]
        return _called(speller, call, args)
    if call.way == "masked":
        *args, mask = (speller.atom(a) for _, a in op.kwargs)
        return _called(speller, call, args, [_out(target), ast.keyword("where", mask)])
    keywords = [ast.keyword(k, speller.atom(a)) for k, a in made.kwargs]
    if call.way == "first":
        return _called(speller, call, [target, *map(speller.atom, made.args[1:])], keywords)
    args = [speller.atom(a) for a in made.args]
    if isinstance(call.at, int):
        args.insert(call.at, target)
    else:
        keywords.append(_out(target))
    return _called(speller, call, args, keywords)


def _out(target: ast.expr) -> ast.keyword:
    return ast.keyword("out", target)


def _called(
    speller: Speller, call: Into, args: list[ast.expr], keywords: list[ast.keyword] | None = None
) -> ast.expr:
    if isinstance(call.words, Method):
        return ast.Call(ast.Attribute(args[0], call.words.name), args[1:], keywords or [])
    if isinstance(call.words, OfNumPy):
        function: ast.expr = ast.Name(speller.imports.module(np, "np"))
        for name in call.words.path.split("."):
            function = ast.Attribute(function, name)
    else:
        function = speller.words(call.words.words)
    return ast.Call(function, args, keywords or [])


def made_by(speller: Speller, atom: Atom) -> Op | None:
    """The operation that gives an atom, if it stands where the atom is read."""
    made = speller.folding.folded.get(atom) if isinstance(atom, Value) else None
    while isinstance(made, Op) and made.function is primitives.stop_gradient:
        atom = made.args[0]
        made = speller.folding.folded.get(atom) if isinstance(atom, Value) else None
    return made if isinstance(made, Op) else None
