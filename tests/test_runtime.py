"""What generated code calls: each function, for every kind of value."""

import dataclasses
import warnings
from typing import NamedTuple

import numpy as np
import pytest

from chainrule import runtime


class Point(NamedTuple):
    x: object
    y: object


@dataclasses.dataclass(frozen=True)
class Line:
    w: object
    b: object


# unbroadcast


@pytest.mark.parametrize(
    ("full", "shape"),
    [
        ((2, 3), (2, 3)),
        ((2, 3), (3,)),
        ((2, 3), (1, 3)),
        ((2, 3), (2, 1)),
        ((2, 3), (1, 1)),
        ((2, 3), (1,)),
        ((2, 3), ()),
        ((4, 2, 3), (2, 1)),
        ((4, 1, 3), (1, 3)),
        ((0, 3), (3,)),
        ((0, 3), (1, 3)),
    ],
)
def test_unbroadcast_undoes_broadcasting(full, shape):
    """It is the transpose: the sum of products is the same on both sides."""
    g = np.arange(1.0, 1 + np.prod(full)).reshape(full)
    x = np.arange(2.0, 2 + np.prod(shape)).reshape(shape)
    found = runtime.unbroadcast(g, x)
    assert type(found) is np.ndarray and found.shape == x.shape and found.dtype == x.dtype
    np.testing.assert_allclose(np.sum(found * x), np.sum(g * np.broadcast_to(x, full)))


def test_unbroadcast_spreads_a_cotangent_that_is_smaller():
    found = runtime.unbroadcast(2.0, np.ones((2, 3)))
    assert found.tolist() == [[2.0] * 3] * 2
    assert found.flags.writeable and found.base is None


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (1.5, float),
        (2, float),
        (True, float),
        (np.float64(1.5), np.float64),
        (np.float32(1.5), np.float32),
        (1.5j, complex),
    ],
)
def test_unbroadcast_gives_the_kind_of_its_value(x, kind):
    found = runtime.unbroadcast(np.array([1.0, 2.0]), x)
    assert type(found) is kind and found == 3.0


def test_unbroadcast_gives_the_dtype_of_its_array():
    g = np.ones((2, 3))
    assert runtime.unbroadcast(g, np.ones(3, "f4")).dtype == np.float32
    assert runtime.unbroadcast(g, np.ones(3, int)).dtype == np.float64  # a step on the way
    assert runtime.unbroadcast(g, np.array(1.0)).shape == ()


def test_unbroadcast_takes_nothing_else():
    for x in ("text", None, object()):
        with pytest.raises(TypeError, match="cannot have a gradient"):
            runtime.unbroadcast(1.0, x)
    g = (1.0, 2.0)
    assert runtime.unbroadcast(g, (3.0, 4.0)) is g


# cotangent, as_gradient, zeros_like, add


def test_cotangent_picks_of_what_a_rule_returns():
    assert [runtime.cotangent((1.0, None), i) for i in range(3)] == [1.0, 0.0, 0.0]
    assert runtime.cotangent(5.0, 0) == 5.0
    g = Point(1.0, 2.0)
    assert runtime.cotangent(g, 0) is g  # one cotangent, which is a tuple of a kind of its own


def test_as_gradient_has_the_structure_of_its_argument():
    x = {"a": (1.5, 2), "b": [np.ones(2, "f4"), "text"], "p": Point(1.0, None)}
    d = {"a": (np.float64(3.0), 4.0), "b": [np.ones((3, 2)), None], "p": Point(5, None)}
    found = runtime.as_gradient(d, x)
    assert found["a"] == (3.0, None) and type(found["a"][0]) is float
    assert found["b"][0].tolist() == [3.0, 3.0] and found["b"][0].dtype == np.float32
    assert found["b"][1] is None
    assert type(found["p"]) is Point and found["p"] == (5.0, None) and type(found["p"].x) is float
    assert runtime.as_gradient(np.ones(2), np.arange(2)) is None


@pytest.mark.parametrize(
    ("x", "zero"),
    [
        (1.5, 0.0),
        (2, 0.0),
        (True, 0.0),
        (1j, 0j),
        (np.float32(1.5), np.float32(0)),
        (np.int64(3), 0.0),
        ("text", None),
        (None, None),
        ((1.5, [2.0, "t"]), (0.0, [0.0, None])),
        ({"a": 1.5}, {"a": 0.0}),
        (Point(1.5, 2.0), Point(0.0, 0.0)),
    ],
)
def test_zeros_like(x, zero):
    found = runtime.zeros_like(x)
    assert found == zero and type(found) is type(zero)


def test_zeros_like_arrays():
    x = np.asfortranarray(np.ones((2, 3), "f4"))
    found = runtime.zeros_like(x)
    assert (found.dtype, found.shape) == (x.dtype, x.shape) and not found.any()
    assert runtime.zeros_like(np.arange(3)).dtype == np.float64


