"""Loops in the form: what they walk and carry, and how they are left."""

import numpy as np
import pytest
from tests.frontend.forms import form, functions, loops, run

from chainrule import errors, grad, value_and_grad


def test_what_a_loop_carries():
    def f(x, n):
        total, scale = 0.0, 2.0
        for i in range(n):
            y = x * i
            total = total + y * scale
        return total

    (only,) = loops(form(f, 2.0, 3))
    assert only.test is None and len(only.items) == 1
    carried = [c.name for c in only.carries]
    assert "total" in carried and "scale" not in carried


def test_zip_and_enumerate_are_taken_apart():
    def f(x, y):
        total = 0.0
        for i, (a, b) in enumerate(zip(x, y)):
            total = total + a * b * i
        return total

    x = np.array([1.0, 2.0, 3.0])
    (only,) = loops(form(f, x, x))
    assert len(only.sources) > 1
    assert run(f, x, x) == f(x, x) == 22.0


def test_a_while_has_a_test():
    def f(x):
        while x < 10:
            x = x * 2
        return x

    (only,) = loops(form(f, 1.5))
    assert only.test is not None and not only.sources


def test_types_settle():
    def f(x, n):
        y = 0
        for _ in range(n):
            y = y + x
        return y

    assert run(f, 2.0, 3) == 6.0
    assert run(f, 2.0, 0) == 0
    assert grad(f)(2.0, 3) == 3.0


def test_what_cannot_be_walked():
    def f(x, s):
        for _ in s:
            x = x * 2
        return x

    with pytest.raises(errors.ChainruleError, match="loop over") as caught:
        form(f, 2.0, "ab")
    assert caught.value.diagnostics[0].line == f.__code__.co_firstlineno + 1


def test_problems_of_a_body_are_told_once():
    def f(x, n):
        y = x
        for _ in range(n):
            y = y * 2
            x.data = 1
        return y

    with pytest.raises(errors.ChainruleError) as caught:
        form(f, 2.0, 3)
    assert len(caught.value.diagnostics) == 1


def test_stores_in_a_loop():
    def f(x):
        y = np.zeros(3)
        for i in range(3):
            y[i] = x[i] * 2
        return np.sum(y * y)

    x = np.array([1.0, 2.0, 3.0])
    assert functions(form(f, x)).count("store") == 1
    np.testing.assert_array_equal(grad(f)(x), 8 * x)


def breaks(x, n):
    total = 0.0
    for i in range(n):
        if total > 5:
            break
        if i % 2:
            continue
        total = total + x * x
    else:
        total = total * x
    return total


def returns(x, n):
    y = x
    for i in range(n):
        for _ in range(i):
            y = y * x
            if y > 20:
                return y * i
    return y


def whiles(x, n):
    y, count = x, 0
    while y < 30:
        y = y * x + 0.1
        count += 1
        if count > n:
            break
    else:
        return y * 2
    return y


def walks(x, n):
    total, seen = 0.0, x
    for a in (x, x * x, 3.0):
        for b in [a, 2.0]:
            seen = a * b
            total = total + seen * b
    return total * seen


def rebinds(x, n):
    a, b = x, 1.0
    for _ in range(n):
        a, b = b * x, a + b
    return a * b


@pytest.mark.parametrize("f", [breaks, returns, whiles, walks, rebinds])
@pytest.mark.parametrize("x", [1.3, 2.4, -0.8])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_programs(f, x, n):
    if f is whiles and x < 0:
        n = 4  # it is left by the count alone
    assert run(f, x, n) == f(x, n)
    value, gradient = value_and_grad(f)(x, n)
    h = 1e-6
    assert value == f(x, n)
    found = (f(x + h, n) - f(x - h, n)) / (2 * h)
    np.testing.assert_allclose(gradient, found, rtol=1e-7, atol=1e-8)
