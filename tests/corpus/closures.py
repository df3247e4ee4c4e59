"""Functions as values: nested, shared variables, chosen, kept in containers, walked, partial, decorated."""

import functools

import numpy as np
from tests.corpus import array, case, refused, signed


def make_adder(a):
    def add(v):
        return v * a

    return add


def make_pair(x):
    total = x

    def add(v):
        nonlocal total
        if v > 1.0:
            total = total + v * v
            return total
        total = total * 2
        return v

    def get():
        return total

    return add, get


def apply(f, x):
    return f(x) * 2


def twice(f):
    @functools.wraps(f)
    def wrapped(*args):
        return 2 * f(*args)

    return wrapped


# Nested functions


@case(1.3)
@case(array(3))
def nested(x):
    def square(v):
        return v * v * x

    return square(x) + square(2.0)


@case(1.3)
def nested_of_nested(x):
    def outer(v):
        def inner(w):
            return w * v * x

        return inner(v) + inner(x)

    return outer(2 * x)


@case(1.3)
def lambda_called_where_it_stands(x):
    return (lambda v: v * v)(x)


@case(1.3)
def lambdas_on_one_line(x):
    return (lambda v: v * x)(x) + (lambda v: v + x)(x) * (lambda: x)() + (lambda: 2.0)()


@case(1.3)
def lambda_in_lambda(x):
    return (lambda v: (lambda w: w * v)(x) + (lambda w: w - v)(x))(x * x)


@case(1.3)
def default_is_evaluated_at_definition(x):
    k = x
    f = lambda v, k=k * 2: v * k
    k = 100.0
    return f(x) + f(x, 3.0) + f(x, k=x)


@case(1.3)
def default_keyword_only(x):
    def f(v, *, k=x * x, m=2.0):
        return v * k + m

    return f(x) + f(x, m=x)


@case(1.3)
def lambda_as_default(x):
    def f(v, g=lambda w: w * x):
        return g(v) * v

    return f(x) + f(x, np.sin)


@case(1.3)
def name_is_read_at_the_call(x):
    k = 2.0
    f = lambda v: v * k
    y = f(x)
    k = x
    return y * f(x)


@case(1.3)
def name_is_bound_after_the_definition(x):
    def f(v):
        return g(v) * k

    def g(v):
        return v * v

    k = x
    return f(x)


@case(1.3)
def named_after_its_parameter(x):
    f = lambda x: x * x
    return f(x * 2) + x


@case(array(3))
def closure_over_array_written_since(x):
    y = x * 2
    f = lambda i: y[i] * y[i]
    a = f(0)
    y[0] = x[1] * x[2]
    return a + f(0) * f(1)


@case(array(3))
def closure_writes_an_array(x):
    y = x * 1.0

    def scale(i, v):
        y[i] *= v

    scale(0, x[1])
    z = y * y
    scale(1, y[0])
    return np.sum(z * y)


@case(array(4))
def closure_writes_in_a_loop(x):
    y = np.zeros(4)

    def put(i):
        if x[i] > 1.0:
            y[i] = x[i] * x[i]
        else:
            y[i] += x[i - 1]

    for i in range(4):
        put(i)
    return np.sum(y * y)


@case(1.3)
def passed_to_a_helper(x):
    return apply(np.sin, x) + apply(lambda v: v * v * x, x)


@case(1.3)
def passed_on_and_on(x):
    def compose(f, g):
        return lambda v: f(g(v))

    h = compose(np.sin, compose(lambda v: v * x, np.exp))
    return h(x) * h(0.5)


@case(1.3)
def returned(x):
    return make_adder(x)(x) + make_adder(2.0)(x)


@case(1.3)
def two_of_one_code(x):
    f, g = make_adder(x), make_adder(x * x)
    return f(x) * g(x)


@case(1.3)
def bound_to_another_name(x):
    f = make_adder(x)
    g = f
    f = make_adder(3.0)
    return f(x) * g(x)


@case(1.3)
def swapped(x):
    f, g = np.sin, lambda v: v * v
    f, g = g, f
    return f(x) * g(2 * x)


@case(1.3)
def closure_with_early_return(x):
    def clip(v):
        if v > 2.0:
            return v * 0.1
        if v < 0.5:
            return x
        return v * v

    return clip(x) + clip(3 * x) + clip(0.1 * x)


