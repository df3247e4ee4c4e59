"""Buffers: a cotangent may be written in place only where nothing else sees its memory; elsewhere it is copied first.

What is returned is the caller's own: writeable, and sharing memory with nothing.
"""

from __future__ import annotations

import operator

import numpy as np

from chainrule import runtime
from chainrule.analysis import sizes
from chainrule.analysis.aliases import WRITES, Aliases, may_hold
from chainrule.analysis.apart import Apart
from chainrule.analysis.effects import IN_PLACE
from chainrule.analysis.liveness import Liveness
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Block, Function, If, Loop, Op, Statement, Value, blocks, walk
from chainrule.ir.rewrite import with_body
from chainrule.ir.types import UNKNOWN, Array, Uniform, has_memory, is_number
from chainrule.rules import is_rule


def own_buffers(function: Function) -> Function:
    """The function with a copy before each write that something else would see, and of each gradient that shares."""
    own: set[Value] = set()  # what loops carry that begins with a copy
    while True:  # what outer loops carry first: it is the inner ones' own then
        need = _Needs(function)
        begun = {pair for s in loops_in(function) for pair in zip(s.carries, s.inits)}
        need.carried = {pair for pair in need.carried & begun if pair[0] not in own}
        strange = {(carry, init) for carry, init in need.carried if need.apart.root(init) is None}
        need.carried = strange or need.carried  # what shares with these may be its own without them
        before = len(own)
        function = with_body(function, _Carrier(need, own).block(function.body))
        if len(own) == before:
            break
    need = _Needs(function)
    return with_body(function, _Copier(need).block(function.body))


def loops_in(function: Function) -> list[Loop]:
    return [s for s in walk(function.body) if isinstance(s, Loop)]


