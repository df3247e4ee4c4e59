"""Branches: statements, ternaries, short circuits, chained comparisons."""

import math

import numpy as np
from tests.corpus import array, case, signed


@case(1.3)
@case(-1.3)
def two_sides(x):
    if x > 0:
        y = x * x
    else:
        y = -3 * x
    return y * x


@case(1.3)
@case(0.3)
def one_side(x):
    y = x
    if x > 1:
        y = y * x
    return y * 2


@case(1.3)
@case(0.3)
@case(-0.3)
def three_ways(x):
    if x > 1:
        y = x * x
    elif x > 0:
        y = x * x * x
    else:
        y = -x
    return y


@case(1.3, 0.4)
@case(0.3, 0.4)
@case(0.3, 0.1)
def nested(x, y):
    if x > 1:
        if y > 0.2:
            z = x * y
        else:
            z = x
        z = z * z
    else:
        if y > 0.2:
            z = y * y
        else:
            z = 7.0
    return z * x


@case(1.3)
@case(0.3)
def early_return(x):
    if x > 1:
        return x * x
    y = x * 3
    return y * y


@case(1.3)
@case(0.3)
@case(-0.3)
def early_returns(x):
    y = x * 2
    if x > 1:
        y = y * y
        return y
    if x < 0:
        return -y
    y = y * 5
    return y * x


@case(1.3, True)
@case(1.3, False)
def return_from_one_side(x, flag):
    if flag:
        y = x * 2
        if x > 1:
            return y * x
    else:
        y = x * 3
    return y * y


@case(1.3)
@case(0.3)
def rebound_with_another_type(x):
    y = 1
    if x > 1:
        y = x * x
    return y * x


@case(1.3)
@case(0.3)
def array_or_float(x):
    if x > 1:
        y = np.array([x, x * x])
    else:
        y = x
    return y * x


@case(1.3, 4)
@case(1.3, -4)
def test_of_int(x, n):
    if n > 0:
        x = x * n
    return x


@case(1.3)
@case(0.3)
def ternary(x):
    return (x * x if x > 1 else 3 * x) * x


@case(1.3)
@case(0.3)
def ternary_in_call(x):
    return math.sin(x * x if x > 1 else 3 * x) + max(x if x > 1 else -x, 0.0)


@case(1.3)
@case(0.3)
@case(-0.3)
def ternary_of_ternaries(x):
    return x if x > 1 else x * x if x > 0 else x * x * x


@case(1.3)
@case(0.3)
def ternary_named(x):
    y = x * x if x > 1 else 3 * x
    z = y if y > 1 else x
    return y * z


@case(1.3)
@case(0.3)
@case(-0.3)
def chained_comparison(x):
    if 0 < x < 1:
        return x * x
    if -1 < x <= 0 < x + 2:
        return x * 5
    return x * x * x


@case(1.3, 0.0, wrt=("x",))
@case(1.3, 0.4)
def short_circuit_guards(x, y):
    if y != 0 and x / y > 1:
        return x / y
    return x * x


@case(1.3, 0.0, wrt=("x",))
@case(1.3, 0.4)
def value_of_or(x, y):
    return (y or x) * x


@case(1.3, 0.0, wrt=("x",))
@case(1.3, 0.4)
def value_of_and(x, y):
    return (y and x * x) * 1.0 + x


@case(1.3, 0.4)
@case(0.3, 0.4)
@case(0.3, 1.4)
def boolean_mix(x, y):
    if (x > 1 or y > 1) and not (x > 1 and y > 1):
        return x * y
    return x + y


@case(1.3, None)
@case(1.3, 0.5)
def none_or_number(x, y=None):
    if y is None:
        y = x * x
    return y * x


@case(1.3, None)
@case(1.3, 0.5)
def none_ternary(x, y=None):
    scale = 2.0 if y is None else y
    return scale * x


@case(1.3, "double")
@case(1.3, "square")
@case(1.3, "other")
def on_a_string(x, mode):
    if mode == "double":
        return 2 * x
    elif mode == "square":
        return x * x
    return x


