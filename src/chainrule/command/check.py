"""``chainrule check``: gradients compared with central differences, and what they cost."""

from __future__ import annotations

import argparse
import contextlib
import copy
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from chainrule import trees
from chainrule.asked import part_of
from chainrule.command.arguments import Call, call_of, is_scalar, seed_of
from chainrule.command.console import Console, Usage
from chainrule.command.options import Parser
from chainrule.command.targets import derivative_of
from chainrule.comparison import Report, compare, random_seed
from chainrule.derivative import Derivative
from chainrule.wrt import Path

BUDGET = 0.02
"""How many seconds one round of measuring takes."""


def parser() -> Parser:
    p = Parser(
        "check",
        "Compare the gradients of a function with central differences, and say what they cost.",
        "  chainrule check model.py:neuron 2 -1 -3 -2 -3\n"
        "  chainrule check model.py:loss w='f8[3,4]' x=@batch.npy rate=1e-3 --wrt w",
    )
    p.target()
    p.arguments()
    p.wrt()
    return p


def run(options: argparse.Namespace, console: Console) -> int:
    d = derivative_of(options.target, options.wrt)
    call = call_of(d, options.arguments, console.note)
    value = call.result[0] if d._kind.has_aux else call.result
    seed = d._seed if d._has_seed else seed_of(d, options.seed)
    if seed is None and not is_scalar(value):
        seed = random_seed(value)
    if seed is not None:
        d = d.seeded(seed)
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        report, cost = compared(d, call, seed)  # what the function prints was printed once already
    told = f"{report}; {cost}" if report.ok else str(report)
    console.artefact(told)
    return 0 if report.ok else 1


def compared(d: Derivative[..., Any], call: Call, seed: Any) -> tuple[Report, str]:
    """How the gradients agree with differences, and what they cost."""
    paths = d.request.paths
    bound = d.target.bind(call.args, call.kwargs)
    values = {path: part_of(bound, path) for path in paths}
    given: Any = d
    found = given(*copy.deepcopy(call.args), **copy.deepcopy(call.kwargs))
    gradients = _gradients(d, found)
    asked = {p: g for p, g in zip(paths, gradients) if g is not None}
    if not asked:
        raise Usage("none of these arguments can have a gradient, so there is nothing to compare")

    def result(moved: Mapping[Any, Any]) -> Any:
        arguments = copy.deepcopy(bound)
        for path in asked:
            arguments = put(arguments, path, copy.deepcopy(moved[str(path)]))
        returned = d.target.run(arguments)
        return returned[0] if d._kind.has_aux else returned

    report = compare(
        result, {str(p): values[p] for p in asked}, {str(p): g for p, g in asked.items()}, seed=seed
    )
    ratio = seconds(d, call) / seconds(d.primal, call)
    return report, f"the gradient costs {ratio:.1f} × the function"


def _gradients(d: Derivative[..., Any], found: Any) -> tuple[Any, ...]:
    if d._kind.value:
        found = found[1]
    elif d._kind.has_aux:
        found = found[0]
    return (found,) if d.request.bare else tuple(found)


def put(bound: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The arguments with another value at the end of a path; they are changed."""
    if not path.steps:
        return {**bound, path.root: value}
    holder = part_of(bound, Path(path.root, path.steps[:-1]))
    kind, key = path.steps[-1]
    if kind == "item" and isinstance(holder, tuple):
        changed = trees.rebuild(holder, [value if i == key else v for i, v in enumerate(holder)])
        return put(bound, Path(path.root, path.steps[:-1]), changed)
    if kind == "item":
        holder[key] = value
    elif isinstance(holder, tuple):
        return put(bound, Path(path.root, path.steps[:-1]), holder._replace(**{key: value}))  # type: ignore[attr-defined]
    else:
        object.__setattr__(holder, key, value)
    return bound


def seconds(f: Callable[..., Any], call: Call) -> float:
    """How long a call takes, at best; each has its own copy of the arguments."""
    count, best = 1, float("inf")
    deadline = time.perf_counter() + 8 * BUDGET
    while time.perf_counter() < deadline:
        copies = [copy.deepcopy((call.args, call.kwargs)) for _ in range(count)]
        start = time.perf_counter()
        for args, kwargs in copies:
            f(*args, **kwargs)
        taken = time.perf_counter() - start
        best = min(best, taken / count)
        if taken < BUDGET / 4:
            count = min(2 * count, 1024)
    return max(best, 1e-9)
