"""Calls that write: `out=`, `where=`, `np.copyto` and its kin, methods of arrays, `ufunc.at`, the functions of `operator`."""

import operator

import numpy as np
from tests.corpus import array, case, refused, signed


@case(array(4))
def out_argument(x):
    y = x * 2
    np.multiply(x, x, out=y)
    return y


@case(array(4))
def out_of_a_result_that_is_needed(x):
    y = np.empty_like(x)
    np.exp(x, out=y)
    y *= x
    return np.sum(y * y)


@case(array(4))
def out_is_the_operand(x):
    y = x * 1
    np.sqrt(y, y)
    z = np.add(y, x, out=y)
    z *= y
    return y * z


@case(array(4))
def out_is_the_argument(x):
    np.exp(x, out=x)
    return x * x


@case(array(5))
def out_overlaps_an_operand(x):
    y = x * 1
    np.multiply(y[:-1], y[1:], out=y[1:])
    return y


@case(array(4))
def out_by_position(x):
    y = np.zeros(4)
    np.multiply(x, x, y)
    np.cumsum(y, 0, None, y)
    return y


@case(array(4))
def out_as_a_tuple(x):
    y = np.zeros(4)
    np.add(x, 1.0, out=(y,))
    return y * y


@case(array(4))
def out_none(x):
    return np.multiply(x, x, out=None)


@case(array(4))
def out_inside_an_expression(x):
    y = x * 1
    return np.sum(y * np.multiply(y, 2, out=y)) * y


@case(array(2, 3))
def out_of_reductions(a):
    s = np.empty(3)
    np.sum(a * a, axis=0, out=s)
    t = np.empty(2)
    (a * a).prod(axis=1, out=t)
    a.mean(1, None, t[::-1])
    return np.sum(s * s) * t


@case(array(2, 3), array(3, 2))
def out_of_products(a, b):
    c = np.empty((2, 2))
    np.dot(a, b, out=c)
    d = np.empty((2, 2))
    np.matmul(c, c, out=d)
    np.einsum("ij,jk->ik", c, d, out=c)
    a.dot(b, out=d)
    return c * d


@case(signed(5))
def out_of_clip_and_take(x):
    y = x * 2
    np.clip(y, -1.1, 1.6, out=y)
    y[1:3].clip(-0.9, None, out=y[1:3])
    z = np.zeros(3)
    np.take(y, [0, 0, 2], out=z)
    return y * np.sum(z * z)


@case(array(4))
def out_in_a_loop(x):
    y = np.zeros(4)
    t = np.zeros(4)
    for i in range(3):
        np.multiply(x, i + 1.0, out=t)
        np.add(y, t, out=y)
        np.sin(y, out=y)
    return y * t


@case(array(4), True)
@case(array(4), False)
def out_in_a_branch(x, flag):
    y = x * 1
    if flag:
        np.exp(y, out=y)
    else:
        np.multiply(y, x, out=y[:])
    return y * y


@case(array(2, 3))
def out_through_views(a):
    b = a * 1
    t = b.T
    np.multiply(a.T, a.T, out=t)
    np.exp(b[0], out=t[:, 1])
    return b * np.sum(t)


@case(array(4), np.array([0.7, 0.0, -1.3, 2.0]))
def where_leaves_out_what_has_no_derivative(x, y):
    z = x * 3
    np.divide(x, y, out=z, where=np.array([True, False, True, True]))
    return z * z


@case(signed(4))
def where_with_a_result_that_is_needed(x):
    z = np.ones_like(x)
    np.sqrt(x, out=z, where=x > 0)
    z *= x
    return z


@case(array(2, 3), array(3))
def where_that_spreads(a, v):
    z = a * 1
    np.multiply(a, v, out=z, where=v > 0.9)
    np.add(v, 2, out=z[1:], where=a[1:] > 1.05)
    return z * z


@case(array(4))
def where_true(x):
    y = x * 1
    np.multiply(x, x, out=y, where=True)
    return y


@case(signed(4))
def mask_changes_after_where(x):
    z = x * 1
    m = x > 0
    np.multiply(x, x, out=z, where=m)
    m[:] = False
    return z


@case(signed(4), array(4))
def copyto(x, y):
    z = np.zeros(4)
    np.copyto(z, x * y)
    np.copyto(z[1:3], y[0])
    np.copyto(z, y, where=x > 0)
    np.copyto(z, 2.0, where=y > 1.6)
    return z * z


