"""What looks like one thing and is another: aliases through loops, live iteration, names and orders of evaluation."""

import numpy as np
from tests.corpus import array, case, refused


@case(array(4))
def elements_swapped(x):
    y = x * 1
    y[0], y[1] = y[1] * y[2], y[0]
    return y * np.arange(4.0)


@case(array(3, 3))
def rows_swapped_as_views(x):
    y = x * 1
    y[0], y[1] = y[1], y[0]
    return y * y[2]


@case(array(3, 3))
def rows_swapped_by_copies(x):
    y = x * 1
    y[0], y[1] = y[1].copy(), y[0].copy()
    return y * y[2]


@case(array(3, 3))
def rows_swapped_by_index(x):
    y = x * 1
    y[[0, 2]] = y[[2, 0]]
    return y * y[1]


@case(array(3))
def two_names_of_one_buffer(x):
    a = b = np.zeros(3)
    a[0] = x[0] * x[1]
    b[1] = a[0] * x[2]
    return a * b


@case(array(3))
def live_items(x):
    y = x * 1
    for i, v in enumerate(y):
        if i < 2:
            y[i + 1] += v * v
    return y


@case(array(3))
def live_items_read_twice(x):
    y = x * 1
    s = 0.0
    for v in y:
        y[1] = y[1] * 2
        s = s + v * v
    return s


@case(array(3, 2))
def rows_written(x):
    y = x * 1
    for row in y:
        row[0] = row[1] * row[0]
    return y


@case(array(3, 2))
def rows_written_and_rebound(x):
    y = x * 1
    for row in y:
        row *= row[0]
        row = row * 5
    return y


@case(array(3, 2))
def matrix_written_while_walked(x):
    y = x * 1
    for i, row in enumerate(y):
        y[i] = row * row[0]
    return y


@case(array(3, 2))
def next_row_written_while_walked(x):
    y = x * 1
    for i, row in enumerate(y):
        if i < 2:
            y[i + 1] *= row[0]
    return y


@case(1.3, 4)
def range_end_changes(x, n):
    y = x
    for i in range(n):
        n = n - 1
        y = y * x + n
    return y * n


@case(1.3, 4)
def loop_variable_counts_down(x, n):
    y = x
    for i in range(n):
        i = n - i
        y = y * x + i
    return y * i


@case(array(3))
def loop_variable_is_the_array(xs):
    s = 1.0
    for xs in xs:
        s = s * xs
    return s + xs


@case(array(4))
def index_array_changes(x):
    i = np.array([0, 1])
    y = x[i] * x[i]
    i += 1
    z = x[i] * y
    i[0] = 3
    return z * x[i]


@case(array(4))
def mask_changes(x):
    m = x > 1
    y = x[m] * 2
    m[:] = ~m
    return np.sum(y) * np.sum(x[m])


@case(array(4), np.array([0, 1, 3]))
def index_argument_changes(x, i):
    y = x[i] * x[i]
    i -= 1
    return y * x[i]


@case(array(3))
def alias_before_update_in_loop(x):
    s = x * 0
    for i in range(3):
        t = s
        s += x * (i + 1)
    return t * s


@case(array(3))
def alias_carried(x):
    a = x * 1
    b = a
    for i in range(3):
        b[0] *= x[1]
        a[1] += b[0]
    return a * b


@case(array(3))
def alias_of_last_turn(x):
    a = x * 1
    last = x * 0
    for i in range(3):
        last = a
        a = a * x
        last[0] = 2.0
    return last * a


@case(array(3), True)
@case(array(3), False)
def alias_or_copy(x, flag):
    a = x * 1
    if flag:
        b = a
    else:
        b = a.copy()
    c = b * 2
    return a * c


@refused("CR116", array(3), True)
def alias_or_copy_written(x, flag):
    a = x * 1
    if flag:
        b = a
    else:
        b = a.copy()
    b[0] = 5.0
    return a * x  # refused


@case(array(3))
def view_kept_over_loop(x):
    y = x * 1
    v = y[1:]
    for i in range(2):
        y[i + 1] = y[i] * y[i + 1]
    v[0] *= 2
    return y * np.sum(v)


@refused("CR116", array(4))
def view_bound_in_loop_read_after(x):
    y = x * 1
    for i in range(3):
        v = y[i:]
        v[0] *= x[i]
    return np.sum(v * v) * y  # refused


