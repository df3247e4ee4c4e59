"""Functions from outside: closures, partials, containers of them, defaults, imports inside, stars, reduce."""

import functools
import operator

import numpy as np
from tests.corpus import array, case, refused, signed


def make_quadratic(k):
    def quadratic(v):
        return v + k * v * v

    return quadratic


def make_weighted():
    w = np.array([1.0, 2.0, 3.0])
    n = 2

    def weighted(x):
        return np.sum(w * x**n)

    return weighted


def combine(a, b, *, c=1.0):
    return a * b + c * a


def with_array(x, w=np.array([1.0, 2.0, 3.0]), *, table={"k": 2.0}):  # noqa: B006, B008
    return np.sum(w * x * x) * table["k"]


def doubled(*args, **kwargs):
    return 2 * combine(*args, **kwargs)


@functools.lru_cache
def cached(v):
    return v * v


by_2, by_3 = make_quadratic(2.0), make_quadratic(3.0)
weighted = make_weighted()
powers = functools.partial(np.power, 2.0)
quadratic_partial = functools.partial(by_2)
combined = functools.partial(combine, 3.0, c=np.array([1.0, 2.0, 3.0]))
nested_partial = functools.partial(combined, c=2.0)
ACTIVATIONS = {"relu": lambda v: np.maximum(v, 0.0), "tanh": np.tanh, "square": lambda v: v * v}
STEPS = [np.sin, by_2, powers, lambda v, k=0.5: v * k]
FEW = [np.sin, by_2, np.cos]
k = 7.0


class Layer:
    def __init__(self, act):
        self.act = act
        self.acts = [act, np.sin]


def _own():
    k = 2.0
    w = np.array([1.0, 2.0, 3.0])

    def scalar(x):
        return k * x * x

    def vector(x):
        return np.sum(w * x * x)

    case(1.5)(scalar)
    case(signed(3))(vector)
    for f in [lambda x, i=i: x**i for i in range(1, 4)]:
        case(1.5)(f)
    case(1.5)([lambda x: x * i for i in range(3)][1])  # noqa: B023


_own()


# Variables around a callee


@case(1.3)
def callees_with_variables(x):
    return by_2(x) * by_3(x)


@case(1.3, 2.0)
def callee_variable_beside_our_own(x, k):
    return by_2(x) * k + by_3(k)


@case(1.3)
def callee_variable_beside_a_global(x):
    return by_2(x) * k


@case(signed(3))
def callee_with_an_array(x):
    return weighted(x) * weighted(x * 2)


@case(by_2, 1.3, wrt="x")
@case(powers, 1.3, wrt="x")
@case(np.sin, 1.3, wrt="x")
def given(f, x):
    return f(x) * f(f(x))


@case([np.sin, by_2, powers], 1.3, wrt="x")
def given_in_a_list(fs, x):
    s = 0.0
    for f in fs:
        s = s + f(x)
    return s


@case({"f": np.sin, "k": 2.0}, 1.3, wrt="x")
def given_in_a_dict(d, x):
    return d["f"](x) * d["k"]


# Partials


@case(1.3)
def partials(x):
    return powers(x) * quadratic_partial(x)


@case(array(3))
def partial_with_an_array(x):
    return np.sum(combined(x) * nested_partial(x))


# Containers


@case(1.3)
def from_a_dict(x):
    return ACTIVATIONS["square"](x) + ACTIVATIONS["relu"](x)


@case(1.3, "relu", wrt="x")
@case(1.3, "square", wrt="x")
@case(array(3), "tanh", wrt="x")
def by_a_name_given(x, name):
    return np.sum(ACTIVATIONS[name](x) * x)


@case(1.3, 0, wrt="x")
@case(1.3, -3, wrt="x")
@case(1.3, 1, wrt="x")
def by_a_position_given(x, i):
    return FEW[i](x) * x


@case(1.3, 7, wrt="x")
def by_a_position_that_may_not_be(x, i):
    return FEW[i](x) if i < len(FEW) else x * x


@case(1.3)
@case(0.3)
def from_a_dict_by_a_test(x):
    g = ACTIVATIONS["square"] if x > 1 else ACTIVATIONS["tanh"]
    return g(x)


@case(1.3)
def walked_from_outside(x):
    for f in STEPS:
        x = f(x)
    return x


# Defaults


@case(array(3))
def default_array(x):
    return with_array(x) + with_array(x, x, table={"k": 3.0})


# Stars


@case(1.3)
def wrapped_with_stars(x):
    return doubled(x, 3.0, c=x) + doubled(a=x, b=x)


@case(1.3)
def dict_taken_apart(x):
    options = {"c": x, "b": 2.0}
    d = {**options, "c": x * x, "z": 1.0, **{"z": x}}  # noqa: PIE800
    return combine(x, **options) + d["c"] * d["z"] + combine(**{"a": x, **options})


@case(1.3)
def key_given_twice(x):
    d = {"a": x, "b": 2.0, "a": x * x}  # noqa: F601
    return d["a"] * d["b"]


@case((1.3, 2.0), {"c": 0.5})
def arguments_taken_apart(args, kwargs):
    return combine(*args, **kwargs) * args[0]


@refused("CR107", 1.3)
def keyword_given_twice(x):
    return combine(x, b=2.0, **{"b": x})  # noqa: PIE804  # refused


# Higher functions


@case(array(3))
@case(array(1))
def reduced(x):
    return functools.reduce(lambda a, b: a * b, x)


@case(1.3)
def reduced_known(x):
    s = functools.reduce(lambda a, b: a * b + x, [1.0, 2.0, x], 3.0)
    return s * functools.reduce(operator.mul, [x, 2.0, x])


@case(array(4))
def reduced_from(x):
    return functools.reduce(lambda a, b: a * 0.5 + b * b, x, x[0])


@case(1.3)
def composed_by_reduce(x):
    chain = functools.reduce(lambda f, g: lambda v: g(f(v)), [np.sin, np.exp, lambda v: v * v])
    return chain(x)


@case(1.3)
def item_getter(x):
    t = (x, x * x)
    return operator.itemgetter(1)(t) * operator.itemgetter(0)(t)


@case(1.3)
def largest_of_a_map(x):
    return max(map(lambda a, b: a * b, [x, 2 * x], (3.0, x)))


@case(1.3)
def map_unpacked(x):
    a, b = map(lambda v: v * v, (x, 2 * x))  # noqa: C417
    return a * b


@case(1.3)
def map_starred(x):
    f = lambda a, b: a * b + x
    return f(*map(np.sin, [x, 2 * x]))


@case(1.3)
def below_a_cache(x):
    return cached.__wrapped__(x) * x


@refused("CR106", 1.3)
def cached_call(x):
    return cached(x) * x  # refused


# Imports


@case(1.3)
def imported_inside(x):
    import math as m

    from numpy import cos

    return m.sin(x) * cos(x)


@case(array(3, 3) + 2 * np.eye(3))
def imported_inside_with_dots(A):
    import numpy.linalg
    from numpy import linalg as L

    return L.det(A) * numpy.linalg.norm(A)


@case(1.3)
def imported_under_a_name_that_is_reused(x):
    import math as m

    y = m.sin(x)
    m = 2.0
    return y * m


@case(1.3)
@case(-1.3)
def imported_in_a_branch(x):
    if x > 0:
        import math

        return math.exp(x)
    from math import cos

    return cos(x)


@case(array(3, 3) + 2 * np.eye(3))
def module_in_a_name(A):
    la = np.linalg
    return la.det(A)
