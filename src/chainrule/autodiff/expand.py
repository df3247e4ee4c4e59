"""Rules that a form calls, as the statements that they are: what is called cannot be differentiated, what stands there can."""

from __future__ import annotations

import operator
from typing import Any

from chainrule import errors, runtime
from chainrule.analysis.builder import Builder, constant
from chainrule.frontend.calls import Undecided, inline
from chainrule.frontend.frame import Frame, Session, type_of_value
from chainrule.frontend.source import Source
from chainrule.ir.form import Atom, Block, Function, Loop, Op, Statement, Value, defined, walk
from chainrule.ir.rewrite import Replaced, rewrite
from chainrule.ir.types import Struct
from chainrule.rules import is_rule

PICKS = (operator.getitem, runtime.cotangent)


def expand(function: Function) -> Function:
    """The function without calls of rules."""
    if not any(isinstance(s, Op) and is_rule(s.function) for s in walk(function.body)):
        return function
    results: dict[Atom, Atom] = {}

    def visit(op: Op, replaced: Replaced) -> list[Statement]:
        if is_rule(op.function):
            statements = _inlined(op, results)
            result = results.get(op.results[0])
            if result is not None and result.parts is None and not isinstance(result.type, Struct):
                replaced[op.results[0]] = result  # a cotangent alone
                results[result] = result
            return statements
        if op.function in PICKS and op.args[0] in results:
            return _picked(op, results[op.args[0]], replaced)
        return [op]

    return rewrite(function, visit)


def _inlined(op: Op, results: dict[Atom, Atom]) -> list[Statement]:
    rule: Any = op.function
    session = Session(None, type_of_value, {})
    session.builder = Builder(op.place, fold=True, answers=op.answers)
    frame = Frame(session, Source(rule, "", [""], None))
    frame.sentence = op.place.sentence if op.place is not None else None
    try:
        results[op.results[0]] = inline(frame, rule, op.args, dict(op.kwargs))
    except (Undecided, errors.ChainruleError):
        return [op]  # what cannot be read is refused where its derivative is asked
    if session.problems:
        del results[op.results[0]]
        return [op]
    for s in session.builder.block().statements:
        _settle(s, op)
    return session.builder.statements


def _settle(s: Statement, op: Op) -> None:
    for x in walk(Block((), (s,))):
        x.place = op.place
        for v in (*defined(x), *(x.body.params if isinstance(x, Loop) else ())):
            v.role, v.place, v.name = "temporary", op.place, ""


def _picked(op: Op, result: Atom, replaced: Replaced) -> list[Statement]:
    i = op.args[1].known
    parts = result.parts
    picked: Atom
    if parts is not None:
        picked = parts[i] if i < len(parts) else constant(None)
    elif isinstance(result.type, Struct):
        return [
            Op(op.results, operator.getitem, (result, constant(i)), (), op.place, None, op.answers)
        ]
    else:
        picked = result
    if isinstance(picked, Value) and not picked.name:
        picked.name, picked.role = op.results[0].name, op.results[0].role
    replaced[op.results[0]] = picked
    return []
