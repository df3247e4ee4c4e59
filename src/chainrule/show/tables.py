"""A trace as a table for terminals, as HTML, and as LaTeX."""

from __future__ import annotations

import ast
import html as escape
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from chainrule.show import formula
from chainrule.show.numbers import brief

if TYPE_CHECKING:
    from chainrule.show.trace import Row, Trace

SHOWN = 2
"""How many turns of a loop a table shows at its beginning, and how many at its end."""

Cells = tuple[str, str, str, str]


def table(trace: Trace) -> str:
    """The whole trace as text."""
    inputs = [r for r in trace.rows if r.kind == "input"]
    given = ", ".join(f"{r.name}={brief(r.value)}" for r in inputs)
    head = f"{trace.name}({given}) = {brief(trace.value)}"
    held = [r.name for r in inputs if not r.active]
    parts = [head] + ([f"constant: {', '.join(held)}"] if held else [])
    sections = {kind: _cells(trace.rows, kind) for kind in ("forward", "backward")}
    widths = [
        max((len(c[i]) for cells in sections.values() for c in cells), default=0) for i in range(4)
    ]
    for kind, cells in sections.items():
        parts += ["", kind.capitalize(), *(_line(c, widths) for c in cells)]
    return "\n".join(parts)


def _line(cells: Cells, widths: Sequence[int]) -> str:
    return "  " + "  ".join(c.ljust(w) for c, w in zip(cells, widths) if w).rstrip()


def _cells(rows: Iterable[Row], kind: str) -> list[Cells]:
    """The step, its value, its formula and its turn; a long loop has a gap in the middle."""
    found: list[Cells] = []
    for row in _abridged([r for r in rows if r.kind == kind]):
        if row is None:
            found.append(("…", "", "", ""))
        else:
            turn = "turn " + ".".join(str(t + 1) for t in row.turns) if row.turns else ""
            remark = row.formula or ("" if row.active else "constant")
            found.append((row.step, brief(row.value), remark, turn))
    return found


def _abridged(rows: list[Row]) -> list[Row | None]:
    """The rows without those of middle turns, and None where some are left out."""
    last: dict[int | None, int] = {}
    for row in rows:
        if row.turns:
            last[row.line] = max(last.get(row.line, 0), row.turns[0])
    found: list[Row | None] = []
    for row in rows:
        if not row.turns or row.turns[0] < SHOWN or row.turns[0] > last[row.line] - SHOWN:
            found.append(row)
        elif not found or found[-1] is not None:
            found.append(None)
    return found


def html(trace: Trace) -> str:
    """The trace as a table of a notebook."""
    inputs = "".join(
        f"<tr><td><code>{escape.escape(r.name)}</code></td><td>{escape.escape(brief(r.value))}</td>"
        f"<td>{'' if r.active else 'constant'}</td><td></td></tr>"
        for r in trace.rows
        if r.kind == "input"
    )
    parts = [_heading(f"{trace.name}: inputs"), inputs]
    for kind in ("forward", "backward"):
        parts.append(_heading(kind))
        for step, value, remark, turn in _cells(trace.rows, kind):
            cells = (
                f"<code>{escape.escape(step)}</code>",
                *map(escape.escape, (value, remark, turn)),
            )
            parts.append(
                "<tr>" + "".join(f"<td style='text-align:left'>{c}</td>" for c in cells) + "</tr>"
            )
    return f"<table>{''.join(parts)}</table>"


def _heading(text: str) -> str:
    return (
        f"<tr><th colspan='4' style='text-align:left'>{escape.escape(text.capitalize())}</th></tr>"
    )


def latex(trace: Trace) -> str:
    """The trace as an aligned environment; in loops the last turn that ran."""
    last = {(row.kind, row.line): row for row in trace.rows if row.kind != "input"}
    forward = [_forward(r) for r in last.values() if r.kind == "forward"]
    backward = [_backward(r) for r in last.values() if r.chain is not None]
    gap = [r"\\[1ex]"] if forward and backward else []
    body = [*_ended(forward), *gap, *_ended(backward)]
    return "\n".join([r"\begin{aligned}", *body, r"\end{aligned}"])


def _ended(rows: list[str]) -> list[str]:
    return [rf"{row} \\" for row in rows[:-1]] + rows[-1:]


def _forward(row: Row) -> str:
    statement = ast.parse(row.step).body[0]
    if isinstance(statement, ast.AugAssign):
        right: ast.expr = ast.BinOp(statement.target, statement.op, statement.value)
        left: ast.expr = statement.target
    else:
        assert isinstance(statement, ast.Assign)
        left, right = statement.targets[0], statement.value
    return rf"  {formula.latex(left)} &= {formula.latex(right)} &&= {_number(row)}"


def _backward(row: Row) -> str:
    assert row.chain is not None
    left, right = formula.latex(row.chain.left), formula.latex(row.chain.right)
    sign = r"\mathrel{+}=" if row.chain.adds else "="
    return rf"  {left} &{sign} {right} &&= {_number(row)}"


def _number(row: Row) -> str:
    text = brief(row.value)
    if all(c in "0123456789.-" for c in text):
        return text
    mantissa, e, exponent = text.partition("e")
    if e and exponent.lstrip("+-").isdigit():
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    words = formula.escaped(text).replace("×", r"$\times$").replace("…", r"\dots ")
    return rf"\text{{{words}}}"
