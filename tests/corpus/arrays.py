"""NumPy: reductions, broadcasting, shapes, joining, indexing, linear algebra."""

import numpy as np
from tests.corpus import array, case, signed


@case(array(3, 4))
@case(array(1, 4))
@case(array(3, 1))
def sums(x):
    return np.sum(x) * np.sum(x, axis=0) * np.sum(x, axis=1, keepdims=True) + x.sum(axis=(0, 1))


@case(array(3, 4))
def means(x):
    return np.mean(x * x, axis=1)[:, None] * x.mean() - x.mean(axis=0)


@case(array(3, 4))
def variances(x):
    return np.var(x, axis=0) + np.std(x) + x.var(axis=1).sum()


@case(array(3, 4))
def products(x):
    return np.prod(x, axis=0) * np.prod(x)


@case(array(3, 4))
def extrema(x):
    return np.max(x) * np.min(x, axis=0) + x.max(axis=1).sum()


@case(array(5))
def cumulative(x):
    return np.cumsum(x) * np.cumsum(x * x)


@case(array(3, 4))
def standardized(x):
    return (x - np.mean(x, axis=0)) / np.std(x, axis=0)


@case(signed(3, 4))
def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


@case(array(3), array(4))
def outer(x, y):
    return np.outer(x, y) + x[:, None] * y[None, :]


@case(array(3, 1), array(4))
@case(array(3, 4), array(1, 1))
@case(array(2, 3, 4), array(3, 1))
@case(array(1), array(3, 1))
def broadcasting(x, y):
    return x * y + x / y - y


@case(array(3), 1.3)
@case(array(3), np.float64(1.3))
@case(array(3), np.array(1.3))
@case(array(3), array(1))
def with_scalar(x, s):
    return x * s + s / x - s


@case(array(5), array(4))
@case(array(2), array(2))
@case(array(5), array(1))
@case(array(2), array(4))
def hidden_broadcast(x, y):
    return np.sum(x[1:] * y)


@case(array(5), array(5))
@case(array(2), array(5))
def hidden_broadcast_other_side(x, y):
    return np.sum(x[1:] * y[1:]) if len(x) > 2 else np.sum(x[1:] * y[2:])


@case(array(2, 3))
def reshapes(x):
    return x.reshape(3, 2).T * np.reshape(x, (2, -1)) + x.ravel().reshape(2, 3)


@case(array(2, 3, 4))
def transposes(x):
    return (
        np.transpose(x, (2, 0, 1)).sum(axis=0) * np.swapaxes(x, 0, 2).sum(axis=0).T
        + np.moveaxis(x, 0, -1).sum()
    )


@case(array(3))
def new_axes(x):
    return x[:, None] * x[None] + np.expand_dims(x, 1) * x[..., None, :].sum()


@case(array(1, 3, 1))
def squeezes(x):
    return np.squeeze(x) * x.squeeze(0)[:, 0]


@case(array(3), array(2))
def joins(x, y):
    return np.concatenate([x, y * y, x]) * np.hstack((x, x, y))


@case(array(3), array(3))
def stacks(x, y):
    return np.stack([x, y * x]) * np.vstack([y, x]) + np.stack((x, y), axis=1).T


@case(array(6))
def slices(x):
    return x[1:4] * x[2:5] + x[::2] + x[-1:-4:-1] * x[0]


@case(array(4, 5))
def mixed_slices(x):
    return x[1:, ::2] * x[:-1, 1:4] + x[0, 2] * x[..., 0][1:][:, None]


@case(array(5), np.array([0, 2, 2, 4]))
def integer_index(x, i):
    return x[i] * x[i[0]] + x[[1, 1, 3, 0]]


@case(array(5))
def boolean_index(x):
    return np.sum(x[x > 1] * 2) + x[np.array([True, False, True, False, False])].sum()


@case(array(4, 5), np.array([0, 2]), np.array([1, 1]))
def two_index_arrays(x, i, j):
    return x[i, j] * x[i][:, 0] + x[:, j].sum(axis=0)


