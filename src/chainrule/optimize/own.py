"""Buffers: a cotangent may be written in place only where nothing else sees its memory; elsewhere it is copied first.

What is returned is the caller's own: writeable, and sharing memory with nothing.
"""

from __future__ import annotations

import numpy as np

from chainrule import runtime
from chainrule.analysis.aliases import WRITES, Aliases
from chainrule.analysis.effects import IN_PLACE
from chainrule.analysis.liveness import Liveness
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Block, Function, If, Loop, Op, Statement, Value, blocks, walk
from chainrule.ir.rewrite import with_body
from chainrule.ir.types import UNKNOWN, Array, Uniform, has_memory


def own_buffers(function: Function) -> Function:
    """The function with a copy before each write that something else would see, and of each gradient that shares."""
    need = _Needs(function)
    body = _Copier(need).block(function.body)
    return with_body(function, body)


class _Needs:
    """The operations whose first operand must be copied, and the operands of the result that must."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.aliases = Aliases(function)
        self.fresh: set[Value] = set()
        self.foreign = self._foreign()
        self.copied: set[Op] = set()
        self.carried: set[tuple[Loop, int]] = set()
        result = function.body.results[0]
        Liveness(self._visit).block(function.body, {result} if isinstance(result, Value) else set())
        self.returned = self._returned(function)

    def _foreign(self) -> set[Value]:
        """Classes of memory that something outside of the backward part can see."""
        f = self.function
        roots = [p.value for p in f.params] + [x.value for x in f.leaves]
        made: list[Value] = []
        for s in f.body.statements:
            if isinstance(s, Op) and s.function is primitives.line:
                break
            made += [v for x in (s, *[y for b in blocks(s) for y in walk(b)]) for v in x.results]
            made += [v for x in walk(Block((), (s,))) if isinstance(x, Loop) for v in x.body.params]
        return {self.aliases.find(v) for v in (*roots, *made)}

    def _visit(self, s: Statement, live: set[Value]) -> None:
        if not isinstance(s, Op) or s.function not in IN_PLACE or s.results[0].role != "cotangent":
            return
        base = s.args[WRITES.get(s.function, 0)]
        if not isinstance(base, Value):
            return
        kin = self.aliases.find(base)
        seen = any(self.aliases.find(v) is kin for v in live if v not in s.results and has_memory(v.type))
        if kin in self.foreign or seen or base.role not in ("cotangent", "temporary"):
            self.copied.add(s)

    def _returned(self, f: Function) -> set[Value]:
        """The gradients that share memory with something, all but the first of those that share with each other."""
        seen: set[Value] = set(self.foreign)
        shared: set[Value] = set()
        makers = {v: s for s in walk(f.body) for v in s.results}
        for atom in f.facts.get("gradients", ()):
            for leaf in _leaves(atom, makers):
                if not _is_memory(leaf):
                    continue
                kin = self.aliases.find(leaf)
                if kin in seen or not self._writeable(leaf, makers):
                    shared.add(leaf)
                seen.add(kin)
        return shared

    def _writeable(self, leaf: Value, makers: dict[Value, Statement]) -> bool:
        maker = makers.get(leaf)
        return not (isinstance(maker, Op) and maker.function in (np.broadcast_to, runtime.match_seed))


def _is_memory(v: Value) -> bool:
    return isinstance(v.type, Array | Uniform) or v.type == UNKNOWN


def _leaves(atom: Atom, makers: dict[Value, Statement]) -> list[Value]:
    """The values inside the containers that are built to be returned."""
    if not isinstance(atom, Value):
        return []
    maker = makers.get(atom)
    if isinstance(maker, Op) and maker.function in (
        primitives.make_tuple,
        primitives.make_list,
        primitives.make_dict,
        runtime.rebuild,
    ):
        return [v for a in maker.args for v in _leaves(a, makers)]
    return [atom]


class _Copier:
    def __init__(self, needs: _Needs) -> None:
        self.needs = needs
        self.line_passed = False

    def block(self, block: Block) -> Block:
        out: list[Statement] = []
        for s in block.statements:
            if isinstance(s, Op):
                out += self._op(s)
            elif isinstance(s, If):
                out.append(If(s.test, self.block(s.then), self.block(s.orelse), s.results, s.place, s.spelling, s.answers))
            else:
                out.append(
                    Loop(s.sources, s.inits, s.test, self.block(s.body), s.results, s.count, s.limit, s.backward,
                         s.place, s.spelling, s.answers)  # fmt: skip
                )
        return Block(block.params, tuple(out), block.results)

    def _op(self, s: Op) -> list[Statement]:
        if s in self.needs.copied:
            base = s.args[0]
            copied = self._copy(base, s)
            args = tuple(copied.results[0] if a is base else a for a in s.args)
            return [copied, Op(s.results, s.function, args, s.kwargs, s.place, s.spelling, s.answers)]
        if s.function in (primitives.make_tuple, primitives.make_list, primitives.make_dict, runtime.rebuild):
            copies = [self._copy(a, s) for a in s.args if a in self.needs.returned]
            by_value = {c.args[0]: c.results[0] for c in copies}
            args = tuple(by_value.get(a, a) for a in s.args)
            return [*copies, Op(s.results, s.function, args, s.kwargs, s.place, s.spelling, s.answers)]
        return [s]

    def _copy(self, base: Atom, s: Op) -> Op:
        assert isinstance(base, Value)
        role = "cotangent" if s.function in IN_PLACE else "temporary"
        result = Value(base.name if role == "cotangent" else "", base.type, role, s.place)
        function = np.copy if isinstance(base.type, Array) else runtime.own
        return Op((result,), function, (base,), (), s.place, None, s.answers)


