"""Calls of many kinds in turn, on one derivative: each gets the text of its own types."""

import copy
import functools

import numpy as np
import pytest

import chainrule
from chainrule import grad, value_and_grad

SCALE = 2.0
OFFSET = np.ones(2)


def square(x):
    return x * x


def calls(d):
    """The name of the code that a derivative runs, to see which path a call takes."""
    return type(d).__call__.__code__


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype and a.shape == b.shape
    np.testing.assert_array_equal(a, b)


def three_times(d, *args, **kwargs):
    """A result, which is the same from the slow path, the first inline call, and the next."""
    results = [d(*copy.deepcopy(args), **copy.deepcopy(kwargs)) for _ in range(3)]
    for r in results[1:]:
        for a, b in (
            zip(*map(chainrule.trees.leaves, (results[0], r)))
            if isinstance(r, tuple | dict)
            else [(results[0], r)]
        ):
            same(a, b)
    return results[0]


def test_numbers_of_every_kind_in_turn():
    d = grad(square)
    for _ in range(3):
        for x in (3.0, np.float64(3.0), np.float32(3.0), np.array(3.0), np.array([3.0]), 3.0):
            result = d(x)
            assert type(result) is type(x)
            assert getattr(result, "dtype", None) == getattr(x, "dtype", None)
            np.testing.assert_array_equal(result, 2 * np.asarray(x))


def test_an_int_a_bool_and_a_subclass_do_not_pass_for_a_float():
    class Meters(float):
        pass

    d = grad(square)
    assert d(3.0) == d(3.0) == 6.0
    for wrong in (3, True):
        with pytest.raises(chainrule.ChainruleError):
            d(wrong)
    inline = calls(d)
    try:
        d(Meters(3.0))
    except chainrule.ChainruleError:
        pass
    assert calls(d) is inline


def test_axes_of_length_one():
    def f(x, y):
        return np.sum(x * y)

    d = grad(f, ...)
    for _ in range(2):
        for shapes in (
            ((3,), (3,)),
            ((1,), (3,)),
            ((3,), (1,)),
            ((2, 3), (1, 3)),
            ((2, 3), (2, 1)),
            ((1, 1), (2, 3)),
            ((), (3,)),
        ):
            x, y = (np.arange(1.0, 1 + np.prod(s)).reshape(s) for s in shapes)
            dx, dy = d(x, y)
            assert (dx.shape, dy.shape) == shapes
            np.testing.assert_allclose(np.sum(dx * x), np.sum(x * y))
            np.testing.assert_allclose(np.sum(dy * y), np.sum(x * y))


def test_a_dtype_that_is_equal_but_another_object():
    d = grad(lambda x: np.sum(x * x))
    x = np.arange(3.0)
    d(x), d(x)
    other = np.frombuffer(x.tobytes(), dtype=np.dtype("f8", copy=True))
    assert other.dtype is not x.dtype
    before = len(d._found)
    same(d(other), 2 * x)
    assert len(d._found) == before
    same(d(x.astype(">f8")).astype("f8"), 2 * x)


def test_defaults_keywords_and_kinds_of_parameters():
    def f(a, b=2.0, /, c=3.0, *, k=4.0):
        return a * b * c * k

    d = grad(f)
    for _ in range(3):
        assert d(1.0) == 24.0
        assert d(1.0, 5.0) == 60.0
        assert d(1.0, c=1.0, k=1.0) == 2.0
        with pytest.raises(TypeError):
            d()
        with pytest.raises(TypeError):
            d(1.0, b=2.0)
        with pytest.raises(TypeError):
            d(1.0, nothing=2.0)


def test_the_default_is_the_very_object():
    default = np.ones(2)

    def f(x, w=default):
        return np.sum(x * w)

    d = grad(f)
    x = np.ones(2)
    same(d(x), np.ones(2)), same(d(x), np.ones(2))
    default[:] = 5.0
    same(d(x), np.full(2, 5.0))


def test_names_that_the_dispatcher_would_like():
    def f(x_self, type, float, len, seed):  # noqa: A002
        return x_self * type * float * len * seed

    d = grad(f, ...)
    for _ in range(3):
        assert d(1.0, 2.0, 3.0, 4.0, 5.0) == (120.0, 60.0, 40.0, 30.0, 24.0)


def test_globals_are_read_live(monkeypatch):
    def f(x):
        return SCALE * x * x

    d = grad(f)
    for scale in (2.0, 3.0, np.float64(4.0), 2.0, np.float64(5.0), 3):
        monkeypatch.setitem(globals(), "SCALE", scale)
        for _ in range(3):
            assert d(1.0) == 2 * scale


def test_cells_are_read_live():
    scale = 2.0

    def f(x):
        return np.sum(scale * x)

    d = grad(f)
    for value in (2.0, 3.0, np.array([1.0, 2.0]), 4.0):
        scale = value
        for _ in range(3):
            np.testing.assert_array_equal(d(np.ones(2)), np.broadcast_to(value, 2))


def helper(x):
    return 3.0 * x


def with_helper(x):
    return helper(x) * x


