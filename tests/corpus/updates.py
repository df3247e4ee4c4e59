"""Containers that are changed: items stored, added and taken away, through any name, in branches and loops."""

from __future__ import annotations

import numpy as np
from tests.corpus import array, case, refused


@case(1.3)
def appended(x):
    y = [x]
    y.append(x * x)
    return y[0] * y[1]


@case(1.3)
def appended_through_another_name(x):
    y = [x]
    z = y
    z.append(x * x)
    z[0] = x * 3
    return y[0] * y[1] * len(z)


@case(1.3)
def every_change_of_a_list(x):
    y = [x, 2 * x]
    y.extend([3 * x])
    y.insert(0, x * x)
    y[1] = 5 * x
    z = y.pop()
    y[0:1] = [x, x]
    del y[1]
    y.reverse()
    y += [x * x * x]
    y *= 2
    return y[0] * y[1] * z * y[-1]


@case(1.3)
def every_change_of_a_dict(x):
    p = {}
    p["a"] = x * x
    p["a"] += x
    p.setdefault("b", 2 * x)
    p.setdefault("a", 7.0)
    p.update(c=x)
    p.update({"e": x * 5})
    y = p.pop("b") + p.pop("none", x * x)
    p |= {"q": x * y}
    del p["c"]
    return p["a"] * y * p["q"] * p["e"]


@case(array(3))
def inner_list_appended(x):
    y = [[x[0]], [x[1]]]
    y[0].append(x[2])
    return y[0][1] * y[0][0] * y[1][0]


@case(array(3))
def array_in_list_written_through_both(x):
    y = x * 2
    p = [y, x * x]
    p[0] *= 3
    y[1] = 5.0
    return p[0] * p[1]


@case(array(3))
def views_in_list(x):
    y = x * 1.0
    p = [y[:2], y[1:]]
    p[0] *= 2
    p[1][0] = x[0] * x[1]
    return y * y + p[1][0]


@case(array(3))
def array_after_append_written(x):
    y = x * 1.0
    p = []
    p.append(y)
    y[0] = x[1] * x[2]
    p.append(y * 2)
    y *= 3
    return p[0] * p[1]


@case(1.3, 3)
@case(1.3, 2)
def appended_in_loop(x, n):
    y = []
    for i in range(n):
        y.append(x * i)
    return y[0] + y[1] * y[-1]


@case(1.3, 3)
@case(1.3, 0)
def last_item_appended_in_loop(x, n):
    y = [x, x * 2]
    for _ in range(n):
        y.append(y[-1] * x + y[-2])
    return sum(y) * y[1]


@case(1.3, 3)
def dict_updated_in_loop(x, n):
    p = {"a": x, "b": 2.0}
    for _ in range(n):
        p["a"] = p["a"] * x + p["b"]
        p["b"] += x
    return p["a"]


@case(1.3)
@case(0.3)
def appended_on_both_sides(x):
    y = [x]
    if x > 1:
        y.append(x * x)
    else:
        y.append(2 * x)
    return y[0] * y[1]


@case(1.3)
@case(0.3)
def appended_on_one_side(x):
    y = [x]
    if x > 1:
        y.append(x * x)
    return y[-1] * len(y)


@case({"a": 1.3, "b": array(3)}, 2.0, wrt=(0, 1))
def argument_updated(p, x):
    p["a"] = p["a"] * x
    p["c"] = p["b"] * x
    p["b"] = p["b"] * p["a"]
    return p["c"] * p["b"]


@case([1.3, 2.0], 2.0, wrt=(0, 1))
def argument_list_changed(y, x):
    y.append(x)
    y[0] += x * x
    z = y.pop(1)
    return y[0] * y[1] * z


@case({"w": array(3), "b": {"c": 2.0}}, 2.0, wrt=(0, 1))
def inner_dict_of_argument_updated(p, x):
    p["b"]["c"] *= x
    p["w"] -= x * p["w"]
    return p["w"] * p["b"]["c"]


@case({"w": array(3), "b": array(2)}, 2.0, wrt=(0, 1))
def argument_item_deleted(p, x):
    y = p.pop("w")
    del p["b"]
    return y * x


@case(array(3))
def stack_emptied(x):
    stack = [x[0], x[1], x[2]]
    s = 1.0
    while stack:
        v = stack.pop()
        s = s * v + v
    return s


