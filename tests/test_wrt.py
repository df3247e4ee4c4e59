"""What is asked for: names, positions, paths, tuples of these, and all; and what has no gradient."""

import functools
import inspect
import types
from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from chainrule import errors, grad, value_and_grad, vjp
from chainrule.wrt import Path, Request, request

Pair = namedtuple("Pair", "a b")


@dataclass
class Params:
    w: Any
    b: float
    n: int = 3
    name: str = "head"


@dataclass
class Line:
    slope: float
    start: float
    n: int = 2

    def at(self, x: float) -> float:
        return self.slope * x + self.start


class Layer:
    def __init__(self):
        self.w = np.array([3.0, 4.0])

    def times(self, x: float) -> float:
        return x * self.w[0]


class Model:
    def __init__(self):
        self.w, self.b, self.n = np.array([1.0, 2.0]), 2.0, 3
        self.layer = Layer()

    def loss(self, x):
        return np.sum(x * self.layer.w * self.w) * self.n + self.b * self.b

    def through_a_method(self, x):
        return np.sum(self.scaled(x))

    def scaled(self, x):
        return x * self.w * self.b


def f(x, y=5.0, *, k=7.0):
    return x * y * k


def tree(p):
    return p["a"] * p["b"][0] + np.sum(p["b"][1]) * p["c"]


def signature_of(function):
    return inspect.signature(function)


# The words for it


@pytest.mark.parametrize(
    "wrt, paths, bare, every",
    [
        (None, ("x",), True, False),
        ("k", ("k",), True, False),
        (1, ("y",), True, False),
        (-1, ("k",), True, False),
        (("y",), ("y",), False, False),
        (["k", 0], ("k", "x"), False, False),
        (range(2), ("x", "y"), False, False),
        (np.int64(1), ("y",), True, False),
        ((np.int8(1), np.array(0)), ("y", "x"), False, False),
        (..., ("x", "y", "k"), False, True),
        ('x["head"]', ("x['head']",), True, False),
        ("x['head'][0].w", ("x['head'][0].w",), True, False),
        ("x[-1]", ("x[-1]",), True, False),
        ("x[1, 2]", ("x[(1, 2)]",), True, False),
    ],
)
def test_what_is_understood(wrt, paths, bare, every):
    found = request(wrt, signature_of(f))
    assert tuple(map(str, found.paths)) == paths
    assert (found.bare, found.every) == (bare, every)


def test_a_path_is_taken_apart():
    steps = (("item", "head"), ("item", 0), ("attribute", "w"))
    wanted = Request((Path("x", steps),), True)
    assert request("x['head'][0].w", signature_of(f)) == wanted


@pytest.mark.parametrize(
    "wrt, words",
    [
        ("z", "there is no parameter z"),
        (("x", "z"), "there is no parameter z"),
        (3, "there is no parameter 3: the function has 3"),
        (-4, "there is no parameter -4"),
        ("", "is no path"),
        ("x y", "is no path"),
        ("x + y", "is no path"),
        ("x()", "is no path"),
        ("x[y]", "an index of a path is a constant"),
        ("1", "is no path"),
        (True, "names nothing"),
        ((True,), "True is no name, position or path"),
        (np.True_, "names nothing"),
        (np.float64(1.0), "names nothing"),
        ((), "names nothing"),
        ([], "names nothing"),
        (1.5, "names nothing"),
        (b"x", "names nothing"),
        ({"x"}, "names nothing"),
        ((None,), "None is no name, position or path"),
        ((...,), "Ellipsis is no name, position or path"),
    ],
)
def test_what_is_not(wrt, words):
    with pytest.raises(errors.UnknownArgument, match="CR108") as caught:
        request(wrt, signature_of(f))
    assert words in str(caught.value)
    derivative = grad(f, wrt)  # decorating refuses nothing
    with pytest.raises(errors.UnknownArgument):
        derivative(2.0)
    with pytest.raises(ValueError):
        derivative.source


