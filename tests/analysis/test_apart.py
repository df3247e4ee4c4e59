"""Buffers that are two: those that a loop swaps, and not those that it lets meet."""

import numpy as np
import pytest
from tests.autodiff.adjoints import backward, differences, ran, text_of

V, W = np.array([1.0, -2.0, 0.5, 3.0]), np.array([0.5, 1.0, 2.0, -1.0])


def swapped(a, b, n):
    for _ in range(n):
        b[1:-1] = 0.5 * (a[2:] + a[:-2])
        a, b = b, a
    return np.sum(a * a) + np.sum(b)


def rotated(a, b, n):
    c = a * b
    for i in range(n):
        a[1:] += 0.5 * b[:-1] * c[1:]
        a, b, c = b, c, a
    return np.sum(a * b) + np.sum(c * c)


def met(a, b, n):
    for i in range(n):
        b = b * 1.0
        b[1:] += 0.5 * a[:-1]
        if i == 1:
            a = b * 2.0
    return np.sum(a * a) + np.sum(b)


def renewed(a, b, n):
    for _ in range(n):
        a = a * 0.5
        a[0] += b[1]
        b = a + b
        b[1:] *= 2.0
    return np.sum(a * b)


@pytest.mark.parametrize("f", [swapped, rotated])
def test_what_a_loop_swaps_is_written_in_place(f):
    text = backward(text_of(f, V, W, 3, wrt=(0, 1)))
    assert "np.copy" not in text
    assert "da, db" in text


@pytest.mark.parametrize("f", [swapped, rotated, met, renewed])
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_the_gradient_is_right(f, n):
    args = V, W, n
    value, gradients = ran(f, *args, wrt=(0, 1))
    assert value == f(V.copy(), W.copy(), n)
    assert not np.shares_memory(*gradients)
    for i, g in enumerate(gradients):
        np.testing.assert_allclose(g, differences(f, args, i), rtol=1e-6, atol=1e-7)
