"""What stands in a node of a graph: ``×``, ``+``, ``exp``, ``1/x``, ``sum axis=1``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Leaf, Op
from chainrule.ir.primitives import Named
from chainrule.show.formula import RAISED
from chainrule.show.numbers import brief

SIGNS: dict[Callable[..., Any], str] = {
    operator.add: "+",
    operator.sub: "−",
    operator.mul: "×",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "mod",
    operator.pow: "^",
    operator.matmul: "@",
    operator.neg: "−x",
    operator.pos: "+x",
    operator.lt: "<",
    operator.le: "≤",
    operator.gt: ">",
    operator.ge: "≥",
    operator.eq: "=",
    operator.ne: "≠",
    operator.not_: "not",
    operator.invert: "not",
    operator.and_: "and",
    operator.or_: "or",
    operator.xor: "xor",
    np.add: "+",
    np.subtract: "−",
    np.multiply: "×",
    np.divide: "/",
    np.matmul: "@",
    np.dot: "@",
    np.negative: "−x",
    np.transpose: "ᵀ",
    primitives.make_tuple: "tuple",
    primitives.make_list: "list",
    primitives.make_dict: "dict",
}


class Symbol(NamedTuple):
    """The label of an operation, and which of its operands are drawn as nodes of their own."""

    label: str
    drawn: tuple[Atom, ...]


def symbol(op: Op) -> Symbol:
    """The label of an operation. What it does by a constant stands in it: ``x²``, ``[0]``."""
    args = op.args
    if op.function is operator.truediv:
        return _quotient(op)
    if op.function in (operator.pow, np.power) and args[1].known is not MISSING:
        exponent = brief(args[1].known)
        raised = exponent.translate(RAISED) if exponent.lstrip("-").isdigit() else f"^{exponent}"
        return Symbol(f"x{raised}", args[:1])
    if op.function is operator.getitem:
        return Symbol(f"[{index_text(args[1])}]", args[:1])
    if op.function is primitives.store:
        path = "".join(f"[{index_text(p)}]" for p in args[3:] if not callable(p.known))
        return Symbol(f"{path or '[…]'} =", (args[0], args[2]))
    if op.function in SIGNS:
        return Symbol(SIGNS[op.function], args)
    return _call(op)


def _quotient(op: Op) -> Symbol:
    x, y = op.args
    if x.known is not MISSING:
        return Symbol(f"{brief(x.known)}/x", (y,))
    if y.known is not MISSING:
        return Symbol(f"x/{brief(y.known)}", (x,))
    return Symbol("/", op.args)


def _call(op: Op) -> Symbol:
    name = getattr(op.function, "__name__", "call")
    if isinstance(op.spelling, Named) and op.spelling.words:
        name = op.spelling.words.rpartition(".")[2]
    if op.function is primitives.invoke:
        return Symbol(str(op.args[1].known), (op.args[0], *op.args[2:]))
    said = [f"{k}={a.known}" for k, a in op.kwargs if a.known is not MISSING]
    drawn = [a for a in op.args if not _is_told(a)] + [
        a for _, a in op.kwargs if a.known is MISSING
    ]
    said = [brief(a.known) for a in op.args[1:] if _is_told(a)] + said
    return Symbol(" ".join([name, *said]), tuple(drawn))


def _is_told(atom: Atom) -> bool:
    """Whether an operand of a call stands in its label: an axis, a shape, a name."""
    return isinstance(atom.known, int | tuple | str | type(None)) and atom.known is not MISSING


def index_text(index: Atom) -> str:
    """What stands between square brackets."""
    if index.known is not MISSING:
        return _known_index(index.known)
    if index.parts is not None:
        return ", ".join(map(index_text, index.parts))
    return getattr(index, "name", "") or "…"


def _known_index(known: Any) -> str:
    if isinstance(known, slice):
        ends = ["" if e is None else str(e) for e in (known.start, known.stop, known.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if isinstance(known, tuple):
        return ", ".join(map(_known_index, known))
    return "…" if known is Ellipsis else str(known)


def path_text(leaf: Leaf) -> str:
    """A leaf as the user reads it: ``params["w"]``, ``self.w``."""
    steps = [f"[{key!r}]" if kind == "item" else f".{key}" for kind, key in leaf.path]
    return leaf.root + "".join(steps).replace("'", '"')