def test_the_parameters_are_named():
    with pytest.raises(errors.UnknownArgument, match="the parameters are x, y, k"):
        grad(f, "z")(2.0)


def test_there_must_be_a_parameter():
    def none():
        return 3.0

    with pytest.raises(errors.UnknownArgument, match="no parameter to differentiate"):
        grad(none)()
    assert grad(none, ...)() == ()


def test_both_names_at_once():
    for how in (grad, value_and_grad):
        with pytest.raises(errors.WrtAndArgnums, match="CR109") as caught:
            how(f, "x", argnums=1)
        assert isinstance(caught.value, TypeError)
        with pytest.raises(errors.WrtAndArgnums):
            how(wrt="x", argnums=1)


# Parameters


@pytest.mark.parametrize(
    "wrt, args, kwargs, wanted",
    [
        (None, (2.0,), {}, 35.0),
        ("x", (), {"x": 2.0}, 35.0),
        ("y", (2.0,), {}, 14.0),  # at its default
        ("y", (2.0, 1.0), {}, 14.0),
        ("k", (2.0,), {}, 10.0),  # keyword-only, at its default
        ("k", (2.0,), {"k": 1.0}, 10.0),
        ("k", (2.0,), {"k": 1.0, "y": 3.0}, 6.0),
        (0, (2.0,), {}, 35.0),
        (2, (2.0,), {}, 10.0),
        (-1, (2.0,), {}, 10.0),
        (("y",), (), {"x": 2.0}, (14.0,)),
        (("k", "x"), (2.0,), {}, (10.0, 35.0)),
        (["y", 0], (2.0,), {}, (14.0, 35.0)),
        (("x", "x"), (2.0,), {}, (35.0, 35.0)),
        (..., (2.0,), {}, (35.0, 14.0, 10.0)),
        (..., (), {"k": 1.0, "x": 2.0}, (5.0, 2.0, 10.0)),
    ],
)
def test_parameters(wrt, args, kwargs, wanted):
    found = grad(f, wrt)(*args, **kwargs)
    assert found == wanted and type(found) is type(wanted)
    assert value_and_grad(f, wrt)(*args, **kwargs) == (f(*args, **kwargs), wanted)


@pytest.mark.parametrize(
    "argnums, wanted",
    [(1, 14.0), ((0, 1), (35.0, 14.0)), ([1], (14.0,)), (np.int64(1), 14.0), (-1, 10.0)],
)
def test_argnums(argnums, wanted):
    assert grad(f, argnums=argnums)(2.0) == wanted
    assert grad(argnums=argnums)(f)(2.0) == wanted


@pytest.mark.parametrize("argnums", ["x", ("x",), (0, "x"), ..., 1.0, True, (True,), b"x", {0}])
def test_argnums_are_integers(argnums):
    with pytest.raises(errors.UnknownArgument, match="positions are integers"):
        grad(f, argnums=argnums)


def test_positional_only():
    def g(x, /, y, *, z=2.0):
        return x * y * z

    assert grad(g, ...)(3.0, y=5.0) == (10.0, 6.0, 15.0)
    assert grad(g, 2)(3.0, 5.0) == 15.0


def test_every_parameter_that_can_have_one():
    def g(x, n, name, flag, nothing=None, w=2.0):
        return x**n * w if flag else x

    assert grad(g, ...)(3.0, 2, "name", True) == (12.0, None, None, None, None, 9.0)


def test_the_first_parameter_of_a_method_is_one_of_them():
    m, x = Model(), np.array([1.0, 2.0])
    of_self, of_x = grad(Model.loss, ...)(m, x)
    assert of_self is None
    np.testing.assert_array_equal(of_x, m.layer.w * m.w * m.n)
    assert len(grad(m.loss, ...)(x)) == 1


