"""What the backward part reads of the forward part: values that are in sight, kept on a tape, or computed again."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule import runtime
from chainrule.analysis import sizes
from chainrule.analysis.aliases import VIEWS, WRITES, Aliases
from chainrule.analysis.builder import Builder
from chainrule.frontend.expressions import is_basic
from chainrule.ir import primitives
from chainrule.ir.form import (
    UNBOUND,
    Atom,
    Block,
    Const,
    Function,
    If,
    Loop,
    Op,
    Statement,
    Tape,
    Value,
    blocks,
    defined,
    walk,
)
from chainrule.ir.primitives import Again
from chainrule.ir.regions import Try, attempt, half_bound_in, is_attempted, sides
from chainrule.ir.types import Array, Struct, has_memory, is_number
from chainrule.records import fresh, record

SHAPE_ONLY = {
    runtime.unbroadcast,
    np.shape,
    np.ndim,
    np.size,
    len,
    np.zeros_like,
    runtime.zeros_like,
    runtime.zeros_of,
    primitives.indices,
}
"""Functions that read no element of their argument."""

SHAPE_OF = (np.shape, np.ndim, len)
"""Those that give its shape: it is asked for again, of whatever at hand has the same."""

NEXT = {*WRITES, primitives.embed}
"""Functions that give the next version of their first argument."""

CHEAP = {
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.neg,
    operator.pos,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
    operator.not_,
    operator.is_,
    operator.is_not,
    primitives.assign,
}
"""Primitives that are computed again rather than kept, where all their operands are numbers."""


@record
class Scope:
    """The mirror of a block in the making: what of the forward part can be read in it."""

    block: Block
    outer: Scope | None
    builder: Builder
    have: dict[Value, Atom] = fresh(dict)
    takes: list[Statement] = fresh(list)
    flags: dict[int, Value] = fresh(dict)

    def __iter__(self) -> Any:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


class Keeper:
    """Decides how each value is had again, and what the forward part must do for it."""

    def __init__(self, function: Function) -> None:
        self.aliases = Aliases(function)
        self.home: dict[Value, Block] = {}
        self.maker: dict[Value, Statement] = {}
        self.holder: dict[Block, tuple[Block, Statement]] = {}
        self.inserts: dict[Block, list[tuple[Value, Op]]] = {}
        self.unpacked: dict[Atom, tuple[Value, ...]] = {}
        self.exports: dict[If, list[tuple[Value, Atom, Atom]]] = {}
        self.copies: dict[Value, Value] = {}
        self.instead: dict[Statement, list[Statement]] = {}  # what stands in a statement's place
        self.exported: dict[Value, Value] = {}  # what a branch hands on, by what was made in it
        self.tape_names: dict[Value, str] = {}
        self.body = function.body
        self.exits: dict[Atom, Any] = function.facts.setdefault("exits", {})
        for value in (*(p.value for p in function.params), *(x.value for x in function.leaves)):
            self.home[value] = function.body
        loosened = function.facts.get("loosened", ())
        self.loose_leaves = {
            leaf.value
            for leaf in function.leaves
            if any(leaf.root == root and leaf.path[: len(path)] == path for root, path in loosened)
        }
        self._survey(function.body)
        self.unsure = unbound_somewhere(function)
        self.half_bound = set(half_bound_in(function.body))

    def _survey(self, body: Block) -> None:
        stack = [body]
        while stack:
            block = stack.pop()
            for value in block.params:
                self.home[value] = block
            for statement in block.statements:
                results = [*statement.results]
                if isinstance(statement, Loop) and statement.count is not None:
                    results.append(statement.count)
                for value in results:
                    self.home[value] = block
                    self.maker[value] = statement
                self._note_unpacking(statement, block)
                for inner in blocks(statement):
                    self.holder[inner] = block, statement
                    stack.append(inner)

    def _note_unpacking(self, statement: Statement, block: Block) -> None:
        """Remember what a tuple was taken apart into, in the block that made it: its items have names."""
        if isinstance(statement, Op) and statement.function is primitives.unpack:
            whole = statement.args[0]
            if self.home.get(whole) is block and isinstance(whole.type, Struct):  # type: ignore[arg-type]
                self.unpacked.setdefault(whole, statement.results)

    def parts_of(self, atom: Atom) -> tuple[Atom, ...] | None:
        """The items of a container that is built in the function."""
        made = self.maker.get(atom)  # type: ignore[arg-type]
        if not isinstance(made, Op) or made.function is primitives.update:
            return self.known_parts(atom)
        if made.function is primitives.make_dict:
            return made.args[1::2]
        if made.function in (primitives.construct, primitives.replaced):
            return made.results[0].parts
        return made.args if made.function in (primitives.make_tuple, primitives.make_list) else None

    def known_parts(self, atom: Atom) -> tuple[Atom, ...] | None:
        """What lowering says that an object holds, or a version of a container."""
        parts = atom.parts
        if parts is None or not isinstance(atom.type, Struct) or len(parts) != len(atom.type.keys):
            return None
        return parts if all(isinstance(p, Const) or p in self.home for p in parts) else None

    def fetch(self, atom: Atom, scope: Scope, shape_only: bool = False) -> Atom:
        """The atom that holds a forward value in a scope of the backward part."""
        atom = self._itself(atom)
        if not isinstance(atom, Value) or atom not in self.home:
            return atom
        home = self.home[atom]
        if home is self.body:
            return self._shaped(atom, scope) if shape_only else self._untouched(atom)
        for around in scope:
            if atom in around.have:
                found: Atom = around.have[atom]
                return found
        if shape_only:
            like = self._like(atom, scope)
            if like is not None:
                return like
        again = self._again(atom, scope)
        if again is not None:
            scope.have[atom] = again
            return again
        return self.keep(atom, scope)

    def _itself(self, atom: Atom) -> Atom:
        """The value itself, of one that was read where a container holds it."""
        while isinstance(made := self.maker.get(atom), Op) and made.function is primitives.held:  # type: ignore[arg-type]
            atom = made.args[0]
        return atom

    def _shaped(self, value: Value, scope: Scope) -> Atom:
        """Something of the shape of a value."""
        source = self._copied_in_try(value)
        if source is not None:  # a copy that a try may not have come to
            return self._shaped(source, scope)
        made = self.maker.get(value)
        if isinstance(made, Op) and isinstance(made.args[0], Value) and self._is_view(made, value):
            like = self._shaped(made.args[0], scope)
            return scope.builder.op(
                made.function, like, *made.args[1:], role="temporary", type=value.type
            )
        return self.latest(value)

    def _copied_in_try(self, value: Value) -> Value | None:
        made = self.maker.get(value)
        if value not in self.half_bound or not isinstance(made, Op) or made.function is not np.copy:
            return None
        source = made.args[0]
        return source if isinstance(source, Value) and self.home[source] is self.body else None

    def _is_view(self, made: Op, value: Value) -> bool:
        """Whether a value has no name, and its text would read its base: the forward part stays as it is."""
        if made.spelling == primitives.SILENT:
            return True
        if made.function is not operator.getitem or value.role != "step":
            return False
        return has_memory(value.type) and is_basic(made.args[1])

    def latest(self, value: Value) -> Value:
        """The last version of a buffer: of the same shape, and under the buffer's name."""
        if value in self.loose_leaves:
            return self._at_entry(value)
        if not self.aliases.is_written(value):
            return value
        if self.aliases.is_updated(value):  # a later version may have another length
            return self._untouched(value)
        return self._last_in(self.body, value)

    def _at_entry(self, leaf: Value) -> Value:
        """A part of an argument whose container gets other parts: what it was at the call."""
        if leaf not in self.copies:
            copy = Value(leaf.name, leaf.type, "step", leaf.place)
            self.copies[leaf] = copy
            load = Op((copy,), primitives.assign, (leaf,), (), leaf.place, primitives.LOADED)
            self._insert(self.body, leaf, load)
        return self.copies[leaf]

    def _last_in(self, block: Block, value: Value) -> Value:
        """The version of a buffer that a block leaves, of the one that it finds."""
        for s in block.statements:
            if isinstance(s, Op):
                is_next = s.function in NEXT and value in (s.args[0], self._seen_in(s))
                is_same = isinstance(s.spelling, Again) and s.spelling.view is value
                value = s.results[0] if is_next or is_same else value
            elif isinstance(s, Loop):
                value = self._after_loop(s, value)
            else:
                value = self._after_branch(s, value, block)
        return value

    def _seen_in(self, write: Op) -> Atom:
        """The version that a write makes the next one of, which may have been read once more."""
        base = write.args[0]
        while isinstance(made := self.maker.get(base), Op) and isinstance(  # type: ignore[arg-type]
            made.spelling, primitives.Again
        ):
            base = made.spelling.view
        return base

    def _after_loop(self, s: Loop, value: Value) -> Value:
        for init, carry, following, result in zip(s.inits, s.carries, s.body.results, s.results):
            if init is value:
                last = self._last_in(s.body, carry)
                if last is following and last is not carry:
                    return result
        return value

    def _after_branch(self, s: If, value: Value, block: Block) -> Value:
        last = [self._last_in(side, value) for side in sides(s)]
        if len(last) == 1:
            last.append(UNBOUND if last[0] is not value else value)  # type: ignore[arg-type]
        if last[0] is value is last[1]:
            return value
        results: list[tuple[Value, Atom, Atom]] = [
            *zip(s.results, s.then.results, s.orelse.results),
            *self.exports.get(s, ()),
        ]
        for result, then, orelse in results:
            is_own = [e is own for e, own in zip((then, orelse), last)]
            if any(is_own) and all(o or e is UNBOUND for o, e in zip(is_own, (then, orelse))):
                return result
        joined = Value(value.name, value.type, value.role, value.place)
        self.exports.setdefault(s, []).append((joined, last[0], last[1]))
        self.home[joined] = block
        return joined

    def _like(self, value: Value, scope: Scope) -> Atom | None:
        """Something at hand of the shape of a value, so that the value itself need not be kept."""
        if value in self.copies or self.aliases.is_updated(value):
            return None
        made = self.maker.get(value)
        if isinstance(made, Op):
            if made.function is operator.getitem and self.is_at_hand(made.args[1], scope):
                like = self._like_of(made.args[0], scope)
                if like is not None:
                    index = self.fetch(made.args[1], scope)
                    return scope.builder.op(
                        operator.getitem, like, index, role="temporary", type=value.type
                    )
            arrays = [a for a in made.args if not is_number(a.type)]
            alone = made.function in sizes.ELEMENTWISE and len(arrays) == 1
            for operand in made.args[:1] if made.function in WRITES else arrays:
                if (sizes.same(operand.type, value.type) or alone) and not is_number(value.type):
                    like = self._like_of(operand, scope)
                    if like is not None:
                        return like
            return None
        holder = self.holder.get(self.home[value], (None, None))[1]
        if isinstance(holder, Loop) and value in holder.carries:
            init = holder.inits[holder.carries.index(value)]
            return self._like_of(init, scope) if sizes.same(init.type, value.type) else None
        return None

    def _like_of(self, atom: Atom, scope: Scope) -> Atom | None:
        if not isinstance(atom, Value):
            return atom
        if self.home.get(atom, self.body) is self.body:
            return self.latest(atom)
        found = next((around.have[atom] for around in scope if atom in around.have), None)
        return found if found is not None else self._like(atom, scope)

    def _untouched(self, value: Value) -> Value:
        """The value itself, or a copy made before its memory was written to."""
        if not self.aliases.overwritten(value):
            return value
        if value not in self.copies:
            copy = Value(
                f"{value.name}_before" if value.role == "user" else value.name,
                value.type,
                "step",
                value.place,
            )
            self.copies[value] = copy
            self._insert(self.body, value, self._copy(value, copy))
        return self.copies[value]

    def _copy(self, value: Value, copy: Value) -> Op:
        function = np.copy if isinstance(value.type, Array) else runtime.own
        return Op((copy,), function, (value,), place=value.place)

    def _insert(self, block: Block, after: Value, op: Op) -> None:
        self.inserts.setdefault(block, []).append((after, op))

    def is_at_hand(self, atom: Atom, scope: Scope) -> bool:
        """Whether a value can be read in a scope without keeping anything more."""
        atom = self._itself(atom)
        if not isinstance(atom, Value) or self.home.get(atom, self.body) is self.body:
            return True
        if any(atom in around.have for around in scope):
            return True
        op = self.maker.get(atom)
        if isinstance(op, If):
            read = (op.test, *op.then.results, *op.orelse.results)
            return is_test(op) and all(self.is_at_hand(a, scope) for a in read)
        if not isinstance(op, Op) or not self._is_cheap(op):
            return False
        if op.function in SHAPE_OF:
            return self._of_same_shape(op.args[0], scope) is not None
        return all(self.is_at_hand(a, scope) for a in op.args)

    def _of_same_shape(self, atom: Atom, scope: Scope) -> Atom | None:
        """Something at hand that has the shape of a value: what a buffer was before a loop wrote to it."""
        while isinstance(atom, Value) and not self.is_at_hand(atom, scope):
            made = self.maker.get(atom)
            holder = self.holder.get(self.home[atom], (None, None))[1]
            if isinstance(made, Op) and made.function in WRITES:
                before = made.args[WRITES[made.function]]
            elif isinstance(holder, Loop) and atom in holder.carries:
                before = holder.inits[holder.carries.index(atom)]
            else:
                return None
            if not sizes.same(before.type, atom.type):
                return None
            atom = before
        return atom

    def _is_cheap(self, op: Op) -> bool:
        if (
            any(isinstance(a, Value) and self.aliases.overwritten(a) for a in op.args)
            and op.function not in SHAPE_ONLY
        ):
            return False
        if op.function in CHEAP or op.function is operator.pow and is_number_known(op.args[1]):
            return all(is_number(a.type) for a in op.args)
        if op.function in (range, primitives.make_tuple, slice, *SHAPE_OF):
            return True
        return op.function is operator.getitem or op.function in VIEWS

    def _again(self, value: Value, scope: Scope) -> Atom | None:
        """The value computed once more, where that is cheap."""
        op = self.maker.get(value)
        if isinstance(op, If) and is_test(op) and self.is_at_hand(value, scope):
            return self._test_again(op, value, scope)
        if (
            isinstance(op, Op)
            and op.function is primitives.unpack
            and self.is_at_hand(op.args[0], scope)
        ):
            return self._unpacked(op, value, scope)
        if not isinstance(op, Op) or len(op.results) != 1 or op.kwargs or not self._is_cheap(op):
            return None
        if op.function is operator.getitem and not self.is_at_hand(op.args[0], scope):
            return None
        if op.function in SHAPE_OF:
            like = self._of_same_shape(op.args[0], scope)
            if like is None:
                return None
            args = [self.fetch(like, scope, shape_only=True)]
        else:
            args = [self.fetch(a, scope) for a in op.args]
        spelling = op.spelling
        if spelling in (primitives.AUGMENTED, primitives.SILENT) or isinstance(spelling, Again):
            spelling = None
        copy = Value(value.name, value.type, "step", value.place, value.known)
        if op.function is primitives.make_tuple:
            copy.parts = tuple(args)
        scope.builder.add(
            Op((copy,), op.function, tuple(args), (), op.place, spelling, scope.builder.answers)
        )
        return copy

    def _test_again(self, s: If, value: Value, scope: Scope) -> Atom:
        """``a and b`` asked once more, of which only as much is evaluated as it was."""
        test = self.fetch(s.test, scope)
        scope.have.setdefault(s.test, test)  # type: ignore[arg-type]
        answers = scope.builder.answers
        sides = []
        for side in (s.then, s.orelse):
            inner = Scope(side, scope, Builder(s.place, answers=answers))
            result = self.fetch(side.results[0], inner)
            sides.append(Block((), (*inner.takes, *inner.builder.statements), (result,)))
        copy = Value(value.name, value.type, "step", value.place, value.known)
        scope.builder.add(If(test, sides[0], sides[1], (copy,), s.place, s.spelling, answers))
        return copy

    def _unpacked(self, op: Op, value: Value, scope: Scope) -> Atom | None:
        if self.aliases.overwritten(value):
            return None
        copies = tuple(Value(r.name, r.type, r.role, r.place) for r in op.results)
        source = self.fetch(op.args[0], scope)
        around = next((s for s in scope if s.block is self.home[value]), scope)
        around.takes.append(
            Op(copies, op.function, (source,), (), op.place, None, around.builder.answers)
        )
        around.have.update(zip(op.results, copies))
        return around.have[value]

    def keep(self, value: Value, scope: Scope) -> Atom:
        """The value, handed from the forward to the backward part."""
        home = self.home[value]
        if not self._in_loop(home) or self._is_attempted(home):
            if value not in self.exported:
                self.exported[value] = self._export(value, home)
            return self.fetch(self.exported[value], scope)
        around = next(s for s in scope if s.block is home)
        tape = Tape(self.tape_names.get(value) or value.name or "value", value.type)
        kept: Value = value
        if self.aliases.overwritten(value):
            kept = Value(value.name, value.type, "step", value.place)
            self._insert(home, value, self._copy(value, kept))
            self.copies[value] = kept
        self._insert(home, kept, Op((), primitives.keep, (kept,), place=value.place, spelling=tape))
        taken = Value(value.name, value.type, value.role, value.place)
        self._is_same_code(taken, value)
        around.takes.append(Op((taken,), primitives.take, (), place=value.place, spelling=tape))
        around.have[value] = taken
        return taken

    def _is_same_code(self, copy: Value, value: Value) -> None:
        """Note that a copy of an exit code is spelled as that is."""
        if value in self.exits:
            self.exits[copy] = self.exits[value]

    def _is_attempted(self, block: Block) -> bool:
        """Whether a block's turn may end in an exception that the loop survives: what it kept would have no reader."""
        while block in self.holder:
            outer, statement = self.holder[block]
            if isinstance(statement, Loop):
                return False
            if is_attempted(statement) and block is blocks(statement)[0]:
                return True
            block = outer
        return False

    def _in_loop(self, block: Block) -> bool:
        while block in self.holder:
            outer, statement = self.holder[block]
            if isinstance(statement, Loop):
                return True
            block = outer
        return False

    def _export(self, value: Value, home: Block) -> Value:
        """The value as a result of the `if` that it was made in, so that the mirror of that side can read it."""
        outer, statement = self.holder[home]
        assert isinstance(statement, If)
        kept: Atom = value
        if self.aliases.overwritten(value):
            kept = Value(value.name, value.type, "step", value.place)
            self._insert(home, value, self._copy(value, kept))
        elif (own := self._given(statement, home, value)) is not None:
            return own
        result = Value(value.name, value.type, value.role, value.place)
        self._is_same_code(result, value)
        sides = (kept, UNBOUND) if statement.then is home else (UNBOUND, kept)
        self.exports.setdefault(statement, []).append((result, *sides))
        self.home[result], self.maker[result] = outer, statement
        return result

    def _given(self, statement: If, home: Block, value: Value) -> Value | None:
        """The result of a branch that is a value on its side, and on the other one made there."""
        other = statement.orelse if home is statement.then else statement.then
        for result, own, its in zip(statement.results, home.results, other.results):
            if own is value and (not isinstance(its, Value) or self.home[its] is other):
                return result
        return None

    def rebuild(self, block: Block) -> Block:
        """The forward block with all that the backward part needs of it."""
        pending: dict[Value, list[Op]] = {}
        for after, op in self.inserts.get(block, ()):
            pending.setdefault(after, []).append(op)
        out: list[Statement] = []
        behind: list[Statement] | None = (
            None  # what is kept of a try, behind it: also if it did not end
        )

        def flush(value: Value) -> None:
            for op in pending.pop(value, ()):
                later = behind is not None and op.function is primitives.keep
                (behind if later and behind is not None else out).append(op)
                for result in op.results:
                    flush(result)

        for value in [v for v in pending if v in block.params or v not in self.maker]:
            if v_is_outside(value, pending):
                flush(value)
        for statement in block.statements:
            for rebuilt in self.instead.get(statement) or [self._rebuilt(statement)]:
                out.append(rebuilt)
                is_begin = isinstance(statement, Op) and statement.function is attempt
                behind = [] if is_begin else behind
                for value in defined(rebuilt):
                    flush(value)
                if behind is not None and isinstance(rebuilt.spelling, Try):
                    out += behind
                    behind = None
        assert not pending, f"never inserted: {pending}"
        return Block(block.params, tuple(out), block.results)

    def _rebuilt(self, s: Statement) -> Statement:
        if isinstance(s, If):
            then, orelse = self.rebuild(s.then), self.rebuild(s.orelse)
            more = self.exports.get(s, [])
            then = Block((), then.statements, (*then.results, *(a for _, a, _ in more)))
            orelse = Block((), orelse.statements, (*orelse.results, *(b for _, _, b in more)))
            results = (*s.results, *(r for r, _, _ in more))
            return If(s.test, then, orelse, results, s.place, s.spelling, s.answers)
        if isinstance(s, Loop):
            return Loop(
                s.sources, s.inits, s.test, self.rebuild(s.body), s.results, s.count, s.limit, s.backward,
                s.place, s.spelling, s.answers,
            )  # fmt: skip
        return s


