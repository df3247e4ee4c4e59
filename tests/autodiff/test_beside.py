"""Pairs of value and aux, wherever they are put together."""

import numpy as np
import pytest

from chainrule import check_grad, errors, grad, value_and_grad, vjp


def early(x, training=True):
    if training:
        return x * x, {"seen": x}
    return x, None


def ternary(x, training=True):
    return (x * x, 1) if training else (x, "b")


def from_a_loop(x, training=True):
    for i in range(3):
        x = x * 2
        if training and x > 4:
            return x * x, i
    return x, "b"


def from_a_helper(x, training=True):
    return early(x * x, training)


FUNCTIONS = [early, ternary, from_a_loop, from_a_helper]


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("training", [True, False])
def test_a_pair_that_is_made_on_several_ways(f, training):
    for x in (0.9, 3.0):
        value, aux = f(x, training)
        gradient = grad(lambda x: f(x, training)[0])(x)
        assert grad(f, has_aux=True)(x, training) == (gradient, aux)
        assert value_and_grad(f, has_aux=True)(x, training) == ((value, aux), gradient)
        y, pullback, more = vjp(f, x, training, has_aux=True)
        assert (y, more, pullback(1.0)) == (value, aux, (gradient, None))
        check_grad(lambda x: f(x, training)[0], x)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_second_derivative(f):
    d = grad(f, has_aux=True)
    second, _ = grad(d, has_aux=True)(3.0)
    np.testing.assert_allclose(second, (d(3.0 + 1e-6)[0] - d(3.0 - 1e-6)[0]) / 2e-6, rtol=1e-6)


def test_arrays_and_a_seed():
    x, seed = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    gradient, aux = grad(early, has_aux=True).seeded(seed)(x)
    np.testing.assert_array_equal(gradient, 2 * seed * x)
    assert aux["seen"] is x
    with pytest.raises(errors.SeedMissing):
        grad(early, has_aux=True)(x)


def test_one_way_that_gives_no_pair():
    def f(x):
        if x > 0:
            return x, 1
        return x

    with pytest.raises(errors.ResultNotNumeric, match="has_aux=True takes"):
        grad(f, has_aux=True)(2.0)
