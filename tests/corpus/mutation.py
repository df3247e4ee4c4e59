"""Stores: elements, slices, rows; arguments written to; recurrences; in loops and branches."""

import numpy as np
from tests.corpus import array, case, signed


@case(array(4))
def element(x):
    y = x * 2
    y[0] = y[1] * y[2]
    return y


@case(array(4))
def argument_element(x):
    x[0] = x[1] * x[2]
    return np.sum(x * x)


@case(array(4))
def argument_returned(x):
    x[1] = x[0] * x[1]
    return x


@case(array(4))
def argument_overwritten(x):
    s = np.sum(x * x)
    x[...] = 0.0
    return s + np.sum(x)


@case(array(4))
def needed_after_overwritten(x):
    y = x * x
    x[:] = y * x
    return np.sum(x * y)


@case(array(4), 1.3)
def filled_with_a_scalar(x, v):
    y = x * x
    y[1:3] = v
    return y * x


@case(array(4), array(2))
def slice_replaced(x, v):
    y = x * x
    y[1:3] = v * v
    return y * x


@case(array(4), array(1))
def slice_broadcast(x, v):
    y = x * x
    y[1:4] = v * v
    return y * x


@case(array(3, 4), array(4))
def row_replaced(x, v):
    y = x * x
    y[1] = v * y[0]
    y[:, 0] = y[:, 1] * y[:, 2]
    return y


@case(array(3, 3))
def rows_into_each_other(x):
    y = x * 1
    y[0] = y[1]
    y[1] = y[2] * y[0]
    y[2] += y[1]
    return y * y


@case(array(5))
def recurrence(x):
    y = np.zeros(5)
    y[0] = x[0]
    for i in range(1, 5):
        y[i] = y[i - 1] * x[i] + x[i]
    return y


@case(array(5))
def recurrence_in_place(x):
    for i in range(1, 5):
        x[i] = x[i - 1] * x[i]
    return np.sum(x)


@case(array(6))
def three_point(a):
    for i in range(1, 5):
        a[i] = a[i - 1] * a[i] * a[i + 1]
    return a


@case(array(6))
def three_point_copied(x):
    a = x.copy()
    for k in range(2):
        for i in range(1, 5):
            a[i] = a[i - 1] * a[i] * a[i + 1]
    return a


@case(array(4))
def element_updates(x):
    y = x * 1
    y[0] += x[1]
    y[1] *= y[0]
    y[2] -= y[1]
    y[3] /= y[2]
    y[0] **= 2
    return y


@case(array(5))
def slice_updates(x):
    y = x * 1
    y[1:] += x[:-1]
    y[:2] *= y[3:]
    y[::2] -= y[0]
    return y * y


@case(array(5))
def overlapping_update(x):
    y = x * 1
    y[1:] += y[:-1]
    y[:-1] *= y[1:]
    return y


@case(array(5))
def overlapping_store(x):
    y = x * 1
    y[1:] = y[:-1]
    y[:-2] = y[2:] * y[1:-1]
    return y


@case(array(5))
def reversed_store(x):
    y = x * 1
    y[::-1] = y * y[0]
    return y


@case(array(4))
def argument_scaled(x):
    x *= 2
    x += x * x
    return np.sum(x)


@case(array(4), array(4))
def both_arguments_written(x, y):
    x *= y
    y += x
    x -= y * y
    return np.sum(x * y)


@case(array(3, 3), array(3))
def whole_matrix_update(a, v):
    a += v
    a *= a
    a[0] -= v
    return a


@case(array(4), 3)
@case(array(4), 0)
def in_place_in_a_loop(x, n):
    y = x * 1
    for _ in range(n):
        y *= x
        y += 1
    return y


@case(array(4), 3)
def linear_in_a_loop(x, n):
    y = x * 1
    for _ in range(n):
        y[1:-1] += 0.1 * (y[2:] - 2 * y[1:-1] + y[:-2])
    return y


@case(array(4), 3)
def nonlinear_in_a_loop(x, n):
    y = x * 1
    for _ in range(n):
        y[1:-1] += 0.1 * y[1:-1] * (y[2:] - y[:-2])
    return y


