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


@case(0.7)
@case(array(3))
def local_function(x):
    def go(n):
        return x if n == 0 else x * go(n - 1)

    return go(4)


@case(0.7, 2, wrt="x")
@case(array(2), 2, wrt="x")
def local_function_with_a_helper(x, n):
    scale = np.sin(x)

    def helper(v):
        return v * scale

    def go(y, k):
        if k == 0:
            return helper(y)
        return helper(go(y * y, k - 1)) + x

    return go(x, n)


@case(0.7)
def local_lambda(x):
    product = lambda n: 1.0 if n == 0 else x * n * product(n - 1)  # noqa: E731
    return product(3)


@case(0.7)
def local_and_mutual(x):
    def even(n):
        return x if n == 0 else odd(n - 1) * x

    def odd(n):
        return 2 * x if n == 0 else np.sin(even(n - 1))

    return even(4) + odd(2)


@case(0.7)
def local_and_not_differentiated(x):
    def count(n):
        return 0 if n == 0 else 1 + count(n - 1)

    return x ** count(3)


@case(0.9)
def local_function_given_to_recursion(x):
    return adaptive_quadrature(lambda t: np.exp(-x * t * t), 0.0, 1.0 + x, 1e-3)


@case(0.9)
def default_from_around(x):
    def rec(n, acc=x * x):
        return acc if n == 0 else rec(n - 1) * np.cos(acc)

    return rec(3)


@case(0.9)
def given_itself(x):
    def apply(self, n):
        return x if n == 0 else x * self(self, n - 1)

    return apply(apply, 3)


@case(0.6, 3, wrt="x")
@case(array(3), 2, wrt="x")
def variable_around_assigned(x, n):
    total = x * 0.0

    def visit(k, weight):
        nonlocal total
        total = total + np.sin(x * weight)
        if k > 0:
            visit(k - 1, weight * 0.5)
            visit(k - 1, weight + 1.0)

    visit(n, 1.0)
    return total * total


@case(0.6, 4, wrt="x")
def counted_in_a_variable_around(x, n):
    count = 0

    def fib(k):
        nonlocal count
        count += 1
        return x if k < 2 else fib(k - 1) * x + fib(k - 2)

    y = fib(n)
    return y * count


@case(0.6)
def around_changes_between_calls(x):
    factor = x

    def go(n):
        return factor if n == 0 else go(n - 1) * factor

    first = go(2)
    factor = first * 2.0
    return first + go(1)


@refused("CR117", 0.7)
def continuations(x):
    def go(n, k):
        return k(x) if n == 0 else go(n - 1, lambda v: k(v * x))  # refused

    return go(3, lambda v: v)


@refused("CR117", make=lambda: (array(4), 2), wrt="x")
def writes_to_its_argument(x, n):
    if n > 0:
        x[n] = x[n - 1] * x[n]
        writes_to_its_argument(x, n - 1)  # refused
    return x


@case(0.4, 3, wrt="x")
def variable_around_and_early_exit(x, depth):
    points = np.zeros(2)

    def move(d, angle):
        nonlocal points
        if d == 0:
            points = points + np.array([np.cos(angle), np.sin(angle)]) * x
            return
        move(d - 1, angle + x)
        move(d - 1, angle - x)

    move(depth, 0.3)
    return points


@case(0.7)
def three_levels(x):
    def outer(k):
        def inner(j):
            return x if j == 0 else outer(j - 1) * x

        return inner(k) + x

    return outer(3)


@case(1.5, 4, wrt="x")
def nothing_returned_below(x, n):
    if n < 0:
        return None
    below = nothing_returned_below(x, n - 2)
    if below is None:
        return x
    return below * x + n


@case(array(3, 3))
def determinant(a):
    if a.shape[0] == 1:
        return a[0, 0]
    total = 0.0
    for j in range(a.shape[0]):
        minor = np.delete(np.delete(a, 0, axis=0), j, axis=1)
        total += (-1) ** j * a[0, j] * determinant(minor)
    return total


@case(array(3), 2, wrt="x")
def filled_element_by_element(x, n):
    y = np.zeros_like(x)
    for i in range(len(x)):
        if n > 0:
            y[i] = filled_element_by_element(x * 0.5, n - 1)[i] + x[i] ** 2
        else:
            y[i] = x[i]
    return y


@case(array(2, 2), 5, wrt="a")
def matrix_power(a, n):
    if n == 0:
        return np.eye(2)
    if n % 2:
        return a @ matrix_power(a, n - 1)
    half = matrix_power(a, n // 2)
    return half @ half


def large(x, y):
    a = np.sin(x * y)
    b = a * x + y
    c = np.exp(-b * b)
    d = c + a * b
    e = np.sqrt(1.0 + d * d)
    f = e / (1.0 + a * a)
    g = np.cos(f) * d
    h = g + f * e
    for _ in range(2):
        h = h * 0.5 + np.tanh(h)
        g = g + h
        f = f * g
    if np.sum(h) > 0:
        k = h * h + f
    else:
        k = h - f
    m = k * a + b
    n = m / (1.0 + m * m)
    o = n * c + d
    p = o - e * 0.1
    q = p * p + 1.0
    r = np.log(q)
    s = r * x
    t = s + y
    u = t * 0.3
    v = u - 0.2 * s
    w = v + a
    return w * u


@case(0.7, 0.4)
@case(array(3), 0.4)
@case(array(3), array(3))
def called_from_several_places(x, y):
    first = large(x, y)
    second = large(y, first)
    third = large(first * second, x)
    return first + second * third + large(third, 0.5)


@case([lambda x: x * x, lambda x: np.sin(x) * x], 0.7, 3, wrt="x")
@case([lambda x: x * x, np.exp], array(2), 2, wrt="x")
def chosen_when_it_runs(functions, x, n):
    for i in range(n):
        x = functions[i % 2](x) + x
    return x


FUNCTIONS = {"square": lambda x: x * x, "wave": lambda x: np.sin(3 * x)}


@case(0.7, "wave", wrt="x")
def looked_up_when_it_runs(x, name):
    return FUNCTIONS[name](x) * x
