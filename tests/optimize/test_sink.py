"""Sinking: steps stand where they are read, and never move across what changes their meaning."""

import operator

import numpy as np
from tests.autodiff.adjoints import adjoint_of, assert_means_the_same, backward, count, text_of
from tests.optimize.built import Built

from chainrule import pipeline
from chainrule.analysis.builder import constant
from chainrule.ir import primitives
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import Op
from chainrule.ir.types import FLOAT, Array
from chainrule.optimize.sink import sink

VECTOR = Array(np.dtype(float), 1)


def scaled(x, rate, n):
    for i in range(n):
        x = x * rate
    return x


def unsunk(f, *args, wrt=(0,)):
    form = adjoint_of(f, *args, wrt=wrt)
    assert pipeline.PASSES[-1] is sink
    for improve in pipeline.PASSES[:-1]:
        form = improve(form)
    return form


def test_the_old_cotangent_is_read_before_the_new_one_is_made():
    before = unsunk(scaled, 2.0, 0.5, 3, wrt=(0, 1))
    after = sink(before)
    order = lambda form: [
        s.results[0].name or "_"
        for s in form.body.statements[-3].body.statements
        if isinstance(s, Op) and s.function is not primitives.take
    ]
    assert order(before) == ["dx", "_", "drate"]
    assert order(after) == ["_", "drate", "dx"]
    assert_means_the_same(before, after, scaled, 2.0, 0.5, 3)
    text = backward(text_of(scaled, 2.0, 0.5, 3, wrt=(0, 1)))
    assert text.index("drate += ") < text.index("dx = dx * rate")
    assert "dx_1" not in text


def test_nothing_is_lost_or_doubled():
    def mixed(x, y):
        for i in range(3):
            if x > y:
                x = x * np.sin(y)
            else:
                y = y * x
        return x * y

    before = unsunk(mixed, 2.0, 0.5, wrt=(0, 1))
    after = sink(before)
    assert count(after) == count(before)
    assert_means_the_same(before, after, mixed, 2.0, 0.5)


def test_a_step_moves_behind_others_to_its_reader():
    b = Built(x=FLOAT, y=FLOAT)
    early = b.op(operator.mul, b["x"], constant(2.0))
    other = b.op(operator.mul, b["y"], constant(3.0))
    last = b.op(operator.add, early, other)
    form = b.returning(other, last)
    after = sink(form)
    check(after)
    made = [s.results[0] for s in after.body.statements if s.results]
    assert made.index(other) < made.index(early)
    assert evaluate(after, {"x": 1.0, "y": 1.0}) == (3.0, 5.0)


def test_a_read_does_not_move_behind_a_write():
    b = Built(x=VECTOR)
    buffer = b.op(np.copy, b["x"])
    read = b.op(operator.mul, buffer, constant(2.0))
    written = b.op(primitives.accumulate, buffer, constant(1.0), constant(0), name="d")
    late = b.op(operator.add, read, constant(1.0))
    after = sink(b.returning(written, late))
    check(after)
    made = [s.results[0] for s in after.body.statements if s.results]
    assert made.index(read) < made.index(written)


def test_an_effect_does_not_move():
    b = Built(x=FLOAT)
    drawn = b.op(print, b["x"])
    step = b.op(operator.mul, b["x"], constant(2.0))
    after = sink(b.returning(step, drawn))
    functions = [s.function for s in after.body.statements]
    assert functions.index(print) < functions.index(operator.mul)


def test_nothing_moves_across_the_line_or_in_the_forward_part():
    def early(x, y):
        a = x * 2.0
        b = y * 3.0
        return b + np.sin(b) + a

    before = unsunk(early, 2.0, 0.5, wrt=(0, 1))
    after = sink(before)
    at = [isinstance(s, Op) and s.function is primitives.line for s in before.body.statements]
    until = at.index(True) + 1
    assert after.body.statements[:until] == before.body.statements[:until]