def test_add():
    assert runtime.add(1.0, 2.0) == 3.0
    assert runtime.add(None, 2.0) == runtime.add(2.0, None) == 2.0
    assert runtime.add(None, None) is None
    assert runtime.add({"a": (1.0, None)}, {"a": (2.0, 3.0)}) == {"a": (3.0, 3.0)}
    assert runtime.add([1.0], [2.0]) == [3.0]
    found = runtime.add(Point(1.0, 2.0), Point(3.0, 4.0))
    assert type(found) is Point and found == (4.0, 6.0)
    a = np.ones(2)
    assert runtime.add(a, a).tolist() == [2, 2] and a.tolist() == [1, 1]


# add_at, lasting


def test_add_at_counts_repeated_integers():
    d = np.zeros(3)
    found = runtime.add_at(d, np.array([1.0, 2.0, 4.0]), np.array([0, 2, 0]))
    assert found is d and d.tolist() == [5, 0, 2]
    assert runtime.add_at(np.zeros(3), 2.0, np.array([True, False, True])).tolist() == [2, 0, 2]


def test_add_at_in_containers():
    assert runtime.add_at([1.0, 2.0], 3.0, 1) == [1.0, 5.0]
    assert runtime.add_at((1.0, 2.0), 3.0, -1) == (1.0, 5.0)
    assert runtime.add_at({"a": 1.0}, 3.0, "a") == {"a": 4.0}
    found = runtime.add_at(Point(1.0, 2.0), 3.0, 0)
    assert type(found) is Point and found == (4.0, 2.0)
    assert runtime.add_at([1.0, 2.0, 3.0], [5.0, 6.0], slice(1, None)) == [1.0, 7.0, 9.0]
    assert runtime.add_at((1.0, 2.0, 3.0), (5.0, 6.0), slice(1, None)) == (1.0, 7.0, 9.0)
    assert runtime.add_at([None, 1.0], 3.0, 0) == [None, 1.0]


def test_add_at_further_down():
    d = {"a": [np.zeros(2), 1.0]}
    assert runtime.add_at(d, 3.0, "a", 1) is d and d["a"][1] == 4.0
    runtime.add_at(d, np.array([1.0]), "a", 0, np.array([1]))
    assert d["a"][0].tolist() == [0, 1]
    assert runtime.add_at((1.0, (2.0, 3.0)), 5.0, 1, 0) == (1.0, (7.0, 3.0))


@pytest.mark.parametrize("index", [0, -1])
def test_add_at_in_a_tuple_in_a_tuple_by_either_end(index):
    d = ((1.0, 2.0), (3.0, 4.0))
    expected = [[1.0, 2.0], [3.0, 4.0]]
    expected[index][0] += 5.0
    assert runtime.add_at(d, 5.0, index, 0) == tuple(map(tuple, expected))


def test_lasting_says_which_store_stayed():
    index = np.array([0, 2, 0, 1])
    x = np.zeros(3)
    x[index] = np.array([1.0, 2.0, 3.0, 4.0])
    found = runtime.lasting(x, index)
    assert found.tolist() == [False, True, True, True]
    assert runtime.lasting(np.zeros((2, 2)), slice(None)).all()


# own, rebuild, accumulate


def test_own_copies_what_has_memory():
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    tree = {"a": (x, [x[0]], 1.5), "p": Point(x, "text")}
    found = runtime.own(tree)
    assert found["a"][0].flags.f_contiguous and found["a"][0].tolist() == x.tolist()
    assert type(found["p"]) is Point and found["p"].y == "text" and found["a"][2] == 1.5
    for copy in (found["a"][0], found["a"][1][0], found["p"].x):
        assert not np.shares_memory(copy, x) and copy.flags.writeable
    assert found["a"] is not tree["a"] and found["a"][1] is not tree["a"][1]


def test_rebuild_runs_no_code_of_the_class():
    @dataclasses.dataclass(frozen=True)
    class Positive:
        w: float

        def __post_init__(self):
            if self.w <= 0:
                raise ValueError("not positive")

    assert runtime.rebuild(Positive, [-1.0]).w == -1.0
    found = runtime.rebuild(Point, [1.0, 2.0])
    assert type(found) is Point and found.y == 2.0


def test_accumulate_grows_arrays_in_place():
    w = np.ones(2)
    buffers = {"w": w, "b": 1.0, "p": Point(w[:1], 2.0), "l": Line(np.ones(1), 3.0), "t": (1.0,)}
    gradients = {
        "w": np.ones(2),
        "b": 2.0,
        "p": Point(np.ones(1), 3.0),
        "l": Line(np.ones(1), None),
        "t": (4.0,),
    }
    found = runtime.accumulate(buffers, gradients)
    assert found["w"] is w and w.tolist() == [3, 2]
    assert (found["b"], found["p"].y, found["l"].b, found["t"]) == (3.0, 5.0, 3.0, (5.0,))
    assert type(found["p"]) is Point and type(found["l"]) is Line
    assert buffers["b"] == 1.0


