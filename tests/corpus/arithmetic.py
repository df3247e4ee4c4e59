"""Straight lines: operators, rebinding, constants, names that look like those of generated text."""

import math
import operator

import numpy as np
from tests.corpus import array, case, signed


@case(1.3, 0.7)
@case(array(3), array(3))
@case(array(3), 0.7)
@case(np.float64(1.3), np.float64(0.7))
@case(array(2, 3), array(3))
@case(array(2, 3), array(2, 1))
@case(array(1, 3), array(2, 1))
def product(x, y):
    return x * y


@case(1.3, 0.7)
@case(array(3), array(3))
@case(array(1), array(3))
@case(array(2, 1, 3), array(4, 1))
def quotient(x, y):
    return x / y - y / x


@case(1.3, 0.7)
@case(array(3), 0.7)
@case(1.3, array(3))
@case(array(3), array(3))
def power(x, y):
    return x**y


@case(1.3)
@case(-1.3)
@case(signed(4))
def powers(x):
    return x**3 - 2 * x**2 + x**-1 + x**1 + x**0


@case(1.3)
@case(array(3))
def power_of_constant(x):
    return 2**x + 0.5 ** (2 * x) + math.e**x


@case(2.3, 0.7)
@case(array(3) + 3, array(3))
def modulo(x, y):
    return x % y + x // y


@case(1.3)
@case(array(3))
def signs(x):
    return -(-x) + +x - -(x * -2) * -x


@case(1.3)
@case(array(3))
def same_thing_twice(x):
    return x * x + x + x - x / x


@case(1.3)
def identity(x):
    return x


@case(array(3))
def identity_of_array(x):
    return x + 0


@case(1.3)
@case(array(2))
def x_is_x(x):
    x = x
    y = x
    y = y
    x = y
    return x * y


@case(1.3, 0.7)
@case(array(2), array(2))
def swapped(x, y):
    x, y = y, x
    x, y = y * 2, x * 3
    return x * x * y


@case(1.3, 0.7, 2.1)
def rotated(a, b, c):
    a, b, c = c, a, b
    a, b, c = b * c, c, a
    return a + 2 * b + 3 * c


@case(1.3)
@case(array(2))
def rebound(x):
    x = x * 2
    x = x * x
    x = x + x
    return x


@case(1.3)
@case(array(2))
def chained_assignment(x):
    a = b = c = x * 2
    a = a + 1
    return a * b * c


@case(1.3, 0.4)
@case(array(2), array(2))
def generated_names(d, dx):
    a = d * dx
    seed = a * d
    g = seed * a
    ans = g + dx
    l = ans * d
    da = l * a
    return da * seed


@case(1.3, 0.4)
def more_generated_names(seed, seed_):
    result = seed * seed_
    value = result * seed
    return value * result


@case(1.3)
def prefix_taken(x):
    dx = x * 2
    d_x = dx * x
    adj_x = d_x * dx
    return adj_x * x


@case(1.3)
def shadowed_builtins(float):
    sum = float * 2
    list = sum * float
    range = list + sum
    return range * float


@case(1.3)
def shadowed_len(len):
    type = len * len
    return type * 2.0


@case(2.0)
def shadowed_numpy(np):
    return np * np


@case(1.5, 0.25)
def cells_of_words(leave, turns):
    at = leave * turns
    x_saved = at * leave
    return x_saved * at


@case(1.3)
def only_constant_result(x):
    return 3.0


@case(1.3, 0.7)
@case(array(2), array(3))
def unused_argument(x, y):
    return x * 2


@case(1.3, 4)
def int_argument(x, n):
    return x * n + n


@case(1.3, True, "text", None)
def other_arguments(x, flag, word, nothing):
    return x * flag


@case(1.3, 2 + 0)
def int_power(x, n):
    return x**n


@case(1.3)
def annotated_assignment(x: float):
    y: float = x * 2
    z: float
    z = y * y
    return z


@case(1.3)
def long_chain(x):
    return (
        x + 2 * x + 3 * x + 4 * x + 5 * x + 6 * x + 7 * x + 8 * x + 9 * x + 10 * x
        - x * x - 2 * x * x - 3 * x * x - 4 * x * x - 5 * x * x - 6 * x * x - 7 * x * x
    )  # fmt: skip


@case(1.3)
@case(array(3))
def deep_nesting(x):
    return np.sin(np.cos(np.sin(np.cos(np.sin(np.cos(np.sin(x * 2) * 2) * 2) * 2) * 2) * 2) * 2)


@case(1.3)
def with_math(x):
    return (
        math.sin(x) * math.exp(-x)
        + math.log(x) * math.sqrt(x)
        + math.atan2(x, 2.0)
        + math.hypot(x, 1.0)
    )


@case(1.3)
@case(np.float64(1.3))
@case(array(3))
@case(np.array(1.3))
def with_numpy(x):
    return np.sin(x) * np.exp(-x) + np.log(x) * np.sqrt(x) + np.arctan2(x, 2.0) + np.hypot(x, 1.0)


@case(1.3, 0.2)
@case(array(3), array(3))
def operator_functions(x, y):
    return (
        operator.add(operator.mul(x, y), operator.neg(x))
        + operator.truediv(x, y)
        + operator.pow(x, 2)
    )


@case(1.3)
@case(np.float64(1.3))
def round_and_int(x):
    return x * int(x * 3) + round(x * 2) * x


@case(1.3)
def float_of(x):
    return float(x) * 2 + abs(-x)


@case(1.3, 0.7)
def pow_function(x, y):
    return pow(x, y) + pow(x, 2)


@case(1.3, 0.7)
def max_and_min(x, y):
    return max(x, y) * min(x, y) + max(x, 0.5, y * 3)


@case(1.3)
@case(array(3))
def unused_steps(x):
    y = x * 2
    z = y * 3
    y = x * 5
    return y


@case(array(3), array(3))
def matmul_of_vectors(x, y):
    return x @ y


@case(array(2, 3), array(3, 2))
@case(array(2, 3), array(3))
@case(array(3), array(3, 2))
@case(array(4, 2, 3), array(3, 2))
def matmul(x, y):
    return x @ y


@case(1.3)
def augmented_float(x):
    y = x
    y += x
    y *= y
    y -= x * 3
    y /= x
    y **= 2
    return y


@case(array(3))
def augmented_array(x):
    y = x * 1
    y += x
    y *= y
    y -= x * 3
    y /= x
    y **= 2
    return y


@case(1.3, 0.4)
def docstring_kept(x, y):
    """What this is.

    It has two paragraphs.
    """
    return x * y


@case(1.3)
def comments_kept(x):
    # above
    y = x * 2  # beside
    # below

    return y * y  # last


@case(1e3)
def large(x):
    return x * 1e300 * 1e-300 * x


@case(1.3)
def numbers_as_written(x):
    return x * 1_000.0 + x * 1e-3 + x * 0x10 + x * 5.0e0 - x * -1.5 + x * (-2) ** 2


@case(1.3)
def negative_bases(x):
    return (-2) ** 2 * x + -(2**2) * x + (-x) ** 2


@case(0.3)
def bools_as_numbers(x):
    return x * True + (x > 0.2) * x + (not x) * x


@case(1.3)
def ends_without_value_used(x):
    x * 2
    np.sin(x)
    return x * 3


@case(1.3, 0.4)
def normal_distribution(x, s):
    return 0.5 * (1 + math.erf(x / (s * math.sqrt(2)))) * math.erfc(-x)
