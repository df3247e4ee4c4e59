"""The one place that writes text: a function of the form as the source of a Python function."""

from __future__ import annotations

import ast
import inspect
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule import runtime
from chainrule.analysis.builder import constant, is_literal
from chainrule.backend import layout
from chainrule.backend.fold import Folding
from chainrule.backend.guards import apart_for, distinct_for, guard_for
from chainrule.backend.into import call_of
from chainrule.backend.names import Names
from chainrule.backend.protected import (
    following,
    marks_read,
    tapes_inside,
    up_to_final,
    write_finally,
    write_try,
    write_with,
)
from chainrule.backend.spell import BINARY, Imports, Speller, constant_of, is_flag
from chainrule.backend.tapes import Tapes, within
from chainrule.backend.updating import statement_of
from chainrule.ir import primitives, regions
from chainrule.ir.form import (
    MISSING,
    UNBOUND,
    Atom,
    Block,
    Const,
    Function,
    If,
    Loop,
    Op,
    Param,
    Statement,
    Tape,
    Value,
    operands,
    walk,
)
from chainrule.ir.primitives import AUGMENTED, SILENT, Again, Store
from chainrule.ir.regions import FINALLY, WITH, half_bound_in, sides
from chainrule.ir.types import is_number


class Text(NamedTuple):
    """A function's source, and what its names stand for beside those of the user's module."""

    name: str
    body: str
    imports: dict[str, Any]
    guards: int = 0  # how many statements test the types
    companions: tuple[str, ...] = ()  # the functions that stand above the one that is meant


def emit(
    function: Function, docstring: str = "", textbook: bool = False, guarded: bool = False
) -> Text:
    """The source of a function.

    Parameters
    ----------
    docstring
        What the function says of itself.
    textbook
        One chain-rule step a statement, with the primal statement beside it.
    guarded
        Whether it opens with a test of the types that it was made for.
    """
    writer = _Writer(function, textbook)
    guard = guard_for(function, writer.imports) if guarded else ()
    writer.function_header(docstring, guard)
    writer.block(function.body, 1)
    writer.result(function.body.results[0])
    return Text(function.name, "\n".join(writer.lines) + "\n", writer.imports.needed, len(guard))


Tail = Callable[[tuple[Atom, ...], int], None]
"""Writes what the results of a block mean where it ends."""


