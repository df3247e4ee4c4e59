"""Tuples, lists and dicts: built, indexed, unpacked, returned, as arguments."""

from collections import namedtuple
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from tests.corpus import array, case


@case(1.3, 0.4)
@case(array(2), array(2))
def tuple_result(x, y):
    return x * y, x + y


@case(1.3, 0.4)
def list_result(x, y):
    return [x * y, x + y, 3.0]


@case(1.3, 0.4)
@case(array(2), array(2))
def dict_result(x, y):
    return {"product": x * y, "sum": x + y, "name": "both"}


@case(1.3)
def nested_result(x):
    return (x * x, [x, {"a": x * 3, "b": (x, 1)}])


@case((1.3, 0.4))
@case([1.3, 0.4])
@case((array(2), 0.4))
def indexed(p):
    return p[0] * p[1] + p[0] * p[-1]


@case((1.3, 0.4))
@case([1.3, 0.4])
@case((array(2), array(2)))
def unpacked(p):
    a, b = p
    return a * b * a


@case(((1.0, 2.0), 3.0))
@case(([1.0, 2.0], 3.0))
def nested_unpacked(p):
    (a, b), c = p
    return a * b * c


@case({"w": 1.3, "b": 0.4})
@case({"w": array(2, 2), "b": array(2)})
def dict_argument(p):
    return p["w"] * p["w"] + p["b"]


@case({"w": 1.3, "b": 0.4, "name": "n", "count": 3, "none": None, "flag": True})
def dict_with_others(p):
    return p["w"] * p["count"] + p["b"]


@case({"a": {"w": 1.3, "b": [0.4, 2.0]}, "c": (1.0, {"d": 2.0})})
def deep_argument(p):
    w = p["a"]["w"]
    first, second = p["a"]["b"]
    return w * first * second * p["c"][0] * p["c"][1]["d"]


@case({"a": {"w": 1.3, "b": [0.4, 2.0]}, "unused": array(2)})
def part_of_argument(p):
    q = p["a"]
    r = q["b"]
    return r[1] * r[1]


@case([1.0, 2.0, 3.0])
@case((1.0, 2.0, 3.0))
def index_in_a_loop(xs):
    s = 1.0
    for i in range(3):
        s = s * xs[i] + xs[i]
    return s


@case([1.0, 2.0, 3.0])
def index_by_step(xs):
    i = 0
    s = 0.0
    while i < len(xs):
        s = s + xs[i] * xs[i]
        i += 2
    return s


@case(1.3, 0.4)
def built_tuple(x, y):
    p = (x * y, x + y)
    a = p[0]
    q = (p, a)
    return q[0][1] * q[1] * p[0]


@case(1.3, 0.4)
def built_list(x, y):
    p = [x * y, x + y]
    return p[0] * p[1] + p[-1]


@case(1.3, 0.4)
def built_dict(x, y):
    p = {"a": x * y, "b": x + y}
    return p["a"] * p["b"]


@case(1.3, 0.4)
def built_then_unpacked(x, y):
    p = x * y, x + y, y
    a, b, c = p
    return a * b * c


@case(1.3)
@case(0.3)
def tuple_from_branch(x):
    p = (x, x * x) if x > 1 else (x * x, x)
    return p[0] * 3 + p[1]


@case(1.3, 3)
def tuple_carried(x, n):
    p = (x, 1.0)
    for i in range(n):
        p = (p[0] * x, p[1] + p[0])
    return p[0] * p[1]


@case(1.3, 3)
def dict_carried(x, n):
    p = {"a": x, "b": 1.0}
    for i in range(n):
        p = {"a": p["a"] * x, "b": p["b"] + p["a"]}
    return p["a"] * p["b"]


@case(1.3, 3)
def pair_of_arrays_carried(x, n):
    p = (np.array([x, 1.0]), x)
    for i in range(n):
        p = (p[0] * p[1], p[1] + 0.1)
    return p[0]


@case(array(2, 3))
def shape_unpacked(x):
    n, m = x.shape
    return x * n + m


@case(array(2, 3))
def array_unpacked(x):
    a, b = x
    return a * b * a


