"""Why a gradient is zero or a value constant, or by which chain it reaches the result."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chainrule import errors
from chainrule.ir import primitives
from chainrule.ir.form import Function, If, Loop, Op, Value, walk
from chainrule.ir.types import differentiable, show
from chainrule.rules import is_nondifferentiable
from chainrule.show.flows import Flow, Flows
from chainrule.show.recording import asked_of, outputs, values_in
from chainrule.show.symbols import path_text

COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


@dataclass(frozen=True)
class Stop:
    """A place where a derivative ends, and by what: ``stop_gradient``, ``int(…)``."""

    file: str
    line: int
    by: str

    def __str__(self) -> str:
        return f"at {os.path.basename(self.file)}:{self.line} by {self.by}"


@dataclass(frozen=True)
class Link:
    """A value on the way to the result, and the line that makes it."""

    name: str
    line: int | None = None

    def __str__(self) -> str:
        return self.name if self.line is None else f"{self.name} (line {self.line})"


@dataclass(frozen=True)
class Why:
    """The ``chain`` by which a value reaches the result, where it was ``cut``, or a ``reason``."""

    asked: str
    chain: tuple[Link, ...] = ()
    cut: tuple[Stop, ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        if self.chain:
            return " → ".join(map(str, self.chain))
        where = f"cut {', '.join(map(str, self.cut))}" if self.cut else ""
        return ": ".join(part for part in (self.reason, where) if part)

    def __bool__(self) -> bool:
        """Whether a derivative goes from the value to the result."""
        return bool(self.chain)


def why(primal: Function, adjoint: Function | None, asked: str) -> Why:
    """Why a value has the gradient that it has.

    Parameters
    ----------
    primal, adjoint
        The function and its adjoint, which says what is asked of it.
    asked
        A parameter, a path from one, or a name in the function.

    Raises
    ------
    errors.UnknownArgument
        If the function has no such name.
    """
    values = named(primal, asked)
    options = adjoint.facts["options"] if adjoint is not None else None
    ends = values_in(outputs(primal, options.has_aux if options else False))
    return _Question(primal, asked, values, ends, asked_of(adjoint)).answer()


def named(primal: Function, asked: str) -> list[Value]:
    """The values that a name or path of the user's means: of a name that is bound again, each.

    Raises
    ------
    errors.UnknownArgument
        If there is none.
    """
    path = asked.replace("'", '"').replace(" ", "")
    found = [p.value for p in primal.params if p.value.name == path]
    for leaf in primal.leaves:
        text = path_text(leaf).replace(" ", "")
        if text == path or text.startswith((f"{path}[", f"{path}.")):
            found.append(leaf.value)
    if not found:
        for s in walk(primal.body):
            inner = s.body.params if isinstance(s, Loop) else ()
            found += [v for v in (*inner, *s.results) if v.name == path]
    if not found:
        names = ", ".join(p.value.name for p in primal.params)
        raise errors.UnknownArgument(
            f"{primal.name} has no {asked}", help=[f"its parameters are {names}"]
        )
    return found


class _Question:
    def __init__(
        self,
        primal: Function,
        asked: str,
        start: list[Value],
        end: list[Value],
        inputs: list[Value],
    ) -> None:
        self.primal, self.asked, self.start, self.end = primal, asked, start, end
        self.inputs = inputs
        self.flows = Flows(primal)

    def answer(self) -> Why:
        able = [v for v in self.start if differentiable(v.type)]
        cut_here = [v for v in able if v.cut is not None]
        if not able:
            kind = show(self.start[0].type)
            hint = ": write 2.0 for 2" if kind == "int" and self._is_parameter() else ""
            return Why(
                self.asked,
                reason=f"{self.asked} is {_article(kind)}, which has no derivative{hint}",
            )
        if cut_here and len(cut_here) == len(able):
            return Why(self.asked, cut=tuple(_stop(v.cut, "no_grad") for v in cut_here[:1]))
        able = [v for v in able if v.cut is None]
        way = self.flows.shortest(able, self.end)
        if way or not set(able).isdisjoint(self.end):
            held = self._held(able)
            return Why(self.asked, chain=self._chain(way)) if held is None else held
        stops = tuple(dict.fromkeys(map(_stop_of, self._ends(able))))
        if stops:
            return Why(self.asked, cut=stops)
        return Why(self.asked, reason=f"{self.asked} never reaches the result")

    def _is_parameter(self) -> bool:
        return self.start[0] in {p.value for p in self.primal.params}

    def _held(self, able: list[Value]) -> Why | None:
        """The answer for what would reach the result, and depends on nothing that is asked."""
        if not self.inputs or self.flows.reached(self.inputs, carrying=True) & set(able):
            return None
        roots = {p.value for p in self.primal.params} | {x.value for x in self.primal.leaves}
        if set(able) <= roots:
            return Why(self.asked, reason=f"{self.asked} is held constant: it is not asked for")
        stops = tuple(dict.fromkeys(_stop_of(f) for v in able for f in self._cuts_before(v)))
        reason = "" if stops else f"{self.asked} depends on nothing that is asked for"
        return Why(self.asked, cut=stops, reason=reason)

    def _cuts_before(self, value: Value) -> list[Flow]:
        """Where what is asked would come into a value, were it not cut."""
        varied = self.flows.reached(self.inputs, carrying=True)
        before = self.flows.leading([value])
        flows = [f for v in varied for f in self.flows.onward.get(v, ())]
        return _in_order(f for f in flows if not f.carries and f.target in before)

    def _ends(self, start: list[Value]) -> list[Flow]:
        """The flows where a derivative ends on the ways from values to the result."""
        varied = self.flows.reached(start, carrying=True)
        leading = self.flows.leading(self.end)
        flows = [f for v in varied for f in self.flows.onward.get(v, ())]
        return _in_order(f for f in flows if not f.carries and f.target in leading)

    def _chain(self, way: list[Flow]) -> tuple[Link, ...]:
        links = [Link(self.asked)]
        for flow in way:
            name = flow.target.name
            if name and flow.target.role == "user" and name != links[-1].name:
                place = flow.statement.place
                links.append(Link(name, place.line if place is not None else None))
        return (*links, Link("result")) if links[-1].name != "result" else tuple(links)


def _in_order(flows: Iterable[Flow]) -> list[Flow]:
    def position(flow: Flow) -> tuple[str, int, int]:
        place = flow.statement.place
        return (place.file, place.line, place.column) if place is not None else ("", 0, 0)

    return sorted(flows, key=position)


def _stop_of(flow: Flow) -> Stop:
    s, target = flow.statement, flow.target
    if target.cut is not None and _would_carry(flow):
        return _stop(target.cut, "no_grad")
    return _stop(s.place, _words(s))


def _would_carry(flow: Flow) -> bool:
    """Whether only a ``no_grad`` ends a flow."""
    s = flow.statement
    if isinstance(s, Op):
        return s.function is not primitives.stop_gradient and not is_nondifferentiable(s.function)
    return not isinstance(s, If) or s.test is not flow.source


def _stop(place: Any, by: str) -> Stop:
    return Stop(place.file, place.line, by) if place is not None else Stop("?", 0, by)


def _words(s: Op | If | Loop) -> str:
    """What ends a derivative, in the user's words."""
    if isinstance(s, If):
        return "a test, which only chooses a branch"
    if isinstance(s, Loop):
        return "a loop, of which it only says how many turns there are"
    if s.function is primitives.stop_gradient:
        return "stop_gradient"
    if s.function in COMPARISONS:
        return "a comparison"
    name = getattr(s.function, "__name__", "").strip("_")
    written = s.place.segment if s.place is not None else ""
    spelled = getattr(s.spelling, "words", "") or ""
    if spelled or f"{name}(" in written:
        return f"{spelled or name}(…)"
    return written if 0 < len(written) <= 40 else name


def _article(kind: str) -> str:
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"