# kind_of, expect, apart, match_seed


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (1.5, "float"),
        (2, "int"),
        (True, "bool"),
        (None, "NoneType"),
        ("t", "str"),
        (np.float32(1), "np.float32"),
        (np.array(1.0), "f8[]"),
        (np.ones((2, 1), "f4"), "f4[:, 1]"),
        (np.ones(3, ">f8"), "f8[:]"),
        (np.arange(2), "i8[:]"),
        ((1.0, [np.ones(1)]), "tuple(float, list(f8[1]))"),
        ({"a": 1.0, 2: True}, "{'a': float, 2: bool}"),
        (Point(1.0, 2), "Point(float, int)"),
        (Line(1.0, np.ones(2)), "Line(float, f8[:])"),
        (np.ma.masked_array([1.0]), "MaskedArray"),
    ],
)
def test_kind_of(x, kind):
    assert runtime.kind_of(x) == kind
    runtime.expect("x", x, kind)
    runtime.expect("x", x, "unknown")


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (np.ones(3), "f8[?]"),
        (np.ones(1), "f8[?]"),
        (np.ones((2, 3)), "f8[...]"),
        (np.ones((2, 3), "f4"), "array"),
        (np.ones((2, 3), "f4"), "array[:, :]"),
        ({"w": np.ones((2, 1))}, "{'w': f8[:, ?]}"),
        ((1.0, "text"), "tuple(float, unknown)"),
    ],
)
def test_expect_leaves_open_what_was(x, kind):
    runtime.expect("x", x, kind)


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (1, "float"),
        (True, "int"),
        (np.float64(1), "float"),
        (np.ones(1), "f8[:]"),
        (np.ones(3), "f8[1]"),
        (np.ones(3), "f4[:]"),
        (np.ones(3), "f8[:, :]"),
        (np.ones(3), "f8[?, ?]"),
        (1.0, "array"),
        ("array", "array"),
        (np.ones(3), "array[:, :]"),
        ({"w": 1.0}, "{'v': float}"),
        ((1.0, 2.0), "tuple(float)"),
        ([1.0], "tuple(float)"),
        (1.0, "f8[...]"),
    ],
)
def test_expect_refuses(x, kind):
    with pytest.raises(TypeError, match="^w is .*, and this was made for "):
        runtime.expect("w", x, kind)


def test_apart():
    base = np.arange(10.0)
    with pytest.raises(ValueError, match="^x and y share memory"):
        runtime.apart("x and y", base[:6], base[5:])
    with pytest.raises(ValueError, match="share memory"):
        runtime.apart("x and y", base, base)
    runtime.apart("x and y", base[:5], base[5:])
    runtime.apart("x and y", base[::2], base[1::2])  # the bounds meet, the elements do not
    runtime.apart("x and y", base, base.copy())
    runtime.apart("x and y", base[:0], base)


def test_match_seed():
    y = np.ones((2, 3), "f4")
    seed = np.arange(6.0).reshape(2, 3)
    found = runtime.match_seed(seed, y)
    assert found.dtype == np.float32 and found.tolist() == seed.tolist()
    assert runtime.match_seed(2.0, np.ones((1, 1))).tolist() == [[2.0]]
    assert runtime.match_seed(2.0, 5.0) == 2.0
    assert runtime.match_seed(None, y).tolist() == np.zeros((2, 3)).tolist()
    assert runtime.match_seed(None, 5.0) == 0.0


@pytest.mark.parametrize("seed", [1.0, np.ones(3), np.ones((3, 2)), np.ones((1, 3))])
def test_match_seed_refuses_other_shapes(seed):
    with pytest.raises(ValueError, match=r"the result has shape \(2, 3\)"):
        runtime.match_seed(seed, np.ones((2, 3)))


def test_nothing_here_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runtime.unbroadcast(np.float64(np.inf), np.float32(1.0))
        runtime.zeros_like(np.array([np.nan]))
        runtime.kind_of(np.ones((0, 1)))


def test_lies_refuses_an_array_in_another_place():
    x = np.arange(4.0)
    runtime.lies("y", x[1:], x[1:])
    for other in (x[:-1], x[1:][::-1], x[1:].copy()):
        with pytest.raises(TypeError, match="y lies elsewhere"):
            runtime.lies("y", other, x[1:])


def test_sees_refuses_a_copy():
    a = np.arange(6.0).reshape(2, 3)
    runtime.sees("b", a.reshape(-1), a)
    runtime.sees("b", np.zeros(0), np.zeros((0, 3)))
    with pytest.raises(ValueError, match="b is a copy"):
        runtime.sees("b", a.T.reshape(-1), a)
