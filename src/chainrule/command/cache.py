"""``chainrule cache``: what is kept on disk between processes."""

from __future__ import annotations

import argparse
import importlib

from chainrule.command.console import Console
from chainrule.command.options import Parser


def parser() -> Parser:
    p = Parser(
        "cache",
        "Say what is kept on disk between processes, throw it away, or say where it is.",
        "  chainrule cache info",
    )
    p.add_argument("what", choices=("info", "clear", "dir"))
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    cache = importlib.import_module("chainrule.backend.cache")
    folder = cache.directory()
    if folder is None:
        console.note("the cache is off: CHAINRULE_CACHE_DIR is empty")
    elif options.what == "dir":
        console.artefact(str(folder))
    elif options.what == "clear":
        cache.clear()
        console.note(f"cleared {folder}")
    else:
        console.artefact(str(cache.info()))
    return 0
