"""A document says where a line may be broken: its whole grammar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from chainrule.records import record

WIDTH = 88
STEP = 4
INSIDE = -1  # instead of a mark: all breaks are allowed here

Line: TypeAlias = Literal["soft", "space", "hard"]


@record
class Break:
    """A place where a line may end: it need not, unless it is hard."""

    kind: Line


@record
class Group:
    """Broken as one: all the breaks of its own, or none. It may have a mark for others to ask."""

    content: Document
    mark: int | None = None
    expand: bool = False


@record
class GroupIfBroken:
    """A group if the marked one is broken, else nothing but its content."""

    content: Document
    mark: int


@record
class Indent:
    """One level deeper; if a mark is given, only if the marked group is broken."""

    content: Document
    mark: int | None = None


@record
class IfBroken:
    """One thing if the enclosing (or the marked) group is broken, the other if it is not."""

    content: Document
    otherwise: Document = ""
    mark: int | None = None
    shown: bool = False  # was the one thing printed, when it was printed last?


@record
class Foldable:
    """Brackets that may be broken without breaking the marked group that they stand in."""

    content: Document
    mark: int | None


@record
class Parenthesized:
    """Put in parentheses of its own if it fits in no other way, but does in those."""

    content: Document
    mark: int


@record
class Choice:
    """The first of these that fits, else the last; the last also once their start is broken."""

    variants: list[Document]
    start: Document = ""
    settled: bool = False


@record
class Suffix:
    """A comment: goes to the end of the line, and counts toward its width."""

    text: str
    width: int


Node: TypeAlias = (
    Break | Group | GroupIfBroken | Indent | IfBroken | Foldable | Parenthesized | Choice | Suffix
)
Document: TypeAlias = "str | Node | Sequence[Document]"

SOFT = Break("soft")
SPACE = Break("space")
HARD = Break("hard")


# Comments that are meant for a tool: they may stand behind the end of the line.
_PRAGMAS = ("noqa", "type:", "pyright:", "pylint:", "flake8:", "ruff:", "isort:", "nosec")


def suffix(comment: str) -> Suffix:
    text = "  " + comment
    is_pragma = comment.lstrip("# ").startswith(_PRAGMAS)
    return Suffix(text, 0 if is_pragma else width_of(text))


def width_of(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_width(c) for c in text)


def _width(character: str) -> int:
    import unicodedata  # seldom needed

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
