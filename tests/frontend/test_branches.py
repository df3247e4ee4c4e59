"""Branches in the form, and what is known of leaving."""

import ast

import gast
import numpy as np
import pytest
from tests.frontend.forms import branches, form, functions, run

from chainrule import grad, value_and_grad
from chainrule.frontend.branches import always_leaves, may_leave, may_return


def body(text):
    return gast.ast_to_gast(ast.parse(text)).body


@pytest.mark.parametrize(
    "text, always, may, returns",
    [
        ("x = 1", False, False, False),
        ("return", True, True, True),
        ("raise E", True, False, False),
        ("break", True, True, False),
        ("x = 1\ncontinue\ny = 2", True, True, False),
        ("if a:\n    return\nelse:\n    raise E", True, True, True),
        ("if a:\n    return", False, True, True),
        ("if a:\n    x = 1\nelse:\n    break", False, True, False),
        ("with no_grad():\n    return", True, True, True),
        ("with no_grad():\n    if a:\n        return", False, True, True),
        ("for i in x:\n    break", False, False, False),
        ("for i in x:\n    return", False, True, True),
        ("while a:\n    continue\nelse:\n    break", False, True, False),
        ("for i in x:\n    for j in x:\n        if a:\n            return", False, True, True),
    ],
)
def test_leaving(text, always, may, returns):
    nodes = body(text)
    assert (always_leaves(nodes), may_leave(nodes), may_return(nodes)) == (always, may, returns)


def test_one_branch_with_what_its_sides_leave_different():
    def f(x):
        y, z = x, 1.0
        if x > 1:
            y = x * x
        return y * z

    (only,) = branches(form(f, 2.0))
    assert [v.name for v in only.results] == ["y"]


def test_what_follows_a_side_that_leaves_goes_into_the_other():
    def f(x):
        if x > 1:
            return x * x
        y = np.sin(x)
        return y * 2

    made = form(f, 2.0)
    (only,) = branches(made)
    assert made.body.statements[-1] is only
    assert [s.function for s in only.then.statements] and len(only.orelse.statements) == 2


def test_a_test_that_is_known_is_no_branch():
    def f(x, y=None):
        if y is None:
            return x * 2.0
        return np.sin(x)

    made = form(f, 2.0)
    assert not branches(made) and "sin" not in functions(made)


def nested(x, y):
    if x > 0:
        if y > 0:
            z = x * y
        else:
            z = x - y
        z = z * z
    else:
        z = y
        if y > 2:
            return x * x
    return z * x


def ternaries(x, y):
    z = x * y if x > 0 else (y if y > 0 else x * x)
    return z * (y * y if z > 1 else x)


def booleans(x, y):
    z = x and y
    w = (x > 1 and y) or (x * y)
    return z * w if 0 < x < y or not y else z + w


def unbound(x, y):
    if x > 0:
        t = x * y
    if x > 0 and y > -10:
        return t * t
    return x


def chained(x, y):
    if x < y < 3:
        return x * y
    elif y < x < 3:
        return x + y * y
    raise ValueError(x)


def test_a_name_that_the_leaving_side_has_not_bound():
    def f(x, y):
        if x > 0:
            if y > 0:
                z = x * y
            elif y < -1:
                return y * y
            else:
                z = x - y
            z = z * z
        else:
            z = y
        return z * x

    assert value_and_grad(f, ...)(1.5, -2.0) == (4.0, (0.0, -4.0))


@pytest.mark.parametrize("f", [nested, ternaries, booleans, unbound, chained])
@pytest.mark.parametrize("x", [1.3, -1.3, 0.4, 2.9])
@pytest.mark.parametrize("y", [0.7, -0.7, -2.2, 2.6])
def test_programs(f, x, y):
    try:
        wanted = f(x, y)
    except ValueError:
        with pytest.raises(ValueError):
            grad(f)(x, y)
        return
    assert run(f, x, y) == wanted
    value, (dx, dy) = value_and_grad(f, ...)(x, y)
    h = 1e-6
    assert value == wanted
    np.testing.assert_allclose(dx, (f(x + h, y) - f(x - h, y)) / (2 * h), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(dy, (f(x, y + h) - f(x, y - h)) / (2 * h), rtol=1e-7, atol=1e-8)
