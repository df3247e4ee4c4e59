"""`for` loops: over ranges, arrays and lists; nested; with break, continue, else and return; that run zero times."""

import math

import numpy as np
from tests.corpus import array, case, signed


@case(1.3, 4)
@case(1.3, 1)
@case(1.3, 0)
def repeated_product(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


@case(1.3, 4)
@case(1.3, 0)
def with_index(x, n):
    y = x
    for i in range(n):
        y = y * x + i
    return y


@case(1.3, 4)
def both_carried(x, n):
    a, b = x, 1.0
    for _ in range(n):
        a, b = b * x, a + b
    return a * b


@case(1.3, 3)
def fibonacci_of_products(x, n):
    a = x
    b = x * x
    for i in range(n):
        t = a * b
        a = b
        b = t
    return b


@case(array(4))
@case(array(1))
@case(np.zeros(0), gradient=(np.zeros(0),))
def over_array(xs):
    y = 1.0
    for x in xs:
        y = y * x + x * x
    return y


@case(array(3, 2))
def over_rows(m):
    y = 1.0
    for row in m:
        y = y * np.sum(row * row)
    return y


@case([1.3, 0.4, 2.0])
@case((1.3, 0.4, 2.0))
@case([1.3])
def over_list(xs):
    y = 1.0
    for x in xs:
        y = y * x + x
    return y


@case([array(2), array(2), array(2)])
def over_list_of_arrays(xs):
    y = 1.0
    for x in xs:
        y = y * x + x
    return y


@case(array(3), array(3))
@case([1.0, 2.0], [3.0, 0.5])
def over_zip(xs, ys):
    total = 0.0
    for x, y in zip(xs, ys):
        total = total * x + y * y
    return total


@case(array(4), array(2))
def over_uneven_zip(xs, ys):
    total = 0.0
    for x, y in zip(xs, ys):
        total = total * x + y * y
    return total


@case(array(3))
@case([1.0, 2.0, 0.5])
def over_enumerate(xs):
    total = 1.0
    for i, x in enumerate(xs):
        total = total * x + i * x
    return total


@case(array(3), array(3))
def over_enumerate_zip(xs, ys):
    total = 1.0
    for i, (x, y) in enumerate(zip(xs, ys)):
        total = total * x + i * y
    return total


@case(array(5))
def ranges_with_steps(x):
    s = 0.0
    for i in range(1, 5, 2):
        s = s * x[0] + x[i] * x[i - 1]
    for i in range(4, -1, -2):
        s = s * x[1] + x[i]
    return s


@case(1.3, 5)
def break_at_a_value(x, n):
    y = x
    for i in range(n):
        y = y * x
        if y > 2.5:
            break
    return y


@case(1.3, 5)
@case(0.3, 5)
@case(1.3, 0)
def break_before(x, n):
    y = x
    for i in range(n):
        if y > 2.5:
            break
        y = y * x
    return y


@case(1.3, 6)
def continue_(x, n):
    y = x
    for i in range(n):
        if i % 2 == 0:
            continue
        y = y * x + i
    return y


@case(1.3, 6)
def break_and_continue(x, n):
    y = x
    for i in range(n):
        if i == 1:
            continue
        y = y * x
        if y > 3:
            break
        y = y + x
    return y * x


@case(1.3, 9)
@case(1.3, 2)
@case(1.3, 0)
def return_from_loop(x, n):
    y = x
    for i in range(n):
        y = y * x
        if y > 4:
            return y * y
    return -y


@case(1.3, 5)
@case(1.3, 0)
def for_else_without_break(x, n):
    y = x
    for i in range(n):
        y = y * x
    else:
        y = y + 3 * x
    return y


@case(1.3, 9)
@case(1.3, 2)
@case(1.3, 0)
def for_else(x, n):
    y = x
    for i in range(n):
        y = y * x
        if y > 4:
            break
    else:
        y = y * 10
    return y * y


@case(1.3, 9)
@case(1.3, 2)
def for_else_with_return(x, n):
    y = x
    for i in range(n):
        y = y * x
        if y > 4:
            break
    else:
        return x * 7
    return y * y


@case(1.1, 3, 4)
@case(1.1, 0, 4)
@case(1.1, 3, 0)
def nested_loops(x, n, m):
    y = x
    for i in range(n):
        for j in range(m):
            y = y * x + i * j
        y = y + x
    return y


@case(1.1, 4, 4)
def nested_with_inner_break(x, n, m):
    y = x
    for i in range(n):
        for j in range(m):
            if j > i:
                break
            y = y * x
        y = y + x
    return y


@case(1.1, 4, 4)
def nested_with_outer_break(x, n, m):
    y = x
    for i in range(n):
        t = 1.0
        for j in range(m):
            t = t * x + y
        y = y + t
        if y > 20:
            break
    return y


@case(1.1, 4, 4)
@case(0.3, 4, 4)
def return_from_nested(x, n, m):
    y = x
    for i in range(n):
        for j in range(m):
            y = y * x + j * x
            if y > 9:
                return y * x * i
        y = y + x
    return y


@case(1.1, 4, 4)
@case(0.25, 4, 4)
def nested_else(x, n, m):
    y = x
    for i in range(n):
        for j in range(m):
            y = y * x + 0.1 * x
            if y > 1.95:
                break
        else:
            y = y * 3 * x
            continue
        y = y - x
        if y > 3:
            break
    else:
        y = y * y
    return y


@case(1.1, 3)
def three_deep(x, n):
    y = x
    for i in range(n):
        for j in range(i):
            for k in range(j + 1):
                y = y * x + k
            y = y * x
        y = y + x * i
    return y


@case(1.3, 4)
def loop_variable_after(x, n):
    for i in range(n):
        y = x * i
    return y * i


@case(1.3, 4)
def first_bound_inside(x, n):
    total = 0.0
    for i in range(n):
        t = x * i
        u = t * t
        total = total + u
    return total * u + t


@case(1.3, 4)
def bound_inside_one_branch(x, n):
    total = x
    for i in range(n):
        if i % 2:
            t = total * x
        else:
            t = total + x
        total = t * t * 0.5
    return total


@case(1.3, 4)
def bound_in_an_earlier_turn(x, n):
    total = x
    for i in range(n):
        if i == 0:
            first = total * x
        total = total + first * x
    return total


@case(1.3, 4)
def int_that_becomes_float(x, n):
    y = 1
    for i in range(n):
        y = y * x
    return y


@case(1.3, 2)
@case(1.3, 0)
def int_accumulator(x, n):
    s = 0
    for i in range(n):
        s += x * i
    return s


@case(array(3), 2)
@case(array(3), 0)
def zero_that_becomes_array(x, n):
    s = 0
    for i in range(n):
        s = s + x * i
    return s * x


@case(1.3, 3)
def swap_in_a_loop(x, n):
    a, b = x, x * x
    for _ in range(n):
        a, b = b, a
        a = a * x
    return a * 2 + b


@case(1.3, 3)
def not_carried(x, n):
    for i in range(n):
        y = x * x
    return y


@case(array(5))
def test_on_items(xs):
    total = 0.0
    for x in xs:
        if x > 1:
            total = total + x * x
        elif x > 0.7:
            total = total * x
        else:
            continue
        total = total * 1.1
    return total


@case(signed(5))
def break_on_item(xs):
    total = 1.0
    for x in xs:
        if total < 0:
            break
        total = total * x
    return total


@case([1.0, 2.0, 3.0])
def break_leaves_items(xs):
    total = 1.0
    for x in xs:
        total = total * x
        if total > 1.5:
            break
    return total * total


@case(array(3, 4))
def over_rows_and_items(m):
    total = 1.0
    for row in m:
        s = 0.0
        for v in row:
            s = s * v + v
        total = total * s
    return total


@case(1.1, 3)
def same_name_for_loop_variables(x, n):
    y = x
    for i in range(n):
        for i in range(2):
            y = y * x + i
    return y * i


@case(1.1, 3)
def loop_variable_rebound(x, n):
    y = x
    for i in range(n):
        i = i * x
        y = y * i + x
    return y


@case(1.2, 4)
def two_loops(x, n):
    y = x
    for i in range(n):
        y = y * x
    for i in range(n):
        y = y + x * i
    return y


@case(1.2, 4)
def loop_in_a_branch(x, n):
    y = x
    if x > 1:
        for i in range(n):
            y = y * x
    else:
        for i in range(n):
            y = y + x
    return y


@case(1.2, 4)
@case(0.2, 4)
def loop_in_one_branch_with_return(x, n):
    y = x
    if x > 1:
        for i in range(n):
            y = y * x
            if y > 1.5:
                return y
        y = y + 1
    return y * y


@case(1.2, 4)
def math_in_a_loop(x, n):
    y = x
    for i in range(n):
        y = math.sin(y) * math.exp(-x) + math.sqrt(i + y * y)
    return y


@case(1.2, 4)
@case(array(3), 4)
def numpy_in_a_loop(x, n):
    y = x
    for i in range(n):
        y = np.sin(y) * np.exp(-x) + np.sqrt(i + y * y)
    return np.sum(y)


@case(array(3), array(3, 3), 3)
def matrix_powers(x, a, n):
    for _ in range(n):
        x = a @ x
        x = x / np.sqrt(np.sum(x * x))
    return x


@case(1.2, 3)
def result_of_test_kept(x, n):
    y = x
    for i in range(n):
        grows = y * x > y + 0.2
        if grows:
            y = y * x
        if not grows:
            y = y + x
    return y


@case(1.2)
def over_a_constant_tuple(x):
    y = x
    for k in (1, 2.5, 3):
        y = y * x + k
    return y


@case(1.2)
def over_a_built_list(x):
    y = x
    for t in [x, x * x, 3.0]:
        y = y * t
    return y


@case((1.0, 2.0), (3.0, 4.0))
def over_pairs(p, q):
    y = 1.0
    for a, b in zip(p, q):
        y = y * a + b
    return y


@case([(1.0, 2.0), (3.0, 4.0)])
def over_list_of_pairs(pairs):
    y = 1.0
    for a, b in pairs:
        y = y * a + b * b
    return y


@case(1.3, 3)
@case(1.3, 0)
def result_unbound_if_empty(x, n):
    y = x
    for i in range(n):
        y = y * x
        last = i
    return y


@case(1.3, 5)
def continue_in_nested_branch(x, n):
    y = x
    for i in range(n):
        if i > 1:
            if i > 3:
                y = y * 2
                continue
            y = y + x
        y = y * x
    return y


@case(1.3, 5)
def break_in_else(x, n):
    y = x
    for i in range(n):
        if y < 3:
            y = y * x
        else:
            z = y * x
            break
    else:
        z = x
    return z * y


@case(1.3, 5)
def breaks_in_both(x, n):
    y = x
    for i in range(n):
        y = y * x
        if y > 3:
            y = y + x
            break
        elif y < 0:
            y = y - x
            break
    return y


@case(1.3, 5)
def always_breaks(x, n):
    y = x
    for i in range(n):
        y = y * x
        break
    return y


@case(1.3, 5)
def always_returns(x, n):
    for i in range(n):
        return x * x * (i + 1)
    return x


@case(1.1, 3)
def loop_then_return_in_loop(x, n):
    y = x
    for i in range(n):
        y = y * x
    for i in range(n):
        y = y + x
        for j in range(n):
            y = y * x
            if y > 6.8:
                return y * y
    return y


@case(1.3, 3)
def name_used_by_both(x, n):
    y = x
    z = x
    for i in range(n):
        z = y
        y = z * x
    return y + z


@case(1.3, 3)
def lagged(x, n):
    prev = x
    cur = x * x
    for i in range(n):
        new = cur * x + prev
        prev = cur
        cur = new
    return cur * prev


@case(array(4), array(4))
def newton_with_early_exit(x, y):
    s = np.sum(x)
    for k in range(50):
        step = (s * s - np.sum(y)) / (2 * s)
        s = s - step
        if abs(step) < 1e-9:
            break
    return s


@case(1.3, 3)
def unused_loop(x, n):
    t = 1.0
    for i in range(n):
        t = t * x
    return x * x


@case(1.3, 3)
def constant_loop(x, n):
    t = 1.0
    for i in range(n):
        t = t * 2.5 + i
    return x * x * t


@case(1.3, 3)
def assert_in_loop(x, n):
    y = x
    for i in range(n):
        assert y > 0, "positive"
        y = y * x
    return y


@case(1.3, 3)
def raise_in_loop(x, n):
    y = x
    for i in range(n):
        if y < 0:
            raise ValueError("negative")
        y = y * x
    return y


@case(1.3)
def over_a_comprehension(x):
    y = x
    for t in [x * i for i in range(3)]:
        y = y * t
    return y
