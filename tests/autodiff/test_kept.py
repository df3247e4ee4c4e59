"""What is kept and what is computed again: by the text, and by the memory that a call takes."""

import re
import tracemalloc

import numpy as np
import pytest
from tests.autodiff.adjoints import backward, differences, forward, optimized, ran, text_of

from chainrule import pipeline
from chainrule.backend.load import load


def tapes(f, *args, wrt=(0,)):
    """The tapes of a text, in order."""
    return re.findall(r"^    (\w+)_saved = \[\]$", text_of(f, *args, wrt=wrt), re.M)


def peak(run, *args):
    """The most memory that a call holds at once, in bytes."""
    run(*args)
    tracemalloc.start()
    try:
        run(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def running(f, *args, wrt=(0,)):
    text = pipeline.text(optimized(f, *args, wrt=wrt), "")
    return load(text.body, text.name, f, text.imports)


def diffused(u, dt, n):
    u = u * 1.0
    for i in range(n):
        u[1:-1] += dt * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def reacted(u, dt, n):
    u = u * 1.0
    for i in range(n):
        u[1:-1] += dt * u[1:-1] * u[2:]
    return np.sum(u * u)


def reduced(a):
    a = a * 1.0
    n = len(a)
    for k in range(n - 1):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return np.sum(a)


def filled(x, n):
    y = np.zeros(n)
    y[0] = x
    for i in range(1, n):
        y[i] = y[i - 1] * x
    return y[n - 1]


def test_a_linear_update_in_place_keeps_nothing():
    u = np.linspace(0.0, 1.0, 200)
    assert tapes(diffused, u, 0.1, 5) == []
    assert "copy" not in forward(text_of(diffused, u, 0.1, 5))
    np.testing.assert_allclose(
        ran(diffused, u[:9], 0.1, 5)[1], differences(diffused, (u[:9], 0.1, 5), 0), atol=1e-8
    )


def test_a_thousand_steps_take_the_memory_of_ten():
    u = np.linspace(0.0, 1.0, 2000)
    run = running(diffused, u, 0.1, 10)
    few, many = peak(run, u, 0.1, 10), peak(run, u, 0.1, 1000)
    assert many < 1.2 * few


def test_what_a_product_reads_is_kept():
    u = np.linspace(0.5, 1.0, 9)
    assert len(tapes(reacted, u, 0.1, 5)) >= 1
    np.testing.assert_allclose(
        ran(reacted, u, 0.1, 5)[1], differences(reacted, (u, 0.1, 5), 0), rtol=1e-7
    )


def test_a_factor_that_is_not_asked_is_not_kept():
    def scaled(x, rate, n):
        for i in range(n):
            x = x * rate
        return x

    assert tapes(scaled, 2.0, 0.5, 3) == []
    assert tapes(scaled, 2.0, 0.5, 3, wrt=(0, 1)) == ["x"]


def test_sums_and_products_of_numbers_are_computed_again():
    def step(x, n):
        for i in range(n):
            a = x * 2.0
            b = a + 1.0
            x = b * a
        return x

    assert tapes(step, 0.3, 3) == ["x"]
    assert "a = x_" in backward(text_of(step, 0.3, 3)) or "x_1 * 2.0" in backward(
        text_of(step, 0.3, 3)
    )


def test_results_of_costly_calls_are_kept():
    def step(x, n):
        for i in range(n):
            x = np.exp(x) * 0.3
        return x

    assert len(tapes(step, 0.3, 3)) == 1
    assert "dx = dx * 0.3 * a\n" in backward(text_of(step, 0.3, 3))


def test_a_branch_in_a_loop_is_asked_again_or_kept_but_never_guessed():
    def step(x, n):
        for i in range(n):
            if x > 1.0:
                x = x * 0.5
            else:
                x = x * x * 3.0
        return x

    np.testing.assert_allclose(ran(step, 0.7, 6)[1], differences(step, (0.7, 6), 0), rtol=1e-7)


def test_an_operand_that_is_overwritten_later_is_copied_first():
    def late(x):
        y = x * 1.0
        z = np.sin(y)
        y[:] = 2.0
        return np.sum(z * y)

    x = np.array([0.3, 0.7])
    assert "copy(" in forward(text_of(late, x))
    np.testing.assert_allclose(ran(late, x)[1], 2 * np.cos(x))


def test_an_operand_that_is_not_overwritten_is_not():
    def early(x):
        y = x * 1.0
        y[:1] = 2.0
        z = np.sin(y)
        return np.sum(z)

    x = np.array([0.3, 0.7])
    assert "copy(" not in forward(text_of(early, x))
    np.testing.assert_allclose(ran(early, x)[1], [0.0, np.cos(0.7)])


def test_a_shape_is_no_reason_to_keep_an_array():
    def summed(x, n):
        s = 0.0
        for i in range(n):
            s = s + np.sum(2.0 * x)
        return s

    assert tapes(summed, np.ones(3), 3) == []


def test_a_branch_hands_what_it_made_to_its_mirror():
    def chosen(x, t):
        if t:
            a = np.exp(x)
            y = a * a
        else:
            y = x
        return y

    assert tapes(chosen, 0.3, True) == []
    for t in (True, False):
        np.testing.assert_allclose(ran(chosen, 0.3, t)[1], differences(chosen, (0.3, t), 0))


def test_elimination_is_right():
    a = np.arange(9.0).reshape(3, 3) % 5 + 4 * np.eye(3)
    np.testing.assert_allclose(ran(reduced, a)[1], differences(reduced, (a,), 0), atol=1e-7)


@pytest.mark.xfail(reason="elimination keeps every row that it reads")
def test_elimination_is_not_cubic_in_memory():
    run = running(reduced, np.eye(4))
    few, many = (peak(run, np.eye(n) * n + 1.0) for n in (32, 64))
    assert many < 5 * few


def test_a_recurrence_that_fills_keeps_numbers_and_no_arrays():
    text = text_of(filled, 1.1, 5)
    assert "copy(" not in forward(text)
    np.testing.assert_allclose(ran(filled, 1.1, 5)[1], 5 * 1.1**4)


def test_a_test_of_two_parts_is_asked_again_and_no_further_than_it_was():
    def halved(x, n):
        s = 0.0
        for i in range(n):
            if i > 0 and 6 / i > 2.5:
                s = s + x * x
        return s

    assert tapes(halved, 0.5, 4) == []
    assert "if i > 0 and 6 / i > 2.5:" in backward(text_of(halved, 0.5, 4))
    np.testing.assert_allclose(ran(halved, 0.5, 4)[1], 2.0)
