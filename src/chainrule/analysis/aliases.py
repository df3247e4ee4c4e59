"""Which values may share memory in a finished form, and which of them are written to after they were made."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Collection
from typing import Any

import numpy as np

from chainrule import runtime
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
    operands,
    walk,
)
from chainrule.ir.primitives import Method
from chainrule.ir.routine import Routine
from chainrule.ir.types import UNKNOWN, Struct, Type, Uniform, has_memory
from chainrule.rules import array_methods, is_rule

WRITES = {primitives.store: 0, primitives.accumulate: 0, primitives.update: 0}
"""Primitives that make a new version of their first operand in its own memory."""

NAMES = {
    primitives.assign,
    primitives.held,
    primitives.embed,
    primitives.stop_gradient,
    primitives.unpack,
    primitives.take,
}
VIEWS = {np.transpose}
"""Functions whose result is a view along a path of one step."""

MAY_SHARE = VIEWS | {
    tuple,
    list,
    runtime.cotangent,
    runtime.match_seed,
    runtime.unbroadcast,
    array_methods.reshape_method,
    array_methods.transpose_method,
    np.array_split,
    np.asanyarray,
    np.asarray,
    np.asarray_chkfinite,
    np.ascontiguousarray,
    np.asfortranarray,
    np.atleast_1d,
    np.atleast_2d,
    np.atleast_3d,
    np.broadcast_arrays,
    np.broadcast_to,
    np.diag,
    np.diagonal,
    np.diff,
    np.dsplit,
    np.expand_dims,
    np.flip,
    np.fliplr,
    np.flipud,
    np.float64,
    np.hsplit,
    np.imag,
    np.linalg.matrix_power,
    np.linalg.matrix_transpose,
    np.matrix_transpose,
    np.moveaxis,
    np.permute_dims,
    np.ravel,
    np.real,
    np.real_if_close,
    np.require,
    np.reshape,
    np.rollaxis,
    np.rot90,
    np.split,
    np.squeeze,
    np.swapaxes,
    np.trim_zeros,
    np.vsplit,
    np.lib.stride_tricks.as_strided,
    np.lib.stride_tricks.sliding_window_view,
}
"""Functions whose result may share memory with the first argument."""

WITH_KEYWORD = {
    np.array: "copy",
    array_methods.astype_method: "copy",
    np.nan_to_num: "copy",
    np.meshgrid: "copy",
}
"""Functions whose result may share memory with an argument if it is called with this keyword."""

CONTAINERS = {
    primitives.make_tuple,
    primitives.make_list,
    primitives.make_dict,
    primitives.save,
    primitives.construct,
    primitives.replaced,
}


Around = tuple[Loop, ...]
Moment = tuple[int, Around]


def may_hold(t: Type) -> bool:
    """Whether a value of this type may be a container, which an update gives other items."""
    return isinstance(t, Struct | Uniform) or t == UNKNOWN


class Aliases:
    """The classes of values that may be one piece of memory, and where each class is written."""

    def __init__(self, function: Function) -> None:
        self._parent: dict[Value, Value] = {}
        self._position: dict[Value, tuple[int, tuple[Loop, ...]]] = {}
        self._writes: list[tuple[Value, int, tuple[Loop, ...]]] = []
        self._updates: list[tuple[Value, int, tuple[Loop, ...]]] = []
        self._clock = 0
        for value in (*(p.value for p in function.params), *(x.value for x in function.leaves)):
            self._position[value] = 0, ()
        self._returned = returned_containers(function)
        self._whole = read_whole(function)
        self._block(function.body, ())
        self._written = self._by_class(self._writes)
        self._updated = self._by_class(self._updates)

    def _by_class(self, writes: list[tuple[Value, int, Around]]) -> dict[Value, list[Moment]]:
        found: dict[Value, list[Moment]] = {}
        for value, clock, loops in writes:
            found.setdefault(self.find(value), []).append((clock, loops))
        return found

    def find(self, value: Value) -> Value:
        """The representative of a value's class."""
        root = value
        while (up := self._parent.get(root, root)) is not root:
            root = up
        while value is not root:
            self._parent[value], value = root, self._parent.get(value, value)
        return root

    def is_updated(self, value: Value) -> bool:
        """Whether a value is a container that an update gives other items."""
        return may_hold(value.type) and self.find(value) in self._updated

    def is_written(self, value: Value) -> bool:
        kin = self.find(value)
        return kin in self._written or may_hold(value.type) and kin in self._updated

    def overwritten(self, value: Value) -> bool:
        """Whether a write may reach a value's memory after the value was made."""
        if not has_memory(value.type):
            return False
        made, inside = self._position.get(value, (0, ()))
        kin = self.find(value)
        # What a container holds is as it was when the container gets another item.
        updates = self._updated.get(kin, []) if may_hold(value.type) else []
        return any(
            clock > made or any(loop in inside for loop in loops)
            for clock, loops in (*self._written.get(kin, []), *updates)
        )

    def adopt(self, value: Value, beside: Value, kin: Collection[Atom]) -> None:
        """Take in a value that is made where another one is, and may share memory with others."""
        self._position[value] = self._position.get(beside, (0, ()))
        for other in (beside, *kin):
            self._join(value, other)

    def _join(self, a: Atom, b: Atom) -> None:
        if (
            isinstance(a, Value)
            and isinstance(b, Value)
            and has_memory(a.type)
            and has_memory(b.type)
        ):
            one, other = self.find(a), self.find(b)
            if one is not other:
                self._parent[one] = other

    def _block(self, block: Block, loops: tuple[Loop, ...]) -> None:
        for statement in block.statements:
            self._statement(statement, loops)

    def _statement(self, statement: Statement, loops: tuple[Loop, ...]) -> None:
        inner = (*loops, statement) if isinstance(statement, Loop) else loops
        if isinstance(statement, Loop):
            self._clock += 1
            for param in statement.body.params:
                self._position[param] = self._clock, inner
        for block in blocks(statement):
            self._block(block, inner)
        self._clock += 1
        for result in statement.results:
            self._position[result] = self._clock, loops
        if isinstance(statement, Op):
            self._op(statement, loops)
        elif isinstance(statement, If):
            for result, a, b in zip(
                statement.results, statement.then.results, statement.orelse.results
            ):
                self._join(result, a)
                self._join(result, b)
        else:
            self._loop(statement)

    def _op(self, op: Op, loops: tuple[Loop, ...]) -> None:
        if op.function in WRITES:
            base = op.args[WRITES[op.function]]
            self._join(op.results[0], base)
            if isinstance(base, Value):
                writes = self._updates if op.function is primitives.update else self._writes
                writes.append((base, self._clock, loops))
            if op.function is primitives.update and op.results[0] in self._whole:
                for atom in (*op.results[1:], *operands(op)[1:]):
                    self._join(op.results[0], atom)
        elif op in self._returned or op.function in CONTAINERS and op.results[0] not in self._whole:
            pass  # nobody reads these here, or their parts alone
        elif op.function in CONTAINERS or op.function in NAMES or may_share(op):
            every = (
                op.function in CONTAINERS
                or op.function is primitives.invoke
                or isinstance(op.function, Routine)
                or is_rule(op.function)
            )
            sources = operands(op) if every else op.args[:1]
            for result in op.results:
                for atom in sources:
                    self._join(result, atom)

    def _loop(self, loop: Loop) -> None:
        for source, item in zip(loop.sources, loop.items):
            self._join(source, item)
        count = len(loop.carries)
        for carry, init, following, result in zip(
            loop.carries, loop.inits, loop.body.results, loop.results
        ):
            self._join(carry, init)
            self._join(carry, following)
            self._join(result, carry)
        for following, result in zip(loop.body.results[count:], loop.results[count:]):
            self._join(following, result)