@case(array(2, 3), array(4))
def put(a, v):
    b = a * 1
    np.put(b, [1, -1, 2, 0], v)
    b.put([0, 3], [2.0, 1.0])
    return b * b


@case(array(2, 3), array(4))
@case(array(2, 3), array(2))
def put_repeats_and_begins_anew(a, v):
    b = a * 1
    np.put(b, [1, 1, 4], v)
    np.put(b, [7, -8], v[0], mode="wrap")
    np.put(b, [9, -3], v, mode="clip")
    return b * b


@case(array(2, 3), array(4))
@case(array(2, 3), array(2))
def place(a, v):
    b = a * 1
    np.place(b, b > 0.9, v)
    return b * b


@case(array(2, 3), array(2, 3))
@case(array(2, 3), array(4))
@case(array(2, 3), 0.7)
def putmask(a, v):
    b = a * 1
    np.putmask(b, b > 0.9, v)
    return b * b


@case(array(3, 4), array(3))
@case(array(4, 3), 0.7)
def fill_diagonal(a, v):
    b = a * 1
    np.fill_diagonal(b, v)
    return b * b


@case(array(2, 3), array(2, 2))
@case(array(2, 3), 0.7)
def put_along_axis(a, v):
    b = a * 1
    np.put_along_axis(b, np.array([[1, 1], [2, 0]]), v, axis=1)
    return b * b


@case(array(4))
def filled(x):
    y = x * 1
    y[1:3].fill(x[0])
    z = np.empty(4)
    z.fill(2.0)
    return y * y * z


@case(array(3, 4))
def sorted_in_place(x):
    y = x * x
    y.sort(axis=0)
    z = y[:, ::-1]
    z.sort()
    return y * np.arange(12.0).reshape(3, 4)


@case(array(4))
def sorted_argument(x):
    x.sort()
    return x * np.arange(4.0)


@case(array(4))
def added_at(x):
    y = np.zeros(3)
    np.add.at(y, [0, 0, 1, 2], x * x)
    np.subtract.at(y, [1, 1], x[0])
    np.multiply.at(y, 0, x[1])
    np.divide.at(y, slice(1, 3), x[2])
    return y * y


@case(array(6), array(3, 3))
def assembled(k, c):
    total = np.zeros((4, 4))
    for e in range(3):
        at = np.array([e, e + 1])
        np.add.at(total, np.ix_(at, at), k[e] * c[:2, :2])
    return total * total


@case(array(4), array(4))
def operators(x, y):
    z = x * 1
    operator.iadd(z, y)
    w = operator.imul(z, y)
    w[0] = 3.0
    operator.setitem(z, 1, y[0] * x[0])
    operator.setitem(z, slice(2, 3), y[0] * x[0])
    return z * z


@case(1.3)
def operator_on_a_number(x):
    return operator.iadd(x, 2.0) * operator.imul(x, x)


@case(array(4))
def index_that_is_a_slice(x):
    y = x * 1
    y[slice(2)] = x[slice(1, 3)] * 2
    return y * y


def scaled_into(a, out):
    np.multiply(a, a[0], out=out)
    return out


@case(array(4))
def helper_writes_into_out(x):
    y = np.empty(4)
    z = scaled_into(x, out=y)
    y[1] = 2.0
    return z * x


@refused("CR116", array(3))
def multiplied_at(x):
    y = np.ones(3)
    np.multiply.at(y, [0, 0], x[:2])  # refused
    return y


@refused("CR116", array(3))
def partitioned(x):
    y = x * 1
    y.partition(1)  # refused
    return y


@refused("CR116", array(3))
def resized(x):
    y = x * 1
    y.resize(2)  # refused
    return y


@refused("CR116", array(3))
def byteswapped(x):
    y = x * 1
    y.byteswap(True)  # refused
    return y


@refused("CR116", array(3), np.random.default_rng(0))
def shuffled(x, rng):
    y = x * 1
    rng.shuffle(y)  # refused
    return y


@refused("CR116", array(3))
def shuffled_by_the_module(x):
    y = x * 1
    np.random.shuffle(y)  # refused
    return y


@refused("CR116", array(3), np.random.default_rng(0))
def drawn_into(x, rng):
    y = x * 1
    rng.random(out=y)  # refused
    return y * x


@refused("CR116", array(3))
def nan_replaced_in_place(x):
    y = x * 1
    np.nan_to_num(y, copy=False)  # refused
    return y


@refused("CR116", array(3), True)
def where_a_number(x, flag):
    y = x * 1
    np.add(x, x, out=y, where=flag)  # refused
    return y
