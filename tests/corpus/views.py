"""Views and aliases: slices, transposes and reshapes with names; writes on either side."""

import numpy as np
from tests.corpus import array, case, refused


@case(array(5))
def view_read(x):
    v = x[1:]
    return v * v * x[0]


@case(array(5))
def write_through_view(x):
    y = x * 1
    v = y[1:]
    v[0] = y[0] * v[1]
    return y * y


@case(array(5))
def write_to_base(x):
    y = x * 1
    v = y[1:]
    y[1] = y[0] * y[2]
    return v * v


@case(array(5))
def writes_on_both_sides(x):
    y = x * 1
    v = y[1:4]
    w = v[1:]
    y[2] *= 3
    w[0] *= y[0]
    v *= 2
    y += 1
    return np.sum(w * w) + np.sum(v) * np.sum(y)


@case(array(5))
def argument_view(x):
    v = x[::2]
    v *= x[0]
    return np.sum(x * x)


@case(array(2, 3))
def transposed(x):
    y = x * 1
    t = y.T
    t[0] = t[1] * t[2]
    y[0, 1] = 2.0
    return t * t


@case(array(2, 3))
def row_view(x):
    y = x * 1
    r = y[0]
    r[1] = y[1, 1] * r[0]
    y[0, 2] *= r[1]
    return np.sum(r * r) * np.sum(y)


@case(array(2, 3))
def column_in_a_loop(x):
    y = x * 1
    for j in range(1, 3):
        c = y[:, j]
        c *= y[:, j - 1]
    return y


@case(array(3, 3))
def rows_in_a_loop(x):
    y = x * 1
    for i in range(1, 3):
        r = y[i]
        r -= y[i - 1] * r[0]
    return y


@case(array(3, 3))
def rows_walked_and_read(x):
    y = x * 1
    s = 0.0
    for r in y:
        s = s + np.sum(r * r)
    y[0] = s
    return y


@case(array(5))
def update_of_view_name(x):
    y = x * 1
    v = y[1:3]
    v += y[3:]
    v *= v
    return y


@case(array(5))
def view_of_view_of_view(x):
    y = x * 1
    a = y[1:]
    b = a[::-1]
    c = b[1:3]
    c[0] = y[0] * b[0]
    return a * 2 + b


@case(array(6))
def view_rebound_in_loop(x):
    y = x * 1
    v = y
    for _ in range(2):
        v = v[1:-1]
        s = np.sum(v * v)
        y = y * s
    return y


@case(array(5))
def stale_view(x):
    y = x * 1
    v = y[1:]
    y = y * 2
    y[1] = 5.0
    return np.sum(v * v) + np.sum(y * x)


@case(array(4))
def view_before_and_after(x):
    y = x * 1
    v = y[:2]
    a = v * v
    y[0] = a[1]
    b = v * v
    return a * b


@case(array(4))
def view_in_branch(x):
    y = x * 1
    v = y[1:]
    if x[0] > 0:
        v[0] = y[0] * y[1]
    else:
        y[0] = v[1]
    return v * np.sum(y)


@case(array(4), array(4))
def alias_of_two(x, y):
    z = x
    w = z
    w[0] = y[0] * z[1]
    z[1] = w[0] * y[1]
    return np.sum(x * w * y)


@case(make=lambda: (lambda a: (a, a))(array(4)))
def same_array_twice(x, y):
    return np.sum(x * x * y)


@case(make=lambda: (lambda a: (a[1:], a[:-1]))(array(4)))
def overlapping_arguments(x, y):
    return np.sum(x * x * y)


@case(make=lambda: (array(3, 4).T, np.asfortranarray(array(4, 3))))
def layouts(x, y):
    return x * y * x


@case(make=lambda: (array(8)[::2], array(8)[::-2]))
def strided_arguments(x, y):
    x[0] = y[1] * x[1]
    return np.sum(x * y * x)


@case(make=lambda: (array(3, 4).T,))
def fortran_argument_written(x):
    x[0] *= x[1]
    x *= x
    return np.sum(x * x)


@case(make=lambda: (np.asfortranarray(array(3, 4)),))
def result_layout(x):
    return x * 2


@case(array(2, 3))
def reshape_read(x):
    y = x.reshape(3, 2)
    return y @ x