class _Needs:
    """The operations whose first operand must be copied, and the operands of the result that must."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.makers = {v: s for s in walk(function.body) for v in s.results}
        self.aliases = Aliases(function)
        self.apart = Apart(function, is_known_fresh)
        self.fresh: set[Value] = set()
        self.foreign = self._foreign()
        self.copied: set[Op] = set()
        self.handed: dict[
            Atom, set[Atom]
        ] = {}  # what a turn ends with, to the carries that take it
        for loop in walk(function.body):
            if isinstance(loop, Loop):
                for carry, following in zip(loop.carries, loop.body.results):
                    self.handed.setdefault(following, set()).add(carry)
        self.grown: set[Op] = set()  # sums that may be written into their first operand
        self.carried: set[tuple[Value, Value]] = set()
        result = function.body.results[0]
        self.written_carries: set[Value] = set()
        Liveness(self._visit, self._handed).block(
            function.body, {result} if isinstance(result, Value) else set()
        )
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
        self.unknown = {
            self.aliases.find(s.results[0])
            for s in walk(f.body)
            if isinstance(s, Op)
            and len(s.results) == 1
            and not is_known_fresh(s)
            and has_memory(s.results[0].type)
        }
        spread = [
            s.results[0]
            for s in walk(f.body)
            if isinstance(s, Op) and (s.function in READ_ONLY or is_rule(s.function))
        ]
        return {self.aliases.find(v) for v in (*roots, *made, *spread)}

    def _handed(self, receivers: list[Value], given: list[Atom], live: set[Value]) -> None:
        """Buffers that a loop begins with, which its body writes to."""
        taken: list[Value] = []
        for receiver, atom in zip(receivers, given):
            if (
                not isinstance(atom, Value)
                or not has_memory(atom.type)
                or receiver.role != "cotangent"
            ):
                continue
            kin = self.aliases.find(atom)
            if not self.aliases.is_written(atom):
                continue
            others = [v for v in live if v is not receiver and v not in receivers] + taken
            seen = any(self.aliases.find(v) is kin and not self.apart(v, atom) for v in others)
            if kin in self.foreign or seen:
                self.carried.add((receiver, atom))
            taken.append(atom)

    def _visit(self, s: Statement, live: set[Value]) -> None:
        if (
            isinstance(s, Op)
            and may_grow(s)
            and self._is_own(s.args[0])
            and not self._changes_places(s)
            and not self._is_seen(s.args[0], s, live)
        ):
            self.grown.add(s)
        if (
            not isinstance(s, Op)
            or s.function not in IN_PLACE
            or s.results[0].role not in ("cotangent", "temporary")
        ):
            return
        base = s.args[WRITES.get(s.function, 0)]
        if not isinstance(base, Value):
            return
        if self._is_seen(base, s, live) or base.role not in ("cotangent", "temporary"):
            self.copied.add(s)

    def _is_own(self, base: Atom) -> bool:
        """Whether every value that may be a buffer was made by something that is known to make new ones."""
        if not isinstance(base, Value) or self.aliases.find(base) in self.unknown:
            return False
        name = base.name
        while isinstance(made := self.makers.get(base), Op) and made.function in IN_PLACE:
            base = made.args[0]
            assert isinstance(base, Value)
            if base.name != name:
                return False  # it is called by another name, which goes on to mean something else
        return True

    def _changes_places(self, s: Op) -> bool:
        """Whether a sum goes from one carry of a loop to another: in place, one name would be both."""
        takers = self.handed.get(s.results[0], set())
        base: Atom = s.args[0]
        while isinstance(made := self.makers.get(base), Op) and made.results[0].role == "cotangent":  # type: ignore[arg-type]
            if made.function is not operator.add and made.function not in IN_PLACE:
                break
            base = made.args[0]
        return bool(takers) and base not in takers

    def _is_seen(self, base: Atom, s: Op, live: set[Value]) -> bool:
        """Whether something else would see a write to a buffer."""
        assert isinstance(base, Value)
        kin = self.aliases.find(base)
        if kin in self.foreign:
            return True
        sees = may_hold if s.function is primitives.update else has_memory
        return any(
            self.aliases.find(v) is kin and not self.apart(v, base)
            for v in live
            if v not in s.results and sees(v.type)
        )

    def _returned(self, f: Function) -> set[Value]:
        """The gradients that share memory with something, all but the first of those that share with each other."""
        seen: list[Value] = []
        shared: set[Value] = set()
        makers = self.makers
        pair = makers.get(f.body.results[0])  # type: ignore[arg-type]
        if "gradients" not in f.facts or not isinstance(pair, Op):
            return shared
        for atom in pair.args[1:]:
            for leaf in _leaves(atom, makers):
                if not _is_memory(leaf):
                    continue
                kin = self.aliases.find(leaf)
                again = any(self.aliases.find(v) is kin and not self.apart(v, leaf) for v in seen)
                if kin in self.foreign or again or not self._writeable(leaf, makers):
                    shared.add(leaf)
                seen.append(leaf)
        return shared

    def _writeable(self, leaf: Value, makers: dict[Value, Statement]) -> bool:
        maker = makers.get(leaf)
        return not (
            isinstance(maker, Op) and maker.function in (np.broadcast_to, runtime.match_seed)
        )


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


def is_known_fresh(s: Op) -> bool:
    """Whether an operation makes a new buffer, or writes to one, or passes one on that is looked at by itself."""
    return s.function in NEW or s.function in IN_PLACE or isinstance(s.function, np.ufunc)


NEW = {
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.neg,
    operator.pow,
    operator.matmul,
    np.copy,
    np.full_like,
    np.outer,
    np.sum,
    np.where,
    np.zeros_like,
    primitives.assign,
}
"""Functions whose result is always a new array, where it is an array."""


def may_grow(s: Op) -> bool:
    """Whether a sum is a cotangent and another contribution to it, of the same shape: ``dw = dw + c``."""
    if s.function is not operator.add or len(s.args) != 2:
        return False
    base, value = s.args
    if not isinstance(base, Value) or base.role != "cotangent" or base.name != s.results[0].name:
        return False
    kinds = [base.type, value.type, s.results[0].type]
    arrays = [t for t in kinds if isinstance(t, Array)]
    return (
        len(arrays) == 3
        and len({t.dtype for t in arrays}) == 1
        and all(sizes.same(base.type, t) for t in kinds)
    )


READ_ONLY = {np.broadcast_to, runtime.match_seed}
"""Functions whose result may be a view that cannot be written to."""


class _Carrier:
    """Copies the buffers that loops begin with, where they are not the loop's own; outer loops before inner ones."""

    def __init__(self, needs: _Needs, own: set[Value]) -> None:
        self.needs, self.own = needs, own

    def block(self, block: Block) -> Block:
        out: list[Statement] = []
        for s in block.statements:
            if isinstance(s, If):
                s = If(
                    s.test,
                    self.block(s.then),
                    self.block(s.orelse),
                    s.results,
                    s.place,
                    s.spelling,
                    s.answers,
                )
            elif isinstance(s, Loop):
                copies = {}
                for carry, init in zip(s.carries, s.inits):
                    if isinstance(init, Value) and (carry, init) in self.needs.carried:
                        copies[carry] = copy_of(init, s, self.needs.makers)
                out += copies.values()
                self.own |= set(copies)
                inits = tuple(
                    copies[c].results[0] if c in copies else i for c, i in zip(s.carries, s.inits)
                )
                body = s.body if copies else self.block(s.body)
                s = Loop(
                    s.sources, inits, s.test, body, s.results, s.count, s.limit, s.backward,
                    s.place, s.spelling, s.answers,
                )  # fmt: skip
            out.append(s)
        return Block(block.params, tuple(out), block.results)


