"""The spaces of a line: one line of code in, the same tokens as ruff spaces them out.

Parentheses are added where ruff adds them: around a bare tuple of one element, a power that has a
sign, ``-(a**2)``, and a decimal number that has an attribute.
"""

from __future__ import annotations

import keyword
import re

from chainrule.backend.layout.fstrings import end_of_fstring, fstring, is_fstring
from chainrule.backend.layout.literals import is_decimal, is_number, literal
from chainrule.records import fresh, record

_QUOTES = (
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
)
_TOKEN = re.compile(
    rf"[A-Za-z]{{0,2}}(?:{_QUOTES})"
    r"|0[xXbBoO]\w+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d[\d_]*)?[jJ]?"
    r"|\w+"
    r"|\*\*=|//=|>>=|<<=|\.\.\.|\*\*|//|>>|<<|->|:=|[-+*/%&|^@=!<>]=|[^\s\w]",
    re.DOTALL,
)
_FSTRING = re.compile(r"(?<!\w)(?:[fF][rR]?|[rR][fF])[\"']")
_CONSTANTS = frozenset(("True", "False", "None"))
_KEYWORDS = frozenset(keyword.kwlist) - _CONSTANTS
_SIGNS = frozenset("+-~")
_PREFIXES = frozenset(("+", "-", "~", "*", "**", "/", "@"))
_OPEN = {"(": ")", "[": "]", "{": "}"}
_CLOSE = frozenset(_OPEN.values())
# Behind these a new list of expressions starts, if they stand outside brackets.
_STARTERS = frozenset(("=", "return", "in", "for", "yield", "del"))
# Between one of these and one of those, only an expression with one of the last needs parentheses.
_DELIMITERS = frozenset(("(", "[", "{", ",", "=", ":", "return"))
_FOLLOWERS = frozenset((")", "]", "}", ",", ":", "for", ""))
_NEEDING = frozenset((",", "for", "yield", ":=", "lambda"))
# What may follow the operand of `not`.
_BELOW_NOT = frozenset((")", "]", "}", ",", ":", "=", "and", "or", "if", "else", "for"))


@record
class _Bracket:
    """What is known inside an open bracket, or outside all of them."""

    kind: str  # "(", "[", "{", "subscript", "parameters" or ""
    lambdas: int = 0  # those whose colon is still to come
    annotated: bool = False  # the parameter at hand
    start: int = 0  # of the element at hand
    colons: list[int] = fresh(list)  # of the slice at hand


def tokens_of(line: str) -> list[str]:
    if not _FSTRING.search(line):
        return _TOKEN.findall(line)
    tokens: list[str] = []
    position = 0
    while found := _TOKEN.search(line, position):
        start, position = found.span()
        if _FSTRING.match(line, start):
            position = end_of_fstring(line, start)
        tokens.append(line[start:position])
    return tokens


def spaced(line: str) -> str:
    """The line with the spaces that ruff would write, and no others."""
    tokens = without_redundant_parentheses(tokens_of(line))
    return "".join(_Spacer(tokens).pieces())


def _spelled(token: str) -> str:
    if is_number(token):
        return literal(token)
    if token[-1] not in "\"'":
        return token
    return fstring(token, spaced) if is_fstring(token) else literal(token)


def is_operand_end(token: str) -> bool:
    """Can an operand end here, so that what follows is a binary operator, a call or a subscript?"""
    if token[-1] in "\"')]}":
        return True
    if token[0].isalnum() or token[0] == "_":
        return token not in _KEYWORDS
    return token == "..." or is_number(token)


