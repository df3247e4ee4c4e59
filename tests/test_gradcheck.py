"""`check_grad`: what it finds to agree, and what it does not."""

import functools

import numpy as np
import pytest

import chainrule
from chainrule import adjoint, check_grad, errors, grad, value_and_grad
from chainrule.comparison import Report


def f(x, y=2.0, *, k=3.0):
    return np.sin(x) * y * k


def cube(x, y=2.0):
    return x**3 * y


class Model:
    def __init__(self):
        self.w = np.array([0.5, 1.5])

    @grad
    def gradient(self, x):
        return np.sum(self.w * x)

    def loss(self, x):
        return np.sum(np.tanh(self.w * x))


@pytest.fixture
def wrong_rule():
    """A primitive of the user's whose rule is wrong."""

    def power(x):
        return np.float64(x) ** 3

    @adjoint(power)
    def power_rule(g, ans, x):
        return g * 2 * x

    return power


def test_a_report():
    report = check_grad(f, 0.7)
    assert isinstance(report, Report) and report.ok
    assert report.error < 1e-8
    assert [a.name for a in report.agreements] == ["x"]
    assert str(report).startswith("1 gradient agrees to ")


@pytest.mark.parametrize(
    "wrt, names",
    [(None, ["x"]), ("k", ["k"]), (("y", 0), ["y", "x"]), (..., ["x", "y", "k"]), (-1, ["k"])],
)
def test_what_is_compared(wrt, names):
    report = check_grad(f, 0.7, k=1.5, wrt=wrt)
    assert [a.name for a in report.agreements] == names and report.ok


def test_a_result_of_several_elements():
    assert check_grad(lambda x, y: (x * y, {"a": np.exp(x)}), np.ones(3), 2.0, wrt=...).ok


def test_containers_paths_and_objects():
    def g(p, x):
        return np.sum(p["w"] @ x) * p["b"][0]

    p = {"w": np.ones((2, 3)), "b": (2.0, 3), "n": "name"}
    assert check_grad(g, p, np.ones(3)).ok
    assert check_grad(g, p, np.ones(3), wrt=('p["w"]', 'p["b"][0]')).ok
    m = Model()
    before = m.w.copy()
    assert check_grad(m.loss, np.ones(2), wrt=("self.w", "x")).ok
    np.testing.assert_array_equal(m.w, before)
    assert check_grad(functools.partial(f, k=2.0), 0.5).ok


def test_a_derivative_is_checked_as_its_function():
    assert check_grad(grad(f), 0.7).ok
    assert check_grad(value_and_grad(f, "k"), 0.7).ok


def test_a_derivative_is_checked_with_its_own_options():
    assert [a.name for a in check_grad(grad(f, "k"), 0.7).agreements] == ["k"]
    assert check_grad(grad(lambda x: (x * x, "aux"), has_aux=True), 0.7).ok
    assert check_grad(grad(lambda x: x * x).seeded(np.array([1.0, 2.0])), np.ones(2)).ok
    assert check_grad(Model().gradient, np.ones(2)).ok


@pytest.mark.parametrize(
    "d",
    [
        grad(grad(cube)),
        grad(grad(grad(cube))),
        grad(functools.partial(grad(cube), y=3.0)),
        functools.partial(grad(cube), y=3.0),
    ],
)
def test_derivatives_of_derivatives(d):
    assert check_grad(d, 0.7).ok


def test_arguments_are_left_as_they_are():
    def g(x, out):
        out[:] = x * x
        return np.sum(out * x)

    x, out = np.array([1.0, 2.0]), np.zeros(2)
    assert check_grad(g, x, out, wrt="x").ok
    np.testing.assert_array_equal(x, [1.0, 2.0])
    np.testing.assert_array_equal(out, [0.0, 0.0])


def test_a_mismatch_raises_with_the_report(wrong_rule):
    power = wrong_rule

    def g(x, y):
        return power(x) * y

    with pytest.raises(AssertionError, match="do(es)? not agree") as caught:
        check_grad(g, 1.5, 2.0, wrt=...)
    text = str(caught.value)
    assert "1 of 2 gradients does not agree with differences" in text
    assert "x" in text and not isinstance(caught.value, errors.ChainruleError)
    assert check_grad(g, 1.5, 2.0, wrt="y").ok


def test_a_cut_is_a_mismatch():
    with pytest.raises(AssertionError):
        check_grad(lambda x: chainrule.stop_gradient(x) * x, 1.5)


def test_refusals_are_those_of_grad():
    with pytest.raises(errors.NotDifferentiable, match="write 2.0 for 2"):
        check_grad(f, 2)
    with pytest.raises(errors.UnknownArgument):
        check_grad(f, 2.0, wrt="z")
    with pytest.raises(errors.NotAFunction):
        check_grad(int, 2.0)
    with pytest.raises(TypeError):
        check_grad(f)
