"""Python names for values: versions of one thing share a name where their lives do not overlap."""

from __future__ import annotations

from chainrule import errors
from chainrule.analysis.effects import is_in_place
from chainrule.analysis.liveness import Liveness
from chainrule.backend.fold import Folding, said
from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Block,
    Function,
    If,
    Loop,
    Op,
    Statement,
    Value,
    blocks,
    defined,
    operands,
    walk,
)
from chainrule.ir.letters import letters
from chainrule.ir.primitives import AUGMENTED, Again


class Names:
    """The name of each value that the text names.

    Raises
    ------
    AssertionError
        If a buffer that is written in place is read afterwards as it was: a fault of an earlier stage, which must
        never become a text.
    """

    def __init__(self, function: Function, folding: Folding) -> None:
        self.folding = folding
        self.parent: dict[Value, Value] = {}
        self.members: dict[Value, set[Value]] = {}  # of each group, under its root
        self.rivals: dict[Value, set[Value]] = {}  # what must have other names than a group
        self.wanted: dict[Value, str] = {}
        self.order: list[Value] = []
        self.called: dict[str, list[Value]] | None = None  # those that would like a name
        self.result_values: set[Value] = set()
        self.buffers = buffers_seen_again(function, folding)
        self._collect(function)
        live = Liveness(self._defined, self._joined, folding.reads, folding.is_written, said)
        end = {v for a in function.body.results for v in folding.reads(a)} | captured(
            function, folding
        )
        start = live.block(function.body, end)
        self._conflict([p.value for p in function.params], start)
        self._unite(function)
        self.names = self._spell(function)

    def __getitem__(self, value: Value) -> str:
        return self.names[self.find(value)]

    def __contains__(self, value: Value) -> bool:
        return value in self.wanted

    def shared(self, one: Atom, other: Atom) -> bool:
        """Whether two values have one name, so that passing one to the other is no text."""
        if not (isinstance(one, Value) and isinstance(other, Value)) or one in self.folding.folded:
            return False
        if one not in self.wanted or other not in self.wanted:
            return False
        return self[one] == self[other]

    def find(self, value: Value) -> Value:
        while (up := self.parent.get(value, value)) is not value:
            value = up
        return value

    def _collect(self, function: Function) -> None:
        taken = function.facts["names"]
        fresh = letters(
            frozenset(taken | {v.name for s in walk(function.body) for v in defined(s)})
        )
        self._name_result(function)
        for p in function.params:
            self._want(p.value, p.value.name)
        if "split" in function.facts:
            self._want(function.facts["split"], function.facts["split"].name)
        for s in walk(function.body):
            values = [*defined(s), *(s.body.params if isinstance(s, Loop) else ())]
            for v in values:
                if v not in self.folding.folded and v not in self.folding.leaves:
                    self._want(
                        v,
                        v.name
                        or (_code_name(v, function, taken) if v.role in NAMED else next(fresh)),
                    )
        for s in walk(function.body):
            if isinstance(s, Op) and is_in_place(s):
                base = self.folding.named(s.args[0])
                if base in self.wanted:
                    self.wanted[s.results[0]] = self.wanted[base]

    def _name_result(self, function: Function) -> None:
        """Call the result `result` where it is a step that nothing else reads."""
        value = function.facts.get("value")
        if isinstance(value, Value) and value.role == "step" and self.folding.uses[value] == 1:
            if not self.folding.textbook and "result" not in function.facts["names"]:
                value.name = "result"

    def _want(self, v: Value, name: str) -> None:
        if v not in self.wanted:
            self.wanted[v] = name
            self.order.append(v)

    def _conflict(self, made: list[Value], live: set[Value]) -> None:
        for v in made:
            if v not in self.wanted:
                continue
            name = self.wanted[v]
            if self.called is None:
                self.called = {}
                for other in self.order:
                    self.called.setdefault(self.wanted[other], []).append(other)
            for other in self.called[name]:
                if other is not v and other in live and not self._is_one_buffer(v, other):
                    self.rivals.setdefault(v, set()).add(other)
                    self.rivals.setdefault(other, set()).add(v)

    def _is_one_buffer(self, one: Value, other: Value) -> bool:
        """Whether two values are one buffer whose name is read again for what was written to it since."""
        buffer = self.buffers.get(one)
        return buffer is not None and buffer is self.buffers.get(other)

    def _defined(self, s: Statement, live: set[Value]) -> None:
        self._conflict(list(defined(s)), live | set(defined(s)))

    def _joined(self, receivers: list[Value], given: list[Atom], live: set[Value]) -> None:
        for i, receiver in enumerate(receivers):
            own = self.folding.reads(given[i]) if i < len(given) else frozenset()
            # What is handed over together is read before any of it is assigned: see `_Writer.hand_over`.
            self._conflict([receiver], (live | set(receivers)) - (own - live))

    def _unite(self, function: Function) -> None:
        for s in walk(function.body):
            if isinstance(s, Op) and is_in_place(s) and isinstance(s.args[0], Value):
                base = self.folding.named(s.args[0])
                assert isinstance(base, Value)
                self._must(s.results[0], base)
        for s in walk(function.body):
            if isinstance(s, Op) and s.spelling == AUGMENTED:
                self._may(s.results[0], s.args[0])
            elif isinstance(s, Op) and s.results and s.args and s.results[0].role == "cotangent":
                self._may(s.results[0], s.args[0])
            elif isinstance(s, If):
                for result, a, b in zip(s.results, s.then.results, s.orelse.results):
                    self._may(result, a)
                    self._may(result, b)
            elif isinstance(s, Loop):
                for carry, init, following, result in zip(
                    s.carries, s.inits, s.body.results, s.results
                ):
                    for other in (self._flag(init), following, result):
                        self._may(carry, other)
                for result, following in zip(
                    s.results[len(s.carries) : -1], s.body.results[len(s.carries) : -1]
                ):
                    self._may(result, following)

    def _flag(self, atom: Atom) -> Atom:
        """The exit code that a folded test of it reads."""
        made = self.folding.folded.get(atom) if isinstance(atom, Value) else None
        return made.args[0] if isinstance(made, Op) and made.results[0].role == "code" else atom

    def _must(self, one: Value, other: Value) -> None:
        if other in self.folding.leaves:
            return
        assert other in self.wanted, f"{other} is written to, but has no name"
        self.wanted[one] = self.wanted[other]
        if self._rival(one, other):
            raise errors.UnknownStore(
                f"what {other.name or 'this'} held before it is written to here is read again later",
                one.place,
                help=["copy it before the write: np.copy(...)"],
            )
        self._merge(one, other)

    def _may(self, one: Atom, other: Atom) -> None:
        if not (
            isinstance(one, Value)
            and isinstance(other, Value)
            and one in self.wanted
            and other in self.wanted
        ):
            return
        if self.wanted[one] == self.wanted[other] and not self._rival(one, other):
            self._merge(one, other)

    def _rival(self, one: Value, other: Value) -> bool:
        """Whether the lives of two groups overlap."""
        a, b = self.find(one), self.find(other)
        foes = self.rivals.get(a)
        if a is b or not foes:
            return False
        group = self.members.get(b)
        return b in foes if group is None else not foes.isdisjoint(group)

    def _merge(self, one: Value, other: Value) -> None:
        a, b = self.find(one), self.find(other)
        if a is not b:
            group = self.members.pop(a, {a}), self.members.pop(b, {b})
            foes = self.rivals.pop(a, set()), self.rivals.pop(b, set())
            self.members[b], self.rivals[b] = _union(*group), _union(*foes)
            self.parent[a] = b

    def _spell(self, function: Function) -> dict[Value, str]:
        spelled: dict[Value, str] = {}
        of_name: dict[str, list[Value]] = {}
        taken = set(function.facts["names"]) | set(self.wanted.values())
        params = [p.value for p in function.params]
        for v in [*params, *self.order]:
            root = self.find(v)
            if root in spelled:
                continue
            base = self.wanted[v]
            name, count = base, 0
            while any(self._rival(root, other) for other in of_name.get(name, ())):
                count += 1
                name = f"{base}_{count}"
                while name in taken and name not in of_name:
                    count += 1
                    name = f"{base}_{count}"
            spelled[root] = name
            of_name.setdefault(name, []).append(root)
        return spelled


