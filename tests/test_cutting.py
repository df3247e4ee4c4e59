"""What is cut carries no derivative, takes no statement, and changes no value."""

import functools
import inspect

import numpy as np
import pytest

import chainrule
from chainrule import grad, no_grad, stop_gradient, value_and_grad


def backward(d):
    """The backward part of a text."""
    return d.source.partition("# Backward")[2]


# Outside differentiation nothing is changed


@pytest.mark.parametrize("tree", [2.0, 2, "text", None, np.ones(2), {"a": [1.0, (2.0,)]}])
def test_stop_gradient_is_the_identity(tree):
    assert stop_gradient(tree) is tree


def test_a_region_does_nothing():
    with no_grad() as nothing:
        x = 2.0
    assert x == 2.0 and nothing is None
    with pytest.raises(ZeroDivisionError), no_grad():
        1 / 0


@pytest.mark.parametrize("decorate", [no_grad, no_grad()])
def test_a_decorated_function_is_the_function(decorate):
    def f(x: float, y=2.0) -> float:
        """The doc."""
        return x * y

    g = decorate(f)
    assert g(3.0) == 6.0
    assert (g.__name__, g.__doc__, g.__module__) == ("f", "The doc.", __name__)
    assert inspect.signature(g) == inspect.signature(f)


# stop_gradient


def test_a_value_that_is_stopped():
    def f(x: float) -> float:
        y = stop_gradient(x * x)
        return y * x

    assert value_and_grad(f)(3.0) == (27.0, 9.0)


def test_an_argument_that_is_stopped_takes_no_statement():
    def f(x: float, w: float) -> float:
        return np.sin(stop_gradient(w) * 2.0) * x

    def plain(x: float, w: float) -> float:
        return np.sin(w * 2.0) * x

    assert grad(f, ...)(2.0, 0.5) == (np.sin(1.0), 0.0)
    assert "cos" in backward(grad(plain, ...))
    assert "cos" not in backward(grad(f, ...))


def test_a_tree_that_is_stopped():
    def f(p, x):
        q = stop_gradient(p)
        return q["w"] * x + p["w"] * q["b"][0]

    p = {"w": 2.0, "b": (3.0,)}
    assert grad(f, ...)(p, 5.0) == ({"w": 3.0, "b": (0.0,)}, 2.0)


def test_an_array_that_is_stopped():
    def f(x):
        return np.sum(stop_gradient(x) * x)

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(f)(x), x)


def test_stopped_at_the_second_order():
    def f(x):
        return stop_gradient(x) * x * x

    assert grad(grad(f))(3.0) == 6.0


def test_the_name_by_which_it_is_known():
    def f(x):
        return chainrule.stop_gradient(x) * x

    stop = stop_gradient

    def g(x):
        return stop(x) * x

    assert grad(f)(3.0) == grad(g)(3.0) == 3.0


def test_the_detached_example():
    def f(a: float, b: float, c: float, d: float, e: float) -> float:
        return d * ((a + b) * c) + e

    def g(a: float, b: float, c: float, d: float, e: float) -> float:
        return d * ((a + b) * stop_gradient(c)) + e

    at = 1.2, 2.2, 0.2, 0.8, 7.0
    wanted = 0.16, 0.16, 2.72, 0.68, 1.0
    np.testing.assert_allclose(grad(f, ...)(*at), wanted, rtol=1e-14)
    np.testing.assert_allclose(grad(g, ...)(*at), (0.16, 0.16, 0.0, 0.68, 1.0), rtol=1e-14)
    assert f(*at) == g(*at) == value_and_grad(g)(*at)[0]


# Regions


def test_names_assigned_inside_are_constants_afterwards():
    def f(x: float) -> float:
        with no_grad():
            y = np.sin(x)
            z = y * x
        return z * x + y

    value, gradient = value_and_grad(f)(0.7)
    assert value == f(0.7)
    np.testing.assert_allclose(gradient, np.sin(0.7) * 0.7, rtol=1e-15)
    assert "cos" not in backward(grad(f))


def test_what_was_there_before_is_not_cut():
    def f(x):
        y = x * x
        with no_grad():
            z = y * 2
        return y + z * x

    assert grad(f)(3.0) == 6.0 + 18.0


def test_a_name_that_is_assigned_again_inside():
    def f(x):
        y = x * x
        with no_grad():
            y = y * x
            y += x
        return y * x

    assert grad(f)(2.0) == 10.0


def test_only_the_written_elements_become_constant():
    def f(x):
        y = 3 * x
        with no_grad():
            y[0] = x[1] * 5
        return np.sum(y * x)

    x = np.array([2.0, 4.0])
    # y = [20, 12]: the first is a constant
    np.testing.assert_array_equal(grad(f)(x), [20.0, 24.0])
    value, _ = value_and_grad(f)(x)
    assert value == f(x) == 88.0


def test_a_write_to_the_whole():
    def f(x):
        y = 3 * x
        with no_grad():
            y[:] = x * x
        return np.sum(y * x)

    x = np.array([2.0, 4.0])
    np.testing.assert_array_equal(grad(f)(x), x * x)


