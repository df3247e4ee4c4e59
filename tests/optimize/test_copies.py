"""Copies: one name for a cotangent, and the user's own assignments stay."""

from tests.autodiff.adjoints import (
    adjoint_of,
    after_the_line,
    assert_means_the_same,
    count,
    forward,
    text_of,
)

from chainrule.ir.primitives import assign
from chainrule.ir.rewrite import with_body
from chainrule.optimize.copies import propagate_copies


def chain(x, y):
    a = x + y
    b = a
    c = b + x
    return c * c


def test_a_cotangent_is_not_handed_from_name_to_name():
    before = adjoint_of(chain, 2.0, 3.0, wrt=(0, 1))
    after = propagate_copies(before)
    assert after_the_line(before, assign) >= 3
    assert after_the_line(after, assign) == 0
    assert_means_the_same(before, after, chain, 2.0, 3.0)


def test_the_users_assignments_stay():
    before = adjoint_of(chain, 2.0, 3.0)
    after = propagate_copies(before)
    forward_of = lambda f: count(f, assign) - after_the_line(f, assign)
    assert forward_of(after) == forward_of(before) == 1
    assert "b = a\n" in forward(text_of(chain, 2.0, 3.0))


def test_the_form_given_is_as_it_was():
    before = adjoint_of(chain, 2.0, 3.0)
    statements = before.body.statements
    propagate_copies(before)
    assert before.body.statements is statements
    assert after_the_line(with_body(before, before.body), assign) > 0


def test_copies_through_a_loop():
    def swapped(x, y, n):
        for i in range(n):
            x, y = y, x * y
        return x * y

    before = adjoint_of(swapped, 1.5, 2.0, 4, wrt=(0, 1))
    after = propagate_copies(before)
    assert count(after, assign) < count(before, assign)
    assert_means_the_same(before, after, swapped, 1.5, 2.0, 4)
