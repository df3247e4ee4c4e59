"""Functions as values: what lowering knows of the callee of a call, wherever it was kept in between.

A function of the user's own text has no name outside it, so it is an `Inner`: it says what its call does, and is
lowered where it is called. It needs no statement of the text. What it holds (defaults, arguments of a `partial`) are
atoms like any other, and go through branches as names do.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend.cells import Cell
from chainrule.frontend.frame import Frame, is_static
from chainrule.frontend.source import Source
from chainrule.ir.form import MISSING, UNBOUND, Atom, Const
from chainrule.ir.primitives import Inner
from chainrule.ir.types import BOOL, Static, Struct, Type, Undecided, has_memory
from chainrule.records import record

Lift = Callable[[int, Atom], Atom]
Handler = Callable[[Frame, list[Atom], dict[str, Atom]], Atom]

HIGHER: dict[Any, Handler] = {}
"""What a call of each of these does, as lowering sees it: functions that take functions, or give them."""


def handles(*functions: Any) -> Callable[[Handler], Handler]:
    """Register what a call of these functions does."""

    def register(handler: Handler) -> Handler:
        HIGHER.update(dict.fromkeys(functions, handler))
        return handler

    return register


def handler_of(function: Any) -> Handler | None:
    try:
        return HIGHER.get(function)
    except TypeError:  # it cannot be hashed
        return None


class Closure(Inner):
    """A nested function: its text, the frame whose names it reads, and its defaults, evaluated where it was defined."""

    __slots__ = ("defaults", "frame", "is_no_grad", "source")

    def __init__(
        self, source: Source, frame: Frame, defaults: dict[str, Atom], is_no_grad: bool = False
    ) -> None:
        self.source, self.frame, self.defaults = source, frame, defaults
        self.is_no_grad = is_no_grad

    @property
    def __code__(self) -> types.CodeType:
        return self.source.function.__code__  # type: ignore[no-any-return]

    @property
    def __name__(self) -> str:
        return self.source.function.__name__  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Closure)
            and self.source is other.source
            and self.frame is other.frame
            and self.is_no_grad is other.is_no_grad
            and all(map(is_same, self.defaults.values(), other.defaults.values()))
        )

    def __hash__(self) -> int:
        return hash((id(self.source), id(self.frame)))

    def with_held(self, change: Callable[[Atom], Atom]) -> Closure:
        defaults = {name: change(a) for name, a in self.defaults.items()}
        return Closure(self.source, self.frame, defaults, self.is_no_grad)

    def parts(self) -> Iterator[Atom | Cell]:
        """What it reads when it is called."""
        yield from self.defaults.values()
        names = self.__code__.co_freevars
        yield from (c for n in names if (c := self.frame.env.cells.get(n)) is not None)


@record
class Choice(Inner):
    """One of two, as a test came out."""

    test: Atom
    then: Atom
    orelse: Atom

    def with_held(self, change: Callable[[Atom], Atom]) -> Choice:
        return Choice(change(self.test), change(self.then), change(self.orelse))

    def parts(self) -> Iterator[Atom]:
        yield from (self.test, self.then, self.orelse)


@record
class Partial(Inner):
    """``functools.partial(function, *args, **keywords)``."""

    function: Atom
    args: tuple[Atom, ...]
    keywords: dict[str, Atom]

    def with_held(self, change: Callable[[Atom], Atom]) -> Partial:
        keywords = {name: change(a) for name, a in self.keywords.items()}
        return Partial(change(self.function), tuple(map(change, self.args)), keywords)

    def parts(self) -> Iterator[Atom]:
        yield from (self.function, *self.args, *self.keywords.values())


@record
class Handled(Inner):
    """A function whose call lowering does by itself: what ``functools.wraps(f)`` gives."""

    handler: Handler


@record
class Lost(Inner):
    """One of several functions, nobody knows which: to call it is refused."""


def function_atom(thing: Any, text: str | None = None) -> Const:
    """A function, class or module that is known."""
    return Const(thing, Static(thing, text), text)


def is_function(atom: Atom) -> bool:
    """Whether an atom is a function, class or module that is known."""
    return atom.known is not MISSING and is_static(atom.known)


def is_same(one: Atom, other: Atom) -> bool:
    """Whether two atoms are certainly the same object."""
    if one is other:
        return True
    if one.known is MISSING or other.known is MISSING:
        return False
    if isinstance(one, Const) and isinstance(other, Const) and not callable(one.known):
        plain = int | float | complex | str | None
        if isinstance(one.known, plain) and isinstance(other.known, plain):
            return type(one.known) is type(other.known) and repr(one.known) == repr(other.known)
    if isinstance(one.known, Inner | types.MethodType):
        return bool(one.known == other.known)
    return one.known is other.known and is_function(one)


def of_type(t: Type) -> Atom | None:
    """The function that everything of a type is."""
    if isinstance(t, Static):
        return Const(t.thing, t, t.text)
    return function_atom(Lost()) if isinstance(t, Undecided) else None


def has_function(t: Type) -> bool:
    """Whether a container has functions in it."""
    return isinstance(t, Struct) and (
        t.kind is functools.partial
        or any(isinstance(p, Static) or has_function(p) for p in t.parts)
    )


def has_inner(t: Type) -> bool:
    """Whether a container has functions in it that no name of the text reaches."""
    return isinstance(t, Struct) and any(
        isinstance(p, Static) and isinstance(p.thing, Inner) or has_inner(p) for p in t.parts
    )


# Branches


def joined(test: Callable[[], Atom], found: list[Atom], lift: Lift) -> Atom | None:
    """What a name holds after a branch whose sides left functions in it; None if neither did."""
    if not any(map(is_function, found)):
        return None
    if is_same(*found):
        return found[0]
    then, orelse = (lifted(atom, lambda a, i=i: lift(i, a)) for i, atom in enumerate(found))  # type: ignore[misc]
    return function_atom(Choice(test(), then, orelse))


def lifted(atom: Atom, lift: Callable[[Atom], Atom]) -> Atom:
    """A function in which the values that it holds are those that are visible outside."""
    if isinstance(atom.known, Inner):
        return function_atom(atom.known.with_held(lambda a: lifted(a, lift)))
    return lift(atom)


def settled(frame: Frame, test: Atom) -> Atom:
    """The outcome of a test, which no write changes later."""
    if not has_memory(test.type):
        return test
    outcome = frame.builder.op(bool, test, type=BOOL)
    frame.session.implied[outcome] = test, True
    return outcome


# What is alive


def forget(frame: Frame, result: Atom) -> None:
    """Drop what a frame's shared variables hold, unless a function that is still there reads them."""
    cells = frame.session.cells
    own = {c for c in frame.env.cells.values() if c in cells} - _cells_around(frame)
    if not own:
        return
    seen = _reached(frame, own, result)
    for cell in own - seen:
        del cells[cell]


