"""Where the values of a function go, whether a derivative goes with them or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from chainrule.analysis.activity import dependencies
from chainrule.ir.form import Atom, Block, Function, If, Loop, Op, Statement, Value, operands, walk

Ways: TypeAlias = Mapping[Value, list["Flow"]]


@dataclass(frozen=True, eq=False)
class Flow:
    """One value goes into another, in a statement; ``carries`` a derivative, or ends it."""

    source: Value
    target: Value
    statement: Statement
    carries: bool = False


class Flows:
    """All flows of a function, by where they start and where they end."""

    def __init__(self, function: Function) -> None:
        carrying = set(dependencies(function.body))
        self.onward: dict[Value, list[Flow]] = {}
        self.back: dict[Value, list[Flow]] = {}
        for source, target, statement in _all(function.body):
            flow = Flow(source, target, statement, (source, target) in carrying)
            self.onward.setdefault(source, []).append(flow)
            self.back.setdefault(target, []).append(flow)

    def reached(self, start: Iterable[Value], carrying: bool = False) -> set[Value]:
        """What values go into in the end; with ``carrying``, along a derivative alone."""
        found: set[Value] = set()
        pending = list(start)
        while pending:
            value = pending.pop()
            if value not in found:
                found.add(value)
                pending += [
                    f.target for f in self.onward.get(value, ()) if f.carries or not carrying
                ]
        return found

    def leading(self, end: Iterable[Value]) -> set[Value]:
        """What goes into values in the end."""
        found: set[Value] = set()
        pending = list(end)
        while pending:
            value = pending.pop()
            if value not in found:
                found.add(value)
                pending += [f.source for f in self.back.get(value, ())]
        return found

    def shortest(self, start: Iterable[Value], end: Iterable[Value]) -> list[Flow]:
        """A shortest way along which a derivative is carried; empty if there is none."""
        came: dict[Value, Flow | None] = dict.fromkeys(start)
        pending, goal = list(came), set(end)
        for value in pending:
            if value in goal:
                return _way(came, value)
            for flow in self.onward.get(value, ()):
                if flow.carries and flow.target not in came:
                    came[flow.target] = flow
                    pending.append(flow.target)
        return []


def _way(came: Mapping[Value, Flow | None], end: Value) -> list[Flow]:
    way: list[Flow] = []
    flow = came[end]
    while flow is not None:
        way.append(flow)
        flow = came[flow.source]
    return way[::-1]


def _all(block: Block) -> Iterator[tuple[Value, Value, Statement]]:
    for s in walk(block):
        for source, targets in _of(s):
            if isinstance(source, Value):
                for target in targets:
                    yield source, target, s


def _of(s: Statement) -> Iterator[tuple[Atom, tuple[Value, ...]]]:
    if isinstance(s, Op):
        for atom in operands(s):
            yield atom, s.results
    elif isinstance(s, If):
        yield s.test, s.results
        for result, *sides in zip(s.results, s.then.results, s.orelse.results):
            for atom in sides:
                yield atom, (result,)
    else:
        yield from _around(s)


def _around(s: Loop) -> Iterator[tuple[Atom, tuple[Value, ...]]]:
    for source, item in zip(s.sources, s.items):
        yield source, (item,)
    for carry, init, following, result in zip(s.carries, s.inits, s.body.results, s.results):
        yield init, (carry, result)
        yield following, (carry, result)
    for following, result in zip(s.body.results[len(s.carries) :], s.results[len(s.carries) :]):
        yield following, (result,)
    if s.test is not None:
        yield s.test.results[0], s.results
    if s.sources:
        for source in s.sources:
            yield source, s.results  # how many items there are decides how many turns
