"""Where the lines of a document are broken.

The decisions are those of `ruff format`: a group that fits stays on its line, one that does not is
broken in all its own places; whether it fits includes what follows it, up to the next place where a
line may end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from chainrule.backend.layout.document import (
    HARD,
    STEP,
    WIDTH,
    Break,
    Choice,
    Document,
    Foldable,
    Group,
    GroupIfBroken,
    IfBroken,
    Indent,
    Line,
    Parenthesized,
    Suffix,
    width_of,
)
from chainrule.records import record


@record
class _State:
    """How a part of a document is printed or measured."""

    level: int
    broken: bool = True
    all_lines: bool = False  # measured to the end, not to the end of its first line
    overflow: bool = False  # then lines may be too long

    def as_(self, broken: bool) -> _State:
        return _State(self.level, broken, self.all_lines, self.overflow)

    def deeper(self) -> _State:
        return _State(self.level + 1, self.broken, self.all_lines, self.overflow)


_ROUNDS = 4
_Frame: TypeAlias = tuple[Document, _State]


def printed(document: Document, level: int) -> list[str]:
    """The lines of a document at this level of indentation.

    Brackets with a comma before the closing one stay broken when a text is laid out again, and then
    another of several choices may be the first that fits: so this is repeated until it is stable.
    """
    printer = _Printer(level)
    lines = printer.run(document)
    for _ in range(_ROUNDS if printer.has_chosen else 0):
        hold(document)
        previous, lines = lines, _Printer(level).run(document)
        if lines == previous:
            break
    return lines


class _Printer:
    def __init__(self, level: int) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.column = 0
        self.indent = level  # still to be written
        self.suffix = ""
        self.has_chosen = False
        self.fitting = False  # is what is printed flat known to fit?
        self.broken: dict[int, bool] = {}  # the marked groups
        self.stack: list[_Frame] = []

    def run(self, document: Document) -> list[str]:
        self.stack.append((document, _State(self.indent)))
        while self.stack:
            self.step(*self.stack.pop())
        self.end_line(0)
        return self.lines

    def step(self, document: Document, state: _State) -> None:
        match document:
            case str():
                self.write(document)
            case Break(kind):
                if state.broken or kind == "hard":
                    self.end_line(state.level)
                elif kind == "space":
                    self.write(" ")
            case Group(content, mark, expand):
                broken = expand or not self.stays(document, state)
                if mark is not None:
                    self.broken[mark] = broken
                self.stack.append((content, state.as_(broken)))
            case GroupIfBroken(content, mark):
                broken = state.broken
                if self.broken[mark]:
                    broken = not self.stays(Group(content), state)
                self.stack.append((content, state.as_(broken)))
            case Indent(content, mark):
                deeper = mark is None or self.broken[mark]
                self.stack.append((content, state.deeper() if deeper else state))
            case IfBroken(content, otherwise, mark):
                broken = state.broken if mark is None else self.broken[mark]
                document.shown = broken
                self.stack.append((content if broken else otherwise, state))
            case Foldable(content, mark):
                if mark is None or not self.broken[mark]:
                    self.fitting = False  # it was measured broken
                self.stack.append((content, state))
            case Parenthesized():
                self.parenthesize(document, state)
            case Choice(variants, _, settled):
                self.choose(variants[-1:] if settled else variants, state)
            case Suffix(text, _):
                self.suffix += text
            case _:
                self.stack += [(part, state) for part in reversed(document)]

    def write(self, text: str) -> None:
        if self.indent and text:
            self.pieces.append(" " * (STEP * self.indent))
            self.column = STEP * self.indent
            self.indent = 0
        self.pieces.append(text)
        self.column += width_of(text)

    def end_line(self, level: int) -> None:
        self.lines.append("".join(self.pieces) + self.suffix)
        self.pieces = []
        self.suffix = ""
        self.column = 0
        self.indent = level
        self.fitting = False

    def stays(self, group: Group, state: _State) -> bool:
        """Does this group stay on its line?"""
        if not state.broken and self.fitting:
            return True
        self.fitting = True
        if group.mark is not None:
            self.broken[group.mark] = False
        return self.fits([(group.content, state.as_(False))])

    def parenthesize(self, document: Parenthesized, state: _State) -> None:
        content, mark = document.content, document.mark
        inside: list[Document] = [Indent([HARD, content]), HARD]
        broken = False
        if not self.stays(Group(content, mark), state):
            self.broken[mark] = True
            whole: Document = ["(", *inside, ")"]
            broken = self.fits([(whole, _State(state.level, state.broken, True))])
            self.broken[mark] = broken
        if broken:
            self.stack += [(")", state), (inside, state), ("(", state)]
        else:
            self.stack.append((content, state.as_(False)))

    def choose(self, variants: list[Document], state: _State) -> None:
        if not state.broken and self.fitting:
            self.stack.append((variants[0], state))
            return
        self.has_chosen = True
        self.fitting = True
        flat = state.as_(False)
        if len(variants) == 1:
            self.fitting = False
        for variant in variants[:-1]:
            if self.fits([(variant, flat)]):
                self.stack.append((variant, flat))
                return
        self.stack.append((variants[-1], state.as_(True)))

    def fits(self, frames: list[_Frame]) -> bool:
        return _Measure(self, frames).fits()


class _Measure:
    """Whether the next frames, and what the printer has after them, fit on the line."""

    def __init__(self, printer: _Printer, frames: list[_Frame]) -> None:
        self.frames = frames
        self.rest = printer.stack
        self.next_of_rest = len(printer.stack)
        self.broken = printer.broken
        self.column = printer.column + STEP * printer.indent

    def fits(self) -> bool:
        while True:
            if self.frames:
                document, state = self.frames.pop()
            elif self.next_of_rest:
                self.next_of_rest -= 1
                document, state = self.rest[self.next_of_rest]
            else:
                return True
            verdict = self.step(document, state)
            if verdict is not None:
                return verdict

    def step(self, document: Document, state: _State) -> bool | None:
        """Does all of it fit? None if that is not known yet."""
        match document:
            case str():
                self.column += width_of(document)
                return False if self.column > WIDTH and not state.overflow else None
            case Break(kind):
                return self.line(kind, state)
            case Group(content, mark, expand):
                broken = expand or state.broken
                if mark is not None:
                    self.broken[mark] = broken
                self.frames.append((content, state.as_(broken)))
            case GroupIfBroken(content, _):
                self.frames.append((content, state))
            case Indent(content, mark):
                deeper = mark is None or self.is_broken(mark, state)
                self.frames.append((content, state.deeper() if deeper else state))
            case IfBroken(content, otherwise, mark):
                self.frames.append((content if self.is_broken(mark, state) else otherwise, state))
            case Foldable(content, mark):
                if mark is None or not self.is_broken(mark, state):
                    state = _State(state.level, True, True, True)
                self.frames.append((content, state))
            case Parenthesized(content, mark):
                self.broken[mark] = state.broken
                self.frames.append((content, state))
            case Choice(variants):
                self.frames.append((variants[-1] if state.broken else variants[0], state))
            case Suffix(_, width):
                self.column += width
                return False if self.column > WIDTH else None
            case _:
                self.frames += [(part, state) for part in reversed(document)]
        return None

    def line(self, kind: Line, state: _State) -> bool | None:
        if not state.broken:
            if kind == "hard":
                return True
            return self.step(" ", state) if kind == "space" else None
        if not state.all_lines:
            return True
        self.column = STEP * state.level
        return None

    def is_broken(self, mark: int | None, state: _State) -> bool:
        return state.broken if mark is None else self.broken.get(mark, state.broken)


def hold(document: Document) -> None:
    """Let all groups stay broken that hold a comma which was only printed because they are."""
    owners: dict[int, Group | None] = {}
    choices: list[Choice] = []
    pending: list[tuple[Document, Group | None]] = [(document, None)]
    while pending:
        part, owner = pending.pop()
        if isinstance(part, Group):
            if id(part) in owners:
                continue
            owners[id(part)] = owner
            owner = part
        elif isinstance(part, Foldable | Parenthesized):
            owner = None
        elif isinstance(part, Choice):
            choices.append(part)
        elif _is_shown_comma(part):
            while owner is not None and not owner.expand:
                owner.expand = True
                owner = owners[id(owner)]
        pending += [(inner, owner) for inner in _inside(part)]
    for choice in choices:
        choice.settled = _is_held(choice.start)


def _is_held(document: Document) -> bool:
    pending = [document]
    while pending:
        part = pending.pop()
        if _is_shown_comma(part):
            return True
        pending += _inside(part)
    return False


def _is_shown_comma(part: Document) -> bool:
    return isinstance(part, IfBroken) and part.shown and part.content == ","


def _inside(part: Document) -> Sequence[Document]:
    match part:
        case str() | Break() | Suffix():
            return ()
        case IfBroken(content, otherwise):
            return (content, otherwise)
        case Choice(variants):
            return variants
        case Group() | GroupIfBroken() | Indent() | Foldable() | Parenthesized():
            return (part.content,)
    return part