@case(array(2, 3))
def ravel_read(x):
    return x.ravel() * np.ravel(x.T)


@case(array(4))
def copied_before_write(x):
    y = x.copy()
    y[0] = x[1] * x[0]
    z = np.copy(y)
    z *= y
    y[1] = z[0]
    return z * y


@case(array(4))
def expand_and_store(x):
    y = x * 1
    z = y[:, None] * y
    z[0] = y
    return z


@case(array(4))
def item_of_view_as_number(x):
    y = x * 1
    v = y[1:]
    s = v[0]
    y[1] = 7.0
    return s * v[0] * np.sum(y)


@refused("CR115", make=lambda: (lambda a: (a, a.T))(array(3, 3)))
def array_and_its_transpose_written(x, y):
    x[0] = y[1] * y[0]
    y *= x
    return np.sum(x * y)


@case(array(4))
def reshaped_and_written(x):
    y = x * 1
    z = y.reshape(2, 2)
    y[0] = 2.0
    return np.sum(z * z)


@case(array(4))
def reshaped_then_base_written(x):
    y = x * 1
    z = np.reshape(y, (2, 2))
    y[0] = 2.0
    return np.sum(z * z)


@case(array(4))
def reshaped_view_written(x):
    y = x * 1
    z = y.reshape(2, 2)
    z[0, 0] = x[1] * 3
    return np.sum(y * y)


@case(array(4))
def ravelled_and_written(x):
    y = x.reshape(2, 2) * 1
    z = y.ravel()
    z[0] = x[1] * 3
    return np.sum(y * y)


@case(array(4))
def squeezed_and_written(x):
    y = x[:, None] * 1
    z = y.squeeze()
    z[0] = x[1] * 3
    return np.sum(y * y)


@case(array(4))
def conjugate_is_the_array(x):
    y = x * 1
    z = y.conj()
    z[0] = x[1] * 3
    return np.sum(y * y)


@case(array(4))
def flipped_and_written(x):
    y = x * 1
    z = np.flipud(y)
    z[0] = x[1] * 3
    return np.sum(y * y)


@case(array(4))
def array_without_copy(x):
    y = x * 1
    z = np.array(y, copy=False)
    z[0] = x[1] * 3
    return np.sum(y * y)


@case(array(2, 2))
def einsum_view(x):
    y = x * 1
    z = np.einsum("ii->i", y)
    y[0, 0] = x[1, 1] * 3
    return np.sum(z * z)


@case(array(2, 3))
def broadcast_view(x):
    y = x * 1
    z = np.broadcast_to(y, (2, 2, 3))
    y[0] = x[1] * 3
    return np.sum(z * z)


@refused("CR116", array(2, 3))
def chosen_view(x):
    y = x * 1
    z = y[0] if x[0, 0] > 0 else y[1]
    z[0] = 3.0
    return np.sum(y * y)  # refused


@case(array(2, 3))
def view_in_a_tuple(x):
    y = x * 1
    p = (y[0], y[1])
    a, b = p
    y[0, 0] = 7.0
    return np.sum(a * b)


@refused("CR116", [array(2), array(2)])
def arrays_of_a_list_in_a_loop(xs):
    for x in xs:
        x *= 2
    return np.sum(xs[0] * xs[1])  # refused


@case([array(2), array(2)])
def array_of_a_list_written(xs):
    x = xs[0]
    x *= 2
    xs[1][0] = x[1] * 3
    return np.sum(xs[0] * xs[1])


@case({"a": array(2), "b": array(2)})
def array_of_a_dict_written(p):
    a = p["a"]
    a *= p["b"]
    p["b"][0] = p["a"][1]
    return np.sum(p["a"] * p["b"])


@case([array(2), array(2)], True)
@case([array(2), array(2)], False)
def array_of_a_list_written_in_a_branch(xs, flag):
    x = xs[0]
    if flag:
        x *= 2
        xs[1][0] = x[1] * 3
    x[0] += 1
    return np.sum(xs[0] * xs[1])


@case([array(3), array(2)], 2)
@case([array(3), array(2)], 0)
def array_of_a_list_written_in_a_loop(xs, n):
    for i in range(n):
        xs[0][i] *= xs[0][i + 1] * xs[1][i]
    return np.sum(xs[0]) * np.sum(xs[1])
