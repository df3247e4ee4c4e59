"""Clearing and adding become assigning, where nothing reads the region in between."""

import operator

import numpy as np
import pytest
from tests.autodiff.adjoints import backward, count, differences, ran, text_of
from tests.optimize.built import Built

from chainrule.analysis.builder import constant
from chainrule.ir import primitives
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.types import Array
from chainrule.optimize.refill import refill

V = np.array([1.0, -2.0, 0.5, 3.0])
TAIL = constant(slice(1, None))


def added(x):
    for j in range(len(x)):
        x[j] += 2.0
    return np.sum(x * x)


def halved(x):
    v = x[::2]
    v *= 0.5
    return np.sum(x * x)


def spread(u, dt):
    u = u * 1.0
    for _ in range(3):
        u[1:-1] += dt * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def divided(a):
    a = a * 1.0
    for i in range(1, len(a)):
        a[i] /= a[0]
        a[0] += a[i] * a[i]
    return np.sum(a * a)


def test_what_only_adds_a_constant_leaves_nothing_backward():
    assert backward(text_of(added, V)) == "    return result, seed * 2 * x\n"


def test_an_update_is_an_update():
    text = backward(text_of(halved, V))
    assert "dx[::2] *= 0.5" in text
    assert "= 0\n" not in text


def test_a_step_of_a_stencil_adds_to_what_is_there():
    text = backward(text_of(spread, V, 0.1))
    assert "= 0\n" not in text and "copy" not in text
    assert "du[1:-1] -= " in text


@pytest.mark.parametrize(
    ("f", "args"), [(added, (V,)), (halved, (V,)), (spread, (V, 0.1)), (divided, (V,))]
)
def test_the_gradient_is_right(f, args):
    value, gradient = ran(f, *args)
    assert value == f(*(np.copy(a) for a in args))
    np.testing.assert_allclose(gradient, differences(f, args, 0), rtol=1e-7, atol=1e-7)


def filling(*, index=TAIL, back=False, read=False):
    """A buffer of which a part is cleared and filled; in between something is added elsewhere, or read."""
    b = Built(x=Array(np.dtype(float), 1))
    named = {"name": "d", "role": "cotangent"}
    d = b.op(np.copy, b["x"], **named)
    part = b.op(np.copy, b.op(operator.getitem, d, TAIL))
    new = b.op(primitives.store, d, d, constant(0.0), TAIL, **named, spelling=primitives.Store(1))
    seen = b.op(np.sum, new) if read else constant(1.0)
    new = b.op(primitives.accumulate, new, constant(5.0), constant(0), **named)
    fill = part if back else b.op(operator.mul, part, constant(3.0))
    new = b.op(primitives.accumulate, new, fill, index, **named)
    return b.returning(new, seen)


@pytest.mark.parametrize(
    ("options", "stores", "sums"),
    [
        ({}, 1, 1),
        ({"back": True}, 0, 1),
        ({"read": True}, 1, 2),
        ({"index": constant(slice(2, None))}, 1, 2),
    ],
    ids=["assigned", "put back", "read in between", "another region"],
)
def test_it_joins_what_is_one_region_and_nobody_reads(options, stores, sums):
    before = filling(**options)
    x = np.array([2.0, 3.0] if "index" in options else [2.0, 3.0, 4.0])
    expected = [np.array(r) for r in evaluate(before, {"x": x.copy()})]
    after = refill(before)
    check(after)
    assert (count(after, primitives.store), count(after, primitives.accumulate)) == (stores, sums)
    for found, wanted in zip(evaluate(after, {"x": x.copy()}), expected):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("negative", [False, True])
def test_the_first_sum_into_zeros_stores_unless_it_takes_away(negative):
    b = Built(x=Array(np.dtype(float), 1))
    d = b.op(np.zeros_like, b["x"], name="d", role="cotangent")
    value = b.op(operator.neg if negative else np.exp, constant(2.0))
    for index in (TAIL, constant(0)):
        d = b.op(primitives.accumulate, d, value, index, name="d", role="cotangent")
    form = b.returning(d)
    after = refill(form)
    check(after)
    assert count(after, primitives.store) == (not negative)
    x = {"x": np.zeros(3)}
    np.testing.assert_array_equal(evaluate(after, dict(x)), evaluate(form, dict(x)))
