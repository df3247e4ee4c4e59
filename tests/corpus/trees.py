"""Functions that walk trees by calling themselves: of dataclasses, of tuples, of nested lists and dicts."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from tests.corpus import array, case


@dataclass
class Node:
    v: float
    kids: list = field(default_factory=list)


def tree():
    deep = Node(-0.2, [Node(0.1), Node(0.4, [Node(0.9)])])
    return Node(0.3, [Node(0.5, [Node(0.7)]), Node(1.1), deep])


@case(make=lambda: (tree(),))
@case(make=lambda: (Node(1.5),))
def sum_of_squares(t):
    s = t.v**2
    for k in t.kids:
        s = s + sum_of_squares(k)
    return s


@case(make=lambda: (tree(), 0.7))
def weights_by_depth(t, decay):
    s = np.sin(t.v)
    for k in t.kids:
        s = s * 1.1 + decay * weights_by_depth(k, decay * decay)
    return s


@dataclass
class Branch:
    v: float
    count: int
    left: Any = None
    right: Any = None


def branches():
    return Branch(0.5, 1, Branch(0.3, 2), Branch(0.7, 3, Branch(0.2, 4), None))


@case(make=lambda: (branches(), 1.3))
@case(make=lambda: (branches(), 1.3), wrt="x")
def with_nothing_below(t, x):
    if t is None:
        return 0.0
    left = with_nothing_below(t.left, x * 0.5)
    right = with_nothing_below(t.right, x)
    return t.v * x + left * right + t.count


@case(make=lambda: (branches(),))
def tested_before(t):
    s = t.v * t.count
    if t.left is not None:
        s += np.exp(tested_before(t.left))
    if t.right is not None:
        s *= tested_before(t.right)
    return s


@dataclass
class Number:
    value: float


@dataclass
class Variable:
    name: str


@dataclass
class Sum:
    left: Any
    right: Any


@dataclass
class Product:
    left: Any
    right: Any


FORMULA = Sum(
    Number(2.0), Product(Variable("x"), Sum(Number(0.5), Product(Variable("y"), Number(1.5))))
)


@case(FORMULA, 2.0, 3.0)
@case(FORMULA, array(2), 3.0, wrt=("x", "y"))
def expression(e, x, y):
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Variable):
        return x if e.name == "x" else y
    left, right = expression(e.left, x, y), expression(e.right, x, y)
    if isinstance(e, Sum):
        return left + right
    return left * right


@case([1.0, [2.0, [3.0]], 4.0])
def nested_lists(items):
    if not isinstance(items, list):
        return items * items
    total = 0.0
    for item in items:
        total = total + 1.5 * nested_lists(item)
    return total


class Pair(NamedTuple):
    first: Any
    second: Any


@case(Pair(1.2, Pair(0.5, Pair(2.0, None))))
def linked(p):
    return 1.0 if p is None else p.first * np.cos(linked(p.second))


@case((1.2, (0.5, (2.0, ()))))
def nested_tuples(t):
    if len(t) == 0:
        return 1.0
    return t[0] * np.exp(-nested_tuples(t[1]))


@dataclass
class Layer:
    weights: Any
    bias: float
    below: Any


@case(make=lambda: (Layer(array(2, 3), 0.1, Layer(array(3, 3), 0.2, None)), array(3)))
def network(layer, x):
    if layer is None:
        return np.sum(x)
    return np.tanh(network(layer.below, layer.weights.T @ (layer.weights @ x)) + layer.bias)


@case(make=lambda: (tree(), 1.3), wrt="x")
def deepest(t, x):
    best = 0.0
    for k in t.kids:
        d = deepest(k, x)
        if d > best:
            best = d
    return best + x * t.v


@dataclass
class Measured:
    v: float
    left: Any = None
    right: Any = None

    def total(self):
        s = self.v**2
        if self.left:
            s += np.sin(self.left.total())
        if self.right:
            s *= 1 + self.right.total()
        return s


@case(make=lambda: (Measured(1.0, Measured(2.0, Measured(0.5)), Measured(3.0)),))
def by_a_method(t):
    return t.total()


class Plain:
    def __init__(self, v, left=None, right=None):
        self.v, self.left, self.right = v, left, right

    def total(self, x):
        s = self.v * x
        if self.left is not None:
            s += self.left.total(x * x)
        if self.right is not None:
            s += self.right.total(np.sin(x))
        return s


PLAIN = Plain(1.0, Plain(2.0, Plain(0.5)), Plain(3.0))


@case(PLAIN, 0.7, wrt="x")
def by_a_method_of_a_plain_class(t, x):
    return t.total(x)


@case(
    {"w": 0.5, "kids": [{"w": 0.2, "kids": []}, {"w": 0.9, "kids": [{"w": 0.1, "kids": []}]}]},
    second=False,
)
def of_dicts(d):
    s = d["w"] ** 2
    for k in d["kids"]:
        s = s + np.exp(of_dicts(k))
    return s
