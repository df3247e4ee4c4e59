"""Functions that call themselves, directly and through others."""

import numpy as np
from tests.corpus import array, case, refused, signed

WEIGHT = 0.7


@case(1.3, 4, wrt="x")
@case(1.3, 0, wrt="x")
@case(np.float64(1.3), 3, wrt="x")
@case(array(3), 3, wrt="x")
@case(array(2, 3), 2, wrt="x")
def power(x, n):
    return x if n == 0 else x * power(x, n - 1)


@case(1.3, 5, wrt="x")
@case(array(3), 4, wrt="x")
def one_or_product(x, n):
    if n == 0:
        return 1.0
    return x * one_or_product(x, n - 1)


@case(0.4, 6, wrt="x")
@case(array(3), 5, wrt="x")
def fibonacci_like(x, n):
    if n < 2:
        return x**n
    return fibonacci_like(x, n - 1) + np.sin(x) * fibonacci_like(x, n - 2)


@case(0.4, 6, wrt="x")
@case(signed(4), 5, wrt="x")
def chebyshev(x, n):
    if n == 0:
        return x * 0 + 1
    if n == 1:
        return x
    return 2 * x * chebyshev(x, n - 1) - chebyshev(x, n - 2)


def is_even(x, n):
    if n == 0:
        return x
    return np.sin(is_odd(x * 1.1, n - 1))


def is_odd(x, n):
    if n == 0:
        return x * x
    return np.cos(is_even(x, n - 1)) * x


@case(0.7, 4, wrt="x")
@case(array(3), 3, wrt="x")
def mutual(x, n):
    return is_even(x, n) + 2 * is_odd(x, n)


@case(1.5, 3, 1.0)
@case(array(2), 3, array(2))
def with_accumulator(x, n, acc):
    if n == 0:
        return acc
    return with_accumulator(x, n - 1, acc * x + n)


@case(1.5, 3, wrt="x")
def accumulator_from_a_constant(x, n, acc=1.0):
    if n == 0:
        return acc
    return accumulator_from_a_constant(x, n - 1, acc * np.exp(x / n))


@case(array(7))
@case(array(1))
@case(array(8))
def sum_by_halves(x):
    if len(x) == 1:
        return x[0] ** 2
    middle = len(x) // 2
    return sum_by_halves(x[:middle]) + np.sin(sum_by_halves(x[middle:]))


@case(array(5))
def first_and_rest(x):
    if x.size == 0:
        return 0.0
    return np.exp(-x[0]) * (1 + first_and_rest(x[1:]))


@case(1.2, 3, wrt="x")
@case(array(3), 2, wrt="x")
def in_a_loop(x, n):
    total = x
    for i in range(n):
        total = total + in_a_loop(x * 0.9, i) * total
    return total


@case(0.8, 3, wrt="x")
def while_and_break(x, n):
    s = 0.0
    k = 0
    while True:
        if k >= n:
            break
        if k == 1:
            k += 1
            continue
        s = s + np.sin(x * while_and_break(x, k))
        k += 1
    return s + x * x


@case(1.1, 0.3, 2, wrt=("a", "b"))
@case(array(2), array(2), 2, wrt=("a", "b"))
def pair_of_results(a, b, n):
    if n == 0:
        return a, b
    c, d = pair_of_results(a * b, a + b, n - 1)
    return c + d, c * np.cos(d)


@case(1.1, 4, wrt="x")
def one_result_used(x, n):
    if n == 0:
        return x, 2
    y, k = one_result_used(x * x * 0.5, n - 1)
    return y * k, k + 1


@case(array(6))
def divide_and_conquer(x):
    n = len(x)
    if n <= 2:
        return np.sort(x * x)
    half = n // 2
    return np.concatenate((divide_and_conquer(x[:half]) * 2.0, divide_and_conquer(x[half:]) + x[0]))


@case(1.7, 6, wrt="x")
def continued_fraction(x, n):
    return x + 1 / continued_fraction(x, n - 1) if n > 0 else x