def partners_of(tokens: list[str]) -> dict[int, int]:
    """The position of each bracket's other half."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for i, token in enumerate(tokens):
        if token in _OPEN:
            opened.append(i)
        elif token in _CLOSE:
            found[i] = opened.pop()
            found[found[i]] = i
    return found


def without_redundant_parentheses(tokens: list[str]) -> list[str]:
    """Without those that astor puts where nothing needs them: ``[(a + b) for …]``, ``{(1): 2}``."""
    if "(" not in tokens:
        return tokens
    partners = partners_of(tokens)
    iterable = _start_of_iterable(tokens, partners)
    dropped: set[int] = set()
    for i, token in enumerate(tokens):
        if token != "(" or not i:
            continue
        stop = partners[i]
        follower = tokens[stop + 1] if stop + 1 < len(tokens) else ""
        if i == iterable or tokens[i - 1] == "->":
            redundant = stop == len(tokens) - 2
        else:
            redundant = tokens[i - 1] in _DELIMITERS and follower in _FOLLOWERS
        if redundant and _is_operand(tokens, partners, i + 1, stop):
            dropped |= {i, stop}
    return [token for i, token in enumerate(tokens) if i not in dropped] if dropped else tokens


def _start_of_iterable(tokens: list[str], partners: dict[int, int]) -> int:
    """Where that of a `for` statement starts, else 0."""
    if "for" not in tokens[:2]:
        return 0
    i = 0
    while tokens[i] != "in":
        i = partners.get(i, i) + 1
    return i + 1


def _is_operand(tokens: list[str], partners: dict[int, int], start: int, stop: int) -> bool:
    """Would these tokens mean the same without parentheses around them?"""
    if start == stop or tokens[start] in ("*", "**") or tokens[stop - 1] == ",":
        return False
    if tokens[start] == "lambda":  # its commas are parameters'
        return tokens[start - 2] in ("in", "->") and stop == len(tokens) - 2
    i = start
    while i < stop:
        if tokens[i] in _NEEDING:
            return False
        i = partners.get(i, i) + 1
    return True


class _Spacer:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [_spelled(token) for token in tokens]
        self.space = [False] * len(tokens)  # before each token
        self.prefix = [False] * len(tokens)  # is the token a sign, a star?
        self.before = [""] * len(tokens)  # parentheses that are added
        self.after = [""] * len(tokens)
        self.brackets = [_Bracket("")]

    def pieces(self) -> list[str]:
        previous = ""
        for i, token in enumerate(self.tokens):
            self.space[i] = i > 0 and self.gap(i, previous, token)
            self.track(i, previous, token)
            previous = token
        if "**" in self.tokens:
            self.hug_powers()
        joined: list[str] = []
        for i, token in enumerate(self.tokens):
            if self.space[i]:
                joined.append(" ")
            joined += (self.before[i], token, self.after[i])
        return joined

    def gap(self, i: int, previous: str, token: str) -> bool:
        """Is there a space between the two?  (Those of slices and powers come later.)"""
        bracket = self.brackets[-1]
        if token in _CLOSE or token == "," or token == ";" or previous in _OPEN:
            return False
        if previous == ",":
            return True
        if token == ":":
            return False
        if previous == ":":
            return bracket.kind != "subscript" or i - 1 not in bracket.colons
        if token == "." or previous == "." or previous == "...":
            return previous == "from" or token == "import" or (previous == "..." and token != ".")
        if self.prefix[i - 1]:
            return False
        if token == "=" or previous == "=":
            return bracket.annotated or not (bracket.kind or bracket.lambdas)
        if token == "(" or token == "[":
            return not is_operand_end(previous)
        return True

    def track(self, i: int, previous: str, token: str) -> None:
        bracket = self.brackets[-1]
        if token in _OPEN:
            self.brackets.append(_Bracket(self.kind(i, previous, token), start=i + 1))
        elif token in _CLOSE:
            self.end_element(i, bracket)
            self.brackets.pop()
        elif token == ",":
            self.end_element(i, bracket)
            bracket.annotated = False
            if not bracket.kind:
                self.wrap_single(i, bracket)
            bracket.start = i + 1
        elif token == ":":
            self.colon(i, bracket)
        elif token == "lambda":
            bracket.lambdas += 1
        elif token == "." and is_decimal(previous):
            self.before[i - 1] += "("
            self.after[i - 1] += ")"
        elif token in _PREFIXES and not (previous and is_operand_end(previous)):
            self.prefix[i] = True
        elif not bracket.kind and (token in _STARTERS or (len(token) > 1 and token[-1] == "=")):
            bracket.start = i + 1

    def kind(self, i: int, previous: str, token: str) -> str:
        if token == "[" and previous and is_operand_end(previous):
            return "subscript"
        if token == "(" and len(self.brackets) == 1 and "def" in self.tokens[:2]:
            return "parameters"
        return token

    def colon(self, i: int, bracket: _Bracket) -> None:
        if bracket.lambdas:
            bracket.lambdas -= 1
        elif bracket.kind == "subscript":
            bracket.colons.append(i)
        elif bracket.kind == "parameters":
            bracket.annotated = True

    def wrap_single(self, i: int, bracket: _Bracket) -> None:
        """``a, = b`` is written ``(a,) = b``."""
        follower = self.tokens[i + 1] if i + 1 < len(self.tokens) else ""
        if follower in ("", "=", "in", ":") and bracket.start < i:
            self.before[bracket.start] += "("
            self.after[i] += ")"

    def end_element(self, end: int, bracket: _Bracket) -> None:
        """If any part of a slice is not plain, its colons have spaces beside the parts."""
        colons, bracket.colons = bracket.colons, []
        if not colons:
            return
        edges = [bracket.start - 1, *colons, end]
        parts = [(left + 1, right) for left, right in zip(edges, edges[1:])]
        if all(self.is_plain(start, stop) for start, stop in parts):
            return
        for colon, (left, stop), (right, last) in zip(colons, parts, parts[1:]):
            self.space[colon] |= left < stop
            self.space[colon + 1] |= right < last

    def is_plain(self, start: int, stop: int) -> bool:
        """A name or constant, with signs or without, or nothing."""
        while start < stop and self.tokens[start] in _SIGNS:
            start += 1
        if start + 1 < stop:
            return False
        return start == stop or not is_fstring(self.tokens[start])

    def hug_powers(self) -> None:
        partners = partners_of(self.tokens)
        for i, token in enumerate(self.tokens):
            if token == "**" and not self.prefix[i]:
                start = self.start_of_operand(i - 1, partners)
                stop = self.end_of_operand(i + 1, partners)
                if self.is_simple(start, i, partners) and self.is_simple(i + 1, stop, partners):
                    self.space[i] = self.space[i + 1] = False
                last = self.end_of_power(stop, partners)
                if start > 0 and self.is_sign(start - 1, last):
                    self.before[start] += "("
                    self.after[last - 1] = ")" + self.after[last - 1]

    def start_of_operand(self, i: int, partners: dict[int, int]) -> int:
        """Where the operand that ends with token ``i`` starts."""
        while True:
            i = partners.get(i, i)
            before = self.tokens[i - 1] if i else ""
            if self.tokens[i] in ("(", "[") and before and is_operand_end(before):
                i -= 1
            elif before == ".":
                i -= 2
            elif before == "await":
                return i - 1
            else:
                return i

    def end_of_operand(self, i: int, partners: dict[int, int]) -> int:
        """Behind the operand, with its signs, that starts with token ``i``."""
        while self.tokens[i] in _SIGNS or self.tokens[i] == "await":
            i += 1
        i = partners.get(i, i) + 1
        while i < len(self.tokens):
            if self.tokens[i] == ".":
                i += 2
            elif self.tokens[i] in ("(", "["):
                i = partners[i] + 1
            else:
                break
        return i

    def end_of_power(self, i: int, partners: dict[int, int]) -> int:
        while i < len(self.tokens) and self.tokens[i] == "**":
            i = self.end_of_operand(i + 1, partners)
        return i

    def is_sign(self, i: int, stop: int) -> bool:
        """Is token ``i`` an operator whose whole operand is the power that stops there?"""
        if self.tokens[i] == "not":
            return stop == len(self.tokens) or self.tokens[stop] in _BELOW_NOT
        return self.prefix[i] and self.tokens[i] in _SIGNS

    def is_simple(self, start: int, stop: int, partners: dict[int, int]) -> bool:
        """A name or number, with attributes and signs or without: what hugs its power."""
        while self.tokens[start] in _SIGNS:
            start += 1
        end = stop
        while end - start > 2 and self.tokens[end - 2] == ".":
            end -= 2
        if end < stop and partners.get(start) == end - 1:
            return self.is_simple(start + 1, end - 1, partners)
        word = self.tokens[start]
        return end - start == 1 and (word.isidentifier() or is_number(word))
