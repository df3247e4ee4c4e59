"""Large functions that are called from several places: their text stands once, and is called."""

from __future__ import annotations

from typing import Any

import gast

LINES = 12
"""How many statements a function has at least that is called rather than written out."""
PLACES = 3
"""From how many places it is called at least."""
TOTAL = 90
"""How many statements it would be at least, written out."""


class Places:
    """From where each function is called that is written out where it is called."""

    def __init__(self) -> None:
        self.found: dict[Any, tuple[int, set[Any]]] = {}
        self.called: set[Any] = set()  # functions that are called for being large
        self.never: set[Any] = set()  # and those with which that did not do

    def is_too_much(self, key: Any, node: Any, place: Any) -> bool:
        """Whether there is too much text of a function, with one more place that it is written out at."""
        if place is None or key in self.never:
            return False
        if key not in self.found:
            self.found[key] = statements_in(node), set()
        size, places = self.found[key]
        places.add((place.file, place.line, place.column))
        return size >= LINES and len(places) >= PLACES and size * len(places) >= TOTAL


def statements_in(node: Any) -> int:
    """How many statements a function's text has."""
    return sum(isinstance(n, gast.stmt) for n in gast.walk(node)) - 1
