"""Names for values that have none."""

from __future__ import annotations

from collections.abc import Collection, Iterator

LETTERS = "abcdefghijkmnopqrstuvwxyz"  # l looks like 1


def letters(taken: Collection[str]) -> Iterator[str]:
    """``a``, ``b``, … ``z``, ``a1``, …, without what is taken."""
    turn = 0
    while True:
        for letter in LETTERS:
            name = f"{letter}{turn}" if turn else letter
            if name not in taken:
                yield name
        turn += 1
