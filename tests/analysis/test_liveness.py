"""Liveness: what is read after each statement, loops and branches included."""

import operator

from tests.analysis.facts import named
from tests.ir.forms import lowered

from chainrule.analysis.liveness import Liveness
from chainrule.ir.form import Loop, Op, Value


def live_after(f, *args):
    """For each statement, the names that are read after it."""
    form = lowered(f, *args)
    seen = {}

    def visit(s, live):
        seen[s] = {v.name for v in live}

    start = Liveness(visit).block(form.body, {a for a in form.body.results if isinstance(a, Value)})
    return form, seen, {v.name for v in start}


def of(seen, function, n=0):
    return [live for s, live in seen.items() if isinstance(s, Op) and s.function is function][n]


def test_a_straight_line():
    def f(x, y):
        a = x + y
        b = a * y
        return b - 1.0

    _, seen, start = live_after(f, 1.0, 2.0)
    assert start == {"x", "y"}
    assert of(seen, operator.add) == {"a", "y"}
    assert of(seen, operator.mul) == {"b"}


def test_what_is_never_read_is_never_live():
    def f(x, y):
        unused = x + y
        return x * 2.0

    _, seen, start = live_after(f, 1.0, 2.0)
    assert "unused" not in of(seen, operator.add)
    assert "y" in start  # the statement itself reads it


def test_what_a_loop_reads_lives_until_its_last_turn():
    def f(x, rate, n):
        for i in range(n):
            x = x * rate
            x = x + 1.0
        return x

    _, seen, start = live_after(f, 1.0, 2.0, 3)
    assert "rate" in of(seen, operator.add)
    assert start == {"x", "rate", "n"}


def test_a_carry_lives_round_the_loop():
    def f(x, n):
        a = x
        for i in range(n):
            b = a * 2.0
            a = x - 1.0
        return b

    form, seen, _ = live_after(f, 1.0, 2)
    loop = next(s for s in form.body.statements if isinstance(s, Loop))
    assert "a" in of(seen, operator.sub)
    assert [v for v in named(form, "a") if v in loop.carries]


def test_both_sides_of_a_branch_are_read():
    def f(x, y, z):
        a = x + 1.0
        if z > 0:
            b = a * y
        else:
            b = x - 1.0
        return b

    _, seen, start = live_after(f, 1.0, 2.0, 3.0)
    assert {"a", "x", "y"} <= of(seen, operator.add)
    assert "a" not in of(seen, operator.sub)
    assert start == {"x", "y", "z"}


def test_handing_over_is_told():
    def f(x, n):
        for i in range(n):
            x = x * 2.0
        return x

    form = lowered(f, 1.0, 2)
    handed = []
    Liveness(lambda s, live: None, lambda r, a, live: handed.append((r, a))).block(
        form.body, set(form.body.results)
    )
    loop = next(s for s in form.body.statements if isinstance(s, Loop))
    assert ([*loop.carries], [*loop.inits]) in handed
    following = [*loop.body.results[: len(loop.carries)]]
    assert ([*loop.carries], following) in handed
    assert ([*loop.results[:-1]], following) in handed
