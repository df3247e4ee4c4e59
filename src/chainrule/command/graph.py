"""``chainrule graph``: the picture of a computation."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from chainrule.command.arguments import call_of, seeded
from chainrule.command.console import Console, Usage
from chainrule.command.options import Parser
from chainrule.command.targets import derivative_of

SUFFIXES = (".svg", ".dot", ".mmd")


def parser() -> Parser:
    p = Parser(
        "graph",
        "Draw what depends on what in a function; with arguments, with values and gradients.",
        "  chainrule graph model.py:neuron 2 -1 -3 -2 -3 -o neuron.svg\n"
        "  chainrule graph model.py:loss",
    )
    p.target()
    p.arguments()
    p.wrt()
    p.add_argument(
        "-o",
        metavar="FILE",
        dest="output",
        help="FILE.svg (with the extra viz), FILE.dot or FILE.mmd",
    )
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    check_suffix(options.output)
    d = derivative_of(options.target, options.wrt)
    if options.arguments:
        call = call_of(d, options.arguments, console.note)
        made = seeded(d, call, options.seed).graph(*call.args, **call.kwargs)
    else:
        made = d.graph()
    if options.output is None:
        console.artefact(str(made))
    else:
        save(made, options.output)
    return 0


def check_suffix(output: str | None) -> None:
    if output is not None and Path(output).suffix not in SUFFIXES:
        raise Usage(f"{output}: a graph is saved as .svg, .dot or .mmd")


def save(graph: Any, output: str) -> None:
    """Write a graph to a file."""
    try:
        graph.save(output)
    except ImportError as error:
        raise Usage(f"{output}: {error}") from None
    except OSError as error:
        raise Usage(f"{output}: {error.strerror or error}") from None
