"""Options as argparse reads them, with negative numbers anywhere."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from types import EllipsisType
from typing import Any, NoReturn

from chainrule.command.console import Usage
from chainrule.ir.types import UNKNOWN, Type

PLAIN = "\0"
"""Stands before an argument that begins with a minus and is no option."""
NUMBER = re.compile(r"-(\d|\.\d|inf\b|nan\b|\(|\[)")


class Parser(argparse.ArgumentParser):
    """The options of one command, and what its help shows as an example.

    Raises
    ------
    Usage
        From `read`, if the arguments do not fit.
    """

    def __init__(self, name: str, does: str, example: str) -> None:
        super().__init__(
            prog=f"chainrule {name}",
            description=does,
            epilog=f"example:\n\n{example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The options that are meant by these words."""
        marked = [PLAIN + word if NUMBER.match(word) else word for word in words]
        found = self.parse_intermixed_args(marked)
        for name, value in vars(found).items():
            setattr(
                found,
                name,
                [_plain(v) for v in value] if isinstance(value, list) else _plain(value),
            )
        return found

    def error(self, message: str) -> NoReturn:
        usage = self.format_usage().removeprefix("usage: ").strip()
        raise Usage(f"{message.replace(PLAIN, '')}\n usage: {usage}\n  help: {self.prog} --help")

    # What several commands have

    def target(self) -> None:
        self.add_argument(
            "target",
            metavar="TARGET",
            help="package.module:function, file.py:function or file.py:Class.method",
        )

    def arguments(self) -> None:
        self.add_argument(
            "arguments",
            metavar="ARG",
            nargs="*",
            help="a Python literal (nested lists are arrays), name=value, @file.npy|npz|json, "
            "or f8[3,4] for fixed normal draws",
        )
        self.add_argument(
            "--seed", metavar="ARG", help="what a result of more than one element is multiplied by"
        )

    def wrt(self) -> None:
        self.add_argument(
            "--wrt",
            metavar="NAMES",
            help="with respect to what: a name, a position, a path, several with commas between; "
            "... (every parameter) unless the target says it",
        )

    def ahead(self) -> None:
        self.add_argument(
            "--args", metavar="TYPES", help='types ahead of a call: "x: float, A: f8[:, :]"'
        )


def _plain(value: Any) -> Any:
    return value.removeprefix(PLAIN) if isinstance(value, str) else value


def wrt_of(text: str | None) -> int | str | EllipsisType | tuple[int | str, ...] | None:
    """What ``--wrt`` means: ``w``, ``0``, ``w,b``, ``...``."""
    if text is None:
        return None
    if text.strip() == "...":
        return ...
    parts = [part.strip() for part in split(text)]
    names = tuple(int(p) if re.fullmatch(r"-?\d+", p) else p for p in parts if p)
    if not names:
        raise Usage("--wrt names nothing")
    return names[0] if len(parts) == 1 else names


def types_of(text: str | None, parameters: Sequence[str]) -> dict[str, Type]:
    """The types that ``--args`` promises, by parameter."""
    from chainrule.annotations import parse

    found: dict[str, Type] = {}
    if text is None:
        return found
    for i, part in enumerate(split(text)):
        name, colon, notation = (
            part.partition(":") if re.match(r"\s*\w+\s*:", part) else ("", "", part)
        )
        if not colon and i >= len(parameters):
            raise Usage(
                f"--args has more types than there are parameters ({', '.join(parameters)})"
            )
        name = name.strip() if colon else parameters[i]
        if name not in parameters:
            raise Usage(f"--args speaks of {name}; the parameters are {', '.join(parameters)}")
        try:
            found[name] = parse(notation, name)
        except TypeError as error:
            raise Usage(f"--args: {error}") from None
        if found[name] == UNKNOWN:
            raise Usage(
                f"--args: {notation.strip()!r} is no type; write float, int, bool, complex, str, "
                "array or f8[:, 3]"
            )
    return found


def split(text: str) -> list[str]:
    """The parts of a text between commas that stand in no brackets and no quotes."""
    parts, depth, quote = [""], 0, ""
    for c in text:
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        if c == "," and depth == 0 and not quote:
            parts.append("")
        else:
            parts[-1] += c
    return parts
