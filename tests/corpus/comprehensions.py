"""Comprehensions, generator expressions, unpacking with a star, and what is walked."""

from __future__ import annotations

import numpy as np
from tests.corpus import array, case


@case(array(3))
def squares_summed(x):
    return sum([v * v for v in x])


@case(array(3))
def with_a_condition(x):
    return sum([v * v for v in x if v > 0.6]) + x[0]


@case(array(3))
def nested(x):
    return sum([v * w for v in x for w in x if w != v])


@case(array(3))
def inside_one_another(x):
    rows = [[v * w for w in x] for v in x]
    return rows[0][1] * rows[2][2]


@case(1.3)
def over_a_range(x):
    y = [x * i for i in range(4)]
    return np.sum(np.stack(y) ** 2) + np.sum(np.array(y))


@case(1.3)
def over_known_items(x):
    a, b = [v * x for v in (x, 2.0)]
    return a * b


@case(array(3))
def target_is_its_own(x):
    v = 2.0
    y = [v * v for v in x]
    return y[0] * v * y[-1]


@case({"w": array(3), "b": array(2)}, 2.0, wrt=(0, 1))
def dict_of_new_values(p, x):
    q = {k: v * x for k, v in p.items()}
    return q["w"] * 2, q["b"]


@case({"w": array(3), "b": array(3)}, {"w": array(3), "b": array(3)}, wrt=(0, 1))
def step_of_parameters(p, g):
    new = {k: p[k] - 0.1 * g[k] * p[k] for k in p}
    return new["w"] * new["b"]


@case({"a": 1.3, "b": 0.4, "c": 2.0})
def walk_over_a_dict(p):
    s = 1.0
    for k in p:
        s = s * p[k]
    for v in p.values():
        s = s + v * v
    for k, v in p.items():
        if k == "b":
            continue
        s += v * s
    return s


@case(array(3))
def generators(x):
    s = sum(v * v for v in x) + max(v * v for v in x) * min(v + 1 for v in x)
    t = tuple(v * 2 for v in x)
    return s * t[1]


@case(array(3))
@case(-array(3))
def any_and_all(x):
    y = x[0]
    if any(v > 0.9 for v in x):
        y = y * x[1]
    if all(v < 5 for v in x):
        y = y * x[2]
    return y


@case([1.3, -0.5, 2.0])
def any_stops(x):
    y = 1.0
    if any(1 / (v + 0.5) < 0 or v > 1 for v in x):
        y = x[0] * x[2]
    return y


@case(1.3)
def star_of_a_tuple(x):
    a, *b, c = x, 2 * x, 3 * x, x * x
    return a * b[0] * b[1] * c


@case(array(4))
def star_of_an_array(x):
    a, *b, c = x
    return a * b[0] * b[1] * c * len(b)


@case([1.3, 0.4, 2.0])
def star_of_a_list(x):
    *b, c = x
    b[0] = b[1] * c
    return b[0] * b[1] * c * x[0]


@case(array(3))
def reversed_array(x):
    s = 1.0
    for v in reversed(x):
        s = s * v + v
    return s


@case([1.3, 0.4, 2.0])
def reversed_list(x):
    s = 1.0
    for i, v in enumerate(reversed(x)):
        s = s * v + v * i
    return s


@case([1.3, 0.4], [2.0, 0.7], wrt=(0, 1))
def lists_joined(p, q):
    r = [*p] + [q[0], q[1]] * 2
    return r[0] * r[3] * r[5] + max(r)


@case({"a": 1.3}, 2.0, wrt=(0, 1))
def dicts_merged(p, x):
    q = {**p, "b": x} | {"a": x * p["a"]}
    return q["a"] * q["b"] * q.get("a", 0.0) + q.get("none", x)


@case([array(2), array(3)])
def list_of_results(ws):
    return [w * w for w in ws]


@case(array(3, 2))
def rows_normalized(x):
    return np.array([row / np.sum(row * row) for row in x])


@case(array(3))
def list_of_an_array(x):
    y = list(x)
    y.append(y[0] * y[1])
    y[0] = y[2] * 3
    return sum(y) * y[3]


@case(1.3, 0.4, 2.0, wrt=(0, 1, 2))
@case(0.4, 2.0, 1.3, wrt=(0, 1, 2))
def sorted_lists(x, y, z):
    p = [x, y, z]
    q = sorted(p, reverse=True)
    p.sort(key=lambda v: (v - 1) * (v - 1))
    return p[0] + 2 * p[1] * q[0] + 3 * p[2] + q[1] * q[2]


@case(array(4))
def sorted_list_of_unknown_length(x):
    p = [v * v for v in x]
    p.sort()
    q = sorted([v + 1 for v in p], key=lambda v: -v)
    return p[0] + 2 * p[1] * q[0] + 3 * p[-1]


@case([1.3, 0.4, 2.0])
def slices_of_a_list(x):
    y = x[1:]
    y[0] = y[0] * 2
    z = [x[0], x[1], x[2]]
    z[::2] = [x[1], x[1] * 3]
    return y[0] * z[0] + z[2] * z[-2] + y[1]


@case([{"m": 1.3, "p": 0.4}, {"m": 2.0, "p": 0.7}])
def dicts_in_a_list_changed(ps):
    for p in ps:
        p["p"] = p["p"] + 0.1 * p["m"]
    return ps[0]["p"] * ps[1]["p"]