def _cells_around(frame: Frame) -> set[Cell]:
    return set(frame.around.env.cells.values()) if frame.around is not None else set()


def _reached(frame: Frame, own: set[Cell], result: Atom) -> set[Cell]:
    """The shared variables that the functions alive read."""
    session = frame.session
    waiting: list[Any] = [result, *session.memory.versions.values()]
    waiting += [c for c in session.cells if c not in own]
    outer = frame.outer
    while outer is not None:
        waiting += [*outer.env.own.values(), outer.returned]
        outer = outer.outer
    seen: set[Any] = set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, Cell):
            waiting += [session.cells[thing]] if thing in session.cells else []
            continue
        if isinstance(thing, Type):
            waiting += _in_type(thing)
            continue
        waiting += [thing.type, *(thing.parts or ())]
        if isinstance(thing.known, Inner):
            waiting += thing.known.parts()
    return {c for c in session.cells if id(c) in seen}


def _in_type(t: Type) -> list[Any]:
    if isinstance(t, Static) and isinstance(t.thing, Inner):
        return list(t.thing.parts())
    return list(t.parts) if isinstance(t, Struct) else []


# Calls


def distributed(
    frame: Frame, choice: Choice, use: Callable[[Atom], Atom], choose: Callable[..., Atom]
) -> Atom:
    """What is done with one of two functions, done in a branch with each."""
    outcome = _assumed(frame, choice.test)
    if outcome is not None:
        return _used(frame, choice.then if outcome else choice.orelse, use)
    return choose(
        frame,
        choice.test,
        lambda: _used(frame, choice.then, use),
        lambda: _used(frame, choice.orelse, use),
        "ternary",
    )


def asked(
    frame: Frame, choice: Choice, use: Callable[[Atom], Atom], choose: Callable[..., Atom]
) -> Atom:
    """A question about one of two functions (``f is None``): the answer tells which it is, on the side that follows."""
    answers = [use(choice.then).known, use(choice.orelse).known]
    if MISSING in answers or _assumed(frame, choice.test) is not None:
        return distributed(frame, choice, use, choose)
    yes, no = map(bool, answers)
    if yes is no:
        return constant(yes)
    if yes and choice.test.type == BOOL:
        return choice.test
    answer = frame.builder.op(bool if yes else operator.not_, choice.test, type=BOOL)
    frame.session.implied[answer] = choice.test, yes
    return answer


@contextmanager
def assuming(frame: Frame, test: Atom, outcome: bool) -> Iterator[None]:
    """Lower the side of a branch that is taken where a test came out so."""
    before = dict(frame.session.assumed)
    test, as_is = _origin(frame, test)
    frame.session.assumed[test] = outcome is as_is
    try:
        yield
    finally:
        frame.session.assumed = before


def _origin(frame: Frame, test: Atom) -> tuple[Atom, bool]:
    """The test that says as much as this one, and whether it is true where this one is."""
    as_is = True
    while test in frame.session.implied:
        test, same = frame.session.implied[test]
        as_is = as_is is same
    return test, as_is


def _assumed(frame: Frame, test: Atom) -> bool | None:
    """How a test came out, on the side of a branch that is lowered."""
    test, as_is = _origin(frame, test)
    outcome = frame.session.assumed.get(test)
    return None if outcome is None else outcome is as_is


def decided(frame: Frame, test: Atom, choose: Callable[..., Atom]) -> Atom:
    """What a test asks of a function: of one of two, in a branch."""
    if isinstance(test.known, Choice):
        return asked(frame, test.known, lambda a: constant(bool(a.known)), choose)
    refuse_lost(frame, test)
    return test


def refuse_lost(frame: Frame, *atoms: Atom) -> None:
    """Refuse to ask what nobody knows."""
    if any(isinstance(a.known, Lost) for a in atoms):
        raise errors.UnsupportedExpression(
            "which function this is, is known only when it runs: that is not understood",
            frame.builder.place,
            help=["choose between calls, not between functions"],
        )


def _used(frame: Frame, atom: Atom, use: Callable[[Atom], Atom]) -> Atom:
    if atom is UNBOUND:
        raise errors.UnsupportedExpression(
            "a function that is bound on some ways only is not understood here",
            frame.builder.place,
            help=["bind the name on every way"],
        )
    return use(frame.again(atom))
