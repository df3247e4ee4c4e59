"""Common subexpressions: computed once, unless something makes two computations of one text different."""

import operator

import numpy as np
import pytest
from tests.autodiff.adjoints import (
    adjoint_of,
    after_the_line,
    assert_means_the_same,
    count,
    forward,
    ran,
    text_of,
)
from tests.optimize.built import Built

from chainrule.analysis.builder import constant
from chainrule.ir import primitives
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import Block, Function, If, Op, Value
from chainrule.ir.types import BOOL, FLOAT, Array, Opaque
from chainrule.optimize.copies import propagate_copies
from chainrule.optimize.cse import share_subexpressions

VECTOR = Array(np.dtype(float), 1)


def test_a_product_is_computed_once():
    def twice(x, y):
        return np.sin(x * y) + np.exp(x * y)

    def sums(x, y):
        return (x + y) * (x - y)

    before = propagate_copies(adjoint_of(sums, 2.0, 3.0, wrt=(0, 1)))
    after = share_subexpressions(before)
    assert_means_the_same(before, after, sums, 2.0, 3.0)
    before = propagate_copies(adjoint_of(twice, 2.0, 3.0, wrt=(0, 1)))
    after = share_subexpressions(before)
    assert_means_the_same(before, after, twice, 2.0, 3.0)


def test_the_same_cotangent_twice_is_shared():
    def cubes(x, y):
        return np.sin(x) * y + np.sin(x) * y

    before = propagate_copies(adjoint_of(cubes, 2.0, 3.0, wrt=(1,)))
    after = share_subexpressions(before)
    assert after_the_line(before, operator.mul) == 2
    # The two sines are the user's, two values; each product reads its own.
    assert after_the_line(after, operator.mul) == 2
    assert count(after, np.sin) == 2
    assert_means_the_same(before, after, cubes, 2.0, 3.0)


def test_a_square_has_one_step_and_not_two():
    def square(x):
        return np.sin(x * x)

    before = propagate_copies(adjoint_of(square, 2.0))
    after = share_subexpressions(before)
    assert after_the_line(before, operator.add) == 1
    assert after_the_line(after, operator.add) == 0
    assert_means_the_same(before, after, square, 2.0)


def test_twice_a_thing_is_two_of_it():
    b = Built(x=FLOAT)
    form = b.returning(b.op(operator.add, b["x"], b["x"]))
    after = share_subexpressions(form)
    check(after)
    assert (count(after, operator.add), count(after, operator.mul)) == (0, 1)
    assert evaluate(after, {"x": 1.5}) == 3.0


def test_the_forward_part_is_the_users():
    def repeated(x):
        a = np.exp(x) * np.exp(x)
        return a + a

    form = share_subexpressions(adjoint_of(repeated, 2.0))
    assert count(form, np.exp) == 2
    assert "np.exp(x)" in forward(text_of(repeated, 2.0))
    assert forward(text_of(repeated, 2.0)).count("np.exp(x)") == 2
    assert "a + a" in forward(text_of(repeated, 2.0))


@pytest.mark.parametrize("make", [np.zeros_like, np.copy])
def test_two_buffers_stay_two(make):
    b = Built(x=VECTOR)
    form = b.returning(b.op(make, b["x"]), b.op(make, b["x"]))
    assert count(share_subexpressions(form), make) == 2


def test_buffers_of_two_arguments_are_two():
    def picked(x, y):
        return x[0] * y[1]

    value, (dx, dy) = ran(picked, np.ones(2), np.ones(2) * 3, wrt=(0, 1))
    assert (dx.tolist(), dy.tolist()) == ([3, 0], [0, 1])
    assert not np.shares_memory(dx, dy)


def test_two_draws_are_two():
    b = Built(rng=Opaque(np.random.Generator))
    draws = [b.op(primitives.invoke, b["rng"], constant("normal")) for _ in range(2)]
    form = b.returning(*draws)
    after = share_subexpressions(form)
    check(after)
    assert count(after, primitives.invoke) == 2
    one, other = evaluate(after, {"rng": np.random.default_rng(0)})
    assert one != other


@pytest.mark.parametrize(("a", "b_"), [(0.0, -0.0), (1, 1.0), (1, True), (0, False)])
def test_constants_that_only_compare_equal_are_different(a, b_):
    b = Built(x=FLOAT)
    one, other = (b.op(operator.truediv, b["x"], constant(k)) for k in (a, b_))
    form = b.returning(one, other)
    assert count(share_subexpressions(form), operator.truediv) == 2


def test_equal_constants_are_one():
    b = Built(x=VECTOR)
    parts = [b.op(operator.getitem, b["x"], constant(slice(1, None))) for _ in range(2)]
    assert count(share_subexpressions(b.returning(*parts)), operator.getitem) == 1


def test_what_one_side_computed_is_not_read_in_the_other():
    x, test = Value("x", FLOAT), Value("test", BOOL)
    sides = []
    for _ in range(2):
        made = Op((Value("", FLOAT, "temporary"),), operator.mul, (x, x))
        sides.append(Block((), (made,), made.results))
    joined = Value("y", FLOAT)
    after_ = Op((Value("z", FLOAT, "temporary"),), operator.mul, (x, x))
    b = Built()
    b.params = [x, test]
    b.builder.statements += [If(test, *sides, (joined,)), after_]
    form = b.returning(joined, after_.results[0])
    after = share_subexpressions(form)
    check(after)
    assert isinstance(after, Function)
    assert count(after, operator.mul) == 3
    assert evaluate(after, {"x": 3.0, "test": False}) == (9.0, 9.0)


def test_what_was_read_before_a_write_is_not_what_is_read_after_it():
    b = Built(x=VECTOR)
    buffer = b.op(np.copy, b["x"])
    before = b.op(operator.mul, buffer, constant(2.0))
    grown = b.op(primitives.accumulate, buffer, constant(1.0), constant(0))
    form = b.returning(before, b.op(operator.mul, grown, constant(2.0)))
    after = share_subexpressions(form)
    check(after)
    first, second = evaluate(after, {"x": np.ones(2)})
    assert (first.tolist(), second.tolist()) == ([2, 2], [4, 2])