@case(array(3))
def integer_buffer(x):
    y = np.zeros(3, int)
    y[0] = 2
    y[1:] = x[1:] * 3
    return y * x


@case(array(3))
def float_buffer_of_single_precision(x):
    y = np.zeros(3, np.float32)
    y[0] = 2.0
    return np.sum(y) * x


@case(array(3))
def boolean_buffer(x):
    m = np.zeros(3, bool)
    m[0] = x[0] > 0
    m[1] = True
    return np.where(m, x * x, x)


@case(array(3), np.random.default_rng(0))
def drawn_once(x, rng):
    return x * rng.normal(size=3) * x


@case(1.3, np.random.default_rng(3), 6)
def branch_drawn(x, rng, n):
    y = x
    for i in range(n):
        if rng.random() < 0.5:
            y = y * x
        else:
            y = y + x * x
    return y


@case(array(4), np.random.default_rng(3))
def dropout(x, rng):
    mask = rng.random(4) < 0.5
    y = x * mask * 2.0
    return y * y


@case(array(3))
def parameter_becomes_number(x):
    x = x[0] * x[1]
    return x * x


@case(1.3)
def parameter_becomes_array(x):
    x = np.array([x, x * x])
    x[0] *= x[1]
    return x


@case(array(3))
def same_buffer_in_two_containers(x):
    y = x * 1
    p = {"a": y, "b": [y, x]}
    q = (y, p["a"])
    return q[0] * p["b"][0] * q[1]


def helper_writes_both(a, b):
    a[0] = b[1] * b[0]
    b[2] = a[0] * a[1]
    return a * b


@case(array(3))
def helper_with_the_same_twice(x):
    y = x * 1
    z = helper_writes_both(y, y)
    return z * y


@case(array(4))
def helper_with_overlapping_views(x):
    y = x * 1
    z = helper_writes_both(y[1:], y[:3])
    return z * np.sum(y)


def rebinds(a):
    a = a * 2
    a[0] = 1.0
    return a


@case(array(3))
def helper_rebinds_parameter(x):
    y = rebinds(x)
    return x * y


def updates(a):
    a *= 2
    return np.sum(a)


@case(array(3))
def order_of_evaluation(x):
    y = x * 1
    return np.sum(y) * updates(y) + np.sum(y)


@case(array(3))
def order_in_a_tuple(x):
    y = x * 1
    p = (y[0], updates(y), y[0])
    return p[0] * p[1] + p[2]


@case(array(3))
def order_of_operands(x):
    y = x * 1
    z = y * updates(y)
    return z


@case(array(3))
def short_circuit_with_an_effect(x):
    y = x * 1
    if x[0] > 100 and updates(y) > 0:
        y = y * 3
    if x[0] > 0 or updates(y) > 0:
        y = y * 5
    if x[0] > 0 and updates(y) > 0:
        y = y * 7
    return y


@case(array(3))
def ternary_with_an_effect(x):
    y = x * 1
    s = updates(y) if x[0] > 0 else 0.0
    return y * s


@case(array(3))
def index_with_an_effect(x):
    y = x * 1
    y[int(updates(y)) * 0] += y[1]
    return y


@case(array(3))
def augmented_reads_the_target_first(x):
    y = x * 1
    y[0] += updates(y)
    return y


@case(1.3)
def number_in_cells(x):
    y = np.empty((2, 2))
    y[:] = x
    y[0][1] = x * x
    y[1][0] *= y[0][1]
    return y


@case(array(2, 2, 2))
def chained_subscripts(x):
    y = x * 1
    y[0][1][0] = y[1][0][1] * y[0][0][0]
    y[1][0] += y[0][1]
    return y


@case(array(4))
def negative_step_view_written(x):
    y = x * 1
    v = y[::-2]
    v[0] = v[1] * x[0]
    v *= 2
    return y


@case(array(4))
def sorted_by_swaps(x):
    y = x * 1
    n = len(y)
    for i in range(n):
        for j in range(n - 1 - i):
            if y[j] > y[j + 1]:
                t = y[j]
                y[j] = y[j + 1]
                y[j + 1] = t
    return y * np.arange(4.0)


@case(array(5))
def horner(c):
    p = 0.0
    for k in range(len(c) - 1, -1, -1):
        p = p * 0.7 + c[k]
    return p


