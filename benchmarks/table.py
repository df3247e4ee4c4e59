"""Tables in Markdown."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose columns line up; the first is text, the others are numbers."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    rule = ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]
    lines.insert(1, rule)
    return "\n".join("| " + " | ".join(_cells(line, widths)) + " |" for line in lines)


def _cells(line: list[str], widths: list[int]) -> list[str]:
    return [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:]))]


def ratio(x: float, of: float) -> str:
    return f"{x / of:.2f}" if x < 100 * of else f"{x / of:.0f}"


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def machine() -> str:
    """The versions that the numbers are of."""
    import numpy as np

    return f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}."