class _Writer:
    def __init__(self, function: Function, textbook: bool) -> None:
        self.function, self.textbook = function, textbook
        self.folding = Folding(function, textbook)
        self.names = Names(function, self.folding)
        self.imports = Imports(function)
        self.speller = Speller(function, self.folding, self.names, self.imports)
        self.tapes = Tapes(function, self.names, self.folding.uses)
        self.speller.tape = self.tapes.name
        self.marks = marks_read(function)
        self.unheard = self._unheard(function)
        self.kept_lengths: dict[Op, dict[Tape, str]] = {}
        self.looped = {s for s, loops in within(function.body, ()) if loops}
        self.unsure = self._unsure(function)
        self.lines: list[str] = []
        self.sentence: Any = None
        self.said: dict[int, str] = {}
        self.backward = False
        self.has_line = "half" not in function.facts and any(
            isinstance(s, Op) and s.function is primitives.line for s in function.body.statements
        )

    def _unheard(self, function: Function) -> set[Atom]:
        """The exit codes that only say that a loop goes on, which is what it does anyway."""
        uses = self.folding.uses
        found: set[Atom] = set()
        for s in reversed(list(walk(function.body))):
            if isinstance(s, Loop):
                self._hear(s.code, found, uses)
        for s in walk(function.body):
            if isinstance(s, If):
                for result, *ends in zip(s.results, s.then.results, s.orelse.results):
                    for end in ends if result in found else ():
                        self._hear(end, found, uses)
        return found

    def _hear(self, code: Atom, found: set[Atom], uses: Counter[Value]) -> None:
        codes = self.speller.exits.get(code)
        if isinstance(code, Value) and uses[code] == 1 and codes is not None and max(codes) <= 0:
            found.add(code)

    def _unsure(self, function: Function) -> set[str]:
        """Names that our own statements may read before they are bound: these are bound to None."""
        unbound: set[Atom] = {UNBOUND, *half_bound_in(function.body)}
        before = -1
        while len(unbound) > before:
            before = len(unbound)
            for s in walk(function.body):
                if isinstance(s, If):
                    for r, *ends in zip(s.results, *(b.results for b in sides(s))):
                        unbound |= {r} if unbound.intersection(ends) else set()
                elif isinstance(s, Loop):
                    count = len(s.carries)
                    for c, i, r in zip(s.carries, s.inits, s.results):
                        unbound |= {c, r} if i in unbound else set()
                    unbound |= set(s.results[count:-1])
        read = [
            a
            for s in walk(function.body)
            if isinstance(s, Op) and s.function in READ_UNBOUND
            for a in operands(s)
        ]
        read += [a for r, a in handed_over(function) if not self.names.shared(r, a)]
        return {
            self.names[a] for a in read if a in unbound and isinstance(a, Value) and a in self.names
        }

    # Lines

    def put(self, node: ast.stmt, depth: int, comment: str | None = None) -> None:
        self.lines += layout.statement(node, depth, comment)

    def head(
        self, node: ast.stmt, depth: int, comment: str | None = None, elif_: bool = False
    ) -> None:
        self.lines += layout.header(node, depth, comment, elif_=elif_)

    def word(self, text: str, depth: int) -> None:
        self.lines.append("    " * depth + text)

    def function_header(self, docstring: str, guard: Sequence[ast.stmt]) -> None:
        node = ast.FunctionDef(
            self.function.name, signature(self.function.params, self.imports), [ast.Pass()], []
        )
        self.head(node, 0)
        if docstring:
            self.lines += [
                "    " + line if line else "" for line in f'"""{docstring}"""'.split("\n")
            ]
        apart = apart_for(self.function, self.imports)
        for statement in (*guard, *apart, *distinct_for(self.function, self.imports)):
            if isinstance(statement, ast.If):
                self.head(statement, 1)
                self.put(statement.body[0], 2)
            else:
                self.put(statement, 1)
        if self.has_line:
            self.word("# Forward", 1)
        self.tapes_of(self.function.body, 1)
        params = {p.value.name for p in self.function.params}
        for name in sorted(self.unsure - params):
            self.put(ast.Assign([ast.Name(name)], ast.Constant(None)), 1)

    def lengths(self, op: Op, parts: Sequence[Statement]) -> dict[Tape, str]:
        """The names that hold how long the tapes inside a `try` are, if it stands in a loop that it may outlive."""
        if op not in self.kept_lengths:
            inside = tapes_inside(parts) if op in self.looped else []
            self.kept_lengths[op] = {t: self.tapes.fresh("kept") for t in inside}
        return self.kept_lengths[op]

    def tapes_of(self, block: Block, depth: int) -> None:
        for name in self.tapes.lists:
            self.put(ast.Assign([ast.Name(name)], ast.List([])), depth)

    # Statements

    def block(self, block: Block, depth: int, tail: Tail | None = None) -> None:
        """The statements of a block, and then what its results mean."""
        statements = iter(block.statements)
        for s in statements:
            last = block.statements[-1]
            ends = tail if tail is not None and self._ends_in(last, block) else None
            if isinstance(s, Op) and s.function is regions.attempt:
                parts = following(statements)
                self.comments(s, depth)
                ends = ends if parts[-1] is last else None
                write_try(self, s, parts, depth, ends, block)
                if ends is not None:
                    return
                continue
            if isinstance(s, If) and s.spelling == FINALLY:
                self.comments(s, depth)
                write_finally(self, s, *up_to_final(statements), depth)
                continue
            if ends is not None and s is last:
                self.comments(s, depth)
                self.branch(s, depth, tail, block)  # type: ignore[arg-type]
                return
            self.statement(
                s,
                depth
                + (
                    self.backward and block is self.function.body and "split" in self.function.facts
                ),
            )
        if tail is not None:
            tail(block.results, depth)

    def _ends_in(self, s: Statement, block: Block) -> bool:
        """Whether a block's last statement is a branch that decides where control goes."""
        return (
            isinstance(s, If)
            and self.folding.is_written(s)
            and any(
                isinstance(r, Value) and r.role == "code" and r in s.results for r in block.results
            )
        )

    def statement(self, s: Statement, depth: int) -> None:
        if not self.folding.is_written(s) or _is_silent(s):
            return
        if isinstance(s, Op) and s.function is primitives.line:
            if self.has_line:
                self.line(depth)
            self.backward = True
            return
        if isinstance(s, Op) and (
            s.function is primitives.take and self.tapes.is_zipped(s) or s in self.tapes.targets
        ):
            return
        self.comments(s, depth)
        if isinstance(s, Op):
            self.operation(s, depth)
        elif isinstance(s, If):
            self.branch(s, depth)
        else:
            self.loop(s, depth)

    def line(self, depth: int) -> None:
        """The line between the parts: the result gets its name here at the latest."""
        last = self.function.facts.get("last")
        said = self.sentence.text if self.sentence is not None else None
        if last is not None and last.text != said:
            for comment in (*last.above, *filter(None, [last.beside])):
                self.word(comment, depth)
        self.backward = True
        self.sentence = None
        self.lines.append("")
        self.word("# Backward", depth)
        if "split" in self.function.facts:
            seed = ast.arg(self.function.facts["split"].name)
            args = ast.arguments([], [seed], None, [], [], None, [])
            self.head(ast.FunctionDef("pullback", args, [ast.Pass()], []), depth)

    def comments(self, s: Statement, depth: int) -> None:
        """The user's comments above a statement, or in the backward part the statement that is answered."""
        place = s.answers if self.backward else s.place
        sentence = getattr(place, "sentence", None)
        if (
            sentence is None
            or sentence is self.sentence
            or not self.backward
            and s.answers is not None
        ):
            return
        self.sentence = sentence
        if self.backward:
            if not self.textbook and not self._says_itself(s, sentence.text):
                self.word(f"# {sentence.text}", depth)
        else:
            for comment in sentence.above:
                self.word(comment, depth)

    def _says_itself(self, s: Statement, quoted: str) -> bool:
        """Whether a branch reads as the statement that it answers."""
        return isinstance(s, If) and quoted == f"if {layout.expression(self.speller.atom(s.test))}:"

    def beside(self, s: Statement) -> str | None:
        """The comment on the statement's own line."""
        if self.backward:
            return None
        sentence = getattr(s.place, "sentence", None)
        return sentence.beside if sentence is not None and self._is_last(s) else None

    def _is_last(self, s: Statement) -> bool:
        return (
            not isinstance(s, Op)
            or bool(s.results and s.results[0].role == "user")
            or any(r is self.function.facts.get("value") for r in s.results)
            or s.function in (primitives.store, primitives.update)
        )

    def operation(self, op: Op, depth: int) -> None:
        special = STATEMENTS.get(op.function)
        comment = self.textbook_comment(op) if self.textbook and self.backward else self.beside(op)
        before = len(self.lines)
        if special is not None:
            special(self, op, depth, comment)
            return
        value = self.speller.operation(op)
        if (
            not op.results
            or op.results[0].role == "step"
            and not any(self.folding.uses[r] for r in op.results)
        ):
            self.put(ast.Expr(value), depth, comment)
            return
        target = ast.Name(self.names[op.results[0]])
        if isinstance(value, ast.Name) and value.id == target.id:
            return
        augmented = self.augmented(op)
        node = augmented if augmented is not None else ast.Assign([target], value)
        self.put(node, depth, comment)
        if (
            self.textbook
            and comment is not None
            and len(self.lines[-1]) > layout.WIDTH
            or len(self.lines) > before + 1
        ):
            del self.lines[before:]
            if comment is not None:
                self.word(comment, depth)
            self.put(node, depth)
        if self.textbook and not self.backward:
            self.said[id(op.place)] = " ".join(line.strip() for line in self.lines[before:])

    def augmented(self, op: Op) -> ast.stmt | None:
        """``x += y``, where the user wrote so, or a number of the backward part grows."""
        if op.function not in BINARY or not self.names.shared(op.results[0], op.args[0]):
            return None
        own = op.spelling == AUGMENTED
        if not own and not (
            self.backward and op.results[0].role == "cotangent" and op.function in GROWS
        ):
            return None
        if not own and not _is_plain_number(op):
            return None
        return ast.AugAssign(
            ast.Name(self.names[op.results[0]]), BINARY[op.function], self.speller.atom(op.args[1])
        )

    def textbook_comment(self, op: Op) -> str | None:
        said = self.said.get(id(op.answers))
        return f"# {said}" if said else None

    # Branches

    def branch(
        self,
        s: If,
        depth: int,
        tail: Tail | None = None,
        block: Block | None = None,
        elif_: bool = False,
    ) -> None:
        """An `if` statement; at the end of a block, with the jumps that its sides make."""
        if s.spelling == WITH:
            write_with(self, s, depth, self.end_of(s, 0, tail, block))
            return
        test = self.speller.atom(s.test)
        ways = [
            (s.then, self.end_of(s, 0, tail, block)),
            (s.orelse, self.end_of(s, 1, tail, block)),
        ]
        texts = [self.captured(b, depth + 1, end) for b, end in ways]
        comment = self.beside(s)
        if isinstance(test, ast.Name):
            texts[0] = [line for line in texts[0] if line.strip() != f"{test.id} = True"]
        texts = [[] if _says_nothing(lines) else lines for lines in texts]
        if not texts[0] and not texts[1]:
            return
        if not texts[0]:
            test, texts = negated(test), [texts[1], []]
        self.head(ast.If(test, [ast.Pass()], []), depth, comment, elif_)
        self.lines += texts[0]
        if not texts[1]:
            return
        if tail is not None and _jumps(texts[0][-1]) or _raises(texts[0], depth + 1):
            self.lines += [line.removeprefix("    ") for line in texts[1]]
            return
        if _is_elif(texts[1], depth + 1):
            first, *more = [line.removeprefix("    ") for line in texts[1]]
            self.lines += [first.replace("if ", "elif ", 1), *more]
            return
        self.word("else:", depth)
        self.lines += texts[1]

    def end_of(self, s: If, side: int, tail: Tail | None, block: Block | None) -> Tail:
        def end(results: tuple[Atom, ...], depth: int) -> None:
            if tail is None or block is None:
                self.hand_over(s.results, results, depth)
                return
            given = dict(zip(s.results, results))
            tail(
                tuple(given.get(r, r) if isinstance(r, Value) else r for r in block.results), depth
            )

        return end

    def captured(self, block: Block, depth: int, end: Tail) -> list[str]:
        outer, self.lines = self.lines, []
        sentence = self.sentence
        self.block(block, depth, end)
        self.sentence = sentence
        lines, self.lines = self.lines, outer
        return lines

    def hand_over(self, receivers: Sequence[Value], given: Sequence[Atom], depth: int) -> None:
        """Assign values to the names under which what follows reads them."""
        pairs = [
            (r, a)
            for r, a in zip(receivers, given)
            if r in self.names
            and self.folding.uses[r]
            and r not in self.unheard
            and not (isinstance(a, Const) and a.text == "undefined")
            and not self.names.shared(r, a)
            and not self._is_there(r, a)
        ]
        if not pairs:
            return
        targets: list[ast.expr] = [ast.Name(self.names[r]) for r, _ in pairs]
        values = [self.speller.handed(r, a) for r, a in pairs]
        written = {t.id for t in targets if isinstance(t, ast.Name)}
        read = {n.id for v in values[1:] for n in ast.walk(v) if isinstance(n, ast.Name)}
        if len(pairs) > 1 and written & read:
            self.put(ast.Assign([ast.Tuple(targets)], ast.Tuple(values)), depth)
            return
        for target, value in zip(targets, values):
            self.put(ast.Assign([target], value), depth)

    def _is_there(self, receiver: Value, given: Atom) -> bool:
        """Whether what is handed over is read under the very name already."""
        text = self.speller.atom(given) if given in self.folding.folded else None
        return isinstance(text, ast.Name) and text.id == self.names[receiver]

    # Loops

    def loop(self, s: Loop, depth: int) -> None:
        self.tapes.open(s, depth, self)
        self.hand_over(s.carries, s.inits, depth)
        code = s.results[-1]
        has_code = code in self.names and code in self.tapes.read
        if has_code:
            self.put(ast.Assign([ast.Name(self.names[code])], self.speller.exit(code, 0)), depth)
        counts = s.count is not None and s.count in self.tapes.counted
        if counts:
            assert s.count is not None
            self.put(ast.Assign([ast.Name(self.names[s.count])], ast.Constant(0)), depth)
        comment = self.beside(s)
        if s.test is not None:
            self._while_header(s, depth, comment)
        else:
            target, iterable = self.tapes.header(s, self.speller)
            self.head(ast.For(target, iterable, [ast.Pass()], []), depth, comment)
        before = len(self.lines)
        if counts:
            assert s.count is not None
            count = ast.Name(self.names[s.count])
            self.put(ast.AugAssign(count, ast.Add(), ast.Constant(1)), depth + 1)
        self.block(
            s.body, depth + 1, lambda results, inner: self._turn(s, results, inner, has_code)
        )
        if len(self.lines) == before:
            self.put(ast.Pass(), depth + 1)
        self.sentence = None if self.backward else self.sentence
        self.hand_over(s.results[: len(s.carries)], s.carries, depth)

    def _while_header(self, s: Loop, depth: int, comment: str | None) -> None:
        assert s.test is not None
        if any(self.folding.is_written(x) for x in s.test.statements):
            self.head(ast.While(ast.Constant(True), [ast.Pass()], []), depth, comment)
            self.block(s.test, depth + 1)
            test = negated(self.speller.atom(s.test.results[0]))
            self.head(ast.If(test, [ast.Pass()], []), depth + 1)
            self.put(ast.Break(), depth + 2)
        else:
            self.head(
                ast.While(self.speller.atom(s.test.results[0]), [ast.Pass()], []), depth, comment
            )

    def _turn(self, s: Loop, results: tuple[Atom, ...], depth: int, has_code: bool) -> None:
        """What the end of a turn means: the next carries, and whether there is a next turn."""
        count = len(s.carries)
        code = results[-1]
        leaves = code.known is not MISSING and code.known > 0
        self.hand_over(s.carries, results[:count], depth)
        if leaves or code.known is MISSING:
            self.hand_over(s.results[count:-1], results[count:-1], depth)
        if leaves:
            if has_code:
                exit_ = self.speller.exit(s.results[-1], code.known)
                self.put(ast.Assign([ast.Name(self.names[s.results[-1]])], exit_), depth)
            self.put(ast.Break(), depth)
        elif code.known is MISSING:
            self._leave(s, code, depth, has_code)

    def _leave(self, s: Loop, code: Atom, depth: int, has_code: bool) -> None:
        """Leave a loop if an exit code that is known only here says so."""
        codes = self.speller.exits.get(code)
        if codes is not None and max(codes) <= 0:
            return
        test = self.speller.atom(code)
        if not is_flag(codes):
            test = ast.Compare(test, [ast.Gt()], [ast.Constant(0)])
        self.head(ast.If(test, [ast.Pass()], []), depth)
        result = s.results[-1]
        if has_code and not self.names.shared(result, code):
            only = (
                constant(max(codes))
                if codes is not None and sum(c > 0 for c in codes) == 1
                else code
            )
            self.put(
                ast.Assign([ast.Name(self.names[result])], self.speller.handed(result, only)),
                depth + 1,
            )
        self.put(ast.Break(), depth + 1)

    def result(self, atom: Atom) -> None:
        if "split" not in self.function.facts:
            self.put(ast.Return(self.speller.atom(atom)), 1)
            return
        made = self.function.body.statements[-1]
        assert isinstance(made, Op) and made.function is primitives.make_tuple
        value, gradients = made.args
        self.put(ast.Return(self.speller.atom(gradients)), 2)
        self.lines.append("")
        self.put(ast.Return(ast.Tuple([self.speller.atom(value), ast.Name("pullback")])), 1)


