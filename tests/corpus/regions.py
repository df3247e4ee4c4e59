"""Containers and objects that are changed inside of a `try` or a `with`, and read behind it."""

import numpy as np
from tests.corpus import case


@case(1.3)
def appended_before_finally(x):
    l = [x, 2 * x]
    try:
        l.append(x * x)
    finally:
        a = sum(l)
    return a * x


@case(1.3)
def grown_in_a_try(x):
    l = [v * x for v in np.ones(3)]
    try:
        l.append(x * x)
        y = x * 2
    finally:
        z = x * 3
    return sum(l) * y * z


@case(1.3, second=False)
def appended_before_an_exception(x):
    l = [x, 2 * x]
    try:
        l.append(x * x)
        raise ValueError
    except ValueError:
        y = x * 2
    return sum(l) * y


@case(1.3)
def items_stored_under_errstate(x):
    d = {"a": x}
    with np.errstate(all="ignore"):
        d["a"] = x * x
        d["b"] = x
    return d["a"] * d["b"]


@case(1.3)
def grown_under_errstate(x):
    l = [v * x for v in np.ones(3)]
    with np.errstate(all="ignore"):
        for k in range(3):
            l.append(x * k)
    return sum(l) * l[-1]


class Box:
    def __init__(self, p):
        self.p = p


@case(1.3)
def attribute_set_in_a_try(x):
    o = Box(x)
    try:
        o.p = x * x
    finally:
        y = x * 2
    return o.p * y