@case(array(3), array(3))
def dynamic_time_warping(a, b):
    n, m = len(a), len(b)
    d = np.full((n + 1, m + 1), 1e6)
    d[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (a[i - 1] - b[j - 1] * 1.1) ** 2
            d[i, j] = cost + min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1])
    return d[n, m]


@case(array(2), 0.1, 5)
def euler(state, dt, n):
    for _ in range(n):
        position, velocity = state
        state = np.array([position + dt * velocity, velocity - dt * np.sin(position)])
    return state


@case((1.0, 0.5), 0.1, 4)
def runge_kutta(state, dt, n):
    x, v = state
    for _ in range(n):
        k1, l1 = v, -x
        k2, l2 = v + dt / 2 * l1, -(x + dt / 2 * k1)
        x, v = x + dt * k2, v + dt * l2
    return x * v


@case(array(6), 0.2, 3)
def heat_in_place(u, r, n):
    for _ in range(n):
        u[1:-1] += r * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


@case(array(6), 0.2, 3)
def heat_two_buffers(u, r, n):
    v = u.copy()
    for _ in range(n):
        v[1:-1] = u[1:-1] + r * (u[2:] - 2 * u[1:-1] + u[:-2])
        u, v = v, u
    return u


@case(array(3, 3) @ array(3, 3).T + 2 * np.eye(3), array(3))
def gaussian_log_likelihood(k, y):
    a = np.linalg.solve(k, y)
    return -0.5 * (y @ a) - 0.5 * np.log(np.linalg.det(k))


@case(1.3, 0.2, 5)
def binomial_tree(s, r, n):
    values = np.zeros(n + 1)
    for i in range(n + 1):
        values[i] = max(s * 1.1 ** (n - 2 * i) - 1.0, 0.0)
    for step in range(n):
        for i in range(n - step):
            values[i] = (0.6 * values[i] + 0.4 * values[i + 1]) * np.exp(-r / n)
    return values[0]


@case(array(3))
def tuple_of_buffer_then_written(x):
    y = x * 1
    p = (y, x)
    y[0] = x[1] * x[2]
    return p


@case(array(3))
def dict_of_buffer_then_written(x):
    y = x * 1
    p = {"y": y, "x": x}
    y *= x
    return p["y"] * x


@case(array(3))
def list_of_buffer_then_written(x):
    y = x * 1
    p = [y, x]
    p[0][1] = x[0] * 5
    return y * p[1]


@case(array(3))
def result_holds_buffer_twice(x):
    y = x * 1
    r = (y, y)
    y += x
    return r


@refused("CR116", array(3))
def tuple_carried_with_a_buffer(x):
    y = x * 1
    p = (y, 1.0)
    for i in range(2):
        p[0][i] = p[0][i + 1] * p[1]  # refused
        p = (p[0], p[1] * x[i])
    return p[0] * p[1]


def gives_tuple_of_views(a):
    return a[:2], a[1:]


@case(array(3))
def views_from_a_helper(x):
    y = x * 1
    u, v = gives_tuple_of_views(y)
    u[1] = x[0] * v[1]
    v *= 2
    return u * v


@case(array(3))
def poison_passes_on(x):
    y = x * 1
    for row in y[None]:
        y[0] = x[1] * 3
        row = row * 1
    return y * x


@case(array(3), array(3))
def chosen_buffer_read(x, y):
    z = x if x[0] > y[0] else y
    return z * x * y


@refused("CR116", array(3), array(3))
def chosen_buffer_written(x, y):
    z = x if x[0] > y[0] else y
    z[0] = 4.0
    return x * y  # refused


@refused("CR116", array(3), array(3))
def chosen_of_chosen_written(x, y):
    z = x if x[0] > y[0] else y
    w = z if x[1] > 0 else y
    w[0] = 4.0
    return np.sum(x * 2)  # refused


@case(array(4))
def view_of_copy(x):
    v = x.copy()[1:]
    v[0] = x[0] * v[1]
    return v * v


@case(array(4))
def update_of_expression_view(x):
    y = x * 1
    y[1:][0] += y[0]
    y.T[2] *= y[0]
    return y


@case(array(2, 3))
def transposed_twice(x):
    y = x * 1
    y.T.T[0, 1] = y[1, 1] * x[0, 0]
    z = y.T
    z[0] *= z[1]
    return y * x