@case(array(3))
@case(-array(3))
def on_a_reduction(x):
    if np.sum(x) > 0:
        return np.sum(x * x)
    return np.sum(x) * 3


@case(array(3))
@case(-array(3))
def on_any(x):
    if (x > 1).any():
        y = x * x
    else:
        y = -x
    return y.sum()


@case(signed(5))
def where(x):
    return np.where(x > 0, x * x, -3 * x)


@case(1.3)
@case(0.3)
def bound_in_one_side_only(x):
    if x > 1:
        extra = x * x
        y = extra + x
    else:
        y = x
    return y


@case(1.3)
@case(0.3)
def bound_again_below(x):
    if x > 1:
        t = x * x
        y = t * 2
    else:
        t = 3 * x
        y = t * t
    t = y * x
    return t


@case(1.3)
@case(0.3)
def swap_in_a_branch(x):
    a, b = x, x * x
    if x > 1:
        a, b = b, a
    return a * 3 + b


@case(1.3, 2.0)
def branch_that_changes_the_test(x, y):
    if x > y - 1:
        y = y * x
        x = x * y
    if x > y:
        y = y + x
    return x * y


@case(1.3)
@case(0.3)
def assert_and_branch(x):
    assert x > 0, f"not {x}"
    if x > 1:
        assert x < 10
        x = x * x
    return x


@case(1.3)
def raise_on_the_other_side(x):
    if x < 0:
        raise ValueError("negative")
    return math.sqrt(x)


@case(1.3)
def raise_in_else(x):
    if x > 0:
        y = x * x
    else:
        raise ValueError(f"not positive: {x}")
    return y * x


@case(1.3)
@case(0.3)
def pass_side(x):
    if x > 1:
        pass
    else:
        x = x * x
    return x


@case(1.3)
@case(0.3)
def both_sides_equal(x):
    if x > 1:
        y = x * 2
    else:
        y = x * 2
    return y


@case(1.3)
@case(0.3)
def tuple_from_sides(x):
    if x > 1:
        a, b = x * x, x
    else:
        a, b = x, 3 * x
    return a * b


@case(1.3)
@case(0.3)
def store_in_a_branch(x):
    a = np.zeros(3)
    a[0] = x
    if x > 1:
        a[1] = a[0] * x
        a[0] = a[1] * a[1]
    else:
        a[2] = a[0] * 3
    return a


@case(array(3), True)
@case(array(3), False)
def update_in_a_branch(x, flag):
    y = x * 2
    z = y * y
    if flag:
        y += z
        y *= z
    return y * z


@case(array(3), True)
@case(array(3), False)
def argument_written_in_a_branch(x, flag):
    s = np.sum(x * x)
    if flag:
        x[0] = s * x[1]
        x[1:] *= x[0]
    return np.sum(x * x) + s


@case(1.3)
def constant_test(x):
    if 1 > 2:
        return x * 100
    if True:
        x = x * x
    return x


@case(0.5)
@case(1.5)
def result_of_comparison(x):
    big = x > 1
    small = not big
    return big * x * x + small * 3 * x


@case(1.3)
@case(0.3)
def in_a_tuple(x):
    k = int(x)
    if k in (0, 2):
        return x * x
    return 3 * x


@case(1.3, (1.0, 2.0))
def is_and_is_not(x, pair):
    if pair is not None and pair[0] is not x:
        x = x * pair[1]
    return x


@case(0.3)
@case(1.3)
def deep_elifs(x):
    if x < 0.1:
        y = x
    elif x < 0.2:
        y = 2 * x
    elif x < 0.4:
        y = x * x
    elif x < 0.8:
        y = 3 * x
    elif x < 1.6:
        z = x * x
        y = z * z
    else:
        y = 0.0
    return y


@case(1.3)
@case(0.3)
def else_with_if_and_more(x):
    if x > 1:
        y = x * x
    else:
        y = x
        if x > 0.2:
            y = y * 4
        y = y * x
    return y


@case(1.3)
def deleted(x):
    y = x * x
    del x
    return y