def _is_silent(s: Statement) -> bool:
    if isinstance(s, Op) and s.function in SILENT_OPS:
        return True
    return s.spelling == SILENT or isinstance(s.spelling, Again)


def _is_plain_number(op: Op) -> bool:
    return is_number(op.results[0].type) and is_number(op.args[0].type)


def handed_over(function: Function) -> Iterator[tuple[Value, Atom]]:
    """Each value that a branch or a loop gives a name to, with what it takes."""
    for s in walk(function.body):
        if isinstance(s, If):
            for block in (s.then, s.orelse):
                yield from zip(s.results, block.results)
        elif isinstance(s, Loop):
            yield from zip(s.carries, s.inits)
            yield from zip(s.carries, s.body.results)
            yield from zip(s.results, s.carries)


SILENT_OPS = {regions.completed, regions.enter, regions.caught}
"""Operations that have their text in that of a `try` or a `with`."""

READ_UNBOUND = {
    primitives.keep,
    primitives.save,
    np.zeros_like,
    runtime.zeros_like,
    runtime.zeros_of,
    np.copy,
    runtime.own,
    np.shape,
    runtime.unbroadcast,
}
"""Functions that our own statements call on what the user's statements may not have bound."""

GROWS = {f for f, node in BINARY.items() if isinstance(node, ast.Add | ast.Sub)}


