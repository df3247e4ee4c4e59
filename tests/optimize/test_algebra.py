"""Algebra: what it shortens, and what it must leave because of types, signs of zero and shapes."""

import operator

import numpy as np
import pytest
from tests.autodiff.adjoints import (
    adjoint_of,
    after_the_line,
    assert_means_the_same,
    backward,
    count,
    forward,
    text_of,
)
from tests.optimize.built import Built

from chainrule.analysis.builder import constant
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.types import FLOAT, INT, Array, NumPyScalar, Size
from chainrule.optimize.algebra import simplify
from chainrule.optimize.copies import propagate_copies
from chainrule.optimize.dce import eliminate_dead_code


def simplified(form):
    """The form without the signs that were moved out of it."""
    return eliminate_dead_code(simplify(form))


F4, F8 = np.dtype("f4"), np.dtype("f8")


def vector(axis, dtype=F8):
    return Array(dtype, 1, (Size(axis, 0, True),))


def test_signs_cancel():
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    before = propagate_copies(adjoint_of(sigmoid, 0.5))
    after = simplified(before)
    assert after_the_line(before, operator.neg) == 2
    assert after_the_line(after, operator.neg) == 0
    assert_means_the_same(before, after, sigmoid, 0.5)


def test_a_sign_that_is_left_stands_outermost():
    def quotient(x, y):
        return x / y

    before = propagate_copies(adjoint_of(quotient, 2.0, 3.0, wrt=(1,)))
    after = simplified(before)
    assert after_the_line(after, operator.neg) == 1
    assert_means_the_same(before, after, quotient, 2.0, 3.0)
    assert "-(seed * a / y)" in backward(text_of(quotient, 2.0, 3.0, wrt=(1,)))


def test_adding_a_negative_is_a_difference():
    def powers(x):
        return x / (1 + x)

    before = propagate_copies(adjoint_of(powers, 0.5))
    after = simplified(before)
    assert after_the_line(before, operator.sub) == 0
    assert after_the_line(after, operator.sub) == 1
    assert_means_the_same(before, after, powers, 0.5)


def test_the_forward_part_is_the_users():
    def odd(x):
        return -(x * 1.0) + 0.0

    before = adjoint_of(odd, 2.0)
    after = simplify(before)
    for f in (operator.neg, operator.mul, operator.add):
        assert count(before, f) - after_the_line(before, f) > 0
        assert count(after, f) - after_the_line(after, f) == count(before, f) - after_the_line(
            before, f
        )
    assert "-(x * 1.0) + 0.0" in forward(text_of(odd, 2.0))


def test_a_broadcast_goes_where_the_operation_does_it():
    def dot(x):
        return np.sum(x * x)

    x = np.arange(3.0)
    before = propagate_copies(adjoint_of(dot, x))
    after = simplify(before)
    assert after_the_line(before, np.broadcast_to) == 1
    assert after_the_line(after, operator.mul) == after_the_line(before, operator.mul)
    assert "broadcast_to" not in backward(text_of(dot, x))
    assert_means_the_same(before, after, dot, x)


def test_a_broadcast_stays_where_shapes_may_differ():
    def shifted(x, y):
        return np.sum(x * y[1:])

    x, y = np.arange(3.0), np.array([1.0, 2.0])
    form = simplify(propagate_copies(adjoint_of(shifted, x, y, wrt=(0, 1))))
    assert after_the_line(form, np.broadcast_to) == 1
    assert "np.broadcast_to(seed, b.shape) * a" in backward(text_of(shifted, x, y, wrt=(0, 1)))


@pytest.mark.parametrize(
    ("t", "factor", "gone"),
    [
        (FLOAT, 1.0, True),
        (FLOAT, 1, True),
        (NumPyScalar(F8), 1.0, True),
        (NumPyScalar(F4), 1.0, True),
        (vector("x", F4), 1, True),
        (INT, 1.0, False),  # it is a float afterwards
        (FLOAT, True, False),
        (FLOAT, 2.0, False),
    ],
)
def test_a_factor_of_one_goes_if_the_type_stays(t, factor, gone):
    b = Built(x=t)
    form = b.returning(b.op(operator.mul, b["x"], constant(factor)))
    after = simplify(form)
    check(after)
    assert count(after, operator.mul) == (not gone)


