"""Cotangents that are only handed on: by loops and by branches, and not by those that change them."""

import numpy as np
from tests.autodiff.adjoints import adjoint_of, assert_means_the_same, backward, ran, text_of

from chainrule.ir.form import If, Loop, walk
from chainrule.optimize.carries import settle_carries
from chainrule.optimize.copies import propagate_copies
from chainrule.optimize.dce import eliminate_dead_code


def summed(x, n):
    total = 0.0
    for i in range(n):
        total = total + i * x
    return total


def carries(form):
    return [c.name for s in walk(form.body) if isinstance(s, Loop) for c in s.carries]


def test_the_cotangent_of_a_sum_is_the_same_in_each_turn():
    before = eliminate_dead_code(propagate_copies(adjoint_of(summed, 2.0, 3)))
    after = settle_carries(before)
    assert carries(before) == ["total", "dtotal", "dx"]
    assert carries(after) == ["total", "dx"]
    assert_means_the_same(before, after, summed, 2.0, 3)
    assert "dx += seed * i" in backward(text_of(summed, 2.0, 3))


def test_a_branch_that_changes_one_of_two_joins_one():
    def chosen(x, y, n):
        for i in range(n):
            if i > 1:
                x = x * y
        return x

    before = eliminate_dead_code(propagate_copies(adjoint_of(chosen, 2.0, 0.5, 4, wrt=(0, 1))))
    after = settle_carries(before)
    assert_means_the_same(before, after, chosen, 2.0, 0.5, 4)
    assert carries(after) == carries(before)
    assert all(len(s.results) <= 2 for s in walk(after.body) if isinstance(s, If))


def test_a_forward_carry_stays():
    def idle(x, n):
        y = x
        for _ in range(n):
            y = y
        return y * x

    value, gradient = ran(idle, 3.0, 2)
    assert (value, gradient) == (9.0, 6.0)
    np.testing.assert_allclose(ran(idle, 3.0, 0)[1], 6.0)
