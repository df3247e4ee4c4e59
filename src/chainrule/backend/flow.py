"""How control flows in the text: branches, loops and the jumps out of them, as the user wrote them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from chainrule.analysis.builder import constant
from chainrule.backend.fold import Folding
from chainrule.backend.spell import is_flag
from chainrule.ir.form import (
    MISSING,
    Atom,
    Block,
    Const,
    If,
    Loop,
    Op,
    Statement,
    Value,
    blocks,
    walk,
)

if TYPE_CHECKING:
    from chainrule.backend.emit import Writer

Tail: TypeAlias = Callable[[tuple[Atom, ...], int], None]
"""Writes what the results of a block mean where it ends."""


class Flow:
    """Writes the branches and loops of one function."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.orelse: dict[Loop, If] = {}
        for block in [
            writer.function.body,
            *(b for s in walk(writer.function.body) for b in blocks(s)),
        ]:
            self.orelse |= elses_in(block, writer.folding)
        self.jumping: set[Tail] = set()  # the tails that end a turn of a loop, and so can jump
        self.absorbed: set[Statement] = set()  # branches that were written as the `else` of a loop

    def branch(
        self,
        s: If,
        depth: int,
        tail: Tail | None = None,
        block: Block | None = None,
        elif_: bool = False,
    ) -> None:
        """An `if` statement; at the end of a block, with the jumps that its sides make."""
        if s in self.writer.folding.single:
            target = ast.Name(self.writer.names[s.results[0]])
            self.writer.put(
                ast.Assign([target], self.writer.speller.branch(s)), depth, self.writer.beside(s)
            )
            return
        test = self.writer.speller.atom(s.test)
        sides = [(s.then, self._end(s, 0, tail, block)), (s.orelse, self._end(s, 1, tail, block))]
        texts = [self._captured(b, depth + 1, end) for b, end in sides]
        comment = self.writer.beside(s)
        if isinstance(test, ast.Name):
            texts[0] = [line for line in texts[0] if line.strip() != f"{test.id} = True"]
        texts = [[] if _says_nothing(lines) else lines for lines in texts]
        if not texts[0] and not texts[1]:
            return
        if not texts[0]:
            test, texts = negated(test), [texts[1], []]
        self.writer.head(ast.If(test, [ast.Pass()], []), depth, comment, elif_)
        self.writer.lines += texts[0]
        if not texts[1]:
            return
        self._otherwise(s, texts, depth, tail is not None)

    def _otherwise(self, s: If, texts: list[list[str]], depth: int, may_jump: bool) -> None:
        """What runs where the test is false: `elif` where the user says so or nothing else fits, or after a jump."""
        lines, pad = texts[1], "    " * (depth + 1)
        if self.writer.backward and lines[0].startswith(pad + "# elif "):
            lines = lines[1:]  # the quotation, which `elif` says itself
        outdented = [line.removeprefix("    ") for line in lines]
        is_elif = _is_elif(lines, depth + 1)
        leaves = may_jump and _jumps(texts[0][-1]) or _raises(texts[0], depth + 1)
        if is_elif and (not leaves or is_users_elif(s.orelse)):
            self.writer.lines += [outdented[0].replace("if ", "elif ", 1), *outdented[1:]]
        elif leaves:
            self.writer.lines += outdented
        else:
            self.writer.word("else:", depth)
            self.writer.lines += texts[1]

    def _end(self, s: If, side: int, tail: Tail | None, block: Block | None) -> Tail:
        def end(results: tuple[Atom, ...], depth: int) -> None:
            if tail is None or block is None:
                self.hand_over(s.results, results, depth)
                return
            given = dict(zip(s.results, results))
            tail(
                tuple(given.get(r, r) if isinstance(r, Value) else r for r in block.results), depth
            )

        if tail in self.jumping:
            self.jumping.add(end)
        return end

    def guarded(self, block: Block, i: int, depth: int, tail: Tail) -> bool:
        """Write a branch that may jump, and what its guard lets run after it; nothing if they are not so.

        Where the branch falls through, the text goes on below it as the user's does, without a flag.
        """
        s, guard = block.statements[i], self._guard_of(block, i)
        if guard is None or not isinstance(s, If) or tail not in self.jumping:
            return False
        code = guard.orelse.results[block_code(guard)]

        def end(results: tuple[Atom, ...], depth: int) -> None:
            given = dict(zip(s.results, results))
            if given[code].known == 0:  # type: ignore[index]
                kept = [(r, a) for r, a in given.items() if r is not code]
                self.hand_over([r for r, _ in kept], [a for _, a in kept], depth)
                return
            left = dict(zip(guard.results, guard.orelse.results))
            ends = (left.get(r, r) if isinstance(r, Value) else r for r in block.results)
            tail(tuple(given.get(r, r) if isinstance(r, Value) else r for r in ends), depth)

        self.writer.comments(s, depth)
        inner = Block((), (), s.results)
        self.branch(s, depth, lambda results, d: end(results, d), inner)
        stays = dict(zip(guard.results, guard.then.results))
        ends = tuple(stays.get(r, r) if isinstance(r, Value) else r for r in block.results)
        self.writer.block(Block((), guard.then.statements, ends), depth, tail)
        return True

    def _guard_of(self, block: Block, i: int) -> If | None:
        """The guard at the end of a block, if the branch before it says at each end whether it jumps."""
        s, guard = block.statements[i], block.statements[-1]
        if not isinstance(s, If) or not isinstance(guard, If) or s is guard:
            return None
        if guard.spelling != "guard" or guard.orelse.statements or len(block.statements) <= i + 1:
            return None
        if any(map(self.writer.folding.is_written, block.statements[i + 1 : -1])):
            return None
        at = block_code(guard)
        code = guard.orelse.results[at] if at >= 0 else None
        if code not in s.results or not self._is_threaded(s, s.results.index(code)):
            return None
        return guard

    def _is_threaded(self, s: If, i: int) -> bool:
        """Whether each end of a branch knows its exit code, and so jumps by itself."""
        for side in (s.then, s.orelse):
            code = side.results[i]
            if code.known is not MISSING:
                continue
            last = side.statements[-1] if side.statements else None
            if not isinstance(last, If) or code not in last.results:
                return False
            if last.spelling == "guard":
                return False
            if not self._is_threaded(last, last.results.index(code)):
                return False
        return True

    def _captured(self, block: Block, depth: int, end: Tail) -> list[str]:
        outer, self.writer.lines = self.writer.lines, []
        sentence = self.writer.sentence
        self.writer.block(block, depth, end)
        self.writer.sentence = sentence
        lines, self.writer.lines = self.writer.lines, outer
        return lines

    def hand_over(self, receivers: Sequence[Value], given: Sequence[Atom], depth: int) -> None:
        """Assign values to the names under which what follows reads them."""
        pairs = [
            (r, a)
            for r, a in zip(receivers, given)
            if r in self.writer.names
            and self.writer.folding.uses[r]
            and not (isinstance(a, Const) and a.text == "undefined")
            and not self.writer.names.shared(r, a)
            and not self._is_there(r, a)
        ]
        if not pairs:
            return
        targets: list[ast.expr] = [ast.Name(self.writer.names[r]) for r, _ in pairs]
        values = [self.writer.speller.handed(r, a) for r, a in pairs]
        written = {t.id for t in targets if isinstance(t, ast.Name)}
        read = {n.id for v in values[1:] for n in ast.walk(v) if isinstance(n, ast.Name)}
        if len(pairs) > 1 and written & read:
            self.writer.put(ast.Assign([ast.Tuple(targets)], ast.Tuple(values)), depth)
            return
        for target, value in zip(targets, values):
            self.writer.put(ast.Assign([target], value), depth)

    def _is_there(self, receiver: Value, given: Atom) -> bool:
        """Whether what is handed over is read under the very name already."""
        text = self.writer.speller.atom(given) if given in self.writer.folding.folded else None
        return isinstance(text, ast.Name) and text.id == self.writer.names[receiver]

    def loop(self, s: Loop, depth: int) -> None:
        self.writer.tapes.open(s, depth, self.writer)
        self.hand_over(s.carries, s.inits, depth)
        code = s.results[-1]
        has_code = code in self.writer.names and code in self.writer.tapes.read
        orelse = self._else_of(s, depth)
        if orelse and self.writer.folding.uses[code] == 1:
            has_code = self.writer.folding.uses[self.orelse[s].test] > 1  # type: ignore[index]
        if has_code:
            self.writer.put(
                ast.Assign([ast.Name(self.writer.names[code])], self.writer.speller.exit(code, 0)),
                depth,
            )
        counts = s.count is not None and s.count in self.writer.tapes.counted
        if counts:
            assert s.count is not None
            self.writer.put(
                ast.Assign([ast.Name(self.writer.names[s.count])], ast.Constant(0)), depth
            )
        comment = self.writer.beside(s)
        if s.test is not None:
            self._while_header(s, depth, comment)
        else:
            target, iterable = self.writer.tapes.header(s, self.writer.speller)
            self.writer.head(ast.For(target, iterable, [ast.Pass()], []), depth, comment)
        before = len(self.writer.lines)
        if counts:
            assert s.count is not None
            count = ast.Name(self.writer.names[s.count])
            self.writer.put(ast.AugAssign(count, ast.Add(), ast.Constant(1)), depth + 1)

        def end(results: tuple[Atom, ...], inner: int) -> None:
            self._turn(s, results, inner, has_code)

        self.jumping.add(end)
        self.writer.block(s.body, depth + 1, end)
        if len(self.writer.lines) == before:
            self.writer.put(ast.Pass(), depth + 1)
        if orelse:
            self.writer.word("else:", depth)
            self.writer.lines += orelse
            self.absorbed.add(self.orelse[s])
        self.writer.sentence = None if self.writer.backward else self.writer.sentence
        self._last_carries(s)((), depth)

    def _else_of(self, s: Loop, depth: int) -> list[str]:
        """The lines of a loop's `else`, if what follows the loop is one: then it needs no flag to be asked."""
        branch = self.orelse.get(s)
        if branch is None or self._captured(Block(), depth, self._last_carries(s)):
            return []
        ends = (self._end(branch, side, None, None) for side in (0, 1))
        lines, others = (
            self._captured(b, depth + 1, e) for b, e in zip((branch.then, branch.orelse), ends)
        )
        return lines if not others and not _says_nothing(lines) else []

    def _last_carries(self, s: Loop) -> Tail:
        """Writes what a loop leaves under the names of what it carries."""
        return lambda _, depth: self.hand_over(s.results[: len(s.carries)], s.carries, depth)

    def _while_header(self, s: Loop, depth: int, comment: str | None) -> None:
        assert s.test is not None
        if any(self.writer.folding.is_written(x) for x in s.test.statements):
            self.writer.head(ast.While(ast.Constant(True), [ast.Pass()], []), depth, comment)
            self.writer.block(s.test, depth + 1)
            test = negated(self.writer.speller.atom(s.test.results[0]))
            self.writer.head(ast.If(test, [ast.Pass()], []), depth + 1)
            self.writer.put(ast.Break(), depth + 2)
        else:
            self.writer.head(
                ast.While(self.writer.speller.atom(s.test.results[0]), [ast.Pass()], []),
                depth,
                comment,
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
                exit_ = self.writer.speller.exit(s.results[-1], code.known)
                self.writer.put(
                    ast.Assign([ast.Name(self.writer.names[s.results[-1]])], exit_), depth
                )
            self._jump(code, ast.Break(), depth)
        elif code.known == -1:
            self._jump(code, ast.Continue(), depth)
        elif code.known is MISSING:
            self._leave(s, code, depth, has_code)

    def _jump(self, code: Atom, node: ast.stmt, depth: int) -> None:
        """A jump of the user's, with the comments on it."""
        said = self.writer.function.facts.get("jumps", {}).get(code)
        for comment in said.above if said is not None else ():
            self.writer.word(comment, depth)
        self.writer.put(node, depth, said.beside if said is not None else None)

    def _leave(self, s: Loop, code: Atom, depth: int, has_code: bool) -> None:
        """Leave a loop if an exit code that is known only here says so."""
        codes = self.writer.speller.exits.get(code)
        if codes is not None and max(codes) <= 0:
            return
        test = self.writer.speller.atom(code)
        if not is_flag(codes):
            test = ast.Compare(test, [ast.Gt()], [ast.Constant(0)])
        self.writer.head(ast.If(test, [ast.Pass()], []), depth)
        result = s.results[-1]
        if has_code and not self.writer.names.shared(result, code):
            only = (
                constant(max(codes))
                if codes is not None and sum(c > 0 for c in codes) == 1
                else code
            )
            self.writer.put(
                ast.Assign(
                    [ast.Name(self.writer.names[result])], self.writer.speller.handed(result, only)
                ),
                depth + 1,
            )
        self.writer.put(ast.Break(), depth + 1)


def elses_in(block: Block, folding: Folding) -> dict[Loop, If]:
    """The loops of a block that a branch follows which asks whether they came to their end, and nothing else."""
    found: dict[Loop, If] = {}
    loop: Loop | None = None
    for s in block.statements:
        if isinstance(s, If) and s.spelling == "else" and loop is not None:
            test = folding.folded.get(s.test)  # type: ignore[arg-type]
            if isinstance(test, Op) and test.function is operator.eq:
                if test.args[0] is loop.results[-1] and test.args[1].known == 0:
                    found[loop] = s
        if isinstance(s, Loop) or folding.is_written(s):
            loop = s if isinstance(s, Loop) else None
    return found


def block_code(guard: If) -> int:
    """The position of the exit code among a branch's results, -1 if there is none."""
    return next((i for i, r in enumerate(guard.results) if r.role == "code"), -1)


def is_users_elif(block: Block) -> bool:
    """Whether the last statement of a block is an `elif` of the user's."""
    place = block.statements[-1].place if block.statements else None
    return (
        place is not None and place.sentence is not None and place.sentence.text.startswith("elif ")
    )


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
