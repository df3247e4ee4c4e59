"""The spelling of f-strings: of the expressions in them, and of their quotes."""

from __future__ import annotations

import re
from collections.abc import Callable

from chainrule.backend.layout.literals import escaped, parts_of, preferred_quote

_STRING = r"(?<!\w)([A-Za-z]{0,2})('[^'\"\\]*'|\"[^'\"\\]*\")"
_OPEN = "([{"
_CLOSE = ")]}"


def is_fstring(token: str) -> bool:
    return token[-1] in "\"'" and "f" in token.partition(token[-1])[0].lower()


def fstring(token: str, spaced: Callable[[str], str]) -> str:
    """The f-string as ruff spells it; as it is, if it is of a kind that astor does not write."""
    found = parts_of(token)
    if found is None:
        return token
    prefix, quote, body = found
    pieces = _pieces(body)
    words, fields = pieces[::2], pieces[1::2]
    if len(quote) == 3 or "r" in prefix.lower() or not all(map(_is_simple, fields)):
        return token
    chosen = preferred_quote("".join(words))
    inner = '"' if chosen == "'" else "'"
    words = [escaped(word, chosen) for word in words]
    fields = [_field(field, inner, spaced) for field in fields]
    text = "".join(part for pair in zip(words, [*fields, ""]) for part in pair)
    return prefix.lower() + chosen + text + chosen


def _pieces(body: str) -> list[str]:
    """Words and what stands in braces, in turn; the first and the last are words."""
    pieces = [""]
    i = 0
    while i < len(body):
        if body[i : i + 2] in ("{{", "}}"):
            pieces[-1] += body[i : i + 2]
            i += 2
        elif body[i] == "{":
            stop = _end_of_field(body, i + 1)
            pieces += (body[i + 1 : stop], "")
            i = stop + 1
        else:
            pieces[-1] += body[i]
            i += 1
    return pieces


def end_of_fstring(line: str, start: int) -> int:
    """Behind the f-string that starts there: quotes like its own may stand in its braces."""
    i = start
    while line[i] not in "\"'":
        i += 1
    quote = line[i] * (3 if line.startswith(line[i] * 3, i) else 1)
    i += len(quote)
    while not line.startswith(quote, i):
        if line[i] == "\\" or line[i : i + 2] == "{{":
            i += 2
        elif line[i] == "{":
            i = _end_of_field(line, i + 1) + 1
        else:
            i += 1
    return i + len(quote)


def _end_of_field(body: str, i: int) -> int:
    """Where the brace is closed that was opened before ``i``."""
    depth = 0
    while depth or body[i] != "}":
        if body[i] in "\"'":
            i = body.index(body[i], i + 1)
        depth += (body[i] in _OPEN) - (body[i] in _CLOSE)
        i += 1
    return i


def _is_simple(field: str) -> bool:
    """Can its quotes be changed, and is it not of the form ``{x=}``?"""
    rest = re.sub(_STRING, "", field)
    return not any(c in rest for c in "\"'\\") and not re.search(r"(?<![=!<>])=(?!=)", rest)


def _field(field: str, quote: str, spaced: Callable[[str], str]) -> str:
    expression, tail = _split(field)
    expression = spaced(expression)
    expression = re.sub(_STRING, lambda it: it[1] + quote + it[2][1:-1] + quote, expression)
    space = " " if expression.startswith("{") else ""
    return "{" + space + expression + space + tail + "}"


def _split(field: str) -> tuple[str, str]:
    """The expression, and its conversion and format."""
    depth = 0
    for i, c in enumerate(field):
        depth += (c in _OPEN) - (c in _CLOSE)
        if not depth and (c == ":" or (c == "!" and field[i + 1 : i + 2] != "=")):
            return field[:i], field[i:]
    return field, ""
