"""Detaching: a pullback keeps its own copies, of what it reads and of nothing else."""

import copy

import numpy as np
import pytest
from tests.autodiff.adjoints import adjoint_of, count, differences, optimized

import chainrule
from chainrule import pipeline
from chainrule.ir import primitives
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.optimize.detach import detach


def product(x, y):
    return np.sum(x * y)


def squares(x, n):
    s = 0.0
    for i in range(n):
        s = s + x[i] * x[i]
    return s


def exponential(x):
    return np.exp(x)


def difference(x, y):
    return np.sum(x - y)


X, Y = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])


def copies(form):
    return count(form, np.copy)


@pytest.mark.parametrize(("f", "args"), [(product, (X, Y)), (squares, (X, 3)), (exponential, (X,))])
def test_what_the_backward_part_reads_is_copied(f, args):
    before = optimized(f, *args)
    after = detach(before)
    check(after)
    assert copies(after) > copies(before)
    seed = {"seed": np.ones(3)} if f is exponential else {}
    arguments = dict(zip("xyn" if f is product else "xn", args)) | seed
    one, other = (evaluate(g, copy.deepcopy(arguments)) for g in (before, after))
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def test_only_what_is_read_is_copied():
    assert copies(detach(optimized(product, X, Y))) == copies(optimized(product, X, Y)) + 1
    assert copies(detach(optimized(difference, X, Y))) == copies(optimized(difference, X, Y))


def test_numbers_are_not_copied():
    def scalars(x, y):
        return x * y

    before = optimized(scalars, 2.0, 3.0, wrt=(0, 1))
    assert count(detach(before)) == count(before)


def test_the_copies_stand_before_the_line():
    after = detach(adjoint_of(product, X, Y, wrt=(0, 1)))
    functions = [s.function for s in after.body.statements]
    line = functions.index(primitives.line)
    assert [i for i, f in enumerate(functions) if f is np.copy][-1] < line


def test_a_pullback_does_not_see_what_becomes_of_arguments():
    for f, given in ((product, (X, Y)), (squares, (X, 3))):
        args = copy.deepcopy(given)
        value, pullback = chainrule.vjp(f, *args)
        args[0][...] = -7.0
        first, second = pullback()[0], pullback()[0]
        np.testing.assert_allclose(first, differences(f, given, 0), rtol=1e-8)
        np.testing.assert_array_equal(first, second)
        assert not np.shares_memory(first, second)


def test_a_pullback_does_not_see_what_becomes_of_the_value():
    value, pullback = chainrule.vjp(exponential, X)
    value[...] = -7.0
    np.testing.assert_allclose(pullback(np.ones(3))[0], np.exp(X))


def test_a_pullback_does_not_see_what_becomes_of_a_part_of_the_value():
    def pair(x):
        y = np.exp(x)
        return y, 2.0 * x

    value, pullback = chainrule.vjp(pair, X)
    value[0][...] = -7.0
    np.testing.assert_allclose(pullback((np.ones(3), np.zeros(3)))[0], np.exp(X))


def test_the_value_is_the_functions_own_object():
    def stored(x):
        y = np.exp(x)
        y *= y
        return x

    x = X.copy()
    value, pullback = chainrule.vjp(stored, x)
    assert value is x


def test_a_kept_view_of_an_argument_is_copied():
    def rows(x, n):
        s = 0.0
        for i in range(n):
            row = x[i]
            s = s + np.sum(row * row * row)
        return s

    x = np.arange(6.0).reshape(3, 2) + 1
    expected = 3 * x * x
    value, pullback = chainrule.vjp(rows, x, 3)
    x[...] = 0.0
    np.testing.assert_allclose(pullback()[0], expected)


def test_a_split_form_has_no_seed_among_its_parameters():
    form = pipeline.split(adjoint_of(product, X, Y))
    assert [p.value.name for p in form.params] == ["x", "y"]
    assert form.name == "product_vjp"
    assert form.facts["split"].name == "seed"
