"""The forward part now, the backward part as often as wanted."""

import functools
import gc
import weakref

import numpy as np
import pytest

from chainrule import errors, grad, vjp
from chainrule.autodiff import templates
from chainrule.frontend import source


def square(x):
    return x * x


def product(x, y=3.0, *, k=2.0):
    return x * y * k


def pair(x):
    return x * x, {"a": 3 * x, "b": np.exp(x)}


def nothing(x):
    return None


def text(x):
    return "text"


def same(one, other):
    assert type(one) is type(other)
    np.testing.assert_array_equal(one, other)


def test_the_value_and_a_cotangent_for_every_positional_argument():
    y, pullback = vjp(product, 5.0, 7.0)
    assert y == 70.0
    assert pullback(1.0) == (14.0, 10.0)
    assert pullback() == (14.0, 10.0)
    assert pullback(2.0) == (28.0, 20.0)


def test_defaults_are_no_arguments():
    assert vjp(product, 5.0)[1](1.0) == (6.0,)


def test_keywords_by_partial():
    assert vjp(functools.partial(product, k=10.0), 5.0, 7.0)[1](1.0) == (70.0, 50.0)
    assert vjp(functools.partial(product, 5.0), 7.0)[1](1.0) == (10.0,)


def test_none_where_there_is_none():
    def f(x, n, name, flag):
        return x**n if flag else x

    assert vjp(f, 3.0, 2, "name", True)[1](1.0) == (6.0, None, None, None)


def test_starred_arguments():
    def f(x, *rest):
        return x * rest[0] * rest[1]

    assert vjp(f, 2.0, 3.0, 4)[1](1.0) == (12.0, 8.0, None)


def test_containers_and_kinds():
    def f(p, x):
        return p["w"] * np.sum(x)

    x = np.ones(2, np.float32)
    y, pullback = vjp(f, {"w": 2.0, "n": 3}, x)
    dp, dx = pullback(1.0)
    assert dp == {"w": 2.0, "n": None} and type(dp["w"]) is float
    same(dx, np.full(2, 2.0, np.float32))
    assert dx.dtype == np.float32


@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.float32(3.0), np.array(3.0)])
def test_numbers_of_every_kind(x):
    y, pullback = vjp(square, x)
    (dx,) = pullback(1.0)
    same(y, square(x))
    assert type(dx) is type(x) and dx == 6.0


def test_structured_results():
    y, pullback = vjp(pair, 2.0)
    assert y == pair(2.0)
    assert pullback((1.0, {"a": 10.0, "b": 0.0})) == (34.0,)
    (dx,) = pullback((0.0, {"a": 0.0, "b": 1.0}))
    np.testing.assert_allclose(dx, np.exp(2.0), rtol=1e-15)


@pytest.mark.parametrize(
    "seed, wanted",
    [
        ((1.0, {"a": 10.0, "b": None}), 34.0),
        ((None, {"a": 10.0, "b": None}), 30.0),
        ((1.0, None), 4.0),
        (None, 0.0),
    ],
)
def test_none_in_a_seed_is_zero(seed, wanted):
    assert vjp(pair, 2.0)[1](seed) == (wanted,)


def test_aux():
    y, pullback, aux = vjp(lambda x: (x * x, {"x": x, "name": "aux"}), 3.0, has_aux=True)
    assert (y, aux) == (9.0, {"x": 3.0, "name": "aux"})
    assert pullback(1.0) == (6.0,)


def test_methods_builtins_and_derivatives():
    class Model:
        w = 4.0

        def loss(self, x):
            return self.w * x * x

    assert vjp(Model().loss, 3.0)[1](1.0) == (24.0,)
    assert vjp(grad(lambda x: x**3), 2.0)[1](1.0) == (12.0,)
    (column,) = vjp(grad(lambda x: np.sum(x**3)), np.ones(2))[1](np.array([1.0, 0.0]))
    same(column, np.array([6.0, 0.0]))


def test_a_function_of_numpy():
    assert vjp(np.sin, 0.0)[1](1.0) == (1.0,)
    assert vjp(np.multiply, 2.0, 3.0)[1](1.0) == (3.0, 2.0)


# Between the two


def test_it_may_be_called_any_number_of_times():
    def f(x, steps):
        y = x
        for _ in range(steps):
            y = y * x
        return y

    y, pullback = vjp(f, np.array([2.0, 3.0]), 3)
    for _ in range(3):
        dx, _ = pullback(np.ones(2))
        same(dx, np.array([32.0, 108.0]))


def test_what_the_user_does_to_argument_and_result_in_between():
    def f(x, y):
        z = x * y
        w = np.exp(z)
        return w * x

    x, y = np.array([0.5, 1.5]), np.array([1.0, -1.0])
    seed = np.array([1.0, 2.0])
    w = np.exp(x * y)
    wanted = seed * (w + w * x * y), seed * w * x * x
    result, pullback = vjp(f, x, y)
    result *= 0
    x -= 5.0
    y[:] = np.nan
    for found, value in zip(pullback(seed), wanted):
        np.testing.assert_allclose(found, value, rtol=1e-14)


