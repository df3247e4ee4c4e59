"""Whether an array made in the function certainly lies in memory row after row, so that a reshape of it is a view."""

from __future__ import annotations

import operator

import numpy as np

from chainrule.analysis.sizes import ELEMENTWISE
from chainrule.frontend.frame import Frame
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Op, Value
from chainrule.ir.types import Array, is_number
from chainrule.rules.array_methods import copy_method, flatten_method, reshape_method

FRESH = {
    np.arange,
    np.array,
    np.ascontiguousarray,
    np.empty,
    np.eye,
    np.full,
    np.identity,
    np.linspace,
    np.ones,
    np.outer,
    np.zeros,
    np.dot,
    np.matmul,
    operator.matmul,
    copy_method,
    flatten_method,
}
"""Functions whose result is so, unless a keyword says otherwise."""

LIKE_FIRST = {
    np.copy,
    np.empty_like,
    np.expand_dims,
    np.ones_like,
    np.ravel,
    np.reshape,
    np.zeros_like,
    reshape_method,
    primitives.accumulate,
    primitives.assign,
    primitives.embed,
    primitives.store,
}
"""Functions whose result is so where their first argument is."""


def is_contiguous(frame: Frame, x: Atom) -> bool:
    """Whether an array is certain to be contiguous, as `flags.c_contiguous` says."""
    makers = frame.session.builder.makers
    stack: list[Atom] = [x]
    seen: set[Atom] = set()
    while stack:
        atom = stack.pop()
        if atom in seen:
            continue
        seen.add(atom)
        memory = frame.session.memory
        if isinstance(atom, Value) and atom in memory.owner and atom not in makers:
            atom = memory.base(atom)  # a version that a loop or a branch hands on
        made = makers.get(atom) if isinstance(atom, Value) else None
        needed = _needed(made) if made is not None else None
        if needed is None:
            return False
        stack += needed
    return True


def _needed(made: Op) -> list[Atom] | None:
    """The operands that must be contiguous, None where that is not enough."""
    t = made.results[0].type
    if any(k not in ("axis", "dtype", "keepdims") for k, _ in made.kwargs):
        return None
    if made.function in FRESH:
        return []
    if made.function in LIKE_FIRST:
        return [made.args[0]]
    if made.function is operator.getitem:
        return [made.args[0]] if _leads(made.args[1]) else None
    if made.function in ELEMENTWISE or isinstance(made.function, np.ufunc):
        return _whole_operands(made, t)
    return None


def _whole_operands(made: Op, t: object) -> list[Atom] | None:
    """The arrays of an elementwise operation, which its result follows where one has all its axes."""
    arrays = [a for a in made.args if not is_number(a.type)]
    if not isinstance(t, Array) or t.rank is None:
        return None
    ranks = [a.type.rank if isinstance(a.type, Array) else None for a in arrays]
    if t.rank == 1:
        return [] if None not in ranks else None  # it is new
    return arrays if t.rank in ranks and None not in ranks else None


def _leads(index: Atom) -> bool:
    """Whether an index takes rows that follow one another."""
    known = index.known
    if isinstance(known, slice):
        return known.step in (None, 1)
    return isinstance(known, int) and not isinstance(known, bool)
