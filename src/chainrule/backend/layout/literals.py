"""The spelling of numbers and strings."""

from __future__ import annotations

import re

_NUMBER = re.compile(
    r"0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+"
    r"|(?P<whole>\d[\d_]*)?(?P<point>\.)?(?P<part>(?<=\.)\d[\d_]*)?"
    r"(?:[eE](?P<exponent>[-+]?\d[\d_]*))?(?P<unit>[jJ])?"
)
_STRING = r"(?s:(?P<prefix>[A-Za-z]*)(?P<quote>\"\"\"|'''|\"|')(?P<body>.*)(?P=quote))"
_ESCAPE = r"(?s:\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|N\{[^}]*\}|.)|[\"'])"


def literal(text: str) -> str:
    """A number or string as ruff spells it: ``1e5`` for ``1E5``, ``0.5`` for ``.5``."""
    if text[0].isdigit() or text[0] == ".":
        return _number(text)
    return _string(text)


def is_number(text: str) -> bool:
    """Is this text (of a name, say) that of a number?"""
    return text[:1].isdigit() or (text[:1] == "." and text[1:2].isdigit())


def is_decimal(text: str) -> bool:
    """A number that gets parentheses before it gets an attribute."""
    return is_number(text) and text[-1] != "j" and text[1:2] not in tuple("xob")


def _number(text: str) -> str:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"not a number: {text}")
    if text[:2].lower() in ("0x", "0b", "0o"):
        return "0" + text[1].lower() + text[2:].upper()
    whole, point, part, exponent, unit = match.group("whole", "point", "part", "exponent", "unit")
    spelled = whole or "0"
    if point:
        spelled += "." + (part or "0")
    if exponent:
        spelled += "e" + exponent.removeprefix("+")
    return spelled + ("j" if unit else "")


def parts_of(text: str) -> tuple[str, str, str] | None:
    """Prefix, quote and body of a string literal; None if these are several, or none."""
    match = re.fullmatch(_STRING, text)
    return None if match is None else (match["prefix"], match["quote"], match["body"])


def _string(text: str) -> str:
    found = parts_of(text)
    if found is None:
        return text
    prefix, quote, body = found
    prefix = "".join(c if c == "R" else c.lower() for c in prefix if c not in "uU")
    raw = "r" in prefix.lower()
    if len(quote) == 3:
        chosen = quote if '"""' in body or body.endswith('"') else '"""'
    elif raw:
        chosen = quote if '"' in body else '"'
    else:
        chosen = preferred_quote(body)
    return prefix + chosen + (body if raw else escaped(body, chosen, "b" in prefix)) + chosen


def preferred_quote(body: str) -> str:
    """The double one, if it does not need more escapes than the single one."""
    quotes = [found.group()[-1] for found in re.finditer(_ESCAPE, body)]
    return "'" if quotes.count('"') > quotes.count("'") else '"'


def escaped(body: str, quote: str, in_bytes: bool = False) -> str:
    """The body of a string with the escapes that it needs in these quotes, and no others."""
    return re.sub(_ESCAPE, lambda found: _escape(found.group(), quote, in_bytes), body)


def _escape(found: str, quote: str, in_bytes: bool) -> str:
    """One escape, or one quote."""
    letter = found[-1]
    if letter in "\"'":
        if len(quote) == 3:
            return found
        return "\\" + letter if letter == quote else letter
    if found[1] == "x" and not in_bytes:
        return found.lower()
    if found[1] in "uU" and not in_bytes:
        return found[:2] + found[2:].lower()
    if found[1] == "N" and not in_bytes:
        return found.upper()
    return found
