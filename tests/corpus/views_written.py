"""Views that calls give: reshapes, ravels, flips, swapped axes; written through, and seen after writes to the array."""

import numpy as np
from tests.corpus import array, case, refused


@case(array(4))
def reshape_on_both_sides(x):
    y = x * 1
    z = y.reshape(2, 2)
    z[0, 1] = x[0] * 3
    z[1] *= z[0]
    y[0] *= y[1] * 2
    return np.sum(z * z) * y


@case(array(2, 3))
def reshape_of_the_argument(a):
    z = a.reshape(3, 2)
    z[0, 1] = a[0, 0] * z[2, 0]
    return a * np.sum(z)


@case(array(2, 3))
def ravel_updated(a):
    b = a * 1.0
    c = b.ravel()
    c[1] *= 5
    c[2:] *= c[:-2]
    b /= c[0]
    return np.sum(b * b) * c


@case(array(4))
def reshape_of_a_reshape(x):
    b = np.outer(x, x)
    c = b.ravel()
    c[1] *= 5
    d = c.reshape(2, 8)[0]
    d[1] = b[1, 1]
    b[0] *= x
    return b * d[0] + c[0]


@case(array(2, 3))
def unnamed_views(a):
    y = a * 1
    np.swapaxes(y, 0, 1)[0, 1] = 7.0
    y.reshape(-1)[2] = y[0, 0]
    z = y[1:].reshape(-1)
    z[1] = z[0] * z[2]
    np.expand_dims(y, 0)[0, 0, 1] *= a[0, 2]
    return y * y


@case(array(2, 3))
def flips_and_turns(a):
    y = a * 1
    z = np.flip(y, 0)
    z[0, 0] = 3 * a[1, 1]
    w = np.rot90(z)
    w[0, 0] *= 2
    w = np.fliplr(w)
    w *= w[0, 0]
    np.moveaxis(y, 0, 1)[1] = w[0]
    y.transpose(1, 0)[0] *= 2
    return w * np.sum(y * y)


@case(array(2, 3, 4))
def axes_permuted(a):
    y = a * 1
    z = y.transpose(2, 0, 1)
    z[1] *= z[0]
    w = np.transpose(y, (1, 0, 2))
    w[0] += z[2, :, :1]
    np.swapaxes(w, -1, 0)[0] = 2.0
    return y * y


@case(array(4))
def squeezed(x):
    y = x[:, None] * 1
    z = y.squeeze()
    z[0] = x[1] * 3
    w = np.squeeze(y, axis=1)
    w *= z[0]
    return y * z[1]


@case(array(4))
def the_array_itself(x):
    y = x * 1
    z = np.asarray(y)
    z[0] = x[1] * 3
    w = np.atleast_1d(z)
    w[1] = 2 * x[0]
    np.atleast_2d(w)[0, 2] = x[0] * x[0]
    np.real(y)[3] *= 2
    y.conj()[3] *= x[0]
    v = y.astype(float, copy=False)
    v[0] *= v[1]
    return y * z * w


@case(array(2, 3))
def copies_stay_apart(a):
    y = a * 1
    z = y.flatten()
    z[0] = 3
    w = np.array(y)
    w *= 3
    v = np.sort(y)
    v *= y
    y *= 2
    return np.sum(y * y) * np.sum(z * z) * w * v


@case(array(2, 3))
def views_that_are_read(a):
    y = a @ a.T
    d = np.diagonal(y)
    b = np.broadcast_to(y, (2, 2, 2))
    e = np.diag(y)
    s = np.einsum("ij->ji", y)
    w = np.lib.stride_tricks.sliding_window_view(y[0], 2)
    y[0] *= 2
    y[1, 1] = 3 * a[0, 0]
    return np.sum(d * e) + np.sum(b * b) + s * np.sum(w)


@case(array(4))
def reshape_before_a_loop(x):
    y = np.zeros((2, 2))
    r = y.reshape(-1)
    for i in range(4):
        r[i] = x[i] * x[i - 1]
        y *= 1.5
        r[0] += y[1, 0]
    return y * r[0]


@case(array(4), 3)
@case(array(4), 1)
def reshape_in_a_loop(x, n):
    y = x * 1
    for _ in range(n):
        z = y.reshape(2, 2)
        z[0] *= z[1]
        y += x
    return y * z.ravel()


@case(array(4), True)
@case(array(4), False)
def reshape_in_a_branch(x, flag):
    y = x * 1
    z = y.reshape(2, 2)
    if flag:
        z[0] *= z[1]
        y *= 2
    else:
        y *= 3
    z[1] *= y[0]
    return np.sum(y * y) * z


@case(array(6))
def rows_of_a_reshape(x):
    y = x * 1
    a = y.reshape(2, 3)
    b = a[1]
    c = b.reshape(3, 1)
    c[1] = c[0] * c[2]
    d = c.ravel()
    d[0] = 7.0 * x[0]
    return a * a * np.sum(y)


@case(array(4))
def row_of_a_stale_reshape(x):
    y = x * 1
    w = y.reshape(2, 2)[0]
    y[0] = 5 * x[1]
    w[1] *= w[0]
    return y * y


def first_doubled(a):
    a.reshape(-1)[0] = 2 * a[0, 1]


@case(array(2, 3))
def helper_reshapes(a):
    b = a * 1
    first_doubled(b)
    first_doubled(b[1:])
    return b * b


@case(array(3, 3))
def rows_unpacked(a):
    b = a * 1
    p, q, r = b
    p *= q
    b[1] = r * p
    q[0] = 2.0
    return b * np.sum(q) * r


@case(array(3, 3))
def rows_walked_and_written(a):
    b = a * 1
    for row in b:
        row *= row[0]
    for i, row in enumerate(b):
        row[i] += b[0, 0]
    return b * b


@case(array(3))
def alias_in_every_turn(x):
    s = x * 1
    for i in range(3):
        t = s
        v = s[1:]
        s *= x * (i + 1)
        v += t[0]
    t[0] = v[0] * 2
    return t * s * v[1]


@case(make=lambda: (np.asfortranarray(array(2, 3)),))
def ravel_of_another_layout(a):
    b = np.ravel(a) * 1
    b[0] = b[1] * b[2]
    return b * b


@refused("CR116", array(3, 3))
def einsum_written(a):
    b = a * 1
    d = np.einsum("ii->i", b)
    d[0] = 2.0  # refused
    return b


@case(array(2, 3))
def new_arrays_of_functions_that_may_give_views(a):
    b = a * 1
    s = np.einsum("ij->i", b)
    d = np.diag(b[0])
    t = np.einsum("ij->ji", b)
    b[0, 0] = 7.0
    d[0] *= 2.0
    s[1] *= b[0, 1]
    return np.sum(s) * np.sum(d * d) * t * b.T


@refused("CR116", array(2, 3))
def reshape_in_another_order(a):
    b = a * 1
    c = np.reshape(b, (3, 2), "F")
    c[0, 0] = 2.0
    return b * 1  # refused


@case(array(2, 3))
def name_given_to_another_array_in_a_loop(a):
    b = a * 1
    c = b
    for i in range(2):
        b += a[i]
        c[0] *= b[1]
    return c * b