def test_self_that_is_a_record():
    line = Line(3.0, 1.0, 2)
    assert grad(Line.at, ...)(line, 5.0) == (Line(5.0, 1.0, None), 3.0)
    assert grad(line.at, ...)(5.0) == (3.0,)
    text = grad(Line.at, ...).source
    assert "with respect to (self, x)" in text
    space = {}
    exec(text, space)
    value, gradients = space["at_adjoint"](line, 5.0)
    assert value == line.at(5.0) and gradients == (Line(5.0, 1.0, None), 3.0)


def test_self_that_is_none_ahead_of_a_call():
    text = grad(Layer.times, ...).source
    space = {}
    exec(text, space)
    assert space["times_adjoint"](Layer(), 5.0) == (15.0, (None, 3.0))
    with pytest.raises(errors.NotDifferentiable, match=r"wrt='self\.w'"):
        grad(Layer.times, "self")(Layer(), 5.0)


def test_star():
    def g(x, *args, **kwargs):
        return x * args[0] * args[1] + kwargs["a"] * x

    def call(d):
        return d(2.0, 3.0, 4.0, a=5.0)

    assert call(grad(g, "args")) == (8.0, 6.0)
    assert call(grad(g, "kwargs")) == {"a": 2.0}
    assert call(grad(g, ...)) == (17.0, (8.0, 6.0), {"a": 2.0})
    assert call(grad(g, "args[1]")) == 6.0
    assert call(grad(g, "kwargs['a']")) == 2.0
    assert call(grad(g, 1)) == 8.0  # positions are those of a call
    assert call(grad(g, (0, 2))) == (17.0, 6.0)
    assert grad(g, "args")(2.0, 3.0, 4, a=5.0) == (8.0, None)
    assert grad(g, "kwargs")(2.0, 3.0, 4.0, a=5.0, n=3) == {"a": 2.0, "n": None}


def test_star_that_is_empty():
    def g(x, *args, **kwargs):
        return x * x

    assert grad(g, ...)(3.0) == (6.0, (), {})


# Containers


def test_the_structure_is_kept():
    p = {"a": 2.0, "b": (3.0, np.ones(2)), "c": 4, "d": "name", "e": None, "f": True}
    found = grad(tree)(p)
    assert list(found) == list(p)
    assert found["a"] == 3.0
    assert type(found["b"]) is tuple and found["b"][0] == 2.0
    np.testing.assert_array_equal(found["b"][1], [4.0, 4.0])
    assert [found[k] for k in "cdef"] == [None] * 4


def test_nested_lists():
    def g(p):
        return p[0][0] * p[0][1] + p[1] + p[2][0]["a"] ** 2

    assert grad(g)([[2.0, 3.0], 4.0, ({"a": 5.0},)]) == [[3.0, 2.0], 1.0, ({"a": 10.0},)]


def test_empty_containers():
    assert grad(lambda x, p: x * x, ...)(3.0, []) == (6.0, [])
    assert grad(lambda x, p: x * x, ...)(3.0, {"a": ()}) == (6.0, {"a": ()})


@pytest.mark.parametrize("wrt", ['p["b"][1]', "p['b'][1]"])
def test_a_path_to_an_array(wrt):
    p = {"a": 2.0, "b": (3.0, np.ones(2)), "c": 4}
    np.testing.assert_array_equal(grad(tree, wrt)(p), [4.0, 4.0])


def test_a_path_to_a_container():
    p = {"a": 2.0, "b": (3.0, np.ones(2)), "c": 4}
    first, second = grad(tree, 'p["b"]')(p)
    assert first == 2.0
    np.testing.assert_array_equal(second, [4.0, 4.0])


def test_the_whole_and_a_part():
    def g(p):
        return p["a"] * p["b"] + p["a"]

    found = grad(g, ("p", "p['a']"))({"a": 2.0, "b": 3.0})
    assert found == ({"a": 4.0, "b": 2.0}, 4.0)


