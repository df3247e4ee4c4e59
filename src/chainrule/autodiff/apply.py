"""Rules applied: the text of a rule is lowered with the types that it meets, and what is left of it is the adjoint."""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import Callable, Sequence
from typing import Any

import gast

from chainrule import errors, runtime
from chainrule.analysis.builder import Builder, constant
from chainrule.autodiff import templates
from chainrule.frontend import dispatch, lower  # noqa: F401  (lowering registers its handlers)
from chainrule.frontend.calls import Undecided, inline
from chainrule.frontend.frame import Frame, Session, type_of_value
from chainrule.frontend.source import Place, Source, find
from chainrule.ir.form import MISSING, Atom, If, Loop, Op, Statement
from chainrule.ir.primitives import raise_
from chainrule.rules import adjoint_of


def contributions(
    builder: Builder, op: Op, g: Atom, ans: Atom, wanted: Sequence[bool]
) -> list[Atom | None]:
    """What a call contributes to the cotangents of its positional and keyword arguments, in the order of the call.

    Parameters
    ----------
    builder
        Where the statements go.
    op
        The call of the primal.
    g, ans
        The cotangent of its result, and the result.
    wanted
        For each argument, whether a cotangent is asked.

    Raises
    ------
    errors.NoRule
        If there is no rule, or it does not take such a call.
    """
    rule = adjoint_of(op.function)
    if rule is None:
        raise no_rule(op)
    arguments = [*op.args, *(a for _, a in op.kwargs)]
    operands = [g, ans, *arguments]
    held = frozenset(a for a, w in zip(arguments, wanted) if not w)
    key = templates.key_of(rule, operands, [k for k, _ in op.kwargs], held)
    template = templates.find(key)
    if template is not None:
        ops, found = templates.write(template, operands, op.place, builder.answers)
        builder.statements += ops
        return _picked(found, rule, op, wanted)
    session = Session(None, type_of_value, {})
    session.held = held
    session.builder = Builder(op.place, fold=True, answers=builder.answers)
    frame = Frame(session, _caller(rule))
    frame.sentence = op.place.sentence if op.place else None
    try:
        result = inline(frame, rule, (g, ans, *op.args), dict(op.kwargs))
    except errors.CallMismatch:
        raise _misfit(op) from None
    except (Undecided, errors.ChainruleError):
        return _fallback(builder, rule, op, g, ans, wanted)
    if any(isinstance(s, Op) and s.function is raise_ for s in session.builder.statements):
        raise no_rule(op, "this call of it")
    if session.problems:
        return _fallback(builder, rule, op, g, ans, wanted)
    if any(isinstance(s, If | Loop) for s in session.builder.statements):
        return _fallback(builder, rule, op, g, ans, wanted)
    own_words(session.builder.statements, op.place)
    items = _items(result)
    templates.keep(key, operands, session.builder.statements, items)
    builder.statements += session.builder.statements
    return _picked(items, rule, op, wanted)


def _picked(
    items: list[Atom | None], rule: Callable[..., Any], op: Op, wanted: Sequence[bool]
) -> list[Atom | None]:
    """What is asked of what a rule returned, in the order of the call."""
    order = _positions(rule, op)
    return [items[i] if w and i < len(items) else None for w, i in zip(wanted, order)]


def own_words(statements: Sequence[Statement], place: Place | None) -> None:
    """Say that statements came from a rule: their values are temporaries of the place that the rule answers."""
    for statement in statements:
        statement.place = place
        for value in statement.results:
            value.role, value.place, value.name = "temporary", place, ""


def _items(result: Atom) -> list[Atom | None]:
    if result.parts is not None:
        return [None if p.known is None else p for p in result.parts]
    if result.known is not MISSING and isinstance(result.known, tuple):
        return [None if k is None else constant(k) for k in result.known]
    return [None if result.known is None else result]


def _positions(rule: Callable[..., Any], op: Op) -> list[int]:
    """The place of each argument of the call among the rule's results."""
    code = rule.__code__
    names = code.co_varnames[2 : code.co_argcount + code.co_kwonlyargcount]
    return [*range(len(op.args)), *(names.index(k) for k, _ in op.kwargs)]


def _fallback(
    builder: Builder, rule: Any, op: Op, g: Atom, ans: Atom, wanted: Sequence[bool]
) -> list[Atom | None]:
    """A call of the rule itself, where the types do not decide its branches."""
    result = builder.op(rule, g, ans, *op.args, kwargs=op.kwargs, role="temporary")
    order = _positions(rule, op)
    gives = _gives(rule)
    if gives is not None and not gives:
        return [result if w and i == 0 else None for w, i in zip(wanted, order)]
    pick = operator.getitem if gives else runtime.cotangent
    return [
        builder.op(pick, result, constant(i), role="temporary") if w else None
        for w, i in zip(wanted, order)
    ]


@functools.lru_cache(maxsize=512)
def _gives(rule: Any) -> bool | None:
    """Whether what a rule returns is a tuple of cotangents; None if that differs from branch to branch, or is unclear."""
    returned = [n.value for n in gast.walk(find(rule).node) if isinstance(n, gast.Return)]
    if all(isinstance(value, gast.Tuple) for value in returned):
        return True
    plain = gast.BinOp | gast.UnaryOp
    if all(
        isinstance(v, plain) or isinstance(v, gast.Call) and isinstance(v.func, gast.Attribute)
        for v in returned
    ):
        return False
    return None


def _caller(rule: types.FunctionType | Any) -> Source:
    """A source to stand in: rules are called from no text."""
    return Source(rule, "", [""], None)


def _misfit(op: Op) -> errors.ChainruleError:
    """The refusal of a call that does not bind the rule, and perhaps not even its function."""
    try:
        inspect.signature(op.function).bind(*op.args, **dict(op.kwargs))
    except TypeError as problem:
        return errors.CallMismatch(f"{op.function.__name__}: {problem}", op.place)
    except ValueError:  # it has no signature
        pass
    return no_rule(op, "this call of it")


def no_rule(op: Op, what: str = "") -> errors.NoRule:
    if hasattr(op.function, "primal"):
        return errors.NoRule(
            f"{op.function!r} is called in a function that is differentiated: that is not understood yet",
            op.place,
            help=[
                "write that derivative out: its text is .source",
                "or hold it constant: chainrule.stop_gradient(…)",
            ],
        )
    name = getattr(op.function, "__name__", "this")
    module = getattr(op.function, "__module__", None)
    full = (
        f"{module}.{name}"
        if module and module not in ("builtins", "_operator", "__main__")
        else name
    )
    return errors.NoRule(
        f"no derivative rule for {what + ', ' if what else ''}{full}",
        op.place,
        help=[
            f"register one:   @chainrule.adjoint({name})\n"
            f"                def {name}_adjoint(g, ans, x): return g * …",
            "or hold it constant: chainrule.stop_gradient(…)",
        ],
    )
