"""Derivatives of derivatives."""

import numpy as np
import pytest
from tests.autodiff.adjoints import adjoint_of, differences
from tests.ir.forms import bound

import chainrule
from chainrule import grad
from chainrule.autodiff.nest import at_seed, gradient_form
from chainrule.ir import primitives
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import Op, walk


def power(x, n):
    s = x
    for i in range(n):
        s = s * np.sin(s) + x * s
    return s


def series(x, n):
    s, t = 0.0, 1.0
    for i in range(1, n):
        if i % 2:
            t = t * x
        s = s + t * t / i
        if s > 4.0:
            break
    return s


def newton(x):
    y = x
    while abs(y * y - x) > 1e-9:
        y = 0.5 * (y + x / y)
    return y


def polynomial(x):
    return x * x * x * 2.0 - x * x


@pytest.mark.parametrize(
    ("f", "args"), [(power, (0.7, 3)), (series, (1.2, 7)), (newton, (2.0,)), (polynomial, (1.5,))]
)
def test_the_third_order_against_differences_of_the_second(f, args):
    second = grad(grad(f))
    found = grad(second)(*args)
    assert type(found) is float
    np.testing.assert_allclose(found, differences(second, args, 0), rtol=1e-6)


def test_a_polynomial_to_the_fourth_order():
    d = polynomial
    for expected in (2.0 * 3 * 2.25 - 3.0, 12 * 1.5 - 2, 12.0, 0.0):
        d = grad(d)
        assert d(1.5) == expected


def test_a_mixed_derivative():
    def f(x, y):
        return x * x * y * y * y

    assert grad(grad(f, "x"), "y")(2.0, 3.0) == grad(grad(f, "y"), "x")(2.0, 3.0) == 108.0


def test_arrays_to_the_second_order():
    def f(x, v):
        return np.sum(v * x * x * x) * x[0]

    def gradient(x, v):
        return chainrule.vjp(f, x, v)[1]()[0]

    x, v = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    along = np.array([0.3, 0.7])
    found = grad(grad(f)).seeded(along)(x, v)
    step = 1e-6
    expected = [
        (gradient(x + step * e, v) - gradient(x - step * e, v)) @ along / (2 * step)
        for e in np.eye(2)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_value_and_gradient_of_a_derivative():
    assert chainrule.value_and_grad(grad(polynomial))(1.5) == (10.5, 16.0)


def test_the_gradient_alone_is_a_function_of_the_form():
    adjoint = adjoint_of(polynomial, 1.5)
    form = gradient_form(at_seed(adjoint), False, False)
    check(form)
    assert evaluate(form, bound(polynomial, 1.5)) == 10.5
    assert [p.value.name for p in form.params] == ["x"]
    assert form.name == "polynomial_gradient"
    assert not any(isinstance(s, Op) and s.function is primitives.line for s in walk(form.body))
    assert len({v.name for s in walk(form.body) for v in s.results}) > 1
    both = gradient_form(at_seed(adjoint), True, False)
    assert evaluate(both, bound(polynomial, 1.5)) == (4.5, 10.5)


def test_a_seed_that_is_a_number_is_written_in():
    form = at_seed(adjoint_of(polynomial, 1.5), 2.0)
    check(form)
    assert evaluate(form, bound(polynomial, 1.5)) == (4.5, 21.0)


def test_the_name_of_the_inner_seed_is_free_again():
    def cube(x: float) -> float:
        return x**3

    def weighed(x: float, seed: float = 2.0) -> float:
        return x**3 * seed

    assert "(x: float, *, seed=1.0)" in grad(grad(cube)).source
    assert "(x: float, *, seed=1.0)" in grad(grad(grad(cube))).source
    assert "seed: float = 2.0, *, seed_=1.0)" in grad(grad(weighed)).source
    assert grad(grad(weighed))(3.0) == 36.0