def returned_containers(function: Function) -> set[Op]:
    """The containers that are built to be returned and read by nothing else."""
    makers = {r: s for s in function.body.statements if isinstance(s, Op) for r in s.results}
    readers = Counter(a for s in walk(function.body) for a in operands(s))
    found: set[Op] = set()
    stack = list(function.body.results)
    while stack:
        atom = stack.pop()
        op = makers.get(atom)  # type: ignore[arg-type]
        if op is not None and op.function in CONTAINERS and readers[atom] <= 1:
            found.add(op)
            stack += operands(op)
    return found


def read_whole(function: Function) -> set[Atom]:
    """What is read by more than reads of its known parts: only that can tell what shares memory with its items."""
    found: set[Atom] = set(function.body.results)
    makers: dict[Value, Op] = {}
    for s in walk(function.body):
        if isinstance(s, Op) and s.results and s.function in (*CONTAINERS, primitives.update):
            makers[s.results[0]] = s
            if any(has_memory(v.type) for v in s.results[1:]):  # an item that was taken out
                found.add(s.results[0])
            continue
        is_held = isinstance(s, Op) and s.function is primitives.held
        found.update(operands(s)[:1] if is_held else operands(s))
        found.update(a for b in blocks(s) for a in b.results)
    stack = [makers[a] for a in found if isinstance(a, Value) and a in makers]
    while stack:
        more = {a for a in operands(stack.pop()) if isinstance(a, Value)} - found
        found |= more
        stack += [makers[a] for a in more if a in makers]
    return found


def may_share(op: Op) -> bool:
    """Whether an operation's result may be a view of an operand, or the operand itself."""
    if not any(has_memory(r.type) for r in op.results):
        return False
    if op.function is operator.getitem or is_rule(op.function):
        return True
    if isinstance(op.function, Routine):
        return True
    if result_may_share(op.function, len(op.args), [k for k, _ in op.kwargs], op.spelling):
        return True
    return any(r.type == UNKNOWN for r in op.results) and op.function in (
        primitives.invoke,
        getattr,
    )


def result_may_share(function: Any, count: int, keywords: Collection[str], spelling: Any) -> bool:
    """Whether a call with so many positional arguments may return a view of one of them, or one itself."""
    if function in MAY_SHARE or function in WITH_KEYWORD and WITH_KEYWORD[function] in keywords:
        return True
    if function is np.einsum:
        return count <= 2  # of one operand it may be a view
    return function is np.conjugate and isinstance(
        spelling, Method
    )  # of real numbers the array itself
