"""Algebra of the backward part that changes no bit or only says the same more shortly.

Signs move outward and cancel, ones and known zeros go, and a broadcast that the next operation would do anyway goes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from chainrule.analysis import sizes
from chainrule.analysis.builder import constant
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Const, Function, Op, Value
from chainrule.ir.rewrite import Replaced, rewrite
from chainrule.ir.types import UNKNOWN, Array, NumPyScalar, Scalar, is_float, is_number

Definitions = dict[Value, Op]
Rule = Callable[[Op, Definitions], Op | Atom | None]


def simplify(function: Function) -> Function:
    """The function with the backward part's arithmetic in its shortest exact form."""
    definitions: Definitions = {}
    backward = False

    def visit(op: Op, replaced: Replaced) -> list[Op]:
        nonlocal backward
        backward = backward or op.function is primitives.line
        if (
            not backward and op.answers is None
        ):  # what an adjoint wrote may be the primal of the next
            return [op]
        ops, same = _simplified(op, definitions)
        if same is not None:
            _rename(op, same)
            replaced[op.results[0]] = same
        return ops

    return rewrite(function, visit)


def _simplified(op: Op, definitions: Definitions) -> tuple[list[Op], Atom | None]:
    """What stands for an operation: other operations, or a value that is there already."""
    spread = _spread_out(op, definitions)
    if spread is not None:
        return spread
    sign: Op | None = None
    while (rule := RULES.get(op.function)) is not None:
        better = rule(op, definitions)
        if better is None:
            out = _sign_out(op, definitions)
            if out is None:
                break
            sign, op = _outer(sign, op, out)
        elif isinstance(better, Op):
            op = better
        else:
            return _signed(sign, better, definitions)
    if op.results:
        definitions[op.results[0]] = op
    if sign is None:
        return [op], None
    definitions[sign.results[0]] = sign
    return [op, sign], None


def _outer(sign: Op | None, op: Op, args: tuple[Atom, ...]) -> tuple[Op | None, Op]:
    """``(-x) * y`` as ``-(x * y)``: to the bit the same, and signs meet and cancel further out."""
    result = op.results[0]
    if sign is not None:  # -((-x) * y)
        return None, Op(sign.results, op.function, args, op.kwargs, op.place, None, op.answers)
    inner = Value("", result.type, "temporary", op.place)
    outer = Op(op.results, operator.neg, (inner,), (), op.place, None, op.answers)
    return outer, Op((inner,), op.function, args, op.kwargs, op.place, None, op.answers)


def _spread_out(op: Op, definitions: Definitions) -> tuple[list[Op], None] | None:
    """An operation of a broadcast array and a number as the broadcast of that of its source."""
    if op.function not in SPREAD_OVER or op.kwargs:
        return None
    spread = [a for a in op.args if not is_number(a.type)]
    made = definitions.get(spread[0]) if len(spread) == 1 and isinstance(spread[0], Value) else None
    if made is None or made.function is not np.broadcast_to:
        return None
    inner = Value("", made.args[0].type, "temporary", op.place)
    args = tuple(made.args[0] if a is spread[0] else a for a in op.args)
    first = Op((inner,), op.function, args, (), op.place, None, op.answers)
    second = Op(op.results, np.broadcast_to, (inner, made.args[1]), (), op.place, None, op.answers)
    if isinstance(made.args[0].type, Array) and inner.type != made.args[0].type:
        return None
    for o in (first, second):
        definitions[o.results[0]] = o
    return [first, second], None


SPREAD_OVER = {operator.mul, operator.neg, operator.truediv}


def _signed(sign: Op | None, value: Atom, definitions: Definitions) -> tuple[list[Op], Atom | None]:
    if sign is None:
        return [], value
    sign.args = (value,)
    definitions[sign.results[0]] = sign
    return [sign], None


def _sign_out(op: Op, definitions: Definitions) -> tuple[Atom, ...] | None:
    """The operands of a product or quotient without the sign of one of them."""
    if op.function in LINEAR:
        inner = _negated(op.args[0], definitions)
        return None if inner is None else (inner, *op.args[1:])
    if op.function not in (operator.mul, operator.truediv, np.multiply):
        return None
    x, y = op.args
    inner = _negated(x, definitions)
    if inner is not None:
        return inner, y
    inner = _negated(y, definitions)
    return (x, inner) if inner is not None else None


def _rename(op: Op, better: Atom) -> None:
    """Let what stands for a cotangent carry its name."""
    if (
        isinstance(better, Value)
        and better.role == "temporary"
        and op.results[0].role == "cotangent"
    ):
        better.name, better.role = op.results[0].name, "cotangent"


def _again(op: Op, function: Callable[..., object], *args: Atom) -> Op:
    return Op(op.results, function, args, (), op.place, None, op.answers)


def _negated(atom: Atom, definitions: Definitions) -> Atom | None:
    """What an atom is the negative of."""
    made = definitions.get(atom) if isinstance(atom, Value) else None
    return (
        made.args[0] if made is not None and made.function in (operator.neg, np.negative) else None
    )


