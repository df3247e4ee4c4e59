"""``chainrule demo``: the textbook neuron as a table, as source and as a picture."""

from __future__ import annotations

import argparse

from chainrule import grad
from chainrule.command.console import Console, painted_python
from chainrule.command.graph import check_suffix, save
from chainrule.command.neuron import neuron
from chainrule.command.options import Parser

POINT = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}


def parser() -> Parser:
    p = Parser(
        "demo",
        "Show the textbook neuron differentiated: each step of a call, the source, the picture.",
        "  chainrule demo -o neuron.svg",
    )
    p.add_argument(
        "-o",
        metavar="FILE",
        dest="output",
        help="draw the picture there: .svg (with the extra viz), .dot or .mmd",
    )
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    check_suffix(options.output)
    d = grad(neuron, ...)
    graph = d.graph(**POINT)
    headings = (
        "The chain rule, step by step:",
        "The gradient, as Python source:",
        "The picture: ∂ is the gradient of the result",
    )
    console.artefact(f"{headings[0]}\n\n{d.trace(**POINT)}\n")
    console.artefact(f"\n{headings[1]}\n\n")
    console.artefact(d.source, painted_python)
    console.artefact(f"\n{headings[2]}\n\n{graph}")
    if options.output is not None:
        save(graph, options.output)
        console.note(f"the picture is in {options.output}")
    return 0
