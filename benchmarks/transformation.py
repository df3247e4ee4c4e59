"""How long it takes to write a derivative, in a process that has written others."""

from __future__ import annotations

import importlib.util
import os
import statistics
import tempfile
import time
from pathlib import Path

import chainrule
from benchmarks.rows import neuron
from benchmarks.table import duration, markdown

TITLE = "Transformation: time to a first gradient in a warm process, cache off"
SIZES = (10, 50, 200)


def program(size: int) -> str:
    """A function of so many statements."""
    lines = ["def f(x: float, y: float):", "    v0 = x * y"]
    kinds = ("x * v{0} + 1.5", "v{0} / (1.0 + v{0} * v{0})", "v{0} - y * v{1}", "math.sin(v{0})")
    for i in range(1, size):
        text = kinds[i % len(kinds)].format(i - 1, max(0, i - 5))
        lines.append(f"    v{i} = {text}")
    return "import math\n\n\n" + "\n".join([*lines, f"    return v{size - 1}"]) + "\n"


def table(quick: bool) -> str:
    os.environ["CHAINRULE_CACHE_DIR"] = ""
    rounds = 3 if quick else 9
    rows = [["the neuron", duration(_time(neuron.neuron, neuron.ROW.args, rounds))]]
    for size in SIZES:
        spent = _time(_loaded(program(size)), (0.3, 0.7), rounds)
        rows.append([f"{size} statements", duration(spent)])
    return markdown(("", "time"), rows)


def _time(function, args, rounds: int) -> float:
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        chainrule.grad(function, ...)(*args)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def _loaded(text: str):
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(text)
    spec = importlib.util.spec_from_file_location(Path(file.name).stem, file.name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f
