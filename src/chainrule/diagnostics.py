"""What is wrong, where, and how it looks on a terminal.

A `Diagnostic` is plain data; `render` and `render_all` write it out:

    model.py:14:9: CR103 no derivative rule for scipy.special.gamma
       14 |     y = gamma(x) + 1
          |         ^^^^^^^^ x is differentiated (argument of loss, line 11)
     help: hold it constant: chainrule.stop_gradient(gamma(x))
"""

from __future__ import annotations

import inspect
import os
import re
import tokenize
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

_HELP = " help: "
_NOTE = " note: "


if TYPE_CHECKING:
    from typing import Protocol

    class Place(Protocol):
        """A span of the user's text: what the front end knows of each value."""

        @property
        def file(self) -> str:
            """The file as Python names it, an absolute path or ``<stdin>``."""

        @property
        def line(self) -> int:
            """The first line of the span, counted from 1."""

        @property
        def column(self) -> int:
            """Where the span starts, in characters, counted from 1."""

        @property
        def end_column(self) -> int | None:
            """The column behind the span, or ``None`` if it ends on a later line."""

        @property
        def text(self) -> str:
            """The first line of the span as it stands in the file."""


class Definition(NamedTuple):
    """The line on which a function or class is defined: a `Place`."""

    file: str
    line: int
    column: int
    end_column: int | None
    text: str


def definition(thing: Any) -> Definition | None:
    """Where a function or class is defined, if its source is there."""
    try:
        file, (lines, first) = inspect.getsourcefile(thing), inspect.getsourcelines(thing)
    except (OSError, TypeError, SyntaxError, tokenize.TokenError):  # a file that has changed
        return None
    starts = [i for i, text in enumerate(lines) if re.match(r"\s*(async |def |class )", text)]
    at = starts[0] if starts else 0
    text = lines[at].rstrip()
    column = len(text) - len(text.lstrip()) + 1
    return Definition(file or "", max(first, 1) + at, column, len(text) + 1, text)


class Diagnostic(NamedTuple):
    """One problem. Without a ``file`` it has no place, and `render` shows none.

    Attributes
    ----------
    code, message
        What is wrong: ``"CR103"``, and one line that says it.
    file, line, column, end_column, source
        Where: see `Place`; ``source`` is the text of the line.
    note
        Stands after the carets; further lines are aligned below its first.
    help
        Ways out, one string for each; further lines of one are aligned below its first.
    """

    code: str
    message: str
    file: str | None = None
    line: int = 0
    column: int = 1
    end_column: int | None = None
    source: str = ""
    note: str = ""
    help: tuple[str, ...] = ()

    def at(self, place: Place) -> Diagnostic:
        """The same problem at a place."""
        return self._replace(
            file=place.file,
            line=place.line,
            column=place.column,
            end_column=place.end_column,
            source=place.text,
        )


def diagnose(
    code: str, message: str, place: Place | None, note: str, help: Iterable[str]
) -> Diagnostic:
    """Return the diagnostic of a problem at a place, if it has one."""
    if place is None:
        return Diagnostic(code, message, note=note, help=tuple(help))
    return Diagnostic(
        code,
        message,
        place.file,
        place.line,
        place.column,
        place.end_column,
        place.text,
        note,
        tuple(help),
    )


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return each diagnostic once, by file, line and column; those without a place come last."""
    once = dict.fromkeys(diagnostics)
    return tuple(
        sorted(once, key=lambda d: (d.file is None, d.file or "", d.line, d.column, d.code))
    )


def render_all(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the diagnostics one after another."""
    return "\n".join(map(render, diagnostics))


def render(diagnostic: Diagnostic) -> str:
    """Return the lines that show a diagnostic."""
    d = diagnostic
    lines = [f"{_where(d)}{d.code} {d.message}"]
    if d.source.strip():
        lines += _excerpt(d)
    elif d.note:
        lines += _aligned(_NOTE, d.note)
    for way_out in d.help:
        lines += _aligned(_HELP, way_out)
    return "\n".join(lines)


def shown_path(file: str) -> str:
    """Return ``file`` relative to the current folder if it is below it, else as it is."""
    if not os.path.isabs(file):
        return file
    try:
        relative = os.path.relpath(file)
    except (OSError, ValueError):  # no current folder, or another drive
        return file
    return file if relative.split(os.sep, 1)[0] == os.pardir else relative


def _where(d: Diagnostic) -> str:
    return "" if d.file is None else f"{shown_path(d.file)}:{d.line}:{d.column}: "


def _excerpt(d: Diagnostic) -> list[str]:
    """Return the user's line and, under its span, the carets and the note."""
    source = d.source.rstrip()
    start = min(d.column - 1, len(source) - 1)
    end = len(source) if d.end_column is None else min(d.end_column - 1, len(source))
    before, span = source[:start], source[start : max(end, start + 1)]
    number = f"{d.line:5d}"
    indent = "".join("\t" if c == "\t" else " " * _width(c) for c in before)
    carets = "^" * max(_width(span), 1)
    mark = f"{' ' * len(number)} | {indent}{carets}"
    if d.note:
        marks = _aligned(mark + " ", d.note, f"{' ' * len(number)} | {indent} {' ' * len(carets)}")
    else:
        marks = [mark]
    return [f"{number} | {source}", *marks]


def _aligned(head: str, text: str, below: str | None = None) -> list[str]:
    """Return the lines of ``text``, the first behind ``head`` and the others below it."""
    first, *others = text.split("\n")
    if below is None:
        below = " " * len(head)
    return [head + first, *((below + line).rstrip() for line in others)]


def _width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )
