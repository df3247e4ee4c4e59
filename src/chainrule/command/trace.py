"""``chainrule trace``: what happens in one call."""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from chainrule.command.arguments import call_of, seeded
from chainrule.command.console import Console, painted_python
from chainrule.command.options import Parser
from chainrule.command.targets import derivative_of


def parser() -> Parser:
    p = Parser(
        "trace",
        "Print each step of a call forward and each use of the chain rule backward, with numbers.",
        "  chainrule trace model.py:neuron 2 -1 -3 -2 -3\n"
        "  chainrule trace model.py:loss w=f8[3] rate=1e-3 --source",
    )
    p.target()
    p.arguments()
    p.wrt()
    p.add_argument(
        "--source", action="store_true", help="as runnable Python, with the numbers in comments"
    )
    p.add_argument("--latex", action="store_true", help="as an aligned environment of LaTeX")
    p.add_argument("--json", action="store_true", help="as data")
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    d = derivative_of(options.target, options.wrt)
    call = call_of(d, options.arguments, console.note)
    made = seeded(d, call, options.seed).trace(*call.args, **call.kwargs)
    if options.source:
        console.artefact(made.source, painted_python)
    elif options.latex:
        console.artefact(made.latex())
    elif options.json:
        console.artefact(
            json.dumps([_data(row) for row in made.rows], indent=1, ensure_ascii=False)
        )
    else:
        console.artefact(str(made))
    return 0


def _data(row: Any) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "step": row.step,
        "name": row.name,
        "value": plain(row.value),
        "active": row.active,
        "formula": row.formula,
        "turns": list(row.turns),
    }


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, int | float | str | bool | None) else str(value)