@case(lambda t: np.exp(-t * t), 0.1, 1.3, 1e-3, wrt=("a", "b"))
def adaptive_quadrature(f, a, b, tolerance):
    m = (a + b) / 2
    whole = (b - a) / 6 * (f(a) + 4 * f(m) + f(b))
    left = (m - a) / 6 * (f(a) + 4 * f((a + m) / 2) + f(m))
    right = (b - m) / 6 * (f(m) + 4 * f((m + b) / 2) + f(b))
    if abs(left + right - whole) < tolerance:
        return left + right
    return adaptive_quadrature(f, a, m, tolerance / 2) + adaptive_quadrature(f, m, b, tolerance / 2)


@case(0.3, 2, 3, wrt="x")
def ackermann_like(x, m, n):
    if m == 0:
        return x + n * 0.1
    if n == 0:
        return ackermann_like(x * 1.1, m - 1, 1)
    return ackermann_like(ackermann_like(x, m, n - 1) * 0.5, m - 1, n - 1)


@case(array(3), 3, wrt="x")
def result_scaled_in_place(x, n):
    if n == 0:
        return np.exp(x)
    y = result_scaled_in_place(x * 0.5, n - 1)
    y *= x
    return y + np.sin(y)


@case(array(3), 2, wrt="x")
def argument_overwritten_afterwards(x, n):
    x = x.copy()
    if n == 0:
        return x * x
    y = argument_overwritten_afterwards(x, n - 1)
    x[0] = 5.0
    x *= y
    return x * y


@case(array(3), 3, wrt="x")
def results_kept_in_a_loop(x, n):
    if n == 0:
        return np.sin(x)
    total = np.zeros(3)
    for i in range(2):
        y = results_kept_in_a_loop(x * (i + 1), n - 1)
        total += y
        y *= 0.0
    return total * x


@case(1.3, 3, wrt="x")
@case(array(2), 3, wrt="x")
def reads_a_global(x, n):
    return x * WEIGHT if n == 0 else reads_a_global(x, n - 1) * x + WEIGHT


@case({"w": 1.2, "b": array(2)}, 0.4, 3, wrt=("params", "x"))
def parameters_in_a_dict(params, x, n):
    if n == 0:
        return np.sum(params["b"]) * x
    return np.tanh(params["w"] * parameters_in_a_dict(params, x, n - 1) + params["b"][0])


@case(1.4, 3, wrt="x")
def with_keywords(x, n, *, scale=2.0):
    if n == 0:
        return x
    return scale * with_keywords(x, n=n - 1, scale=scale / 2) ** 2


@case(1.4, 3, wrt="x")
def not_differentiated_too(x, n):
    depth = steps(x, n)
    return x**depth


def steps(x, n):
    return 0 if n == 0 else 1 + steps(x, n - 1)


@case(1.4, 4, wrt="x")
def by_a_lambda(x, n):
    return factorial(n) * x


factorial = lambda n: 1 if n == 0 else n * factorial(n - 1)  # noqa: E731


@case(1.2, 2, wrt="x")
def three_ways(x, n):
    if n <= 0:
        return x
    y = three_ways(x, n - 1) * three_ways(x * x, n - 2)
    if y > 1.5:
        return y * three_ways(y * 0.1, n - 1)
    return y


@case(0.9, 3, wrt="x")
def int_or_float(x, n):
    if n == 0:
        return 0
    return x + int_or_float(x, n - 1)


@case(0.25, wrt="x")
def until_small(x):
    if x < 0.15:
        return x
    return until_small(x * 0.5) + x * until_small(x - 0.1 * x - 0.05)


def outer_helper(x, n):
    return inner_helper(x, n) * 2


def inner_helper(x, n):
    return x if n == 0 else np.sin(outer_helper(x, n - 1))


@case(0.6, 3, wrt="x")
def through_a_helper(x, n):
    return outer_helper(x, n) + inner_helper(x * x, n)


@refused("CR117", make=lambda: (array(4), 2), wrt="x")
def writes_to_its_argument(x, n):
    if n > 0:
        x[n] = x[n - 1] * x[n]
        writes_to_its_argument(x, n - 1)  # refused
    return x
