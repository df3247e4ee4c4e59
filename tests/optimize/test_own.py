"""Owning: what is returned or written in place is nobody else's memory, and no copy is made for nothing."""

import copy
import operator

import numpy as np
import pytest
from tests.autodiff.adjoints import (
    after_the_line,
    backward,
    count,
    differences,
    optimized,
    ran,
    text_of,
)
from tests.ir.forms import bound
from tests.optimize.built import Built

from chainrule.analysis.builder import constant
from chainrule.ir import primitives
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.types import Array, Size
from chainrule.optimize.own import own_buffers


def total(x, y):
    return np.sum(x + y)


def itself(x):
    return x


def weighted(x, y):
    return np.sum(x * y)


def reshaped(x):
    return np.sum(x.reshape(-1) * 2.0)


def both(x, y):
    return x + y


def added(x, y):
    x = x * 1.0
    x[1:] += y[1:]
    return np.sum(x * x)


X, Y = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])


def buffers(tree):
    return [x for t in tree for x in buffers(t)] if isinstance(tree, tuple) else [tree]


@pytest.mark.parametrize(
    ("f", "args", "wrt"),
    [
        (total, (X, Y), (0, 1)),
        (total, (X, X), (0, 1)),
        (itself, (X,), (0,)),
        (weighted, (X, Y), (0, 1)),
        (reshaped, (np.ones((2, 2)),), (0,)),
        (both, (X, Y), (0, 1)),
        (added, (X, Y), (0, 1)),
    ],
)
def test_gradients_belong_to_the_caller(f, args, wrt):
    from chainrule import pipeline
    from chainrule.backend.load import load

    text = pipeline.text(optimized(f, *args, wrt=wrt), "")
    run = load(text.body, text.name, f, text.imports)
    args, seed = copy.deepcopy(args), np.array([1.0, 10.0, 100.0])
    value, gradients = run(*args, **({"seed": seed} if f in (itself, both) else {}))
    found = buffers(gradients)
    assert all(g.flags.writeable for g in found)
    others = [*args, value, seed]
    for i, g in enumerate(found):
        for other in (*found[:i], *others):
            assert not np.shares_memory(g, other)
    if f not in (itself, both):
        apart = [np.copy(a) for a in args]
        for i, g in zip(wrt, found):
            np.testing.assert_allclose(g, differences(f, apart, i), rtol=1e-7)
    else:
        assert all(g.tolist() == seed.tolist() for g in found)


@pytest.mark.parametrize("f", [total, weighted, added])
def test_the_form_keeps_its_meaning(f):
    form = optimized(f, X, Y, wrt=(0, 1))
    owned = own_buffers(form)
    check(owned)
    one, other = (evaluate(g, bound(f, X, Y)) for g in (form, owned))
    assert one[0] == other[0]
    for a, b in zip(one[1], other[1]):
        np.testing.assert_array_equal(a, b)


def test_two_gradients_from_one_broadcast_are_two_arrays():
    form = optimized(total, X, Y, wrt=(0, 1))
    assert after_the_line(form, np.full_like, np.copy) == 0
    assert after_the_line(own_buffers(form), np.full_like, np.copy) == 2


def test_what_is_fresh_is_not_copied():
    form = optimized(weighted, X, Y, wrt=(0, 1))
    assert after_the_line(own_buffers(form), np.copy, np.full_like) == 0
    assert "copy" not in backward(text_of(weighted, X, Y, wrt=(0, 1)))


def test_a_cotangent_of_a_loop_grows_in_place():
    def grown(w, xs, n):
        s = 0.0
        for i in range(n):
            s = s + np.sum(w * w * xs)
        return s

    form = optimized(grown, X, Y, 3)
    owned = own_buffers(form)
    check(owned)
    assert count(form, primitives.accumulate) == 0
    assert count(owned, primitives.accumulate) >= 1
    assert "dw += " in backward(text_of(grown, X, Y, 3))
    np.testing.assert_allclose(ran(grown, X, Y, 3)[1], differences(grown, (X, Y, 3), 0), rtol=1e-8)


def test_nothing_grows_that_may_broadcast():
    def stretched(w, xs, n):
        s = np.zeros(3)
        for i in range(n):
            s = s + w * xs
        return np.sum(s)

    w = np.array([2.0])
    value, dw = ran(stretched, w, X, 3)
    assert (value, dw.tolist()) == (stretched(w, X, 3), [18.0])


def test_a_cotangent_that_somebody_still_reads_does_not_grow_in_place():
    def kept(x, n):
        y = x * 1.0
        z = y * 2.0
        for i in range(n):
            y = y + z
        return np.sum(y * y) + np.sum(z * x)

    np.testing.assert_allclose(ran(kept, X, 3)[1], differences(kept, (X, 3), 0), rtol=1e-8)


def test_the_seed_is_not_written_to():
    def filled(x):
        y = x * 1.0
        y[0] = 2.0
        return y

    from chainrule import pipeline
    from chainrule.backend.load import load

    text = pipeline.text(optimized(filled, X), "")
    run = load(text.body, text.name, filled, text.imports)
    seed = np.ones(3)
    _, dx = run(X.copy(), seed=seed)
    assert (seed.tolist(), dx.tolist()) == ([1, 1, 1], [0, 1, 1])


@pytest.mark.parametrize("kept", [True, False])
def test_a_sum_grows_in_place_only_where_nobody_reads_what_was_there(kept):
    t = Array(np.dtype(float), 1, (Size("x", 0, True),))
    b = Built(x=t)
    first = b.op(operator.mul, b["x"], constant(2.0), name="d", role="cotangent", type=t)
    more = b.op(operator.mul, b["x"], constant(3.0), type=t)
    second = b.op(operator.add, first, more, name="d", role="cotangent", type=t)
    form = b.returning(second, first) if kept else b.returning(second)
    owned = own_buffers(form)
    check(owned)
    assert count(owned, primitives.accumulate) == (not kept)


def test_what_a_loop_carries_is_copied_once_before_it():
    def swapped(a, b, n):
        for _ in range(n):
            b[1:-1] = 0.5 * (a[2:] + a[:-2])
            a, b = b, a
        return np.sum(a * a)

    args = np.arange(1.0, 5.0), np.ones(4), 3
    text = backward(text_of(swapped, *args, wrt=(0, 1)))
    assert "np.copy(np.copy(" not in "".join(text.split())
    for i, g in enumerate(ran(swapped, *args, wrt=(0, 1))[1]):
        np.testing.assert_allclose(g, differences(swapped, args, i), rtol=1e-7, atol=1e-8)
