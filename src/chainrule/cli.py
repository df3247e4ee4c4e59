"""The command ``chainrule``: which command is meant, how failures are told, the exit codes."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Protocol

from chainrule.command.console import Console, Usage, here
from chainrule.command.targets import told
from chainrule.errors import ChainruleError

DONE, STALE, USAGE, REFUSED, FAULT = 0, 1, 2, 3, 123

COMMANDS = {
    "demo": "the textbook neuron, differentiated, explained and drawn",
    "show": "print the adjoint of a function",
    "build": "write a module of adjoints that needs no chainrule",
    "check": "compare gradients with central differences",
    "trace": "print each step of a call, with its numbers",
    "graph": "draw what depends on what",
    "why": "say why a gradient is zero, or a value constant",
    "explain": "say what the code of a refusal means",
    "rules": "list the functions that have a derivative rule",
    "cache": "say what is kept on disk, or throw it away",
}

HELP = """\
usage: chainrule COMMAND …

Reads ordinary Python and NumPy functions, and writes the source of their derivatives.

{commands}

Each says more with --help. --version prints the version; --traceback after a command
shows where in chainrule a failure arose.

exit codes: 0 done, 1 stale or mismatch, 2 usage, 3 refused, 123 our own fault

example:

  chainrule show model.py:loss --wrt w
"""


class Command(Protocol):
    """A module of `chainrule.command`."""

    parser: Callable[[], argparse.ArgumentParser]
    run: Callable[[argparse.Namespace, Console], int]


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that these words ask for, and return its exit code."""
    console = here()
    given = list(sys.argv[1:] if words is None else words)
    wants_traceback = "--traceback" in given
    given = [word for word in given if word != "--traceback"]
    try:
        return _run(given, console)
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    except KeyboardInterrupt:
        return 130
    except SystemExit as end:  # of --help
        return end.code if isinstance(end.code, int) else DONE
    except Exception as error:
        if wants_traceback:
            traceback.print_exc(file=console.error)
        return _failed(error, console)


def _run(words: Sequence[str], console: Console) -> int:
    if not words:
        console.note(_help())
        return USAGE
    name, *rest = words
    if name in ("-h", "--help", "help"):
        console.artefact(_help())
        return DONE
    if name == "--version":
        import chainrule

        console.artefact(f"chainrule {chainrule.__version__}")
        return DONE
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        raise Usage(
            f"there is no command {name}"
            + (f"; did you mean {near[0]}?" if near else "")
            + "\n  help: chainrule --help"
        )
    command: Command = importlib.import_module(f"chainrule.command.{name}")
    options = command.parser().read(rest)  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(
        console.error
    ):  # what the user's own module prints is no artefact
        code = command.run(options, console)
    console.out.flush()
    return code


def _help() -> str:
    return HELP.format(commands="\n".join(f"  {name:9}{does}" for name, does in COMMANDS.items()))


def _failed(error: Exception, console: Console) -> int:
    if isinstance(error, Usage):
        console.refusal(f"chainrule: {error}")
        return USAGE
    if isinstance(error, ChainruleError):
        console.refusal(str(error))
        return REFUSED
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{'/'.join(last.filename.split(os.sep)[-2:])}:{last.lineno}"
    console.refusal(
        f"chainrule: a fault of our own, at {place}: {told(error)}\n"
        " help: please report it, with the output of the same command and --traceback"
    )
    return FAULT
