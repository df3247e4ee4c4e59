"""``chainrule rules``: which functions have a derivative rule, and what it says."""

from __future__ import annotations

import argparse
import difflib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.command.console import Console, Usage, painted_python
from chainrule.command.options import Parser
from chainrule.rules import registry


def parser() -> Parser:
    p = Parser(
        "rules",
        "List the functions that have a derivative rule, or print the rule of one.",
        "  chainrule rules np.exp",
    )
    p.add_argument(
        "name", metavar="NAME", nargs="?", help="a function: np.exp, exp, math.sin, ndarray.sum"
    )
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    ruled = names(registry.differentiable_functions())
    constant = names(registry.nondifferentiable_functions())
    if options.name is None:
        console.artefact(
            "\n".join(
                [*sorted(ruled), *(f"{n}  (constant)" for n in sorted(constant) if n not in ruled)]
            )
        )
        return 0
    wanted = options.name.replace("numpy.", "np.")
    known = {**constant, **ruled, **methods()}
    for name in (
        wanted,
        f"np.{wanted}",
        f"np.linalg.{wanted}",
        f"math.{wanted}",
        f"operator.{wanted}",
        f"ndarray.{wanted}",
    ):
        if name in known:
            _print(name, known[name], console)
            return 0
    near = difflib.get_close_matches(wanted, known, 3) or [
        n for n in known if n.endswith(f".{wanted}")
    ]
    raise Usage(
        f"there is no rule for {options.name}"
        + (f"; did you mean {' or '.join(near)}?" if near else "")
    )


def _print(name: str, function: Callable[..., Any], console: Console) -> None:
    rule = registry.adjoint_of(function)
    if rule is None:
        console.artefact(
            f"{name} is piecewise constant, or gives no number: nothing flows through it"
        )
    else:
        console.artefact(inspect.getsource(rule), painted_python)


def methods() -> dict[str, Callable[..., Any]]:
    return {
        f"ndarray.{name}": function
        for name, function in {**registry.methods, **registry.attributes}.items()
    }


def names(functions: Any) -> dict[str, Callable[..., Any]]:
    """Functions by the name that one writes."""
    return {name: f for f in functions for name in spelled(f)}


def spelled(function: Callable[..., Any]) -> list[str]:
    """The names under which a function is called: ``np.exp``, ``np.linalg.inv``, ``math.exp``."""
    name = getattr(function, "__name__", "")
    for place, where in (("np", np), ("np.linalg", np.linalg)):
        if vars(where).get(name) is function:
            return [f"{place}.{name}"]
    module = (getattr(function, "__module__", None) or "").lstrip("_")
    return [name if module in ("", "builtins") else f"{module}.{name}"]
