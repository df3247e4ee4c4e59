"""Timing: what is compared is interleaved, repeated, and told by its median."""

from __future__ import annotations

import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Call = Callable[[], object]


def interleaved(calls: Mapping[str, Call], rounds: int, seconds: float = 0.02) -> dict[str, float]:
    """The median time of each call, in seconds.

    Parameters
    ----------
    rounds
        How often each is measured; within a round they take turns.
    seconds
        How long one measurement lasts, about.
    """
    numbers = {name: _number(call, seconds) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            order = list(calls)[:: 1 if turn % 2 else -1]
            for name in order:
                times[name].append(_time(calls[name], numbers[name]))
    finally:
        if was_on:
            gc.enable()
    return {name: statistics.median(found) for name, found in times.items()}


def _number(call: Call, seconds: float) -> int:
    number = 1
    while (spent := _time(call, number) * number) < seconds / 4:
        number *= 4
    return max(1, round(number * seconds / spent))


def _time(call: Call, number: int) -> float:
    turns = range(number)
    start = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - start) / number


class Spent(NamedTuple):
    """Medians, in seconds: by the clock, and of the processor, which is the steadier."""

    clock: float
    processor: float


def processes(
    scripts: Mapping[str, Sequence[str]], rounds: int, **environment: str
) -> dict[str, Spent]:
    """What fresh Python processes take, each run once before.

    Parameters
    ----------
    scripts
        For each name the arguments of the interpreter.
    environment
        What is set beside the environment of this process.
    """
    full = {**os.environ, **environment}
    full.pop("PYTHONDONTWRITEBYTECODE", None)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in scripts}
    for turn in range(-1, rounds):
        for name, arguments in scripts.items():
            start, before = time.perf_counter(), _of_children()
            subprocess.run([sys.executable, *arguments], env=full, check=True, capture_output=True)
            processor = _of_children() - before
            if turn >= 0:
                found[name].append((time.perf_counter() - start, processor))
    return {name: Spent(*map(statistics.median, zip(*pairs))) for name, pairs in found.items()}


def _of_children() -> float:
    """The processor time of all processes that this one has waited for."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