def _says_nothing(lines: list[str]) -> bool:
    """Whether there is no statement among these lines."""
    return all(line.lstrip().startswith("#") for line in lines)


def _jumps(line: str) -> bool:
    return line.strip().split(" ")[0] in ("break", "continue", "return")  # never `returned = True`


def _raises(lines: list[str], depth: int) -> bool:
    """Whether the last statement of these lines raises."""
    pad = "    " * depth
    own = [
        line[len(pad) :]
        for line in lines
        if line.startswith(pad) and line[len(pad) :][:1] not in (" ", ")", "#")
    ]
    return bool(own) and own[-1].split("(")[0].split()[0] == "raise"


def _is_elif(lines: list[str], depth: int) -> bool:
    """Whether the `else` side is one `if` statement, with its own `else`."""
    pad = "    " * depth
    own = [
        line
        for line in lines
        if line.startswith(pad) and not line[len(pad) :].startswith((" ", ")"))
    ]
    if not own or not own[0][len(pad) :].startswith("if "):
        return False
    return all(line[len(pad) :].startswith(("elif ", "else:")) for line in own[1:])


def negated(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in OPPOSITE:
        return ast.Compare(test.left, [OPPOSITE[type(test.ops[0])]()], test.comparators)
    return ast.UnaryOp(ast.Not(), test)


OPPOSITE = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
"""Comparisons whose opposite is another, for numbers that are not numbers too."""


def signature(params: Sequence[Param], imports: Imports) -> ast.arguments:
    """The parameters of a function, with annotations and defaults that the text can say."""
    args = ast.arguments([], [], None, [], [], None, [])
    for p in params:
        node = ast.arg(p.value.name, annotation_of(p.annotation, imports))
        default = default_of(p, imports)
        if p.kind is inspect.Parameter.POSITIONAL_ONLY:
            args.posonlyargs.append(node)
        elif p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            args.args.append(node)
        elif p.kind is inspect.Parameter.VAR_POSITIONAL:
            args.vararg = node
        elif p.kind is inspect.Parameter.VAR_KEYWORD:
            args.kwarg = node
        else:
            args.kwonlyargs.append(node)
            args.kw_defaults.append(default)
            continue
        if default is not None and p.kind not in (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        ):
            args.defaults.append(default)
    return args


def annotation_of(annotation: Any, imports: Imports) -> ast.expr | None:
    """An annotation in the text, where it is short and can be read there."""
    if annotation in (int, float, bool, str, complex):
        return ast.Name(annotation.__name__)
    if isinstance(annotation, str):
        return annotation_of(
            {"int": int, "float": float, "bool": bool, "str": str}.get(annotation, MISSING), imports
        )
    if annotation is np.ndarray:
        return ast.Attribute(ast.Name(imports.module(np, "np")), "ndarray")
    return None


def default_of(p: Param, imports: Imports) -> ast.expr | None:
    if p.default is MISSING:
        return None
    if is_literal(p.default):
        return constant_of(p.default, imports)
    return ast.Constant(...)  # set on the function when it is loaded


def _store(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    base, through, value, *path = op.args
    spelling: Store = op.spelling
    shown = path[len(path) - spelling.depth :] if spelling.depth else []
    if spelling.call is not None:
        call = call_of(w.speller, op, spelling.call, w.speller.atom(through))
        if call is not None:
            w.put(ast.Expr(call), depth, comment)
            return
    target = w.speller.path(w.speller.atom(through), tuple(shown))
    made = w.folding.folded.get(value) if isinstance(value, Value) else None
    if (
        isinstance(made, Op)
        and made.function is spelling.operator
        and _reads_in_place(w, made, shown)
    ):
        w.put(
            ast.AugAssign(target, BINARY[spelling.operator], w.speller.atom(made.args[1])),
            depth,
            comment,
        )
        return
    if not shown or callable(shown[-1].known):
        target = ast.Subscript(target, ast.Constant(...))
    w.put(ast.Assign([target], w.speller.atom(value)), depth, comment)


def _update(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    given = op.results[1] if len(op.results) > 1 else None
    is_read = given is not None and given in w.names and w.folding.uses[given]
    target = ast.Name(w.names[given]) if given is not None and is_read else None
    w.put(statement_of(w.speller, op, target), depth, comment)


def _reads_in_place(w: _Writer, update: Op, shown: list[Atom]) -> bool:
    """Whether an update reads its target where it writes it: else the target was read before."""
    return not shown or update.args[0] in w.folding.folded


def _accumulate(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    base, value, *path = op.args
    target = w.speller.path(ast.Name(w.names[op.results[0]]), tuple(path))
    made = w.folding.folded.get(value) if isinstance(value, Value) else None
    if isinstance(made, Op) and made.function is operator.neg:
        w.put(ast.AugAssign(target, ast.Sub(), w.speller.atom(made.args[0])), depth, comment)
        return
    w.put(ast.AugAssign(target, ast.Add(), w.speller.atom(value)), depth, comment)


def _add_at(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    args = [
        w.speller.atom(op.args[0]),
        w.speller.atom(op.args[1]),
        *map(w.speller.atom, op.args[2:]),
    ]
    call = ast.Call(w.imports.function(runtime.add_at), args, [])
    w.put(ast.Assign([ast.Name(w.names[op.results[0]])], call), depth, comment)


def _keep(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    tape = ast.Name(w.tapes.name(op.spelling))
    w.put(
        ast.Expr(ast.Call(ast.Attribute(tape, "append"), [w.speller.atom(op.args[0])], [])),
        depth,
        comment,
    )


def _take(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    call = ast.Call(w.imports.builtin("next"), [ast.Name(w.tapes.cursor(op))], [])
    w.put(ast.Assign([ast.Name(w.names[op.results[0]])], call), depth, comment)


def _unpack(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    targets: list[ast.expr] = [ast.Name(w.names[r] if r in w.names else "_") for r in op.results]
    w.put(ast.Assign([ast.Tuple(targets)], w.speller.atom(op.args[0])), depth, comment)


def _raise(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    parts = [w.speller.atom(a) for a in op.args]
    w.put(
        ast.Raise(parts[0] if parts else None, parts[1] if len(parts) > 1 else None), depth, comment
    )


def _assert(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    parts = [w.speller.atom(a) for a in op.args]
    w.put(ast.Assert(parts[0], parts[1] if len(parts) > 1 else None), depth, comment)


def _tape_in(w: _Writer, op: Op, depth: int, comment: str | None) -> None:
    """The value is the tape's list itself."""


STATEMENTS: dict[Any, Callable[[_Writer, Op, int, str | None], None]] = {
    primitives.store: _store,
    primitives.update: _update,
    primitives.accumulate: _accumulate,
    runtime.add_at: _add_at,
    primitives.keep: _keep,
    primitives.take: _take,
    primitives.tape_in: _tape_in,
    primitives.unpack: _unpack,
    primitives.raise_: _raise,
    primitives.assert_: _assert,
}
