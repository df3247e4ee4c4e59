"""Clearing late: the copy that a clearing asks for goes, unless the buffer is touched in between."""

import operator

import numpy as np
import pytest
from tests.autodiff.adjoints import (
    adjoint_of,
    after_the_line,
    assert_means_the_same,
    backward,
    count,
    differences,
    ran,
    text_of,
)
from tests.optimize.built import Built

from chainrule import pipeline
from chainrule.analysis.builder import constant
from chainrule.ir import primitives
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.types import Array
from chainrule.optimize.algebra import simplify
from chainrule.optimize.copies import propagate_copies
from chainrule.optimize.cse import share_subexpressions
from chainrule.optimize.dce import eliminate_dead_code
from chainrule.optimize.delay import delay_clearing


def before_delay(f, *args, wrt=(0,)):
    """The adjoint as the pass finds it."""
    assert delay_clearing in pipeline.PASSES
    form = adjoint_of(f, *args, wrt=wrt)
    for improve in (
        propagate_copies,
        simplify,
        share_subexpressions,
        simplify,
        eliminate_dead_code,
    ):
        form = improve(form)
    return form


def placed(x, w):
    y = x * 1.0
    y[1:] = 2.0 * w
    return np.sum(y * y)


def in_place(x, w):
    y = x * 1.0
    y[1:] = y[1:] * w
    return np.sum(y * y)


def test_the_copy_goes_where_one_step_reads_it():
    x, w = np.arange(3.0), np.ones(2)
    before = before_delay(placed, x, w, wrt=(0, 1))
    after = delay_clearing(before)
    assert (after_the_line(before, np.copy), after_the_line(after, np.copy)) == (1, 0)
    assert after_the_line(after, primitives.store) == after_the_line(before, primitives.store) == 1


def test_the_text_reads_the_region_before_it_clears_it():
    text = backward(text_of(placed, np.arange(3.0), np.ones(2), wrt=(0, 1)))
    assert "copy" not in text
    assert text.index("= dy[1:] * 2.0") < text.index("dy[1:] = 0")


@pytest.mark.parametrize("f", [placed, in_place])
def test_the_gradient_is_right(f):
    args = (np.array([1.0, -2.0, 0.5]), np.array([0.3, 2.0]))
    value, gradients = ran(f, *args, wrt=(0, 1))
    assert value == f(*args)
    for i, g in enumerate(gradients):
        np.testing.assert_allclose(g, differences(f, args, i), rtol=1e-8)


def test_the_copy_stays_where_the_buffer_is_written_in_between():
    def stencil(u, dt):
        u = u * 1.0
        u[1:-1] += dt * (u[2:] - 2 * u[1:-1] + u[:-2])
        return np.sum(u * u)

    args = (np.array([1.0, 3.0, -2.0, 0.5]), 0.1)
    before = before_delay(stencil, *args)
    after = delay_clearing(before)
    assert after_the_line(before, np.copy) == after_the_line(after, np.copy) == 1
    assert_means_the_same(before, after, stencil, *args)

    def shifted(u):
        u = u * 1.0
        u[1:] = u[:-1]
        return np.sum(u * u)

    assert "np.copy(du[1:])" in backward(text_of(shifted, args[0]))
    np.testing.assert_allclose(ran(shifted, args[0])[1], differences(shifted, args[:1], 0))


def test_a_region_that_goes_to_another_buffer_is_read_as_it_is():
    def handed(x, y):
        y[1:-1] = x[2:]
        return np.sum(x * y)

    args = np.array([1.0, 3.0, -2.0, 0.5]), np.ones(4)
    text = backward(text_of(handed, *args, wrt=(0, 1)))
    assert "copy" not in text
    assert text.index("unbroadcast(dy[1:-1], x[2:])") < text.index("dy[1:-1] = 0")
    for i, g in enumerate(ran(handed, *args, wrt=(0, 1))[1]):
        np.testing.assert_allclose(g, differences(handed, args, i), rtol=1e-8)


def test_the_copy_stays_where_a_loop_reads_it():
    def repeated(x, n):
        y = x * 1.0
        y[0] = x[1] * x[2]
        s = 0.0
        for i in range(n):
            s = s + np.sum(y) * i
        return s

    args = (np.array([1.0, 3.0, -2.0]), 3)
    before = before_delay(repeated, *args)
    assert_means_the_same(before, delay_clearing(before), repeated, *args)
    np.testing.assert_allclose(
        ran(repeated, *args)[1], differences(repeated, args, 0), rtol=1e-8, atol=1e-8
    )


def test_what_is_read_of_two_regions_is_kept_apart():
    def swapped(x):
        y = x * 1.0
        y[0], y[1] = y[1] * 1.0, y[0] * 1.0
        return np.sum(y * np.array([1.0, 2.0, 3.0]) * x)

    args = (np.array([1.0, 3.0, -2.0]),)
    assert count(before_delay(swapped, *args), primitives.store) >= 4
    np.testing.assert_allclose(ran(swapped, *args)[1], differences(swapped, args, 0), rtol=1e-8)


def clearing(*, touched):
    """A region that is read, cleared and perhaps written to again, before a step reads the copy of it."""
    b = Built(x=Array(np.dtype(float), 1))
    part = constant(slice(1, None))
    buffer = b.op(np.copy, b["x"], name="d", role="cotangent")
    kept = b.op(np.copy, b.op(operator.getitem, buffer, part))
    new = b.op(primitives.store, buffer, buffer, constant(0.0), part, name="d", role="cotangent")
    if touched:
        new = b.op(primitives.accumulate, new, constant(5.0), part, name="d", role="cotangent")
    return b.returning(b.op(operator.mul, kept, constant(2.0)), new)


@pytest.mark.parametrize("touched", [True, False])
def test_a_write_between_clearing_and_reading_decides(touched):
    before = clearing(touched=touched)
    after = delay_clearing(before)
    check(after)
    assert count(after, np.copy) == (2 if touched else 1)
    names = [s.function for s in after.body.statements]
    assert (names.index(primitives.store) < names.index(operator.mul)) == touched
    for a, b in zip(
        evaluate(after, {"x": np.ones(3)}), ([2, 2], [1, 5, 5] if touched else [1, 0, 0])
    ):
        assert a.tolist() == b
