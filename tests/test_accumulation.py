"""Derivatives that add to buffers: which they refuse, and that none is written to before they do."""

import inspect

import numpy as np
import pytest

from chainrule import errors, grad

G = np.ones(2)


class Settings:
    scale = np.ones(2)


def read_as_global(x):
    return np.sum(x * G)


def read_by_a_helper(x):
    return np.sum(scaled(x))


def scaled(x):
    return x * G


def read_from_a_class(x):
    return np.sum(x * Settings.scale)


def captured(w):
    return lambda x: np.sum(x * w)


def product(x, y):
    return np.sum(x * y)


@pytest.mark.parametrize(
    "f, buffer",
    [
        (read_as_global, G),
        (read_as_global, G[::-1]),
        (read_by_a_helper, G),
        (read_from_a_class, Settings.scale),
        (captured(G), G),
    ],
)
def test_a_buffer_that_the_function_reads_from_outside(f, buffer):
    for _ in range(3):
        with pytest.raises(errors.BufferOverlap, match="CR115"):
            grad(f).into(buffer)(np.ones(2))
        np.testing.assert_array_equal(buffer, np.ones(2))


def test_a_buffer_that_is_an_attribute_of_an_argument():
    class Model:
        def __init__(self):
            self.w = np.ones(2)

        def loss(self, x):
            return np.sum(self.w * x)

    m = Model()
    with pytest.raises(errors.BufferOverlap):
        grad(m.loss).into(m.w)(np.ones(2))


def test_a_buffer_that_is_the_seed():
    seed = np.ones(2)
    with pytest.raises(errors.BufferOverlap):
        grad(lambda x: x * x).seeded(seed).into(seed)(np.ones(2))


def read_only():
    buffer = np.zeros(2)
    buffer.flags.writeable = False
    return buffer


@pytest.mark.parametrize(
    "buffer, words",
    [
        (np.zeros(2, int), "dtype int64"),
        (np.zeros(2, bool), "dtype bool"),
        (np.zeros(2, complex), "dtype complex128"),
        (np.zeros(2, object), "dtype object"),
        (read_only(), "read-only"),
        (np.broadcast_to(0.0, 2), "read-only"),
    ],
)
def test_what_holds_no_gradient_is_refused_before_anything_is_written(buffer, words):
    first = np.zeros(2)
    with pytest.raises(errors.UnfitBuffer, match="CR120") as caught:
        grad(product, ...).into((first, buffer))(np.ones(2), np.ones(2))
    assert words in str(caught.value)
    np.testing.assert_array_equal(first, np.zeros(2))


@pytest.mark.parametrize("buffer", [None, "a", True, 1j])
def test_what_is_no_number(buffer):
    with pytest.raises(errors.UnfitBuffer):
        grad(lambda x: x * x).into(buffer)(3.0)
    with pytest.raises(errors.ChainruleError):
        grad(lambda p: p["a"] * p["a"]).into(buffer)({"a": 3.0})


@pytest.mark.parametrize("buffer", [1, 1.0, np.float64(1.0), np.float32(1.0), np.int64(1)])
def test_numbers_are_replaced(buffer):
    assert grad(lambda x: x * x).into(buffer)(3.0) == 7.0


def test_what_has_no_gradient_needs_no_buffer():
    p = {"w": np.ones(2), "n": 3}
    for n in (None, 3, np.arange(3)):
        found = grad(lambda p: np.sum(p["w"]) * p["n"]).into({"w": np.zeros(2), "n": n})(p)
        np.testing.assert_array_equal(found["w"], [3.0, 3.0])
        assert found["n"] is n


def test_one_buffer_for_two():
    shared = np.zeros(2)
    x, y = np.array([1.0, 2.0]), np.array([5.0, 7.0])
    grad(product, ...).into((shared, shared))(x, y)
    np.testing.assert_array_equal(shared, x + y)


def test_manners():
    d = grad(product).into(np.zeros(2))
    assert inspect.signature(d) == inspect.signature(product)
    assert d.__name__ == "product"
    assert repr(d).endswith("product with respect to x, added to buffers>")


def test_problems_are_told_at_their_line():
    with pytest.raises(errors.ChainruleError, match=r"test_accumulation.py:\d+"):
        grad(lambda x: sorted(x)).into(np.zeros(2))(np.ones(2))