def test_a_result_that_is_an_argument_or_a_view_of_it():
    for f in (lambda x: x, lambda x: x[::-1], lambda x: x.T, lambda x: x.reshape(-1)):
        x = np.array([1.0, 2.0])
        y, pullback = vjp(f, x)
        y += 7
        x *= 0
        (dx,) = pullback(np.array([1.0, 2.0]))
        assert sorted(dx) == [1.0, 2.0]


def test_arguments_inside_containers():
    p = {"w": np.array([1.0, 2.0])}
    y, pullback = vjp(lambda p: p["w"] ** 2, p)
    p["w"] *= 0
    p["w"] = None
    (dp,) = pullback(np.ones(2))
    same(dp["w"], np.array([2.0, 4.0]))


def test_two_at_once():
    one, two = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    _, first = vjp(square, one)
    _, second = vjp(square, two)
    for _ in range(2):
        same(first(np.ones(2))[0], 2 * one)
        same(second(np.ones(2))[0], 2 * two)


def test_an_exception_in_one_call_leaves_the_next():
    x = np.array([1.0, 2.0])
    _, pullback = vjp(square, x)
    with pytest.raises(errors.SeedMismatch):
        pullback(np.ones(3))
    same(pullback(np.ones(2))[0], 2 * x)


def test_cotangents_are_the_callers_own():
    for f in (square, lambda x: x, lambda x: x + 0.0, lambda x: x[::-1]):
        x = np.array([1.0, 2.0])
        y, pullback = vjp(f, x)
        seed = np.ones_like(y)
        (first,) = pullback(seed)
        kept = first.copy()
        assert first.flags.writeable and not np.shares_memory(first, x)
        first *= 100
        same(pullback(seed)[0], kept)
        np.testing.assert_array_equal(seed, np.ones_like(y))


def test_the_call_changes_arguments_as_the_function_does():
    def f(x, out):
        out[:] = 2 * x
        return np.sum(out * x)

    x, out = np.array([1.0, 2.0]), np.zeros(2)
    y, pullback = vjp(f, x, out)
    assert y == 10.0
    same(out, np.array([2.0, 4.0]))
    out[:] = -1.0
    for _ in range(2):
        dx, dout = pullback(1.0)
        same(dx, np.array([4.0, 8.0]))
        same(dout, np.zeros(2))
    same(out, np.array([-1.0, -1.0]))


def test_the_value_is_the_functions_own():
    def f(x):
        return np.tanh(x) @ np.sqrt(np.abs(x)) + np.mean(x) ** 3

    x = np.linspace(-1.0, 2.0, 7)
    y = vjp(f, x)[0]
    assert type(y) is type(f(x)) and y.hex() == f(x).hex()


# Types in turn, and refusals


def test_types_in_turn():
    for x in (3.0, np.array([3.0, 1.0]), 3.0, np.ones((2, 2)), np.float32(3.0), 3.0):
        y, pullback = vjp(square, x)
        (dx,) = pullback(np.ones_like(y))
        np.testing.assert_array_equal(dx, 2 * x)
        assert np.shape(dx) == np.shape(x)


def test_a_global_read_live(monkeypatch):
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    for scale in (2.0, 3.0, np.array([1.0, 2.0]), 4.0):
        monkeypatch.setitem(globals(), "SCALE", scale)
        y, pullback = vjp(scaled, np.ones(2))
        np.testing.assert_array_equal(pullback(np.ones(2))[0], np.broadcast_to(scale, 2))


SCALE = 1.0


def scaled(x):
    return SCALE * x


@pytest.mark.parametrize(
    "seed, kind",
    [
        (np.ones(3), errors.SeedMismatch),
        (np.ones((2, 1)), errors.SeedMismatch),
        (1.0, errors.SeedMissing),
    ],
)
def test_seeds_that_do_not_fit(seed, kind):
    with pytest.raises(kind):
        vjp(square, np.ones(2))[1](seed)


@pytest.mark.parametrize("seed", ["a", 1j, np.array(1j), object()])
def test_seeds_that_are_no_numbers(seed):
    _, pullback = vjp(square, 3.0)
    for _ in range(2):
        with pytest.raises(errors.SeedMismatch):
            pullback(seed)
        assert pullback(1.0) == pullback() == pullback(np.float64(1.0)) == (6.0,)


def test_without_a_seed_the_error_says_the_shape():
    with pytest.raises(errors.SeedMissing, match=r"shape \(2,\)"):
        vjp(square, np.ones(2))[1]()


@pytest.mark.parametrize(
    "f, args, kind",
    [
        (square, (), errors.UnknownArgument),
        (int, (3.0,), errors.NotAFunction),
        (nothing, (3.0,), errors.ResultNotNumeric),
        (text, (3.0,), errors.ResultNotNumeric),
        (square, (1.0, 2.0), TypeError),
    ],
)
def test_refusals(f, args, kind):
    with pytest.raises(kind):
        vjp(f, *args)


def test_it_keeps_no_function_alive():
    def made(w):
        return lambda x: np.sum(w * x)

    templates._templates.clear()  # so that what this function writes is kept anew
    f = made(np.ones(2))
    vjp(f, np.ones(2))[1](1.0)
    gone = weakref.ref(f)
    del f
    source._find.cache_clear()  # which holds a bounded number
    gc.collect()
    assert gone() is None