@case(array(3, 3))
def nested_loops_store(x):
    y = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            y[i, j] = x[i, j] * x[j, i] + i * j
    return y


@case(array(3, 3))
def nested_loops_accumulate(x):
    y = np.zeros(3)
    for i in range(3):
        for j in range(3):
            y[i] += x[i, j] * x[j, i]
    return y


@case(array(3, 4), array(4, 2))
def matmul_by_hand(a, b):
    c = np.zeros((3, 2))
    for i in range(3):
        for j in range(2):
            for k in range(4):
                c[i, j] += a[i, k] * b[k, j]
    return c


@case(array(4, 4) + 4 * np.eye(4))
def lu(a):
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return a


@case(array(3, 3) + 3 * np.eye(3), array(3))
def gauss(a, b):
    n = len(b)
    for k in range(n):
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            a[i, k:] = a[i, k:] - m * a[k, k:]
            b[i] = b[i] - m * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        s = b[i]
        for j in range(i + 1, n):
            s = s - a[i, j] * x[j]
        x[i] = s / a[i, i]
    return x


@case(array(3, 3) @ array(3, 3).T + 2 * np.eye(3))
def cholesky(a):
    n = a.shape[0]
    c = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= c[i, k] * c[j, k]
            if i == j:
                c[i, j] = np.sqrt(s)
            else:
                c[i, j] = s / c[j, j]
    return c


@case(array(5))
def store_and_break(x):
    y = x * 1
    for i in range(4):
        y[i + 1] = y[i] * y[i + 1]
        if y[i + 1] > 2:
            break
        y[i] *= 3
    return y


@case(array(5))
def store_and_continue(x):
    y = x * 1
    for i in range(4):
        if x[i] > 1:
            y[i] *= y[i + 1]
            continue
        y[i + 1] -= y[i] * y[i]
    return y


@case(array(5))
def store_and_return(x):
    y = x * 1
    for i in range(4):
        y[i + 1] *= y[i]
        if y[i + 1] > 1.5:
            y[0] = y[1] * y[0]
            return np.sum(y * y)
    return np.sum(y)


@case(array(4), True)
@case(array(4), False)
def store_in_both_sides(x, flag):
    y = x * x
    if flag:
        y[0] = y[1] * x[0]
    else:
        y[1] = y[0] * y[3]
    y[2] = y[0] * y[1]
    return y


@case(array(4))
def store_in_branches_in_loop(x):
    y = x * x
    for i in range(3):
        if y[i] > 1:
            y[i] = y[i] * y[i + 1]
            if i > 0:
                y[i - 1] *= y[i]
        else:
            y[i + 1] += y[i] * y[i]
    return y


@case(array(4))
def buffer_made_in_a_loop(x):
    total = 0.0
    for i in range(3):
        t = x * i
        t[0] = t[1] * x[0]
        t *= t
        total = total + np.sum(t)
    return total


@case(array(4))
def buffer_swapped(x):
    a = x * 1
    b = np.zeros(4)
    for _ in range(3):
        b[1:] = a[:-1] * a[1:]
        b[0] = a[0]
        a, b = b, a
    return a * 2


@case(array(4))
def copied_each_turn(x):
    a = x * 1
    for _ in range(3):
        b = a.copy()
        b[1:] = a[:-1] * a[1:]
        a = b
    return a


@case(array(4))
def rebound_to_new_buffer(x):
    a = x * 1
    for _ in range(3):
        a[0] = a[1] * a[2]
        a = a * x
        a[1] += a[0]
    return a


@case(array(4))
def scalar_then_store(x):
    y = x * 1
    s = y[0] * y[1]
    y[0] = s * s
    y[1] = s + y[0]
    t = y[0] * y[1]
    y[0] = 0.0
    return y * t


@case(array(4))
def old_value_in_a_name(x):
    y = x * 1
    old = y[0]
    y[0] = y[1]
    y[1] = old
    return y * np.arange(1.0, 5.0)


@case(array(4))
def overwritten_never_needed(x):
    y = x * x
    y[0] = 3.0
    y[0] = x[1]
    y[0] = 5.0
    return y


