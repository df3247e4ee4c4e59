"""``chainrule explain``: what a code means."""

from __future__ import annotations

import argparse

from chainrule import catalogue
from chainrule.command.console import Console, Usage
from chainrule.command.options import Parser


def parser() -> Parser:
    p = Parser(
        "explain",
        "Say what the code of a refusal means, and a way out. Without a code, list them.",
        "  chainrule explain CR103",
    )
    p.add_argument("code", metavar="CODE", nargs="?")
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    if options.code is None:
        console.artefact(
            "\n".join(
                catalogue.explain(code).split("\n")[0].removeprefix("## ")
                for code in catalogue.codes()
            )
        )
        return 0
    code = options.code.strip().upper()
    try:
        console.artefact(catalogue.explain(f"CR{code}" if code.isdigit() else code))
    except ValueError as error:
        raise Usage(str(error)) from None
    return 0
