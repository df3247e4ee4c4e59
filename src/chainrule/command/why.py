"""``chainrule why``: why a gradient is zero, or how a parameter reaches the result."""

from __future__ import annotations

import argparse

from chainrule.command.console import Console
from chainrule.command.options import Parser
from chainrule.command.targets import derivative_of


def parser() -> Parser:
    p = Parser(
        "why",
        "Say why a value is constant or a gradient zero, or by which chain it reaches the result.",
        "  chainrule why model.py:loss temperature",
    )
    p.target()
    p.add_argument(
        "path", metavar="PATH", help='a name of the function, or a path such as params["head"]'
    )
    p.wrt()
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    console.artefact(str(derivative_of(options.target, options.wrt).why(options.path)))
    return 0