@case(array(3))
def stack_that_grows(x):
    stack = [(x[0] * 2, 2)]
    s = 0.0
    while stack:
        v, depth = stack.pop()
        s = s + v * v
        if depth > 0:
            stack.append((v * x[1], depth - 1))
            stack.append((v + x[2], depth - 1))
    return s


@case(array(3), 4)
def states_kept(x, n):
    h = [x]
    for _ in range(n):
        h.append(np.tanh(h[-1] * 0.7))
    return np.stack(h) ** 2


@case({"w": array(3), "b": 0.3}, 3)
def parameters_trained(p, n):
    for _ in range(n):
        p["w"] = p["w"] - 0.1 * p["w"] * p["b"]
        p["b"] -= 0.1 * np.sum(p["w"])
    return p["b"] * p["w"]


@case({"w": array(3), "b": 0.3}, 3)
def parameters_trained_in_place(p, n):
    for _ in range(n):
        p["w"] -= 0.1 * p["w"] * p["b"]
        p["b"] = p["b"] - 0.1 * np.sum(p["w"])
    return p["b"] * p["w"]


@case(array(3), 3)
def arrays_that_change_places_in_a_list(x, n):
    p = [x * 1.0, x * x]
    for _ in range(n):
        p[0], p[1] = p[1], p[0] * 0.5
    return p[0] * p[1]


@case(array(3), array(3), wrt=(0, 1))
def container_of_arguments_written(x, y):
    p = [x, y]
    p[0] *= 2
    x[0] = y[0] * y[1]
    return p[0] * p[1]


@case({"w": array(3), "b": 2.0})
def argument_with_written_part_returned(p):
    p["w"] *= p["b"]
    return p


@case({"w": {"u": array(3)}, "b": 2.0})
def argument_with_inner_part_written(p):
    q = p["w"]
    q["u"][0] = p["b"] * q["u"][1]
    return [p, q["u"] * 2]


@case({"w": [array(2), array(2)], "b": 2.0})
def argument_with_inner_list_appended(p):
    p["w"].append(p["w"][0] * p["b"])
    return p["w"]


@refused("CR116", array(3), 2)
def array_in_a_list_written_after(x, n):
    y = x * 1.0
    p = []
    for _ in range(n):
        p.append(y)
    y[0] = 5.0
    return p[0] * p[1]  # refused


@case(array(3), second=False)
def every_change_of_a_list_of_unknown_length(x):
    y = [v * v for v in x]
    y.reverse()
    y.insert(1, x[0])
    y[2] = y[0] * y[1]
    z = y.pop(0)
    y.extend([x[1], z * 2])
    w = sum(y) * y[-1]
    y.clear()
    y.append(z)
    return y[0] * z * w


@case(1.3)
def same_list_twice_in_a_list(x):
    row = [x]
    t = [row, row]
    t[0].append(x * x)
    t[1][0] = 3 * x
    return t[0][0] * t[1][1] + len(row)


@case(array(3))
def lists_that_change_places(x):
    a, b, c = [x[0]], [x[1]], [x[2]]
    for _ in range(3):
        a, b, c = b, c, a
        a[0] = a[0] * 2
    return a[0] + b[0] * 2 + c[0] * 3


@case(1.3, True)
@case(1.3, False)
def different_lists_on_the_sides(x, flag):
    y = [x, x * x] if flag else [x * 3]
    y.append(x)
    return sum(y) * y[0]


@case([[1.3, 2.0], [0.4]])
def lists_of_an_argument_changed(y):
    y[0].append(y[1][0])
    y[1][0] = y[0][0] * y[0][2]
    return sum(y[0]) * y[1][0]


@case([1.3, 2.0, 0.4])
def argument_emptied(y):
    s = 1.0
    while y:
        s = s * y.pop() + 1
    return s


@case(1.3)
def keys_walked(x):
    p = {}
    for k in ("a", "b", "a"):
        p[k] = p.get(k, 0.0) + x
    return p["a"] * p["b"]


@case(array(3))
def dicts_made_in_a_loop(x):
    out = []
    for v in x:
        p = {"a": v, "b": v * v}
        p["a"] *= 2
        out.append(p["a"] + p["b"])
    return out[0] * out[1] * out[2]