@case(array(3))
def vector_unpacked(x):
    a, b, c = x
    return a * b * c


@case(1.3)
def swapped_in_tuple(x):
    p = (x, x * x)
    p = (p[1], p[0])
    a, b = p
    a, b = b, a
    return a * 2 + b


@case((1.3, 0.4), (2.0, 0.7))
def tuples_of_two(p, q):
    return p[0] * q[1] - p[1] * q[0]


@case((), 1.3)
@case([], 1.3)
@case({}, 1.3)
def empty_containers(p, x):
    return x * x


@case([array(2, 2), array(2)], array(2))
def layers(params, x):
    w, b = params
    return np.tanh(w @ x + b)


@case([(array(3, 2), array(3)), (array(2, 3), array(2))], array(2))
def network(params, x):
    for w, b in params:
        x = np.tanh(w @ x + b)
    return x


@case([{"w": array(2, 2), "b": array(2)}, {"w": array(2, 2), "b": array(2)}], array(2))
def network_of_dicts(params, x):
    for layer in params:
        x = np.tanh(layer["w"] @ x + layer["b"])
    return x


Point = namedtuple("Point", "x y")


class Typed(NamedTuple):
    x: float
    y: float = 2.0


@dataclass
class Record:
    w: float
    b: float
    name: str = "r"


@dataclass(frozen=True)
class Frozen:
    values: np.ndarray
    scale: float


@dataclass
class Nested:
    inner: Record
    items: list = field(default_factory=list)


@case(Point(1.3, 0.4))
@case(Typed(1.3))
@case(Point(array(2), array(2)))
def namedtuple_argument(p):
    return p.x * p.y + p.x


@case(Point(1.3, 0.4))
def namedtuple_indexed(p):
    a, b = p
    return a * p[1] * p.x


@case(Record(1.3, 0.4))
def dataclass_argument(r):
    return r.w * r.b * r.w


@case(Frozen(array(3), 2.0))
def frozen_dataclass(r):
    return r.values * r.scale


@case(Nested(Record(1.3, 0.4), [2.0, 3.0]))
def nested_dataclass(r):
    return r.inner.w * r.inner.b * r.items[0] + r.items[1]


@case([Point(1.3, 0.4), Point(2.0, 3.0)])
def list_of_namedtuples(ps):
    s = 1.0
    for p in ps:
        s = s * p.x + p.y
    return s


@case({"a": 1.3}, "a")
def key_from_argument(p, key):
    return p["a"] * p["a"]


@case((1.3, 2, "x", None, True, np.float32(0.5), np.array([1, 2])))
def mixed_tuple(p):
    return p[0] * p[1] * p[5]


@case([1.3, 0.4], [2.0, 0.7])
def concatenated_lists(p, q):
    r = [p[0], p[1]] + [q[0], q[1]]
    return r[0] * r[3] * r[1]


@case((1.3, 0.4, 2.0))
def sliced_tuple(p):
    a, b = p[1:]
    return a * b * p[0]


@case([1.3, 0.4, 2.0])
def length_of_list(p):
    return p[len(p) - 1] * len(p)


@case([1.3, 0.4, 2.0])
@case((1.3, 0.4, 2.0))
def sum_of_list(p):
    return sum(p) * p[0]


@case([1.3, 0.4, 2.0])
def max_of_list(p):
    return max(p)


@case([1.3, 0.4, 2.0])
def array_of_list(p):
    return np.array(p) * np.asarray(p)


@case(1.3, 0.4)
def array_of_numbers(x, y):
    return np.array([x, y, x * y, 1.0]) * np.array([[x], [y]])


@case(1.3)
def same_value_twice_in_tuple(x):
    y = x * x
    return (y, y, x)


@case(array(2))
def same_array_twice_in_tuple(x):
    y = x * x
    return (y, [y, x])


@case(array(2))
def argument_in_result(x):
    return {"x": x, "y": x * 2}


@case(1.3)
def list_comprehension(x):
    return sum([x * i for i in range(3)])


@case((1.3, 2.0, 3.0))
def starred_target(p):
    a, *b = p
    return a


@case({"a": 1.3})
def dict_merge(p):
    q = {**p}
    return q["a"]