def _union(one: set[Value], other: set[Value]) -> set[Value]:
    """Both, in the memory of the larger."""
    small, large = (one, other) if len(one) < len(other) else (other, one)
    large |= small
    return large


def buffers_seen_again(function: Function, folding: Folding) -> dict[Value, Value]:
    """The first version of each buffer that is written in place and read again as a view, by its versions."""
    first: dict[Value, Value] = {}
    again: set[Value] = set()
    for s in walk(function.body):
        if not isinstance(s, Op):
            continue
        if isinstance(s.spelling, Again):
            again.add(s.spelling.view)
        elif is_in_place(s):
            base = folding.named(s.args[0])
            if isinstance(base, Value):
                first[base] = first[s.results[0]] = first.get(base, base)
    roots = {first[v] for v in again if v in first}
    return {v: root for v, root in first.items() if root in roots}


def captured(function: Function, folding: Folding) -> set[Value]:
    """What a pullback reads of the forward part: it must be there at every call."""
    if "split" not in function.facts:
        return set()
    statements = function.body.statements
    at = next(
        i for i, s in enumerate(statements) if isinstance(s, Op) and s.function is primitives.line
    )
    before = {v for s in statements[:at] for v in defined(s)} | {p.value for p in function.params}
    after = Block((), statements[at:])
    read = {v for s in walk(after) for a in operands(s) for v in folding.reads(a)}
    read |= {v for s in walk(after) for b in blocks(s) for a in b.results for v in folding.reads(a)}
    return read & before


NAMED = {"code": "leave", "count": "turns", "position": "at"}


def _code_name(v: Value, function: Function, taken: frozenset[str]) -> str:
    codes = function.facts.get("exits", {}).get(v, frozenset())
    name = FLAGS.get(codes) or NAMED[v.role]
    while name in taken:
        name += "_"
    return name


FLAGS = {frozenset({0, 2}): "returned", frozenset({0, 1}): "broken", frozenset({0, -1}): "skipped"}