def is_test(s: If) -> bool:
    """Whether a branch is the value of ``a and b``, ``a or b`` or ``a < b < c``."""
    return s.spelling in ("and", "or", "chain") and len(s.results) == 1


def unbound_somewhere(function: Function) -> set[Atom]:
    """Values that are not bound on some way: where a side leaves, or a loop does not run."""
    unbound: set[Atom] = {UNBOUND, *half_bound_in(function.body)}
    before = 0
    while len(unbound) > before:
        before = len(unbound)
        for s in walk(function.body):
            if isinstance(s, If):
                for result, *ends in zip(s.results, *(b.results for b in sides(s))):
                    unbound |= {result} if unbound.intersection(ends) else set()
            elif isinstance(s, Loop):
                for carry, init, result in zip(s.carries, s.inits, s.results):
                    unbound |= {carry, result} if init in unbound else set()
                unbound |= set(s.results[len(s.carries) : -1])
    return unbound


def v_is_outside(value: Value, pending: dict[Value, list[Op]]) -> bool:
    """Whether a value is made by no statement of the block: a parameter or a leaf."""
    return not any(value in op.results for ops in pending.values() for op in ops)


def is_number_known(atom: Atom) -> bool:
    """Whether an atom is a number that the text says."""
    return type(atom.known) in (int, float)
