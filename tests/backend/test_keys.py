"""The key of a call says no less than the types that its text is made for."""

import dataclasses
import itertools
import typing

import numpy as np

from chainrule.backend.keys import key_of
from chainrule.frontend.frame import type_of_value


class Float(float):
    pass


class Ours(np.ndarray):
    pass


class Pair(typing.NamedTuple):
    a: float
    b: float


@dataclasses.dataclass
class Point:
    x: object
    y: object = 1.0


def one(x):
    return x


def other(x):
    return x


SAMPLES = [
    1.0,
    2.0,
    1,
    2,
    True,
    False,
    1j,
    None,
    "a",
    "b",
    Float(1.0),
    np.float64(1.0),
    np.float32(1.0),
    np.int64(1),
    np.bool(True),
    np.ones(()),
    np.ones(1),
    np.ones(2),
    np.ones(3),
    np.ones((1, 2)),
    np.ones((2, 1)),
    np.ones((3, 1)),
    np.ones((2, 2)),
    np.ones(2, np.float32),
    np.ones(2, ">f8"),
    np.ones(2, int),
    np.ones(2, bool),
    np.ones(2, object),
    np.ones(2).view(Ours),
    np.array(["a"]),
    np.ma.ones(2),
    (),
    (1.0,),
    (1, 1.0),
    (1.0, 1.0),
    Pair(1.0, 2.0),
    Pair(1.0, 1),
    [],
    [1.0],
    [1.0, 1],
    [np.ones(2)],
    [np.ones(1)],
    {},
    {"a": 1.0},
    {"b": 1.0},
    {"a": 1.0, "b": 1.0},
    {"b": 1.0, "a": 1.0},
    {"a": {"b": np.ones(2)}},
    Point(1.0),
    Point(1),
    Point(1.0, np.ones(2)),
    one,
    other,
    np.exp,
    np.sin,
    Float,
    [1.0].append,
    range(3),
    slice(1),
    np.dtype(float),
]


def test_equal_keys_have_equal_types():
    for a, b in itertools.product(SAMPLES, repeat=2):
        if key_of(a) == key_of(b):
            assert type_of_value(a, "x") == type_of_value(b, "x"), (a, b)


def test_kinds_differ():
    distinct = [
        1.0,
        1,
        True,
        1j,
        Float(1.0),
        np.float64(1.0),
        np.float32(1.0),
        np.ones(()),
        np.ones(1),
        np.ones(2),
        np.ones((2, 2)),
        np.ones((1, 2)),
        np.ones((2, 1)),
        np.ones(2, np.float32),
        np.ones(2, ">f8"),
        np.ones(2).view(Ours),
        (1.0,),
        [1.0],
        {"a": 1.0},
        {"b": 1.0},
        Pair(1.0, 1.0),
        (1.0, 1.0),
        one,
        other,
    ]
    keys = [key_of(x) for x in distinct]
    for i, k in enumerate(keys):
        assert k not in keys[:i], distinct[i]
        assert hash(k) is not None


def test_sizes_do_not_matter():
    assert key_of(np.ones((2, 3))) == key_of(np.ones((5, 7)))
    assert key_of({"w": np.ones((2, 3))}) == key_of({"w": np.ones((9, 3))})
    assert key_of(1) == key_of(2)
