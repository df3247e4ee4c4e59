"""Objects that nobody outside sees and that nothing reads as a whole: what is done to them needs no statement."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.analysis.effects import has_effect
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Function, If, Loop, Op, Value, operands, walk
from chainrule.ir.primitives import Updated
from chainrule.ir.types import UNKNOWN, Struct, Uniform


def mark_idle(function: Function) -> None:
    """Say of each update whether it changes only what was made here and is never handed out."""
    classes = _Classes(function)
    for s in walk(function.body):
        if isinstance(s, Op) and s.function is primitives.update:
            spelling = s.spelling if isinstance(s.spelling, Updated) else Updated()
            s.spelling = spelling._replace(is_idle=classes.is_private(s.results[0]))


class _Classes:
    """Which containers and objects may be one, or hold one another."""

    def __init__(self, function: Function) -> None:
        self.parent: dict[Value, Value] = {}
        self.seen: set[Value] = set()
        outside = [p.value for p in function.params] + [x.value for x in function.leaves]
        self._see(outside)
        self._see(function.body.results)
        for s in walk(function.body):
            if isinstance(s, Op):
                self._op(s)
            elif isinstance(s, If):
                for result, a, b in zip(s.results, s.then.results, s.orelse.results):
                    self._join(result, a, b)
            else:
                self._loop(s)
        self.out = {self._find(v) for v in self.seen}

    def is_private(self, value: Value) -> bool:
        return self._find(value) not in self.out

    def _op(self, s: Op) -> None:
        if s.function is not primitives.update and has_effect(s):
            self._see(operands(s))
            self._see(s.results)
        for result in s.results:
            self._join(result, *operands(s))
        if s.function is primitives.update:
            self._join(s.results[0], *operands(s))

    def _loop(self, s: Loop) -> None:
        for source, item in zip(s.sources, s.items):
            self._join(item, source)
        count = len(s.carries)
        for carry, init, following, result in zip(s.carries, s.inits, s.body.results, s.results):
            self._join(carry, init, following, result)
        for following, result in zip(s.body.results[count:], s.results[count:]):
            self._join(result, following)

    def _see(self, atoms: tuple[Atom, ...] | list[Value]) -> None:
        self.seen |= set(_containers(atoms))

    def _join(self, *atoms: Atom) -> None:
        found = list(_containers(atoms))
        for value in found[1:]:
            self.parent[self._find(value)] = self._find(found[0])

    def _find(self, value: Value) -> Value:
        while (up := self.parent.get(value, value)) is not value:
            value = up
        return value


def _containers(atoms: tuple[Atom, ...] | list[Value]) -> Iterator[Value]:
    return (a for a in atoms if isinstance(a, Value) and not is_inert(a))


def is_inert(value: Value) -> bool:
    """Whether a value certainly is no container or object, and holds none."""
    return value.type != UNKNOWN and not isinstance(value.type, Struct | Uniform)
