"""Functions of the form that other functions call: the user's that are not inlined, and the two parts of their derivatives.

A statement that calls a routine has it for its function. A `Callee` is one of the user's functions for some types. Its
`Pair`, for the arguments that are differentiated, is a derivative in two parts, each a routine again, so that a derivative of a
derivative is the pair of a part:

    y, saved = forward(*args)
    cotangents = backward(saved, *args, dy)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import Function, Leaf, Op, walk
from chainrule.ir.types import UNDEFINED, Type

Mask = tuple[bool, ...]


class Routine:
    """A function of the form that can be called.

    Attributes
    ----------
    name
        What it is called, before names are told apart.
    called
        Its name in the text, given when that is written.
    has_effect
        Whether a call must run although nothing reads its result.
    pairs
        Its derivatives, by the arguments that are differentiated.
    """

    has_effect = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.called = ""
        self.pairs: dict[Mask, Pair] = {}

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def form(self) -> Function:
        raise NotImplementedError

    @property
    def primal(self) -> Function:
        """The form that is differentiated."""
        return self.form

    def __call__(self, *args: Any) -> Any:
        names = [p.value.name for p in self.form.params]
        return evaluate(self.form, dict(zip(names, args)))


class Callee(Routine):
    """A function of the user's for arguments of some types; its form and the type of its result come to be by and by."""

    def __init__(self, name: str, function: Any) -> None:
        super().__init__(name)
        self.function = function
        self.is_local = False  # a nested function, which no name of the module leads to
        self.found: Function | None = None
        self.shares: frozenset[int] = (
            frozenset()
        )  # the arguments that the result may be, or be a view of
        self.gives: list[
            Leaf
        ] = []  # what comes from outside and the result may be, or be a view of
        self.problems: list[Any] = []  # why it cannot be called so
        self.result: Type = UNDEFINED

    @property
    def form(self) -> Function:
        assert self.found is not None, f"{self.name} is not lowered yet"
        return self.found


class Half(Routine):
    """The forward or the backward part of a pair."""

    def __init__(self, pair: Pair, name: str, is_forward: bool) -> None:
        super().__init__(name)
        self.pair, self.is_forward = pair, is_forward
        self.has_effect = is_forward and pair.of.has_effect

    @property
    def form(self) -> Function:
        return self.pair.halves[not self.is_forward]

    @property
    def primal(self) -> Function:
        return self.pair.differentiated(self)


class Pair:
    """The derivative of a routine with respect to some arguments.

    Attributes
    ----------
    of, wanted
        The routine, and which of its arguments are differentiated.
    masks
        Which are in each routine that it may come to call, itself among them.
    adjoint
        Both parts in one, with the line between them; ``better`` is the same without needless work.
    halve, again
        Make the two parts of an adjoint, and of a part what is differentiated again.
    """

    def __init__(
        self,
        of: Routine,
        wanted: Mask,
        masks: Mapping[Routine, Mask],
        halve: Callable[[Function], tuple[Function, Function]],
        again: Callable[[Function], Function],
    ) -> None:
        self.of, self.wanted, self.masks = of, wanted, masks
        self.halve, self.again = halve, again
        self.adjoint: Function | None = None
        self.better: Function | None = None
        self.forward = Half(self, f"{of.name}_forward", True)
        self.backward = Half(self, f"{of.name}_backward", False)
        self._halves: tuple[Function, Function, Function] | None = None
        self._differentiated: dict[Half, Function] = {}

    @property
    def halves(self) -> tuple[Function, Function]:
        """The forward and the backward part."""
        adjoint = self.better or self.adjoint
        assert adjoint is not None, f"the derivative of {self.of.name} is not made yet"
        if self._halves is None or self._halves[0] is not adjoint:
            self._halves = (adjoint, *self.halve(adjoint))
        return self._halves[1:]

    def differentiated(self, half: Half) -> Function:
        """A part as a function that is differentiated again."""
        if half not in self._differentiated:
            self._differentiated[half] = self.again(half.form)
        return self._differentiated[half]


def routines_in(function: Function) -> list[Routine]:
    """The routines that a function calls, each once."""
    found: dict[Routine, None] = {}
    for s in walk(function.body):
        if isinstance(s, Op) and isinstance(s.function, Routine):
            found[s.function] = None
    return list(found)


def pairs_in(function: Function) -> list[Pair]:
    """The pairs of which a function, or a part that it comes to call, calls a part; callers first."""
    found: dict[Pair, None] = {}
    waiting = [function]
    while waiting:
        form = waiting.pop()
        for routine in routines_in(form):
            if isinstance(routine, Half) and routine.pair not in found:
                found[routine.pair] = None
                adjoint = routine.pair.better or routine.pair.adjoint
                assert adjoint is not None
                waiting.append(adjoint)
    return list(found)
