"""``chainrule show``: the adjoint of a function."""

from __future__ import annotations

import argparse
from typing import Any

from chainrule import pipeline
from chainrule.command.console import Console, painted_python
from chainrule.command.options import Parser, types_of
from chainrule.command.targets import derivative_of
from chainrule.derivative import Derivative
from chainrule.ir.form import Function
from chainrule.ir.printer import show_function


def parser() -> Parser:
    p = Parser(
        "show",
        "Print the adjoint of a function: plain Python that returns the value and the gradients.",
        '  chainrule show model.py:loss --wrt w,b --args "w: f8[:, :], b: f8[:], rate: float"',
    )
    p.target()
    p.wrt()
    p.ahead()
    p.add_argument("--textbook", action="store_true", help="one chain-rule step a statement")
    p.add_argument("--ir", action="store_true", help="the form from which the text is written")
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    d = derivative_of(options.target, options.wrt)
    adjoint = d._ahead(types_of(options.args, list(d.target.signature.parameters)))[1]
    if options.ir:
        console.artefact(
            show_function(adjoint if options.textbook else pipeline.optimized(adjoint))
        )
    else:
        text = (
            d._text(adjoint, True, False)
            if options.textbook
            else d._text(pipeline.optimized(adjoint), False, True)
        )
        console.artefact(text, painted_python)
    notes(d, adjoint, console)
    return 0


def notes(d: Derivative[..., Any], adjoint: Function, console: Console) -> None:
    """Say which of what was asked never reaches the result."""
    defaults = {name: p.default for name, p in d.target.signature.parameters.items()}
    for value in adjoint.facts.get("unreached", ()):
        if d.request.every and isinstance(defaults.get(value.name), str | bool | None):
            continue  # nobody asked for an option
        console.note(
            f"note: {value.name} never reaches the result of {d.target.name}: its gradient is zero"
        )
