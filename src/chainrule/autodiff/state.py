"""What the mirror of a function is made of, while it is made."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from chainrule import errors
from chainrule.analysis.activity import active
from chainrule.analysis.sizes import ELEMENTWISE
from chainrule.autodiff.beside import paired
from chainrule.autodiff.expand import expand
from chainrule.autodiff.kept import Keeper, Scope
from chainrule.autodiff.options import Options
from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Block,
    Function,
    Loop,
    Op,
    Tape,
    Value,
    operands,
    walk,
)
from chainrule.ir.types import (
    COMPLEX,
    UNKNOWN,
    Type,
)

ZERO: Any = type("Zero", (), {"__repr__": lambda self: "ZERO"})()


Cotangents = dict[Value, Any]
"""The cotangent of each value so far: an atom, `Parts`, or `ZERO`."""


class Parts(dict[Any, Any]):
    """The cotangent of a container, by key; a key without an entry has a zero cotangent."""


class Overlay(dict[Value, Any]):
    """The cotangents of a branch: what it changes, over what was there before."""

    def __init__(self, under: dict[Value, Any]) -> None:
        super().__init__()
        self.under = under

    def pop(self, key: Value, default: Any = None) -> Any:
        if key in self:
            found = self[key]
            self[key] = ZERO
            return found
        return default


def lookup(cots: Cotangents, x: Value) -> Any:
    """The cotangent of a value so far, None for zero."""
    while True:
        if x in cots:
            found = cots[x]
            return None if found is ZERO else found
        if not isinstance(cots, Overlay):
            return None
        cots = cots.under


def loose_values(function: Function) -> set[Value]:
    """Values of which nothing is known, and that are used as a container may be."""
    found: set[Value] = set()
    for s in walk(function.body):
        if isinstance(s, Loop):
            atoms: Iterable[Atom] = s.sources
        elif isinstance(s, Op) and not is_of_numbers(s):
            atoms = operands(s)
        else:
            continue
        found |= {a for a in atoms if isinstance(a, Value) and a.type == UNKNOWN}
    return found


def is_of_numbers(op: Op) -> bool:
    """Whether an operation takes numbers and arrays alone."""
    arithmetic = (
        op.function in ELEMENTWISE or isinstance(op.function, np.ufunc) or op.function in ARITHMETIC
    )
    return arithmetic or isinstance(op.spelling, primitives.Method | primitives.Store)


ARITHMETIC = {
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.neg,
    operator.matmul,
}


def is_complex(t: Type) -> bool:
    """Whether values of this type are certainly complex."""
    return t == COMPLEX or getattr(getattr(t, "dtype", None), "kind", "") == "c"


def prefix_for(function: Function) -> str:
    """``d``, or where that makes a name of the user's, ``d_``, else ``adj_``."""
    names = function.facts["names"]
    letters = {v.name for s in walk(function.body) for v in s.results if v.name}
    own = (
        names
        | letters
        | {p.value.name for p in function.params}
        | {x.value.name for x in function.leaves}
    )
    for prefix in ("d", "d_", "adj_"):
        if not any(prefix + name in names for name in own):
            return prefix
    return "adj__"


class Reverse:
    """The state of one reversal.

    Attributes
    ----------
    function, options
        What is reversed, and what is asked of it.
    result, aux
        What the function returns: its value, and what goes along.
    active
        The values that carry a derivative.
    keeper
        Gives forward values to the backward part.
    block
        Writes the mirror of a block: branches and loops ask it for theirs.
    again
        Reverses another function: calls ask it for the derivative of what they call.
    scope
        The mirror that is being written.
    """

    block: Callable[[Block, Scope, Cotangents], None]
    again: Callable[[Function, Options], Function]
    scope: Scope

    def __init__(self, function: Function, options: Options) -> None:
        function = expand(function)
        result = function.body.results[0]
        if options.has_aux:
            function, result = paired(function)
        self.result = result
        self.function, self.options = function, options
        self.keeper = Keeper(function)
        self.problems: list[errors.ChainruleError] = []
        self.prefix = prefix_for(function)
        self.tapes: dict[Tape, list[Tape]] = {}
        self.loose = loose_values(function)
        wanted = [v for a in options.asked for v in a.leaves()]
        shared = function.facts.get("shared", {})
        wanted += [shared[v][0] for v in wanted if v in shared]
        roots = [
            v
            for a in options.asked
            for v in ([a.value] if a.value is not None and a.leaves() else []) + a.within()
        ]
        self.active = active(
            function, [*wanted, *roots], [] if function.facts.get("is_cut") else [self.result]
        )
        for v in self.active:
            if is_complex(v.type):
                raise errors.ResultNotNumeric(
                    "complex numbers are not understood yet", getattr(v, "place", None)
                )
