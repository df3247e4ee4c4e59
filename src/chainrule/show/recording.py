"""One run of an adjoint, written down: what each statement gave, and which step it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chainrule.analysis.activity import Node, active
from chainrule.ir import primitives
from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import (
    Atom,
    Block,
    Function,
    Loop,
    Op,
    Statement,
    Value,
    blocks,
    defined,
    operands,
    walk,
)


class Event(NamedTuple):
    """A statement that ran: what it gave, and the turns of the loops around it, outermost first."""

    statement: Statement
    values: tuple[Any, ...]
    turns: tuple[int, ...]


class Answer(NamedTuple):
    """What a backward statement answers: a step, and the operand whose cotangent it gives."""

    step: Op
    position: int
    operand: Value


@dataclass(eq=False)
class Recording:
    """An adjoint and one run of it."""

    adjoint: Function
    arguments: Mapping[str, Any]
    events: list[Event]
    params: Mapping[Value, Any]
    returned: Any

    @property
    def prefix(self) -> str:
        return str(self.adjoint.facts["prefix"])

    def forward(self) -> list[Statement]:
        """The statements of the forward part, those inside others included."""
        return split(self.adjoint)[0]

    def backward(self) -> list[Statement]:
        return split(self.adjoint)[1]

    def answers(self) -> dict[Op, Answer]:
        """What each backward statement that gives a cotangent answers."""
        steps: dict[int, list[Op]] = {}
        for s in self.forward():
            if isinstance(s, Op) and s.results and s.place is not None:
                steps.setdefault(id(s.place), []).append(s)
        found: dict[Op, Answer] = {}
        for s in self.backward():
            if isinstance(s, Op) and s.results:
                answer = _answer(s, steps.get(id(s.answers), []), self.prefix)
                if answer is not None:
                    found[s] = answer
        return found


class _Recorder:
    """Listens to an evaluation, and counts the turns of the loops that it is in."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.params: dict[Value, Any] = {}
        self.loops: list[tuple[Block, int]] = []

    def __call__(self, what: Statement | Block, values: tuple[Any, ...]) -> None:
        if isinstance(what, Block):
            self.params.update(zip(what.params, values))
            turn = 0
            if self.loops and self.loops[-1][0] is what:
                turn = self.loops.pop()[1] + 1
            self.loops.append((what, turn))
            return
        if isinstance(what, Loop) and self.loops and self.loops[-1][0] is what.body:
            self.loops.pop()
        self.events.append(Event(what, values, tuple(turn for _, turn in self.loops)))


def record(adjoint: Function, arguments: Mapping[str, Any]) -> Recording:
    """Run an adjoint and write down what happens."""
    recorder = _Recorder()
    returned = evaluate(adjoint, arguments, recorder)
    return Recording(adjoint, dict(arguments), recorder.events, recorder.params, returned)


def split(adjoint: Function) -> tuple[list[Statement], list[Statement]]:
    """The statements above and below the line between the two parts."""
    parts: tuple[list[Statement], list[Statement]] = ([], [])
    below = False
    for s in adjoint.body.statements:
        if isinstance(s, Op) and s.function is primitives.line:
            below = True
        else:
            parts[below].append(s)
            for block in blocks(s):
                parts[below].extend(walk(block))
    return parts


def _answer(s: Op, steps: Iterable[Op], prefix: str) -> Answer | None:
    clears = s.function is primitives.store
    for step in steps:
        writes = step.function is primitives.store
        for position, operand in enumerate(operands(step)):
            if not isinstance(operand, Value) or not operand.name:
                continue
            if writes and clears != (position == 0):
                continue
            if s.results[0].name == prefix + operand.name:
                return Answer(step, position, operand)
    return None


def outputs(primal: Function, has_aux: bool = False) -> list[Atom]:
    """What of a function's result is differentiated."""
    result = primal.body.results[0]
    if has_aux and result.parts is not None:
        return [result.parts[0]]
    return [result]


def values_in(atoms: Iterable[Atom]) -> list[Value]:
    """The values among atoms, and those that they are built of."""
    found: list[Value] = []
    pending = list(atoms)
    while pending:
        atom = pending.pop()
        if isinstance(atom, Value):
            found.append(atom)
        pending += atom.parts or ()
    return found


def activity_of(primal: Function, adjoint: Function) -> set[Node]:
    """The values of a function that carry a derivative in its adjoint."""
    return active(primal, asked_of(adjoint), outputs(primal, adjoint.facts["options"].has_aux))


def asked_of(adjoint: Function | None) -> list[Value]:
    """The values of which an adjoint is asked the gradient."""
    if adjoint is None:
        return []
    asked = adjoint.facts["options"].asked
    return [v for a in asked for v in a.leaves()] + [a.value for a in asked if a.value is not None]


def values_of(recording: Recording) -> dict[Value, Any]:
    """What each value of the forward part was, in loops at the last turn."""
    found: dict[Value, Any] = dict(recording.params)
    for event in recording.events:
        found.update(zip(defined(event.statement), event.values))
    return found