def test_zero_goes_only_from_where_the_sign_of_zero_stays():
    b = Built(x=FLOAT)
    first = b.returning(b.op(operator.add, constant(0.0), b["x"]))
    assert count(simplify(first), operator.add) == 0
    b = Built(x=INT)
    wide = b.returning(b.op(operator.add, constant(0.0), b["x"]))
    assert count(simplify(wide), operator.add) == 1


def test_a_spread_operand_of_the_same_shape_is_used_as_it_is():
    short = Array(F8, 1, (Size("y", -1),))  # perhaps of one element, which is stretched
    b = Built(g=FLOAT, x=vector("x"), y=short, z=vector("z"))
    spread = b.op(np.broadcast_to, b["g"], b.op(np.shape, b["x"]))
    equal, other = b.op(operator.mul, spread, b["x"]), b.op(operator.mul, spread, b["y"])
    long = b.op(operator.mul, spread, b["z"])
    after = simplify(b.returning(equal, other, long))
    check(after)
    products = [s for s in after.body.statements if s.function is operator.mul]
    assert products[0].args == (b["g"], b["x"])
    assert products[1].args == (spread, b["y"])
    assert products[2].args == (b["g"], b["z"])  # whatever met `x` has its length or one


def test_a_spread_operand_of_another_dtype_stays():
    b = Built(g=NumPyScalar(F8), x=vector("x", F4))
    spread = b.op(np.broadcast_to, b["g"], b.op(np.shape, b["x"]))
    after = simplify(b.returning(b.op(operator.mul, spread, b["x"])))
    product = next(s for s in after.body.statements if s.function is operator.mul)
    assert product.args == (spread, b["x"])


def test_a_sum_that_keeps_axes_only_to_lose_them():
    b = Built(x=Array(F8, 2, (Size("x", 0, True), Size("y", 0, True))))
    kept = b.op(np.sum, b["x"], kwargs=(("axis", constant(0)), ("keepdims", constant(True))))
    lost = b.op(operator.getitem, kept, constant((0,)))
    form = b.returning(lost)
    after = simplify(form)
    check(after)
    assert count(after, operator.getitem) == 0
    x = np.arange(6.0).reshape(2, 3)
    assert evaluate(after, {"x": x}).tolist() == evaluate(form, {"x": x}).tolist() == [3, 5, 7]


def test_a_sum_that_is_indexed_elsewhere_stays():
    b = Built(x=Array(F8, 2, (Size("x", 0, True), Size("y", 0, True))))
    kept = b.op(np.sum, b["x"], kwargs=(("axis", constant(1)), ("keepdims", constant(True))))
    form = b.returning(b.op(operator.getitem, kept, constant((0,))))
    x = np.arange(6.0).reshape(2, 3)
    assert count(simplify(form), operator.getitem) == 1
    assert evaluate(simplify(form), {"x": x}).tolist() == evaluate(form, {"x": x}).tolist() == [3]


@pytest.mark.parametrize(
    ("one", "other", "function"),
    [
        (vector("x"), vector("x"), np.dot),
        (Array(F8, 2, (Size("x"), Size("y"))), Array(F8, 2, (Size("x"), Size("y"))), np.vdot),
        (vector("x", F4), vector("x", F4), np.sum),
        (Array(F8, 1, (Size("x"),)), Array(F8, 1, (Size("y"),)), np.sum),
        (vector("x"), FLOAT, np.sum),
    ],
    ids=["vectors", "matrices", "single precision", "perhaps stretched", "a number"],
)
def test_the_sum_of_a_product_is_a_dot_product_where_it_is_as_exact(one, other, function):
    b = Built(x=one, y=other)
    form = b.returning(b.op(np.sum, b.op(operator.mul, b["x"], b["y"])))
    after = simplify(form)
    check(after)
    assert after.body.statements[-1].function is function


def test_what_an_adjoint_wrote_is_folded_in_the_next_one():
    import chainrule

    def quartic(x):
        return 2.0 * x**4

    second = chainrule.grad(chainrule.grad(quartic))
    assert "8.0 * x**3" in second.specialize(1.5).source
    assert second(1.5) == pytest.approx(24 * 1.5**2)
    b = Built(x=FLOAT)
    form = b.returning(b.op(operator.mul, constant(2.0), constant(4)), b["x"])
    assert count(simplify(form), operator.mul) == 0