@case(array(5), np.array([0, 2, 2]))
def integer_index_in_loop(x, i):
    s = 1.0
    for k in range(3):
        s = s * x[i[k]] + x[k]
    return s


@case(array(5), np.array([0, 2, 3]))
def store_by_index_array(x, i):
    y = x * 1
    y[i] = y[i - 0] * x[1]
    y[i] *= 2
    return y * x


@case(array(5))
def store_by_mask(x):
    y = x * 1
    m = x > 1
    y[m] = y[m] * x[0]
    y[~m] = 0.5
    return y * x


@case(array(5), np.array([0, 2, 2]))
def store_by_repeated(x, i):
    y = x * 1
    y[i] = x[:3] * x[2]
    return y * x


@case(array(4), np.array([0, 2, 2]))
def add_by_repeated(x, i):
    y = x * 1
    y[i] += x[:3] * x[1]
    return y * x


@case(array(3, 3) + 3 * np.eye(3), array(3))
def solves(a, b):
    return np.linalg.solve(a, b) * np.linalg.det(a)


@case(array(3, 3) + 3 * np.eye(3))
def inverse(a):
    return np.linalg.inv(a) @ a.T


@case(array(3))
@case(array(3, 2))
def norms(x):
    return np.linalg.norm(x) * x


@case(array(2, 3), array(3, 4))
def einsums(x, y):
    return np.einsum("ij,jk->ik", x, y) * np.einsum("ij->i", x)[:, None]


@case(array(3), array(3))
def dots(x, y):
    return np.dot(x, y) * x + np.inner(x, y) + np.vdot(x, y)


@case(array(2, 3), array(3, 2))
def traces(x, y):
    return np.trace(x @ y) + np.diag(x @ y).sum() + np.sum(np.diag(x[0]))


@case(signed(4))
def activations(x):
    return np.maximum(x, 0) + np.tanh(x) + np.abs(x) + np.minimum(x, 0.1) + np.clip(x, -0.8, 0.8)


@case(array(4))
def creation(x):
    n = x.shape[0]
    return (
        np.zeros(n)
        + np.ones_like(x) * x
        + np.arange(n) * x
        + np.linspace(0, 1, n) * x
        + np.full(n, 2.0) * x
        + np.eye(n) @ x
    )


@case(array(4))
def full_of_value(x):
    return np.full(3, x[0]) * x[1] + np.full_like(x, x[2])[:3] + np.ones(3) * x[3]


@case(array(4))
def methods(x):
    return x.sum() * x.mean() + x.dot(x) * x.max() + x.prod() + x.copy().clip(0.5, 1.5).sum()


@case(array(3, 3))
def triangles(x):
    return np.triu(x) @ np.tril(x) + np.tril(x, -1)


@case(array(4))
def flips(x):
    return np.flip(x) * x[::-1] + np.roll(x, 1) * x + np.repeat(x, 2)[:4] + np.tile(x, 2)[2:6]


@case(array(5))
def differences(x):
    return np.diff(x) * x[1:] + np.diff(x * x)


@case(array(5))
def sorted_values(x):
    return np.sort(x) * np.arange(5.0)


@case(array(3, 4))
def arg_index(x):
    return x[0, np.argmax(x[1])] * np.sum(x)


@case(array(2, 3))
def sizes_used(x):
    return x * x.size + x.ndim * np.sum(x) / len(x) + x.shape[1]


@case(np.zeros((0,)))
@case(np.zeros((0, 3)))
@case(np.zeros((2, 0)))
def empty(x):
    return np.sum(x * x) + np.sum(x)


@case(np.zeros((0, 3)), array(3))
def empty_broadcast(x, y):
    return x * y


@case(array(2, 3).astype(np.float32))
@case(array(2, 3))
@case(array(1).astype(np.float32))
def single_precision(x):
    return np.sum(np.exp(-x) * x) + np.mean(x, axis=0)