@case(1.3)
def closure_with_loop(x):
    def power(v, n):
        y = 1.0
        for _ in range(n):
            y = y * v
            if y > 3:
                return y * x
        return y

    return power(x, 2) + power(x, 9)


# Shared variables


@case(1.3)
def nonlocal_assigned(x):
    s = 0.0

    def add(v):
        nonlocal s
        s = s + v * v

    add(x)
    add(2 * x)
    return s


@case(1.5)
@case(0.5)
@case(2.5)
def nonlocal_in_branch_and_loop(x):
    n = 0.0

    def inc(v):
        nonlocal n
        n += v * x
        return n

    for i in range(3):
        if x > i:
            inc(x)
        else:
            n = n * x
    return n * inc(2.0)


@case(1.3)
def nonlocal_after_its_frame(x):
    add, get = make_pair(x)
    y = add(x)
    for i in range(3):
        y = y * add(x * i)
    return y + get() * x


@case(1.3)
def nonlocal_twice_at_once(x):
    add, get = make_pair(x)
    add_2, get_2 = make_pair(x * x)
    add(x)
    add_2(get() * x)
    return get() * get_2()


@case(1.3)
def nonlocal_through_levels(x):
    a = x

    def f():
        b = a * 2

        def g():
            nonlocal a, b
            a = a * b
            b = b + 1
            return a

        y = g()
        return y * b

    return f() * a


@case(1.3)
def nonlocal_in_while(x):
    s = x

    def step():
        nonlocal s
        s = s * 1.5
        return s < 10

    while s < 8:
        go = step()
        if not go:
            break
    return s * x


@case(1.3)
def nonlocal_and_return_in_loop(x):
    s = x

    def walk(n):
        nonlocal s
        for i in range(n):
            s = s * x
            if s > 3.0:
                s = s + x
                return s * i
        return s

    return walk(2) + walk(9) * s


@case(array(3))
def nonlocal_array(x):
    y = x

    def rebind():
        nonlocal y
        y = y * x

    def write():
        y[0] = x[1] * 3

    rebind()
    write()
    rebind()
    return np.sum(y * x)


@case(1.3)
def shared_before_it_is_assigned(x):
    def get():
        return s * x

    s = x * 2
    y = get()
    if x > 1:
        s = s * x
    return y + get()


# Choice


@case(1.2)
@case(-1.2)
def chosen_by_ternary(x):
    return (np.sin if x > 0 else np.cos)(x)


@case(1.2)
@case(-3.0)
@case(-1.0)
def chosen_by_if(x):
    if x > 0:
        f = np.sin
    elif x < -2:
        f = lambda v: v * x
    else:
        f = make_adder(x * 3)
    return f(x) + f(2 * x)


@case(1.2)
@case(0.2)
def chosen_or_none(x):
    f = None
    if x > 1:
        f = np.sin
    if f is not None:
        x = f(x)
    return x * x


@case(1.2)
@case(0.2)
def chosen_or_none_said_otherwise(x):
    f = np.sin if x < 1 else None
    if f is None:
        return x * x
    return f(x) * f(2 * x)


@case(1.2)
@case(0.2)
def chosen_by_truth(x):
    f = np.sin if x < 1 else None
    if f:
        x = f(x)
    return x * 2


@case(1.2)
@case(0.2)
def chosen_with_different_defaults(x):
    if x > 1:
        f = lambda v, k=x * x: v * k
    else:
        f = lambda v, k=3.0: v + k * x
    x = x * 2
    return f(x)


@case(array(3))
@case(array(3) - 2)
def chosen_by_an_array_written_since(x):
    m = x[:1] * 1.0
    f = np.sin if m > 0 else np.cos
    m[0] = -m[0]
    return np.sum(f(x)) + np.sum(f(2 * x))


@case(1.2)
@case(-1.2)
def chosen_and_not_called(x):
    f = np.sin if x > 0 else np.cos  # noqa: F841
    return x * x


@case(1.3)
@case(-1.3)
def chosen_in_a_loop(x):
    s = 0.0
    for i in range(4):
        f = np.sin if x * i > 2 else np.cos
        s = s + f(x * i)
    return s


@case(1.2)
@case(-1.2)
def chosen_with_shared_variable(x):
    s = x

    def double(v):
        nonlocal s
        s = s * 2
        return v * s

    f = double if x > 0 else np.sin
    y = f(x)
    return y * s + f(s)


# Containers


