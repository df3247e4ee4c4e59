"""What a call costs over the body that it runs."""

from __future__ import annotations

import numpy as np

import chainrule
from benchmarks.measure import interleaved
from benchmarks.table import duration, markdown

TITLE = "Dispatch: time of a call over that of the generated body"


def five_floats(a, b, c, d, e):
    return a * b + c * d + e


def a_float(x):
    return x * x


def beside(x, other):
    return x * x


SCALE = 2.0


def a_global(x):
    return SCALE * x


class Model:
    def __init__(self) -> None:
        self.w = 2.0

    def loss(self, x):
        return self.w * x


def table(quick: bool) -> str:
    p = {"w0": np.ones((3, 2)), "b0": np.ones(2), "w1": np.ones((3, 2)), "b1": np.ones(2)}
    cases = (
        ("five floats", five_floats, (1.0, 2.0, 3.0, 4.0, 5.0)),
        ("a float", a_float, (1.0,)),
        ("a float and an array", beside, (1.0, np.ones(3))),
        ("a float and a matrix", beside, (1.0, np.ones((4, 3)))),
        ("a float and a dict of four arrays", beside, (1.0, p)),
        ("a float and a global", a_global, (1.0,)),
        ("a float and an attribute of self", Model().loss, (1.0,)),
    )
    return markdown(("", "body", "over it"), [_row(*case, quick) for case in cases])


def _row(name, function, args, quick: bool) -> list[str]:
    d = chainrule.grad(function)
    for _ in range(3):
        d(*args)
    (found,) = d._found.values()
    given = (*d.target.before, *args)
    calls = {"body": lambda: found.lean(*given), "call": lambda: d(*args)}
    times = interleaved(calls, 11 if quick else 61, 0.01)
    return [name, duration(times["body"]), duration(times["call"] - times["body"])]
