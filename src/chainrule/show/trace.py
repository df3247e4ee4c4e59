"""The textbook form of a derivative with the numbers of one call in it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chainrule import runtime
from chainrule.analysis.activity import Node
from chainrule.ir import primitives
from chainrule.ir.form import Function, Op, Statement, Value
from chainrule.show import formula, lines, steps, tables
from chainrule.show.numbers import brief
from chainrule.show.recording import Answer, Event, Recording, activity_of, record
from chainrule.show.steps import Chain


@dataclass(frozen=True)
class Row:
    """One step of a call.

    ``kind`` is input, forward or backward; ``turns`` the turns of the loops around it, from zero;
    ``line`` where it stands in the source. ``chain`` is its chain rule, ``formula`` that as text:
    both None where there is none.
    """

    kind: str
    step: str
    name: str
    value: Any
    active: bool
    chain: Chain | None = None
    line: int | None = None
    turns: tuple[int, ...] = ()

    @property
    def formula(self) -> str | None:
        return None if self.chain is None else str(self.chain)


class Trace:
    """What happens in one call: each step forward, each use of the chain rule backward.

    ``rows`` has it as data, ``str()`` as a table, ``source`` as the runnable text with the numbers
    beside it, and ``latex()`` as formulas.
    """

    def __init__(
        self, name: str, text: str, rows: tuple[Row, ...], value: Any, gradients: Any
    ) -> None:
        self.name, self.text, self.rows = name, text, rows
        self.value, self.gradients = value, gradients

    def __str__(self) -> str:
        return tables.table(self)

    def __repr__(self) -> str:
        return f"<trace of {self.name}, {len(self.rows)} steps>"

    @property
    def source(self) -> str:
        """The textbook source, with what each line came to beside it; in loops at the last turn."""
        last = {row.line: row for row in self.rows if row.line is not None}
        found = []
        for number, (code, comment) in enumerate(lines.without_comments(self.text), 1):
            row = last.get(number)
            comment = comment if row is None else _beside(row, comment)
            found.append(_joined(code, comment))
        return "\n".join(found) + "\n"

    def latex(self) -> str:
        """The steps as an aligned environment, in loops at the last turn that ran."""
        return tables.latex(self)

    def _repr_html_(self) -> str:
        return tables.html(self)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"


def _beside(row: Row, comment: str) -> str:
    """The comment of a line: its formula and value, after what the user said there."""
    value = brief(row.value) + (" (last turn)" if row.turns else "")
    if row.chain is not None:
        return f"{row.chain} {'→' if row.chain.adds else '='} {value}"
    if row.kind == "backward":
        return value
    said = f"{comment}: " if comment else ""
    return f"{said}{value}{'' if row.active else ', constant'}"


def _joined(code: str, comment: str) -> str:
    """A line again; a comment that stands alone keeps its place."""
    if not comment:
        return code.rstrip()
    return f"{code}# {comment}" if not code.strip() else f"{code}  # {comment}"


def trace(primal: Function, adjoint: Function, arguments: Mapping[str, Any], text: str) -> Trace:
    """The trace of a call.

    Parameters
    ----------
    primal, adjoint
        The function, and what `autodiff.reverse` made of it: that from which the text was written.
    arguments
        Those of the call, by parameter.
    text
        The textbook source of the adjoint.
    """
    recording = record(adjoint, arguments)
    rows = _Rows(primal, recording, text)
    value, gradients = recording.returned
    return Trace(primal.name, text, (*rows.inputs(), *rows.steps()), value, gradients)


class _Rows:
    def __init__(self, primal: Function, recording: Recording, text: str) -> None:
        self.primal, self.recording = primal, recording
        self.active: set[Node] = activity_of(primal, recording.adjoint)
        self.lines = lines.align(recording.adjoint, text)
        self.answers: dict[Op, Answer] = recording.answers()
        self.backward: set[Statement] = set(recording.backward())
        self.root: ast.expr = steps.root_of(primal)
        self.seed = recording.adjoint.params[-1].value

    def inputs(self) -> Iterable[Row]:
        for p in self.primal.params:
            name = p.value.name
            value = self.recording.arguments.get(name, p.default)
            yield Row("input", name, name, value, self._is_active(p.value))

    def _is_active(self, parameter: Value) -> bool:
        """Whether a parameter carries a derivative: itself, or a part of it that is read."""
        parts = [x.value for x in self.primal.leaves if not x.free and x.root == parameter.name]
        return not self.active.isdisjoint([parameter, *parts])

    def steps(self) -> Iterable[Row]:
        for event in self.recording.events:
            line = self.lines.get(event.statement)
            if line is not None:
                yield self._row(event, line)

    def _row(self, event: Event, line: lines.Line) -> Row:
        s = event.statement
        value = event.values[0] if len(event.values) == 1 else event.values
        name = ", ".join(line.names)
        if s not in self.backward:
            active = not self.active.isdisjoint(s.results)
            return Row("forward", line.code, name, value, active, None, line.number, event.turns)
        chain = self._chain(s) if isinstance(s, Op) else None
        return Row("backward", line.code, name, value, True, chain, line.number, event.turns)

    def _chain(self, s: Op) -> Chain | None:
        if s in self.answers:
            return steps.chain(s, self.answers[s], self.root)
        if s.function in SEEDING and s.args[0] is self.seed:
            return Chain(formula.derivative(self.root, self.root), False, ast.Name(self.seed.name))
        return steps.passed_on(s, self.recording.prefix, self.root)


SEEDING = (primitives.assign, runtime.match_seed)
"""What the cotangent of the result begins with."""
