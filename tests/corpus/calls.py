"""Calls: helpers, methods, closures, globals, defaults, keyword-only, *args, recursion."""

import functools
import math

import numpy as np
from tests.corpus import array, case, refused

SCALE = 2.5
VECTOR = np.array([1.0, 2.0, 3.0])
TABLE = {"a": 1.5, "b": [2.0, 3.0]}
dy = 3.0
leave = 0.5
turns = 0.25
broken = 0.75
result = 1.25


def square(x):
    return x * x


def cube(x):
    return square(x) * x


def early(x):
    if x > 1:
        return x * x
    return 3 * x


def loop_with_return(x, n):
    y = x
    for i in range(n):
        y = y * x
        if y > 3:
            return y * i
    return -y


def with_defaults(x, y=2.0, *, z=3.0):
    return x * y + z * x


def writes(a):
    a[0] = a[1] * a[1]
    return a


def writes_and_returns_nothing(a, v):
    a *= v
    a[0] = v


def two_results(x):
    return x * x, x + 1


def view_of(a):
    return a[1:]


def y_local(x):
    y = x * 2
    return y * y


def documented(x):
    """A docstring."""
    # a comment
    t = x * 3  # beside
    return t


@case(1.3)
@case(array(3))
def helper(x):
    return square(x) + cube(x)


@case(1.3)
def helper_twice(x):
    return cube(cube(x)) * cube(x)


@case(1.3)
@case(0.3)
def helper_with_early_return(x):
    return early(x) * early(x * 2) + x


@case(1.3, 6)
@case(1.3, 2)
@case(0.3, 2)
def helper_with_loop(x, n):
    y = loop_with_return(x, n)
    return y * loop_with_return(y * 0 + x, 2)


@case(1.3, 3)
def helper_in_loop(x, n):
    y = x
    for i in range(n):
        y = y + early(y) * 0.1
    return y


@case(1.3, 3)
def helper_with_return_in_loop(x, n):
    y = x
    for i in range(n):
        y = y + loop_with_return(x, i) * 0.1
        if y > 1.5:
            break
    return y


@case(1.3)
def defaults(x):
    return (
        with_defaults(x)
        + with_defaults(x, x)
        + with_defaults(x, z=x * x)
        + with_defaults(y=x, x=2.0)
    )


@case(array(3))
def helper_writes(x):
    y = x * 1
    z = writes(y)
    return y * z * x


@case(array(3), 1.3)
def helper_writes_argument(x, v):
    y = x * x
    writes_and_returns_nothing(y, v)
    return y * x


@case(array(3))
def helper_writes_users_argument(x):
    writes(x)
    return x * x


@case(1.3)
def helper_with_tuple(x):
    a, b = two_results(x)
    c = two_results(a)
    return a * b * c[0] + c[1]


@case(array(4))
def helper_gives_view(x):
    y = x * 1
    v = view_of(y)
    v[0] = y[0] * y[3]
    return y * np.sum(v)


@case(1.3)
def helper_with_same_names(x):
    y = x * 5
    z = y_local(y)
    return y * z


@case(1.3)
def helper_with_comments(x):
    # the caller's comment
    return documented(x) * x


@case(1.3)
def global_number(x):
    return x * SCALE


@case(array(3))
def global_array(x):
    return x * VECTOR + np.sum(VECTOR)


@case(1.3)
def global_container(x):
    return x * TABLE["a"] + TABLE["b"][1] * x


@case(1.3, 3)
def globals_with_names_of_generated_text(x, n):
    y = x * dy
    for i in range(n):
        y = y * x * leave
        if y > 100:
            break
        if y < -100:
            return x
    else:
        y = y * turns * broken
    return y * result


@case(1.3, 0.4)
def keyword_only_called(x, y):
    return with_defaults(x, z=y) * y


@case(1.3, kwargs={"y": 0.4})
@case(1.3)
def keyword_only(x, *, y=2.0):
    return x * y


@case(1.3, 0.4)
@case(1.3)
def default_used(x, y=2.0):
    return x * y * y


@case(1.3, 0.4)
def positional_only(x, /, y):
    return x * y


@case(1.3, 0.4, 2.0)
@case(1.3)
def star_args(x, *rest):
    for r in rest:
        x = x * r + r
    return x


@case(1.3, kwargs={"a": 0.4, "b": 2.0})
def star_kwargs(x, **more):
    return x * more["a"] * more["b"]


@case((1.3, 0.4))
def spread_call(p):
    return power_of(*p)


def power_of(a, b):
    return a**b


def make_closure(k, v):
    def inner(x):
        return x * k + v[0] * x

    return inner