@case(array(4))
def buffer_rebound_in_branch(x):
    y = x * 1
    if x[0] > 0:
        y = y * 2
    y[0] = y[1] * x[0]
    return y


@case(array(4), 3)
@case(array(4), 0)
def buffer_rebound_in_loop_then_written(x, n):
    y = x * 1
    for i in range(n):
        y = y * x
    y[0] = y[1] * x[0]
    return y * y


@case(array(4), 3)
def written_then_rebound_in_loop(x, n):
    y = x * 1
    for i in range(n):
        y[i] = y[i + 1] * y[i]
        z = y
        y = y * x
        z[0] = 3.0
    return y * z


@case(array(4), 4)
def buffer_swap_of_three(x, n):
    a, b, c = x * 1, x * 2, x * 3
    for i in range(n):
        c[1:] = a[:-1] * b[1:]
        a, b, c = b, c, a
    return a * b + c


@case(array(4), 4)
def swap_sometimes(x, n):
    a, b = x * 1, x * 2
    for i in range(n):
        b[1:] = a[:-1] * b[1:]
        if i % 2:
            a, b = b, a
    return a * 3 + b


@case(array(4))
def break_after_write(x):
    y = x * 1
    for i in range(4):
        y[i] *= x[0]
        for j in range(4):
            if j > i:
                break
            y[j] += y[i] * x[j]
            if y[j] > 3:
                y[0] = y[j] * y[1]
                return y * 2
        else:
            y[0] *= 2
    return y


@case(array(4))
def while_writes(x):
    y = x * 1
    i = 0
    while y[i] < 1.5 and i < 3:
        y[i + 1] += y[i] * x[i]
        i += 1
    return y * y[i]


@case(1.3, 3)
def three_deep_with_exits(x, n):
    y = x
    for i in range(n):
        for j in range(n):
            for k in range(n):
                y = y * 1.01 + x * 0.1
                if k == 2 and j == 1:
                    break
                if i == 2 and j == 0:
                    continue
                y = y + 0.01 * x * k
            else:
                y = y * x
                continue
            y = y - 0.3 * x
            if i == 1:
                break
        else:
            y = y * 1.5
    return y


@case(1.3, 6)
def code_reused(x, n):
    y = x
    for i in range(n):
        if i == 4:
            break
        y = y * x
    for i in range(n):
        if i == 2:
            continue
        y = y + x
        if y > 9:
            return y
    return -y * x


@case(1.3, 4)
@case(1.3, 0)
def unbound_unless_run(x, n):
    for i in range(n):
        t = x * i
        if t > 3:
            z = t * t
            break
    else:
        z = x
    return z * x


@case(1.3, 5)
def value_before_the_break(x, n):
    best = x
    cur = x
    for i in range(n):
        prev = cur
        cur = cur * x - 0.2 * i
        if cur < prev:
            best = prev * cur
            break
        best = best + cur
    return best * prev


@case(array(3), 2)
def exits_with_arrays(x, n):
    y = x * 1
    for i in range(5):
        y = y * x
        if i == n:
            z = y + x
            break
    return z * y


@case(1.3, None, 2.0)
@case(1.3, 0.5, None)
def optional_everywhere(x, a=None, b=None):
    y = x
    if a is not None:
        y = y * a
    if b is not None:
        y = y + b * x
    return y if a is None or b is None else y * y


@case(1.3, [0.5, None, 2.0])
def none_in_a_list(x, parts):
    y = x
    if parts[1] is None:
        y = y * parts[0]
    return y * parts[2]


@case(array(3), 1.3)
@case(1.3, array(3))
@case(np.float64(1.3), 0.4)
@case(np.array(1.3), array(2))
def kinds_mixed_in_a_loop(x, y):
    s = 0.0
    for i in range(3):
        s = s + x * y
        y = y * 0.5
    return s * x


@case(1.3, 3)
def float_or_int_carried(x, n):
    s = 1
    t = 2.5
    for i in range(n):
        s, t = t * x, s
    return s * t


@case(array(1), array(3))
@case(array(3), array(1))
@case(array(1), array(1))
def broadcast_in_place(x, y):
    z = np.zeros(3)
    z += x
    z *= y
    z[:] = z * x
    return z