@case(array(3, dtype=np.float32), array(3))
@case(array(3, dtype=np.float32), 1.3)
@case(array(3, dtype=np.float32), np.float64(1.3))
@case(array(3), np.float32(1.3))
@case(np.float32(0.4), np.float32(1.3))
def mixed_precision(x, y):
    return x * y + y * y


@case(array(3, dtype=np.float32))
def cast_up(x):
    return x.astype(np.float64) * 2.0 + x


@case(array(3), np.arange(3))
def with_integers(x, k):
    return x * k + k.sum() * x


@case(np.array(1.3))
@case(np.float64(1.3))
def zero_dimensional(x):
    return x * x + np.sin(x)


@case(np.array(1.3), np.array(0.4))
def zero_dimensional_both(x, y):
    return np.sum(x * y) + x


@case(np.array(1.3))
def zero_dimensional_updated(x):
    y = x * 1.0
    y += x
    x *= 2
    return y * x


@case(np.array([1.3]))
def one_element(x):
    return x * x


@case(array(3))
def item_method(x):
    return x.item(0) * float(x[1]) * x[2]


@case(array(3, 4))
def where_with_arrays(x):
    return np.where(x > 1, x * x, np.sum(x, axis=0))


@case(array(3, 4))
def select_rows(x):
    return np.sum([np.sum(x[i]) * i for i in (0, 1)][0]) if False else x[1] * x[2]


@case(array(2, 3), array(3))
def predict(w, x):
    h = np.tanh(w @ x)
    return 0.5 * np.sum((h - 0.2) ** 2)


@case(array(4, 3), array(4), array(3))
def least_squares(a, b, x):
    r = a @ x - b
    return r @ r


@case(array(5))
def logsumexp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


A53 = np.random.default_rng(53).normal(size=(5, 3))


@case(A53)
def singular_values_alone(A):
    u, s, vh = np.linalg.svd(A, full_matrices=False)
    return np.sum(s**3)


@case(A53)
def triangle_alone(A):
    q, r = np.linalg.qr(A)
    return np.sum(r**2 * np.arange(9.0).reshape(3, 3))


@case(A53)
def eigenvalues_of_each_power(A):
    total = 0.0
    M = A.T @ A
    for _ in range(3):
        w, v = np.linalg.eigh(M)
        total = total + np.sum(w**2)
        M = 0.1 * M @ M
    return total


@case(A53)
def one_of_a_result(A):
    return np.linalg.slogdet(A.T @ A)[1] + np.linalg.slogdet(A.T @ A).logabsdet


@case(A53, A53[:, 0] + 1.0)
def least_squares_of_numpy(A, b):
    x, left, rank, s = np.linalg.lstsq(A, b, rcond=None)
    return np.sum(x * x) + left[0] * rank


@case(A53)
def blocks(A):
    return np.sum(np.block([[A, A * 2], [np.ones((1, 3)), A[:1]]]) ** 2)


@case(A53)
def covariances(A):
    return np.sum(np.cov(A) ** 2) + np.corrcoef(A, rowvar=False)[0, 1]


@case(A53[:, 1])
def fitted(x):
    return np.sum(np.polyfit(np.arange(5.0), x, 2) ** 2) + np.gradient(x, 0.5)[2] * np.amax(x)


@case(array(3), array(2), 0.4)
def rows_by_index(a, b, s):
    return np.sum(np.r_[a, b * 2, s, 0:3, a] ** 2 * np.arange(12.0)) + np.r_[a][1]


@case(array(3), array(3, 2))
def columns_by_index(a, B):
    return np.sum(np.c_[a, B, a * 2] ** 2 * np.arange(4.0) + np.c_[a] * B[:, :1])


@case(array(3))
def brackets_of_numpy(x):
    rows = np.r_
    return (
        np.sum(rows[x, 2.0, x[0]] ** 2)
        + np.c_[x, x].sum()
        + x[np.s_[1:]].sum()
        + np.sum(np.mgrid[0:3] * x)
        + np.sum(np.ogrid[0:3] * x)
    )