def copy_of(
    base: Value, s: Statement, makers: dict[Value, Statement], role: str = "cotangent"
) -> Op:
    """The statement that makes a copy of a buffer."""
    result = Value(base.name if role == "cotangent" else "", base.type, role, s.place)
    spread = makers.get(base)
    if (
        isinstance(spread, Op)
        and spread.function is np.broadcast_to
        and is_number(spread.args[0].type)
    ):
        shape = makers.get(spread.args[1])  # type: ignore[arg-type]
        like = shape.args[0] if isinstance(shape, Op) and shape.function is np.shape else None
        if (
            like is not None
            and isinstance(like.type, Array)
            and like.type.dtype == getattr(base.type, "dtype", None)
        ):
            return Op((result,), np.full_like, (like, spread.args[0]), (), s.place, None, s.answers)
    function = np.copy if isinstance(base.type, Array) else runtime.own
    return Op((result,), function, (base,), (), s.place, None, s.answers)


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
                out.append(
                    If(
                        s.test,
                        self.block(s.then),
                        self.block(s.orelse),
                        s.results,
                        s.place,
                        s.spelling,
                        s.answers,
                    )
                )
            else:
                out.append(
                    Loop(
                        s.sources,
                        s.inits,
                        s.test,
                        self.block(s.body),
                        s.results,
                        s.count,
                        s.limit,
                        s.backward,
                        s.place,
                        s.spelling,
                        s.answers,
                    )  # fmt: skip
                )
        return Block(block.params, tuple(out), block.results)

    def _op(self, s: Op) -> list[Statement]:
        if s in self.needs.grown:
            return [Op(s.results, primitives.accumulate, s.args, (), s.place, None, s.answers)]
        if s in self.needs.copied:
            base = s.args[0]
            copied = self._copy(base, s)
            args = tuple(copied.results[0] if a is base else a for a in s.args)
            return [
                copied,
                Op(s.results, s.function, args, s.kwargs, s.place, s.spelling, s.answers),
            ]
        if s.function in (
            primitives.make_tuple,
            primitives.make_list,
            primitives.make_dict,
            runtime.rebuild,
        ):
            copies = {i: self._copy(a, s) for i, a in enumerate(s.args) if a in self.needs.returned}
            args = tuple(copies[i].results[0] if i in copies else a for i, a in enumerate(s.args))
            return [
                *copies.values(),
                Op(s.results, s.function, args, s.kwargs, s.place, s.spelling, s.answers),
            ]
        return [s]

    def _copy(self, base: Atom, s: Op) -> Op:
        assert isinstance(base, Value)
        return copy_of(
            base, s, self.needs.makers, "cotangent" if s.function in IN_PLACE else "temporary"
        )