@case(array(3), array(3))
def store_of_the_other(x, y):
    x[0] = y[1]
    y[0] = x[2] * x[0]
    return np.sum(x * y)


@case(array(2, 3))
def ellipsis_store(x):
    y = x * 1
    y[..., 0] = y[..., 1] * y[..., 2]
    y[...] *= x
    return y


@case(array(4), 2)
@case(array(4), -1)
def store_at_argument(x, i):
    y = x * 1
    y[i] = y[0] * y[i]
    y[i] += 1.0
    return y


@case(array(4))
def negative_indices(x):
    y = x * 1
    y[-1] = y[-2] * y[0]
    y[-3:-1] *= y[-1]
    return y


@case(array(3))
def float_into_empty(x):
    y = np.empty(3)
    y[0] = x[0] * x[1]
    y[1] = x[1]
    y[2] = y[0] * y[1]
    return y


@case(1.3)
def scalars_into_array(x):
    y = np.zeros((2, 2))
    y[0, 0] = x
    y[0, 1] = x * x
    y[1] = y[0] * x
    return y


@case(array(3))
def zeros_like_filled(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    y[1:] = x[1:] * x[0]
    return y


@case(array(4))
def clearing(x):
    y = x * x
    s = np.sum(y)
    y[...] = 0
    y[1] = s * x[0]
    return y


@case(array(4))
def cumulative(x):
    y = x * 1
    for i in range(1, len(y)):
        y[i] += y[i - 1]
    return y * y


@case(array(4), array(4))
def multiply_update_needs_both(x, y):
    z = x * 1
    z *= y
    y *= z
    z *= y
    return z


@case(array(4))
def self_update(x):
    y = x * 1
    y += y
    y *= y
    y -= y * y
    y[1:] *= y[1:]
    return y


@case(array(4))
def divided_update(x):
    y = x * 1
    y /= x + y
    y /= y[0]
    return y


@case(array(4))
def power_update(x):
    y = x * 1
    y **= 2
    y **= x
    return y


@case(array(3, 3))
def matmul_update(x):
    y = x * 1
    y @= x
    y[0] = y[1] @ x
    return y


@case(array(4), array(4))
@case(1.3, 0.4)
def augmented_argument(x, y):
    z = x
    z += y
    return z * x


@case(array(3))
def alias_written(x):
    y = x
    y[0] = x[1] * x[2]
    return x * y


@case(array(3))
def alias_updated(x):
    y = x
    y *= 2
    x[0] = y[1] * y[0]
    return x * y


@case(array(3))
def alias_rebound(x):
    y = x
    y = y * 2
    y[0] = x[0]
    x[1] = y[0] * y[1]
    return x * y


@case(array(4))
def value_before_and_after(x):
    y = x * 1
    a = np.sum(y * y)
    y[0] = a
    b = np.sum(y * y)
    y[1] = b * a
    return np.sum(y) * a * b


@case(array(4))
def exponentials_overwritten(x):
    y = np.exp(x)
    z = y * x
    y[0] = z[1]
    return np.sum(y * z)


@case(array(4))
def result_needed_by_rule_overwritten(x):
    y = np.sqrt(x)
    y *= 3
    z = np.tanh(y)
    z[0] = 1.0
    return z * y


@case(signed(4))
def where_and_store(x):
    y = np.maximum(x, 0)
    y[0] += 1
    z = np.where(y > 1, y * y, y)
    y *= z
    return y


@case([1.0, 2.0])
def store_into_list(x):
    y = [x[0], x[1]]
    y[0] = x[1] * 2
    return y[0] * y[1]


@case({"a": 1.0})
def store_into_dict(p):
    p["a"] = p["a"] * 2
    return p["a"]


@case(array(4), array(4))
def stored_into_itself(x, y):
    x[:] = x
    y[...] = y
    x, y = y, x
    x[1:] = x[1:]
    return np.sum(x * x) + np.dot(x, y)


@case(array(3))
def stored_into_itself_by_index(x):
    x[[2, 0, 1]] = x
    x[np.array([True, True, True])] = x
    return np.dot(x, np.array([1.0, 2.0, 5.0]))