def _neg(op: Op, definitions: Definitions) -> Op | Atom | None:
    return _negated(op.args[0], definitions)


def _is_one(atom: Atom) -> bool:
    return type(atom.known) in (int, float) and atom.known == 1


def _keeps(op: Op, other: Atom) -> bool:
    """Whether an operation with a neutral number has the type of its other operand."""
    a, b = op.results[0].type, other.type
    if b == UNKNOWN:
        return True
    return is_float(b) and (a == b or isinstance(a, Array) and isinstance(b, Array) and sizes.same(a, b)
                            and a.dtype == b.dtype)  # fmt: skip


def _mul(op: Op, definitions: Definitions) -> Op | Atom | None:
    x, y = op.args
    if all(isinstance(a, Const) and type(a.known) in (int, float) for a in (x, y)):
        return constant(x.known * y.known)
    for one, other in ((x, y), (y, x)):
        if _is_one(one) and _keeps(op, other):
            return other
    return _unspread(op, definitions)


def _div(op: Op, definitions: Definitions) -> Op | Atom | None:
    if _is_one(op.args[1]) and _keeps(op, op.args[0]):
        return op.args[0]
    return _unspread(op, definitions)


def _pow(op: Op, definitions: Definitions) -> Op | Atom | None:
    return op.args[0] if _is_one(op.args[1]) and _keeps(op, op.args[0]) else None


def _add(op: Op, definitions: Definitions) -> Op | Atom | None:
    x, y = op.args
    inner = _negated(y, definitions)
    if inner is not None:
        return _again(op, operator.sub, x, inner)
    if isinstance(x.known, float) and x.known == 0.0 and _keeps(op, y):
        return y
    return None


def _unspread(op: Op, definitions: Definitions) -> Op | None:
    """Without a broadcast of an operand to the shape that the other operand has."""
    x, y = op.args
    for i, (spread, other) in enumerate(((x, y), (y, x))):
        made = definitions.get(spread) if isinstance(spread, Value) else None
        if (
            made is None
            or made.function is not np.broadcast_to
            or not sizes.same(spread.type, other.type)
            and not sizes.covers(other.type, op.results[0].type)
        ):
            continue
        source = made.args[0]
        if not isinstance(source.type, Scalar | NumPyScalar | Array) or not isinstance(
            other.type, Array
        ):
            continue
        if (
            isinstance(source.type, Scalar)
            or getattr(source.type, "dtype", None) == other.type.dtype
        ):
            args = (source, y) if i == 0 else (x, source)
            return _again(op, op.function, *args)
    return None


def _getitem(op: Op, definitions: Definitions) -> Op | Atom | None:
    """A sum that keeps its axes, and is indexed to lose them, as the sum that loses them."""
    made = definitions.get(op.args[0]) if isinstance(op.args[0], Value) else None
    keywords = dict(made.kwargs) if made is not None and made.function is np.sum else {}
    if made is None or "keepdims" not in keywords or not isinstance(op.args[1].known, tuple):
        return None
    axis = keywords["axis"].known
    zeros = tuple(i for i, k in enumerate(op.args[1].known) if k == 0 and isinstance(k, int))
    if Ellipsis in op.args[1].known or zeros != (axis if isinstance(axis, tuple) else (axis,)):
        return None
    return Op(
        op.results, np.sum, made.args, (("axis", keywords["axis"]),), op.place, None, op.answers
    )


def _sum(op: Op, definitions: Definitions) -> Op | Atom | None:
    """The sum of a product as a dot product, which makes no array; in double precision both are as accurate."""
    made = definitions.get(op.args[0]) if isinstance(op.args[0], Value) else None
    if made is None or made.function is not operator.mul or len(op.args) > 1 or op.kwargs:
        return None
    x, y = made.args
    if not all(isinstance(a.type, Array) and a.type.dtype == np.float64 for a in (x, y)):
        return None
    if not sizes.same(x.type, y.type):
        whole = made.results[0].type
        if not (sizes.covers(x.type, whole) and sizes.covers(y.type, whole)):
            return None
    is_vector = isinstance(x.type, Array) and x.type.rank == 1
    return _again(op, np.dot if is_vector else np.vdot, x, y)


def _float(op: Op, definitions: Definitions) -> Op | Atom | None:
    return op.args[0] if op.args[0].type == op.results[0].type else None


def _nothing(op: Op, definitions: Definitions) -> Op | Atom | None:
    return None


LINEAR: set[Callable[..., object]] = {
    float,
    np.sum,
    np.expand_dims,
    np.reshape,
    np.transpose,
    np.copy,
    np.broadcast_to,
    operator.getitem,
}
"""Functions of their first operand that commute with its sign."""

RULES: dict[Callable[..., object], Rule] = {
    operator.neg: _neg,
    operator.mul: _mul,
    np.multiply: _mul,
    operator.truediv: _div,
    operator.pow: _pow,
    operator.add: _add,
    float: _float,
    **dict.fromkeys(LINEAR - {float, operator.getitem}, _nothing),
    operator.getitem: _getitem,
    np.sum: _sum,
}