@case(array(1, 3), array(3, 1))
def broadcast_in_place_of_matrices(x, y):
    z = np.ones((3, 3))
    z *= x
    z += y
    z[1:] -= x
    z[:, 1] *= y[:, 0]
    return z


@case(array(3), array(3, dtype=np.float32))
def narrow_stored_into_wide(x, y):
    z = x * 1
    z[0] = y[1]
    z[1:] *= y[1:]
    return z


@case(array(3), array(3, dtype=np.float32))
def wide_stored_into_narrow(x, y):
    z = y * 1
    z[0] = x[1]
    z[1:] *= x[1:]
    return z


@refused("CR116", array(4))
def alias_bound_in_an_inner_loop(x):
    y = x * 2.0
    for _ in range(3):
        for _ in range(2):
            z = y  # refused
        z *= 0.3
    return np.sum(z)


@case(array(4), 0.6)
def alias_updated_in_a_loop(x, a):
    z = np.tanh(x)
    y = z
    for _ in range(2):
        y *= z - y * a
    return np.sum(y)


@refused("CR116", array(4))
def alias_by_way_of_two_loops(x):
    z = np.tanh(x)
    y = x * 2.0
    for _ in range(2):
        for _ in range(2):
            z[:2] = 0.5
            y = z
    y[::-1] = 0.3  # refused
    return np.sum(z)


@case(array(4), 0.6)
def bound_where_the_other_side_returns(x, a):
    y = x * 2.0
    z = np.tanh(x)
    if a < -0.41:
        return a * np.sum(y)
    if a < 0.77:
        if a < 0.5:
            return 2.0
        y = z
    return np.sum(x * y)


@case(array(4), 3)
def cotangents_change_places(x, n):
    z = np.tanh(x) + 0.5
    for _ in range(n):
        x = z
        z = np.tanh(x[::-1])
    return np.sum(x)


@case(array(4), 3)
def names_change_places(x, n):
    y = x * 2.0
    for _ in range(n):
        x, y = y, x
        x = y
    return np.sum(x * y)


@case(-array(4), 1.3)
@case(array(4), 1.3)
def returns_from_a_while_that_never_turns(x, a):
    y = x * 2.0
    if y[1] < 0.77:
        w = 0
        while w < 2 and y[1] < 0.77:
            return np.sum(x.copy()) * a
        y = y[::-1]
    return np.sum(y)


@case(array(4), 3)
def written_and_returned_at_once(x, n):
    y = x * 2.0
    c = 1.0
    for i in range(n):
        if i != 0:
            return c
        y[i // 2] = np.sum(x - np.tanh(x))
        return np.sum(y)


@case(array(4), 1.0)
def argument_written_and_not_returned(x, c):
    y = x * 2.0
    x[0] = y[3]
    return c * 2


@case(array(4), 0.6)
def returned_before_a_write(x, b):
    y = x * 2.0
    if b < 0.5:
        return b * np.sum(y)
    y[2:] += x[2:]
    return np.sum(x * y) * b


@case(array(4), 0.6)
@case(array(4), 0.2)
def view_bound_in_a_loop_in_a_branch(x, a):
    if a > 0.3:
        for _ in range(2):
            v = x[::2]
            v *= 0.5
    return np.sum(x * x)


@case(array(4), 3)
def view_that_goes_stale_unread(x, n):
    s = 0.0
    for j in range(n):
        if j > 0:
            if j != 1:
                x[j] += 2.0
            v = x[::2]
            s = s + np.sum(v * v)
    return s


@refused("CR116", array(6))
def masked_store_of_the_same_memory(x):
    y = x * 1
    m = np.array([True, False, False, False, True, True])
    y[m] = y[::2]  # refused
    return y


@refused("CR116", array(3, 3))
def diagonal_of_the_same_memory(x):
    y = x * 1
    np.fill_diagonal(y, y[::-1, 0])  # refused
    return y


@case(array(6))
def masked_store_of_a_copy(x):
    y = x * 1
    m = np.array([True, False, False, False, True, True])
    y[m] = y[::2].copy()
    y[m] *= y[:3]
    y[m] = x[::2]
    y[m] = y[m] * y[3:]
    return y * y


@case(array(6))
def indexed_store_of_the_same_memory(x):
    y = x * 1
    y[[0, 4, 5]] = y[::2]
    y[[4, 5, 0]] = y[2:5]
    return y * y
