"""The gradient of each row over that by hand."""

from __future__ import annotations

from benchmarks.measure import interleaved
from benchmarks.peers import check, gradients_of
from benchmarks.rows import ROWS
from benchmarks.table import duration, markdown, ratio

TITLE = "Gradients: time over that of the adjoint by hand"
COLUMNS = ("the function", "specialized", "as called", "autograd", "JAX")


def table(quick: bool) -> str:
    return markdown(("", "by hand", *COLUMNS), [_row(row, quick) for row in ROWS])


def _row(row, quick: bool) -> list[str]:
    gradients = gradients_of(row)
    check(row, gradients)
    calls = {"the function": lambda: row.function(*row.args), **gradients}
    times = interleaved(calls, 7 if quick else 31)
    hand = times["by hand"]
    return [
        row.name,
        duration(hand),
        *(ratio(times[c], hand) if c in times else "–" for c in COLUMNS),
    ]
