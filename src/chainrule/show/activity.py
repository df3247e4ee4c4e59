"""Which values of a function carry a derivative: what ``requires_grad`` says elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chainrule.analysis.activity import dependencies, reach
from chainrule.ir import primitives
from chainrule.ir.form import Function, If, Loop, Op, Value, walk
from chainrule.ir.types import Opaque, Range, differentiable
from chainrule.show.flows import Flows
from chainrule.show.recording import activity_of, asked_of, outputs, values_in
from chainrule.show.symbols import path_text


@dataclass(frozen=True)
class Standing:
    """A value: its name, its line (None for an input), what makes it, and its ``state``.

    A value is ``active`` if a derivative comes from what is asked and goes on to the result. It is
    ``constant`` if none comes, ``cut`` if the value goes on and the derivative does not, and
    ``unused`` if neither does. ``lettered`` values have no name in the text, and a letter here.
    """

    name: str
    line: int | None
    text: str
    state: str
    lettered: bool = False

    @property
    def key(self) -> str:
        """What tells it from others in another text, where letters may go to other values."""
        return self.text if self.lettered else self.name

    @property
    def is_active(self) -> bool:
        return self.state == "active"


@dataclass(frozen=True)
class Activity:
    """The standing of each value of a function, in the order of the text."""

    name: str
    values: tuple[Standing, ...]

    def __getitem__(self, name: str) -> bool:
        """Whether a name carries a derivative, anywhere in the function."""
        found = [v.is_active for v in self.values if v.name == name]
        if not found:
            raise KeyError(name)
        return any(found)

    def __iter__(self) -> Iterator[Standing]:
        return iter(self.values)

    def __str__(self) -> str:
        return _table([(v.name, v.text, v.state) for v in self.values])

    def beside(self, other: Activity) -> str:
        """A table of this and another function, such as the same one with a cut, by name or text."""
        after = {v.key: v.state for v in other.values}
        before = {v.key for v in self.values}
        rows = [(v.name, v.text, v.state, after.get(v.key, "—")) for v in self.values]
        rows += [(v.name, v.text, "—", v.state) for v in other.values if v.key not in before]
        return _table(rows)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows)


def activity(primal: Function, adjoint: Function) -> Activity:
    """Which values of a function carry a derivative of what its adjoint is asked for."""
    forward: dict[object, list[object]] = {}
    for source, result in dependencies(primal.body):
        forward.setdefault(source, []).append(result)
    varied = reach(asked_of(adjoint), forward)  # type: ignore[arg-type]
    active = activity_of(primal, adjoint)
    flows = Flows(primal)
    leading = flows.leading(values_in(outputs(primal, adjoint.facts["options"].has_aux)))

    def standing(value: Value, name: str, line: int | None, text: str) -> Standing:
        state = "active" if value in active else "constant"
        if value in varied and value not in active:
            state = "cut" if value in leading else "unused"
        return Standing(name, line, text, state, value.role == "step")

    found = [
        standing(v, name, None, "input")
        for v, name in _inputs(primal)
        if v in active or v in varied or v in flows.onward or differentiable(v.type)
    ]
    for value, line, text in _made(primal):
        found.append(standing(value, value.name, line, text))
    return Activity(primal.name, tuple(found))


def _inputs(primal: Function) -> Iterator[tuple[Value, str]]:
    whole = {leaf.root for leaf in primal.leaves if not leaf.free}
    for p in primal.params:
        if p.value.name not in whole:
            yield p.value, p.value.name
    for leaf in primal.leaves:
        yield leaf.value, path_text(leaf)


def _made(primal: Function) -> Iterator[tuple[Value, int | None, str]]:
    """The named values that statements make, each with its line and its text."""
    for s in walk(primal.body):
        if isinstance(s, If | Loop) or s.function in (primitives.keep, primitives.take):
            continue
        for value in s.results:
            if value.name and not isinstance(value.type, Range | Opaque):
                yield value, s.place.line if s.place is not None else None, _text(s, value.name)


def _text(s: Op, name: str) -> str:
    written = s.place.segment.removeprefix(f"{name} = ") if s.place is not None else ""
    return written if len(written) <= 60 else f"{written[:59]}…"