closure = case(1.3)(make_closure(2.5, np.array([1.0, 2.0])))
closure_over_list = case(array(3))(make_closure(2.5, [1.0, 2.0]))


def make_closure_of_function(f):
    def applied(x):
        return f(x) * x

    return applied


closure_of_function = case(1.3)(make_closure_of_function(square))
closure_of_closure = case(1.3)(make_closure_of_function(make_closure(2.0, [3.0])))
simple_lambda = case(1.3, 0.4)(lambda x, y: x * y + math.sin(x))
conditional_lambda = case(0.3)(lambda x: x * x if x > 1 else x * 3)
first_lambda, second_lambda = case(1.3)(lambda x: x * 2), case(1.3)(lambda x: x * x)

nested_lambdas = case(1.3)((lambda f: lambda x: f(x) * x)(lambda x: x * x if x > 1 else x))
boolean_lambda = case(1.3, 0.0, wrt=("x",))(lambda x, y: y or x * x)
constant_lambda = case(1.3)(lambda x: 2.0)
twice = lambda x: 2 * x


@case(1.3)
def calls_lambda(x):
    return twice(x) * twice(x * x)


class Model:
    """A class with state."""

    factor = 1.5

    def __init__(self, w):
        self.w = w
        self.history = [1.0, 2.0]

    def loss(self, x):
        return self.w * x * x + self.helper(x)

    def helper(self, x):
        return x * self.factor + self.history[1] * x

    @property
    def double(self):
        return self.w * 2

    def with_property(self, x):
        return self.double * x

    @staticmethod
    def static(x):
        return x * x

    def with_static(self, x):
        return self.static(x) * self.w

    def __call__(self, x):
        return self.loss(x) * x


MODEL = Model(1.7)
method = case(1.3)(MODEL.loss)
method_with_property = case(1.3)(MODEL.with_property)
method_with_static = case(1.3)(MODEL.with_static)
instance = case(1.3)(MODEL)


@case(1.3)
def global_object(x):
    return MODEL.w * x + MODEL.helper(x)


@case(Model(0.7), 1.3, wrt=("x",))
def object_argument(model, x):
    return model.loss(x) * model.w


def two_scales(x, k, j=1.0):
    return x * k * j


partial_applied = case(1.3)(functools.partial(two_scales, k=2.0))
partial_positional = case(1.3)(functools.partial(two_scales, 2.0))


def plain_wrapper(f):
    @functools.wraps(f)
    def wrapper(x):
        return f(x) * 3

    return wrapper


@case(1.3)
@plain_wrapper
def wrapped(x):
    return x * x


@case(1.3)
def calls_wrapped(x):
    return wrapped(x) * x


def recursive(x, n):
    if n == 0:
        return x
    return x * recursive(x, n - 1)


def mutual_a(x, n):
    return x if n == 0 else mutual_b(x, n - 1) * 2


def mutual_b(x, n):
    return x if n == 0 else mutual_a(x, n - 1) * x


@case(1.3, 3, wrt="x")
def calls_recursive(x, n):
    return recursive(x, n)


@case(1.3, 3, wrt="x")
def itself(x, n):
    if n == 0:
        return x
    return x * itself(x, n - 1)


@case(1.3, wrt="x")
def calls_mutual(x):
    return mutual_a(x, 3)


@case(1.3)
def calls_a_parameter(x, f=square):
    g = [f, f][0]
    return g(x)


@refused("CR106", 1.3)
def undefined_name(x):
    return x * not_defined_anywhere  # noqa: F821  # refused


@case(1.3)
def inner_function(x):
    def inner(y):
        return y * x

    return inner(x)


@case(1.3)
def inner_lambda(x):
    f = lambda y: y * x
    return f(x)


@refused("CR103", 1.3)
def no_rule(x):
    return math.gamma(x) * x  # refused


@case(Model(1.0), 1.3, wrt="x")
def attribute_stored(model, x):
    model.w = x * 2
    return model.w


class Layer:
    """A class whose instances are called."""

    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return np.tanh(x * self.w)


class Network:
    """A class that holds instances which are called."""

    def __init__(self):
        self.first = Layer(0.7)
        self.layers = [Layer(0.3), Layer(1.2)]

    def forward(self, x):
        return self.first(x) * x


LAYER = Layer(1.1)
NETWORK = Network()


@case(1.3)
@case(array(3))
def called_instance(x):
    return LAYER(x) * LAYER.w


@case(1.3)
def called_attribute(x):
    return NETWORK.first(x) * NETWORK.forward(x)


@case(LAYER, 1.3, wrt=("x",))
def called_argument(layer, x):
    return layer(x) * x


layers_of_method = case(1.3)(NETWORK.forward)
