"""What is printed, and where: the artefact on standard output, all else on standard error."""

from __future__ import annotations

import io
import keyword
import os
import re
import sys
import tokenize
from collections.abc import Callable, Mapping
from typing import TextIO

RESET = "\x1b[0m"
COLOURS = {
    "comment": "\x1b[2m",
    "keyword": "\x1b[34m",
    "string": "\x1b[32m",
    "bad": "\x1b[1;31m",
    "good": "\x1b[32m",
}


class Usage(Exception):
    """What was typed does not fit the command."""


class Console:
    """The two streams of a run."""

    def __init__(
        self, out: TextIO, error: TextIO, environment: Mapping[str, str] = os.environ
    ) -> None:
        self.out, self.error = out, error
        self.out_is_coloured = is_coloured(out, environment)
        self.error_is_coloured = is_coloured(error, environment)
        for stream in (out, error):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # an old terminal may lack the sign ∂

    def artefact(self, text: str, paint: Callable[[str], str] | None = None) -> None:
        """Write what was asked for."""
        painted = paint(text) if paint is not None and self.out_is_coloured else text
        self.out.write(painted if text.endswith("\n") or not text else painted + "\n")

    def note(self, text: str) -> None:
        """Say something beside the artefact."""
        self.out.flush()
        self.error.write(f"{text}\n")

    def refusal(self, text: str) -> None:
        """Say what is wrong."""
        self.note(painted_codes(text) if self.error_is_coloured else text)


def is_coloured(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether colours are wanted: on a terminal that has them, unless NO_COLOR says otherwise."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def painted_codes(text: str) -> str:
    """A refusal with its codes and carets in red."""
    text = re.sub(r"\bCR\d{3}\b", lambda m: f"{COLOURS['bad']}{m[0]}{RESET}", text)
    return re.sub(r"(?m)^( +\| +)(\^+)", lambda m: f"{m[1]}{COLOURS['bad']}{m[2]}{RESET}", text)


def painted_python(text: str) -> str:
    """Python with its comments, keywords and strings in colours."""
    lines = text.splitlines(keepends=True)
    marks: list[tuple[tuple[int, int], tuple[int, int], str]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = _kind(token)
        if kind is not None:
            marks.append((token.start, token.end, COLOURS[kind]))
    for (row, column), (last, end), colour in reversed(marks):
        lines[last - 1] = lines[last - 1][:end] + RESET + lines[last - 1][end:]
        lines[row - 1] = lines[row - 1][:column] + colour + lines[row - 1][column:]
    return "".join(lines)


def _kind(token: tokenize.TokenInfo) -> str | None:
    if token.type == tokenize.COMMENT:
        return "comment"
    if token.type == tokenize.STRING:
        return "string"
    return "keyword" if token.type == tokenize.NAME and keyword.iskeyword(token.string) else None


def painted_diff(text: str) -> str:
    """A unified diff with what goes in red and what comes in green."""
    colours = {"-": COLOURS["bad"], "+": COLOURS["good"]}
    return "".join(
        f"{colours[line[0]]}{line.rstrip()}{RESET}\n" if line[:1] in colours else line
        for line in text.splitlines(keepends=True)
    )


def here() -> Console:
    return Console(sys.stdout, sys.stderr)
