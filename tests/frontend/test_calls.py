"""Calls of the user's own functions: what their parameters are that no argument is given for."""

import enum

import numpy as np
import pytest

from chainrule import check_grad, errors, grad, stop_gradient, value_and_grad, vjp


class Mode(enum.Enum):
    PLAIN = 1


@pytest.mark.parametrize(
    "default",
    [
        np.float64(2.0),
        np.float64(-2.0),
        np.float64("inf"),
        np.float32(0.5),
        np.int64(-3),
        np.True_,
        (1.0, np.float64(2.0), (3,)),
        slice(None),
        2.0,
        -2.0,
        True,
    ],
)
def test_a_default_is_what_it_is(default):
    def scaled(x, s=default, *, k=default):
        factor = s[1] * k[2][0] if isinstance(s, tuple) else 3.0 if isinstance(s, slice) else s * k
        return x * factor

    def through(x):
        return scaled(x)

    for f in (scaled, through):
        value = f(2.0)
        made = grad(f).specialize(2.0)
        for found in (made(2.0)[0], made(2.0)[0]):
            assert found == value and type(found) is type(value)
        if np.isfinite(value):
            check_grad(f, 2.0)


@pytest.mark.parametrize("default", [np.ones(2), [1.0], {"a": 1.0}, Mode.PLAIN, ([1.0],)])
def test_a_default_that_has_no_text_is_read_where_it_is(default):
    def scaled(x, s=default):
        return x * 2

    assert grad(lambda x: scaled(x))(2.0) == 2.0
    assert grad(lambda x, s: scaled(x, s=s))(2.0, default) == 2.0
    assert grad(scaled)(2.0) == 2.0


def cube(x):
    return x**3


slope = grad(cube)


def made_inside(x):
    inner = grad(cube)
    return inner(x) * x


@pytest.mark.parametrize(
    "f", [made_inside, lambda x: value_and_grad(cube)(x)[1], lambda x: vjp(cube, x)[0]]
)
def test_a_derivative_made_inside_is_refused_for_what_it_is(f):
    with pytest.raises(errors.ChainruleError, match="makes a derivative in a function") as caught:
        grad(f)(2.0)
    assert "grad(grad(f))" in str(caught.value)


def test_a_derivative_called_inside():
    with pytest.raises(errors.NoRule, match="gradient of .*cube with respect to x"):
        grad(lambda x: slope(x) * x)(2.0)
    assert grad(lambda x: stop_gradient(slope(x)) * x)(2.0) == 12.0
    assert grad(lambda x: slope(2.0) * x)(3.0) == 12.0