def test_a_part_that_a_helper_reads():
    def helper(q):
        return q["a"] * q["b"]

    def g(p):
        return helper(p) * 2

    assert grad(g, 'p["a"]')({"a": 2.0, "b": 3.0}) == 6.0


def test_a_key_that_is_not_there():
    with pytest.raises(errors.UnknownArgument, match="there is no p\\['z'\\]"):
        grad(tree, 'p["z"]')({"a": 2.0, "b": (3.0, np.ones(2)), "c": 4})


def test_records():
    def g(p, x):
        return np.sum(p.w * x) * p.n + p.b * p.b

    x = np.array([1.0, 2.0])
    p = Params(np.ones(2), 5.0)
    found = grad(g)(p, x)
    assert type(found) is Params
    assert (found.b, found.n, found.name) == (10.0, None, None)
    np.testing.assert_array_equal(found.w, 3 * x)
    np.testing.assert_array_equal(grad(g, "p.w")(p, x), 3 * x)
    assert grad(g, "p.b")(p, x) == 10.0


def test_named_tuples():
    def g(p):
        return p.a * p.b

    assert grad(g)(Pair(2.0, 3.0)) == Pair(3.0, 2.0)
    assert type(grad(g)(Pair(2.0, 3.0))) is Pair
    assert grad(g, "p.a")(Pair(2.0, 3.0)) == 3.0


# Attributes of an object


def test_attributes_of_self():
    m = Model()
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(m.loss, "self.w")(x), 3 * x * m.layer.w)
    np.testing.assert_array_equal(grad(m.loss, "self.layer.w")(x), 3 * x * m.w)
    first, second = grad(m.loss, ("self.b", "x"))(x)
    assert first == 4.0
    np.testing.assert_array_equal(second, 3 * m.w * m.layer.w)


def test_attributes_that_a_method_reads():
    m = Model()
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(m.through_a_method, "self.w")(x), 2 * x)
    assert grad(m.through_a_method, "self.b")(x) == 5.0


def test_attributes_are_read_at_each_call():
    m = Model()
    x = np.ones(2)
    derivative = grad(m.loss, "self.b")
    for b in (1.0, 2.0, 3.0, np.float64(4.0)):
        m.b = b
        assert derivative(x) == 2 * b


def test_self_is_skipped_and_counted_as_the_callable_given_counts():
    m = Model()
    x = np.array([1.0, 2.0])
    wanted = 3 * m.w * m.layer.w
    for derivative, args in (
        (grad(m.loss), (x,)),
        (grad(m.loss, 0), (x,)),
        (grad(Model.loss), (m, x)),
        (grad(Model.loss, 1), (m, x)),
        (grad(Model.loss, "x"), (m, x)),
    ):
        np.testing.assert_array_equal(derivative(*args), wanted)
    (only,) = grad(m.loss, ...)(x)
    np.testing.assert_array_equal(only, wanted)


def test_positions_of_a_partial():
    def g(a, b, c=1.0):
        return a * b * c

    assert grad(functools.partial(g, 2.0), 0)(3.0) == 2.0
    assert grad(functools.partial(g, b=5.0), 1)(3.0) == 3.0
    assert grad(functools.partial(g, b=5.0), ...)(3.0) == (5.0, 3.0, 15.0)
    assert grad(functools.partial(g, 2.0), "a")(3.0) == 3.0  # what is filled in, by name
    with pytest.raises(errors.UnknownArgument):
        grad(functools.partial(g, 2.0), 2)(3.0)


# What has no gradient


@pytest.mark.parametrize(
    "value, words",
    [
        (2, "x is an int, which has no gradient: write 2.0 for 2"),
        (-3, "write -3.0 for -3"),
        (np.arange(2), "integer array"),
        (np.arange(2, dtype="u1"), "integer array"),
        (np.array([True]), "which has no gradient"),
        (1j, "complex"),
        (np.ones(2, complex), "complex128"),
        (np.array([1.0], dtype=object), "object"),
        (np.ma.array([1.0]), "MaskedArray"),
        (np.array([1.0]).view(np.recarray), "recarray"),
    ],
)
def test_what_cannot_have_one_is_refused_where_it_is_asked(value, words):
    with pytest.raises(errors.NotDifferentiable, match="CR110") as caught:
        grad(lambda x, y: np.sum(x * y))(value, 2.0)
    assert words in str(caught.value)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("value", [True, "name", None, print, np.int64(2)])