def test_an_update_in_place():
    def f(x):
        y = 3 * x
        with no_grad():
            y[0] += x[0]
        return np.sum(y * x)

    x = np.array([2.0, 4.0])
    # y = [8, 12]: what is written is a constant
    np.testing.assert_array_equal(grad(f)(x), [8.0, 24.0])


def test_an_update_of_an_array_by_its_name():
    def f(x: np.ndarray) -> float:
        y = 3 * x
        with no_grad():
            y -= x
        return np.sum(y * x)

    x = np.array([2.0, 4.0])
    np.testing.assert_array_equal(grad(f)(x), 2 * x)


def test_an_argument_that_is_written_to_inside():
    def f(x, out):
        with no_grad():
            out[0] = x[0]
        return np.sum(out * x)

    x, out = np.array([2.0, 4.0]), np.array([5.0, 7.0])
    dx, dout = grad(f, ...)(x, out)
    np.testing.assert_array_equal(dx, [2.0, 7.0])
    np.testing.assert_array_equal(dout, [0.0, 4.0])
    np.testing.assert_array_equal(out, [2.0, 7.0])


def test_inside_a_branch_and_a_loop():
    def f(x, n):
        total = 0.0
        for i in range(n):
            y = x * i
            if i % 2:
                with no_grad():
                    y = x * i
            total = total + y * x
        return total

    # of i = 0…3: even ones give 2xi, odd ones xi
    assert grad(f)(3.0, 4) == 3 * 1 + 2 * 3 * 2 + 3 * 3


def test_loops_and_branches_inside():
    def f(x, n):
        s = 0.0
        with no_grad():
            for i in range(n):
                if i > 0:
                    s = s + x * i
        return s * x

    assert grad(f)(2.0, 4) == 12.0


def test_leaving_from_inside():
    def f(x, flag):
        with no_grad():
            y = x * x
            if flag:
                return y
        return y * x

    assert grad(f)(3.0, False) == 9.0
    assert grad(f)(3.0, True) == 0.0


def test_regions_inside_regions():
    def f(x):
        with no_grad():
            with no_grad():
                y = x * x
            z = x * 2
        return x * (y + z)

    assert grad(f)(3.0) == 15.0


def test_several_items_and_an_alias():
    cut = no_grad

    def f(x):
        with cut(), no_grad():
            y = x * x
        return y * x

    assert grad(f)(3.0) == 9.0


# Decorated functions


@no_grad
def halved(x):
    return x / 2


@no_grad()
def doubled(x):
    y = x * 2
    return y


def test_decorated_helpers():
    def f(x):
        return halved(x) * x + doubled(x)

    assert value_and_grad(f)(4.0) == (16.0, 2.0)
    assert "/" not in backward(grad(f))


def test_a_decorated_helper_that_returns_its_argument():
    @no_grad
    def same(x):
        return x

    def f(x):
        return same(x) * x

    assert grad(f)(4.0) == 4.0
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(same(x) * x))(x), x)


def test_a_decorated_method():
    class Model:
        w = 3.0

        @no_grad
        def scale(self, x):
            return self.w * x

        def loss(self, x):
            return self.scale(x) * x

    assert grad(Model().loss)(2.0) == 6.0
    assert grad(Model().loss, "self.w")(2.0) == 0.0


def test_a_decorated_function_that_is_differentiated_itself():
    assert grad(halved)(3.0) == 0.0
    np.testing.assert_array_equal(grad(doubled).seeded(np.ones(2))(np.ones(2)), np.zeros(2))


# What is not asked takes no statement, and the text says what is never reached


def test_what_is_not_asked_takes_no_statement():
    def f(x: float, w: float) -> float:
        return np.sin(w) * x

    assert "cos" in backward(grad(f, "w"))
    assert "cos" not in backward(grad(f, "x"))


def test_aux_takes_no_statement():
    def f(x: float):
        return x * x, np.sin(x)

    assert "cos" not in backward(grad(f, has_aux=True))
    assert grad(f, has_aux=True)(3.0) == (6.0, np.sin(3.0))


def test_what_cannot_be_reached_is_zeros_and_the_text_says_so():
    def f(x: np.ndarray, w: float) -> float:
        return w * w

    d = grad(f, ...)
    assert "x never reaches the result" in d.source
    dx, dw = d(np.ones((2, 3), np.float32), 3.0)
    assert dx.shape == (2, 3) and dx.dtype == np.float32 and not dx.any()
    assert dx.flags.writeable and dw == 6.0
    assert "w never reaches" not in d.source


@pytest.mark.parametrize(
    "f, wanted",
    [
        (lambda x: int(x) * x, 2.0),
        (lambda x: round(x) * x, 3.0),
        (lambda x: (x > 1) * x, 1.0),
        (lambda x: np.floor(x) * x, 2.0),
        (lambda x: [1.0, 5.0, 7.0][int(x)] * x, 7.0),
    ],
)
def test_paths_that_end_by_themselves(f, wanted):
    assert grad(f)(2.6) == wanted


def test_a_partial_of_a_cut_function():
    def f(x, y):
        return stop_gradient(x) * y

    assert grad(functools.partial(f, 3.0))(2.0) == 3.0