def test_a_helper_that_is_replaced(monkeypatch):
    d = grad(with_helper)
    assert d(1.0) == d(1.0) == d(1.0) == 6.0

    def other(x):
        return 5.0 * x

    monkeypatch.setitem(globals(), "helper", other)
    assert d(1.0) == d(1.0) == d(1.0) == 10.0
    monkeypatch.undo()
    assert d(1.0) == d(1.0) == 6.0


def test_a_helper_whose_code_is_replaced(monkeypatch):
    d = grad(with_helper)
    assert d(1.0) == d(1.0) == 6.0

    def other(x):
        return 7.0 * x

    monkeypatch.setattr(helper, "__code__", other.__code__)
    assert d(1.0) == d(1.0) == d(1.0) == 14.0


class Model:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def loss(self, x):
        return np.sum(self.w * x + self.b)

    def doubled(self, x):
        return self.scaled(x)

    def scaled(self, x):
        return 2.0 * x


def test_attributes_are_typed_at_each_call():
    m = Model(2.0, 1.0)
    d = grad(m.loss)
    x = np.ones(2)
    for w in (2.0, 3.0, np.array([1.0, 2.0]), np.array([4.0, 5.0]), 2.0):
        m.w = w
        for _ in range(3):
            same(d(x), np.broadcast_to(np.asarray(w), 2).copy())
    del m.b
    with pytest.raises(chainrule.ChainruleError, match="no attribute b"):
        d(x)


def test_a_method_that_is_replaced(monkeypatch):
    m = Model(2.0, 1.0)
    d = grad(m.doubled)
    assert d(1.0) == d(1.0) == d(1.0) == 2.0
    monkeypatch.setattr(Model, "scaled", lambda self, x: 9.0 * x)
    assert d(1.0) == d(1.0) == 9.0


def test_partials_and_methods():
    def f(a, b, c=1.0):
        return a * b * c

    d = grad(functools.partial(f, 2.0))
    assert [d(3.0) for _ in range(3)] == [2.0] * 3
    d = grad(functools.partial(f, b=2.0))
    assert [d(3.0) for _ in range(3)] == [2.0] * 3
    assert [d(3.0, b=5.0) for _ in range(3)] == [5.0] * 3


def test_seeds():
    def f(x):
        return x * x

    d = grad(f).seeded(np.array([1.0, 2.0]))
    for _ in range(3):
        same(d(np.array([3.0, 4.0])), np.array([6.0, 16.0]))


def test_value_and_aux():
    def f(x):
        return x * x, (x, "aux")

    for _ in range(3):
        d = grad(f, has_aux=True)
        assert [d(3.0) for _ in range(3)] == [(6.0, (3.0, "aux"))] * 3
        d = value_and_grad(f, has_aux=True)
        assert [d(3.0) for _ in range(3)] == [((9.0, (3.0, "aux")), 6.0)] * 3


def test_containers_are_tested_inline():
    def f(p, x):
        return np.sum(np.tanh(x @ p["w"] + p["b"]) * p["more"][0])

    d = grad(f)
    p = {"w": np.ones((3, 2)), "b": np.zeros(2), "more": (2.0, [1, None])}
    x = np.ones((4, 3))
    first, second = d(p, x), d(p, x)
    inline = calls(d)
    d._slow = None  # the inline path asks for nothing
    third = d(p, x)
    del d._slow
    for result in (second, third):
        same(result["w"], first["w"]), same(result["b"], first["b"])
    d({"w": p["w"], "b": np.zeros((1, 2)), "more": p["more"]}, x)
    d({"b": p["b"], "w": p["w"], "more": p["more"]}, x)
    assert calls(d) is inline
    assert list(d({"b": p["b"], "w": p["w"], "more": p["more"]}, x)) == ["b", "w", "more"]


def test_many_kinds_and_few_inline():
    d = grad(lambda x: np.sum(x * x))
    values = [np.ones((2,) * n) for n in range(1, 8)] + [1.0, np.float32(1.0)]
    for _ in range(4):
        for v in values:
            np.testing.assert_array_equal(d(v), 2 * np.asarray(v))


def test_functions_as_arguments():
    def f(g, x):
        return g(x)

    def triple(x):
        return 3.0 * x

    d = grad(f, "x")
    for _ in range(3):
        assert d(np.sin, 0.0) == 1.0
        assert d(np.cos, 0.0) == 0.0
        assert d(triple, 0.0) == 3.0


def test_the_traceback_shows_the_text():
    import traceback

    def f(x, y):
        return x[0] / y

    d = grad(f)
    d((1.0,), 1.0), d((1.0,), 1.0)
    try:
        d((1.0,), 0.0)
    except ZeroDivisionError:
        assert "x[0] / y" in traceback.format_exc().split("f_adjoint")[-1]
    else:
        raise AssertionError


def test_an_attribute_of_a_class_that_is_an_argument():
    class Scaled:
        scale = 5.0

        @classmethod
        @grad
        def f(cls, x):
            return cls.scale * x * x

    for scale in (5.0, 7.0, np.float64(2.0)):
        Scaled.scale = scale
        assert [Scaled.f(1.0) for _ in range(3)] == [2 * scale] * 3