def test_what_is_no_array_is_not_called_one(value):
    with pytest.raises(errors.NotDifferentiable) as caught:
        grad(lambda x, y: y * y)(value, 2.0)
    assert "array" not in str(caught.value)


def test_a_number_of_numpys_that_is_an_integer():
    with pytest.raises(errors.NotDifferentiable, match=r"write float\(x\)"):
        grad(lambda x: x * x)(np.int64(2))


@pytest.mark.parametrize("dtype", [">f8", ">f4", "<f8", "f2"])
def test_the_dtype_is_kept_in_its_order_of_bytes(dtype):
    x = np.array([1.0, 2.0], dtype)
    for f in (
        lambda x: np.sum(x * x),
        lambda x: np.sum(x),
        lambda x: x[0],
        lambda x: np.sum(x) if x[0] > 5 else np.sum(x * x * x),
    ):
        assert grad(f)(x).dtype.str == x.dtype.str
        assert vjp(f, x)[1](1.0)[0].dtype.str == x.dtype.str
    assert grad(lambda p: np.sum(p["a"] * p["a"]))({"a": x})["a"].dtype.str == x.dtype.str


def test_a_namespace():
    p = types.SimpleNamespace(w=2.0, n=3)
    assert grad(lambda p, x: p.w * x * p.n, ("p.w", "x"))(p, 5.0) == (15.0, 6.0)
    assert grad(lambda p, x: p.w * x, ...)(p, 5.0) == (None, 2.0)


def test_a_part_of_a_container():
    p = {"a": 2.0, "b": (3.0, np.ones(2)), "c": 4}
    with pytest.raises(errors.NotDifferentiable, match="write 4.0 for 4"):
        grad(tree, 'p["c"]')(p)


def test_an_attribute():
    with pytest.raises(errors.NotDifferentiable, match="write 3.0 for 3"):
        grad(Model().loss, "self.n")(np.ones(2))


@pytest.mark.parametrize("wrt", ["self", "self.layer", "self.scaled"])
def test_an_object_is_not_called_an_integer(wrt):
    with pytest.raises(errors.ChainruleError) as caught:
        grad(Model().loss, wrt)(np.ones(2))
    assert "integer" not in str(caught.value)


def test_an_attribute_that_is_not_there():
    with pytest.raises(errors.UnknownArgument, match="self.zz"):
        grad(Model().loss, "self.zz")(np.ones(2))


# Paths that nothing in the function reads as such: either right or refused, never zero


@pytest.mark.parametrize(
    "function, wrt, args, wanted",
    [
        (lambda x: np.sum(x * x), "x[0]", (np.ones(3),), 2.0),
        (lambda x: x[0] * x[0], "x[0]", (np.ones(3),), 2.0),
        (lambda x: np.sum(x), "x.T", (np.ones((2, 3)),), np.ones((3, 2))),
        (lambda p: p.a * p.b, "p[0]", (Pair(2.0, 3.0),), 3.0),
        (lambda p: p[0] * p[1], "p.a", (Pair(2.0, 3.0),), 3.0),
        (lambda p: p[0] * p[1], "p[-1]", ((2.0, 3.0),), 2.0),
        (lambda p: p[-1] * p[0], "p[1]", ((2.0, 3.0),), 2.0),
    ],
)
def test_a_path_by_another_name(function, wrt, args, wanted):
    try:
        found = grad(function, wrt)(*args)
    except errors.ChainruleError:
        return
    np.testing.assert_array_equal(found, wanted)