@case(1.3)
def in_a_dict(x):
    d = {"sin": np.sin, "sq": lambda v: v * v}
    return d["sin"](x) * d["sq"](x)


@case(1.3)
def in_a_list_and_a_tuple(x):
    fs = [np.sin, lambda v: v * x]
    gs = (lambda v: v + x, fs)
    return fs[-1](x) + gs[0](x) * gs[1][0](x) + fs[0](x)


@case(1.3)
def beside_data(x):
    layer = {"w": x * 2, "act": lambda v: v * v, "b": 1.0}
    return layer["act"](layer["w"] * x + layer["b"])


@case(1.3)
def walked(x):
    for f in [np.sin, np.cos, lambda v: v * v]:
        x = f(x)
    return x


@case(1.2)
@case(0.05)
@case(-0.5)
def walked_with_exits(x):
    for f in [np.sin, lambda v: v * v, np.exp]:
        x = f(x)
        if x > 0.8:
            break
        if x < 0.1:
            continue
        x = x * 2
    else:
        x = x * 3
    return x


@case(1.2)
@case(0.1)
def walked_with_return(x):
    y = x
    for f in (np.sin, lambda v: v * v):
        y = f(y) * 2
        if y > 1.5:
            return y * x
    return y


@case(1.3)
def walked_items(x):
    acts = {"a": np.tanh, "b": lambda v, k=x: v * k, "c": lambda v: v + 1}
    s = 0.0
    for _, f in acts.items():
        s = s + f(x)
    for f in acts.values():
        s = s * f(x)
    for k in acts:
        s = s + acts[k](s)
    return s


@case(1.3)
def walked_with_weights(x):
    s = 0.0
    for f, w in zip([np.sin, np.cos], [x, 2.0]):
        s = s + w * f(x)
    for i, f in enumerate((np.exp, lambda v: v * v)):
        s = s + i * f(x)
    for f in reversed([np.sin, lambda v: 1 / v]):
        s = f(s)
    return s


@case(1.3)
def walked_inside_a_loop(x):
    fs = [np.sin, lambda v: v * 1.5]
    for _ in range(3):
        for f in fs:
            x = f(x)
    return x


@case([np.tanh, np.sin], array(3), wrt="x")
def walked_argument(fs, x):
    for f in fs:
        x = f(x)
    return np.sum(x)


# Loops


@case(1.3)
def made_in_a_loop(x):
    s = 0.0
    for i in range(4):
        f = lambda v: v * i + x  # noqa: B023
        s = s + f(x)
    return s * f(x)


@case(1.3)
def made_in_a_loop_with_default(x):
    s = 0.0
    for i in range(4):
        f = lambda v, i=i: v * i + x
        s = s + f(x)
        i = 7
        s = s + f(x, 2)
    return s


@case(1.3)
def made_by_a_helper_in_a_loop(x):
    s = 0.0
    for i in range(4):
        f = make_adder(x * i)
        s = s + f(x)
    return s


@refused("CR106", 1.3)
def handed_from_turn_to_turn(x):
    f = np.sin
    for _ in range(3):
        x = f(x)  # refused
        f = np.cos
    return x


# Partial and decorated


@case(1.3)
def partial_of_a_ufunc(x):
    f = functools.partial(np.power, x)
    return f(3.0) * f(x)


@case(1.3)
def partial_of_a_closure(x):
    def f(a, b, *, c=2.0):
        return a * b + c * x

    g = functools.partial(f, x, c=x * x)
    h = functools.partial(g, 3.0)
    return g(2.0) * h() + g(x, c=1.0)


@case(1.3)
def decorated_inside(x):
    @twice
    @twice
    def g(v, k=3.0):
        return v * v * k * x

    return g(x) + g(x, 2.0)


@case(1.3)
def decorated_by_a_lambda(x):
    @(lambda f: lambda v: f(v) * x)
    def g(v):
        return v * v

    return g(x)


@twice
def decorated_outside(x):
    return x * x


@case(1.3)
def calls_a_decorated(x):
    return decorated_outside(x) * x


case(1.3)(decorated_outside)
case(signed(3))(twice(lambda v: np.sum(v * v * v)))


@case(0.5)
def a_test_that_changes_something_and_else(x):
    count, total = 0, x

    def more():
        nonlocal count, total
        count = count + 1
        total = total * (1 + x)
        return count < 4

    y = x
    while more():
        y = y * total
    else:
        y = y + total * total
    return y * total
