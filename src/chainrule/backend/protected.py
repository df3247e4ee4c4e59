"""The text of `try` and `with` (`ir.regions`): the user's own, with a mark set where the backward part asks for it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from chainrule import errors
from chainrule.backend import layout
from chainrule.ir import primitives, regions
from chainrule.ir.form import (
    Atom,
    Block,
    Function,
    If,
    Op,
    Statement,
    Tape,
    Value,
    blocks,
    operands,
    walk,
)
from chainrule.ir.regions import FINAL, HANDLER, SEGMENT, WITH, Handler, Try

if TYPE_CHECKING:
    from chainrule.backend.emit import Writer

Tail = Callable[[tuple[Atom, ...], int], None]


def marks_read(function: Function) -> set[Atom]:
    """The marks of `try` statements that are read by more than the text of the `try` itself."""
    found: set[Atom] = set(function.body.results)
    for s in walk(function.body):
        own = isinstance(s, If) and (
            s.spelling in (SEGMENT, HANDLER) or isinstance(s.spelling, Try)
        )
        found.update(() if own else operands(s))
        for block in blocks(s):
            found.update(block.results)
    return found


def following(statements: Iterator[Statement]) -> list[Statement]:
    """What belongs to a `try` whose marks have just been made: up to the branch that ends it."""
    found = []
    for s in statements:
        found.append(s)
        if isinstance(s.spelling, Try):
            return found
    raise AssertionError("a try has no end")


def up_to_final(statements: Iterator[Statement]) -> tuple[list[Statement], If]:
    """What stands between a `try` and its `finally`, and that."""
    between: list[Statement] = []
    for s in statements:
        if isinstance(s, If) and s.spelling == FINAL:
            return between, s
        between.append(s)
    raise AssertionError("a try has no finally")


def write_with(w: Writer, s: If, depth: int, end: Tail) -> None:
    """``with manager as name:`` and what stands in it."""
    item = ast.withitem(w.speller.atom(s.test), _entered(w, s.then))
    w.head(ast.With([item], [ast.Pass()]), depth, w.beside(s))
    _body(w, s.then, depth + 1, end)


def _entered(w: Writer, block: Block) -> ast.expr | None:
    for op in block.statements[:1]:
        if isinstance(op, Op) and op.function is regions.enter and op.results[0] in w.names:
            return ast.Name(w.names[op.results[0]])
    return None


def _body(w: Writer, block: Block, depth: int, end: Tail) -> None:
    before = len(w.lines)
    w.block(block, depth, end)
    if not _says_something(w.lines[before:]):
        w.put(ast.Pass(), depth)


def _spelled(classes: ast.expr) -> str:
    text = layout.expression(classes)
    return f"({text})" if isinstance(classes, ast.Tuple) and not text.startswith("(") else text


def _says_something(lines: Sequence[str]) -> bool:
    return any(line.strip() and not line.strip().startswith("#") for line in lines)


def write_finally(w: Writer, s: If, between: Sequence[Statement], final: If, depth: int) -> None:
    """``try: … finally: …``; a `try` that is all that stands in it gets the clause itself."""

    _check_names(w, s, final)

    def end(results: tuple[Atom, ...], inner: int) -> None:
        w.flow.hand_over(s.results, results, inner)
        for statement in between:
            w.statement(statement, inner)

    lines = w.flow.captured(s.then, depth + 1, end)
    if _is_one_try(lines, depth + 1):
        w.lines += [line.removeprefix("    ") for line in lines]
    else:
        w.word("try:", depth)
        w.lines += lines
        if not _says_something(lines):
            w.put(ast.Pass(), depth + 1)
    w.word("finally:", depth)
    _body(
        w,
        final.then,
        depth + 1,
        lambda results, inner: w.flow.hand_over(final.results, results, inner),
    )


def _check_names(w: Writer, s: If, final: If) -> None:
    """Refuse a `finally` that reads a name which has several in the text: an exception may leave any of them."""
    read = {a for x in walk(final.then) for a in operands(x) if a in s.results}
    for value in read & set(w.names.wanted):
        assert isinstance(value, Value)
        name = w.names.wanted[value]
        if any(w.names[v] != name for v in w.names.order if w.names.wanted[v] == name):
            raise errors.UnsupportedStatement(
                f"a finally that reads {name} is not understood here: the derivative needs several of its values",
                final.place,
                help=[f"copy {name} to another name where it is assigned, and read that"],
            )


def _is_one_try(lines: Sequence[str], depth: int) -> bool:
    pad = "    " * depth
    own = [line[len(pad) :] for line in lines if line.strip() and line[len(pad)] not in " )]}#"]
    return own[:1] == ["try:"] and all(x.startswith(("except", "else:")) for x in own[1:])


def write_try(
    w: Writer, op: Op, parts: Sequence[Statement], depth: int, tail: Tail | None, block: Block
) -> None:
    """A `try`, or a `with` that may swallow an exception, from its marks to its last clause."""
    _before(w, op, parts, depth)
    region = _Region(w, op, parts, tail, block)
    if region.last.spelling.swallows:
        region.write_with(depth)
    else:
        region.write(depth)


def _before(w: Writer, op: Op, parts: Sequence[Statement], depth: int) -> None:
    """Marks that are false so far, and what handlers read that no stretch has given yet."""
    for mark in op.results:
        if mark in w.marks:
            w.put(ast.Assign([ast.Name(w.names[mark])], ast.Constant(False)), depth)
    _note_lengths(w, op, parts, depth)
    given: dict[Value, Atom] = {}
    for s in parts[:-1]:
        if isinstance(s, If):
            for result, atom in zip(s.results, s.orelse.results):
                given[result] = given.get(atom, atom) if isinstance(atom, Value) else atom
    w.flow.hand_over(list(given), list(given.values()), depth)


def _note_lengths(w: Writer, op: Op, parts: Sequence[Statement], depth: int) -> None:
    """How much is on the tapes of the loops inside, so that a turn that an exception ends leaves nothing there."""
    for tape, name in w.lengths(op, parts).items():
        length = ast.Call(w.imports.builtin("len"), [ast.Name(w.tapes.name(tape))], [])
        w.put(ast.Assign([ast.Name(name)], length), depth)


def _cut_back(w: Writer, op: Op, parts: Sequence[Statement], depth: int) -> None:
    for tape, name in w.lengths(op, parts).items():
        rest = ast.Subscript(ast.Name(w.tapes.name(tape)), ast.Slice(ast.Name(name), None, None))
        w.put(ast.Delete([rest]), depth)


def tapes_inside(parts: Sequence[Statement]) -> list[Tape]:
    """The tapes that loops inside a try keep on."""
    return [
        s.spelling
        for part in parts
        for s in walk(blocks(part)[0] if isinstance(part, If) else Block((), (part,)))
        if isinstance(s, Op) and s.function is primitives.keep
    ]


class _Region:
    """One `try` in the writing."""

    def __init__(
        self, w: Writer, op: Op, parts: Sequence[Statement], tail: Tail | None, block: Block
    ) -> None:
        self.w, self.op, self.parts, self.tail, self.block = w, op, parts, tail, block
        last = parts[-1]
        assert isinstance(last, If)
        self.last = last

    def write(self, depth: int) -> None:
        w, last = self.w, self.last
        comment = w.beside(last)
        w.word("try:" + (f"  {comment}" if comment else ""), depth)
        before = len(w.lines)
        for s in self.parts[:-1]:
            self.segment(s, depth + 1)
        w.block(Block((), last.then.statements[: self.at_end]), depth + 1)
        self.mark(self.op.results[0], depth + 1)
        if not _says_something(w.lines[before:]):
            w.put(ast.Pass(), depth + 1)
        orelse = self.captured(last.then, self.at_end, depth + 1, self.end(0))
        self.handlers(depth)
        if orelse:
            w.word("else:", depth)
            w.lines += orelse

    def write_with(self, depth: int) -> None:
        """A `with` whose end may not be reached although what follows it is."""
        w, done = self.w, self.op.results[0]
        statements = self.last.then.statements
        at = next(i for i, s in enumerate(statements) if isinstance(s, If) and s.spelling == WITH)
        managed = statements[at]
        assert isinstance(managed, If)
        w.block(Block((), statements[:at]), depth)
        rest = self.last.then.statements[self.at_end :]

        def end(results: tuple[Atom, ...], inner: int) -> None:
            w.flow.hand_over(managed.results, results, inner)
            self.mark(done, inner)
            w.block(Block((), rest, self.last.then.results), inner, self.end(0))

        write_with(w, managed, depth, end)
        lines, w.lines = w.lines, []
        _cut_back(w, self.op, self.parts, depth + 1)
        w.block(self.last.orelse, depth + 1, self.end(1))
        other, w.lines = w.lines, lines
        if other:
            test = ast.UnaryOp(ast.Not(), ast.Name(w.names[done]))
            w.head(ast.If(test, [ast.Pass()], []), depth)
            w.lines += other

    @property
    def at_end(self) -> int:
        statements = self.last.then.statements
        ends = (
            i
            for i, s in enumerate(statements)
            if isinstance(s, Op) and s.function is regions.completed
        )
        return next(ends, len(statements))

    def mark(self, mark: Value, depth: int) -> None:
        if mark in self.w.marks:
            self.w.put(ast.Assign([ast.Name(self.w.names[mark])], ast.Constant(True)), depth)

    def segment(self, s: Statement, depth: int) -> None:
        w = self.w
        if not isinstance(s, If):
            w.statement(s, depth)
            return
        w.block(s.then, depth, lambda results, inner: self.reached(s, results, inner))

    def reached(self, s: If, results: tuple[Atom, ...], depth: int) -> None:
        """The end of a stretch: what handlers may read of it is in its place now."""
        self.w.flow.hand_over(s.results, results, depth)
        later = dict(zip(s.results, results))
        for other in self.chain(s):
            pairs = [(r, a) for r, a in zip(other.results, other.orelse.results) if a in later]
            self.w.flow.hand_over([r for r, _ in pairs], [a for _, a in pairs], depth)
            later.update(pairs)
        assert isinstance(s.test, Value)
        self.mark(s.test, depth)
        _note_lengths(self.w, self.op, self.parts, depth)

    def chain(self, s: If) -> list[If]:
        """The stretches behind one."""
        behind = self.parts[self.parts.index(s) + 1 : -1]
        return [x for x in behind if isinstance(x, If)]

    def end(self, side: int) -> Tail:
        return self.w.flow.end_of(self.last, side, self.tail, self.block)

    def captured(self, block: Block, start: int, depth: int, end: Tail) -> list[str]:
        return self.w.flow.captured(Block((), block.statements[start:], block.results), depth, end)

    def handlers(self, depth: int) -> None:
        block = self.last.orelse
        end = self.end(1)
        for i, handler in enumerate(self.last.spelling.handlers):
            inner = block
            if i + 1 < len(self.last.spelling.handlers):
                s = block.statements[0]
                assert isinstance(s, If) and s.spelling == HANDLER and isinstance(s.test, Value)
                here, rest = block, end
                inner, block = s.then, s.orelse
                end = self.joined(s, here, rest)
                self.handler(handler, inner, depth, s.test, end)
            else:
                self.handler(handler, inner, depth, None, end)

    def joined(self, s: If, block: Block, end: Tail) -> Tail:
        """The end of a handler: its part of the branch between handlers, and what stands behind that."""

        def tail(results: tuple[Atom, ...], depth: int) -> None:
            self.w.flow.hand_over(s.results, results, depth)
            for statement in block.statements[1:]:
                self.w.statement(statement, depth)
            end(block.results, depth)

        return tail

    def handler(
        self, handler: Handler, block: Block, depth: int, mark: Value | None, end: Tail
    ) -> None:
        w = self.w
        error = next(
            (
                s.results[0]
                for s in block.statements
                if isinstance(s, Op) and s.function is regions.caught
            ),
            None,
        )
        classes: list[ast.expr] = [w.speller.atom(c) for c in handler.classes]
        what = ast.Tuple(classes) if handler.is_tuple else next(iter(classes), None)
        name = w.names[error] if error is not None and error in w.names else None
        text = "except" + (f" {_spelled(what)}" if what is not None else "")
        w.word(text + (f" as {name}:" if name else ":"), depth)
        if mark is not None:
            self.mark(mark, depth + 1)
        _cut_back(w, self.op, self.parts, depth + 1)
        _body(w, block, depth + 1, end)
