"""Mutation across calls: what a derivative does to its arguments, what a pullback keeps, and what types decide."""

import tracemalloc

import numpy as np
import pytest

import chainrule
from chainrule import grad, value_and_grad, vjp


def slopes(f, *args, h=1e-6):
    """The gradient by each argument, by central differences."""
    found = []
    for k, x in enumerate(args):
        d = np.zeros(np.shape(x))
        for i in np.ndindex(d.shape):
            ends = []
            for step in (h, -h):
                moved = [np.array(a, float) if np.ndim(a) else float(a) for a in args]
                if np.ndim(x):
                    moved[k][i] += step
                else:
                    moved[k] += step
                ends.append(f(*moved))
            d[i] = (ends[0] - ends[1]) / (2 * h)
        found.append(d)
    return found


X = np.array([0.5, 1.5, -0.7, 1.1, 0.9])


# The six traps


def neighbours(a):
    for i in range(1, 4):
        a[i] = a[i - 1] * a[i] * a[i + 1]
    return a


def test_the_argument_and_what_is_returned_are_left_as_the_function_leaves_them():
    theirs, ours = X.copy(), X.copy()
    expected = neighbours(theirs)
    value, gradient = value_and_grad(neighbours).seeded(np.ones(5))(ours)
    assert value is ours and np.array_equal(value, expected)
    np.testing.assert_allclose(
        gradient, slopes(lambda a: np.sum(neighbours(a)), X)[0], rtol=1e-7, atol=1e-8
    )
    assert not np.shares_memory(gradient, ours)


def powers(x):
    y = x * x
    y[1:] *= y[:-1]
    np.exp(y, out=y)
    x *= 2
    return np.sum(y * x)


def test_a_pullback_called_twice_gives_the_same():
    _, pullback = vjp(powers, X.copy())
    one, two = pullback(1.0), pullback(1.0)
    assert np.array_equal(one[0], two[0]) and not np.shares_memory(one[0], two[0])
    np.testing.assert_allclose(one[0], slopes(powers, X)[0], rtol=1e-6)


@pytest.mark.parametrize("f", [powers, neighbours])
def test_what_the_caller_writes_between_changes_nothing(f):
    x = X.copy()
    y, pullback = vjp(f, x)
    seed = np.ones(5) if np.ndim(y) else 1.0
    x -= 3.0
    if isinstance(y, np.ndarray):
        y *= 0
    np.testing.assert_allclose(
        pullback(seed)[0], slopes(lambda a: np.sum(f(a)), X)[0], rtol=1e-6, atol=1e-8
    )


def exponentials(x):
    e = np.exp(x)
    return e


def scaled(x):
    y = exponentials(x)
    y *= x
    y[0] = 2.0 * y[1]
    return np.sum(y)


def test_a_callee_keeps_its_result_which_the_caller_then_scales():
    np.testing.assert_allclose(grad(scaled)(X), slopes(scaled, X)[0], rtol=1e-7, atol=1e-8)


def test_two_pullbacks_are_alive_at_once():
    first, second = vjp(powers, X.copy())[1], vjp(powers, X * 1.1)[1]
    expected = [vjp(powers, x)[1](1.0)[0] for x in (X.copy(), X * 1.1)]
    assert np.array_equal(first(1.0)[0], expected[0])
    assert np.array_equal(second(1.0)[0], expected[1])
    assert np.array_equal(first(1.0)[0], expected[0])


def test_a_backward_part_that_raises_is_called_again():
    y, pullback = vjp(neighbours, X.copy())
    expected = vjp(neighbours, X.copy())[1](np.ones(5))[0]
    with pytest.raises(ValueError):
        pullback(np.ones(4))
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        pullback(np.full(5, 1.7e308))
    assert np.array_equal(pullback(np.ones(5))[0], expected)


def rebound_in_a_branch(x, flag):
    u = x * 1
    z = np.outer(x[:3], x[:2])
    if flag:
        u[...] = 0.5 * u + u
        x = u
    return np.sum(z * z) + np.sum(u)


def test_what_the_forward_part_copies_it_copies_before_the_pullback_is_called():
    x = X.copy()
    _, pullback = vjp(rebound_in_a_branch, x, True)
    x *= 0
    expected = slopes(lambda a: rebound_in_a_branch(a, True), X)[0]
    np.testing.assert_allclose(pullback(1.0)[0], expected, rtol=1e-7)


# Arguments in one piece of memory


def exchanged(x, y):
    x[0] = y[1] * y[0]
    y[2] = x[3] * x[0]
    return np.sum(x * y * y)


def multiplied(x, y):
    x[0] = y[1] * y[0]
    y *= x
    return y


def three(x, y, z):
    x[...] = y * z
    y[0] += x[1]
    return np.sum(x * z * y)


MATRIX = np.arange(1.0, 13.0).reshape(3, 4) / 5
OVERLAPS = [
    (exchanged, X, lambda m: (m, m)),
    (exchanged, X, lambda m: (m[1:], m[:-1])),
    (exchanged, X, lambda m: (m[:4], m[:4])),
    (exchanged, X, lambda m: (m, m[::-1])),
    (exchanged, MATRIX, lambda m: (m[0], m[0, ::-1])),
    (exchanged, MATRIX, lambda m: (m[1], m[1:, :][0])),
    (multiplied, X, lambda m: (m, m[:])),
    (multiplied, X, lambda m: (m[1:], m[1:])),
    (three, X, lambda m: (m[1:], m[:-1], m[1:])),
    (three, MATRIX, lambda m: (m[:2], m[1:], m[:2])),
]


@pytest.mark.parametrize(("f", "memory", "views"), OVERLAPS)
def test_arguments_that_overlap_share_their_cotangents(f, memory, views):
    count = len(views(memory))
    whole = slopes(lambda m: np.sum(f(*views(m))), memory)[0]
    theirs = memory.copy()
    expected = f(*views(theirs))
    seed = np.ones(np.shape(expected)) if np.ndim(expected) else 1.0
    d = value_and_grad(f, tuple(range(count))).seeded(seed)
    for _ in range(3):
        ours = memory.copy()
        value, gradients = d(*views(ours))
        assert np.array_equal(value, expected) and np.array_equal(ours, theirs)
        for i, (g, part) in enumerate(zip(gradients, views(whole))):
            np.testing.assert_allclose(g, part, rtol=1e-6, atol=1e-7)
            others = [ours, *gradients[:i]]
            assert not any(np.shares_memory(g, other) for other in others)
        apart = [part.copy() for part in views(memory)]
        again = [part.copy() for part in views(memory)]
        assert np.array_equal(d(*apart)[0], f(*again))  # the same derivative, of arrays apart
    ours = memory.copy()
    _, pullback = vjp(f, *views(ours))
    ours *= 0
    for g, part in zip(pullback(seed), views(whole)):
        np.testing.assert_allclose(g, part, rtol=1e-6, atol=1e-7)


def test_the_text_for_overlapping_arguments_takes_no_others():
    run = value_and_grad(exchanged, (0, 1)).specialize(X[1:], X[:-1])
    m = X.copy()
    assert run(m[1:], m[:-1])[0] == exchanged(*(lambda m: (m[1:], m[:-1]))(X.copy()))
    with pytest.raises(TypeError, match="lies elsewhere"):
        run(*(lambda m: (m[:-1], m[1:]))(X.copy()))


def test_overlapping_arguments_that_are_only_read_have_gradients_of_their_own():
    x = X.copy()
    one, other = grad(lambda x, y: np.sum(x * x * y), (0, 1))(x, x)
    np.testing.assert_allclose(one, 2 * X * X)
    np.testing.assert_allclose(other, X * X)


GLOBAL = np.array([1.0, 2.0, 3.0])


def first_of_list(xs):
    xs[0][0] *= 2.0
    return np.sum(xs[0] * xs[1])


def times_a_global(x):
    x *= 2.0
    return np.sum(x * GLOBAL)


def test_arrays_in_containers_and_globals_that_overlap_and_are_written_to_are_refused():
    a = np.array([0.5, 1.5, 2.5])
    np.testing.assert_allclose(grad(first_of_list)([a.copy(), a.copy()])[0], a * [2, 1, 1])
    with pytest.raises(ValueError, match="share memory"):
        grad(first_of_list)([a, a])
    np.testing.assert_allclose(grad(times_a_global)(a.copy()), 2 * GLOBAL)
    with pytest.raises(ValueError, match="share memory"):
        grad(times_a_global)(GLOBAL)


# Types decide


def updated(x):
    y = x
    y += 1
    return np.sum(x * y * y)


def test_an_update_of_a_name_is_a_new_number_or_the_same_array():
    d = value_and_grad(updated)
    assert d(2.0) == (18.0, 3.0 * 3.0 + 2.0 * 2 * 3.0)
    x = np.array([2.0, 0.5])
    value, gradient = d(x)
    assert value == 27.0 + 1.5**3 and np.array_equal(x, [3.0, 1.5])
    np.testing.assert_allclose(gradient, 3 * np.array([3.0, 1.5]) ** 2)
    assert d(2.0) == (18.0, 21.0)


def test_what_nothing_says_is_refused_or_asked():
    text = chainrule.grad(updated)
    with pytest.raises(chainrule.ChainruleError, match="annotate it"):
        text.source  # noqa: B018


def product(x, y):
    return sum(x * y[1:])


def annotated(x: np.ndarray, y: np.ndarray):
    return sum(x * y[1:])


@pytest.mark.parametrize("f", [product, annotated])
def test_one_derivative_broadcasts_where_the_arrays_are_short(f):
    d = grad(f, (0, 1))
    x = np.array([0.5, 1.5, -0.7, 1.1])
    for y in (X, np.array([0.3, 2.0]), X, np.array([0.3, 2.0])):
        for ours, theirs in zip(d(x, y), slopes(f, x, y)):
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-8)


# Layouts


def reshaped(a):
    b = a.reshape(-1)
    b[0] = b[1] * b[2]
    return np.sum(a * a)


def test_a_reshape_that_is_a_copy_where_it_is_written_is_refused_at_the_call():
    a = np.arange(1.0, 7.0).reshape(2, 3)
    d = grad(reshaped)
    np.testing.assert_allclose(d(a.copy()), slopes(reshaped, a)[0], rtol=1e-7, atol=1e-7)
    with pytest.raises(ValueError, match="b is a copy in this layout"):
        d(np.asfortranarray(a))


# Memory


def peak(run, *args):
    run(*args)
    tracemalloc.start()
    try:
        run(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def diffused(u, n):
    flux = np.zeros(len(u) - 1)
    for _ in range(n):
        np.subtract(u[1:], u[:-1], out=flux)
        u[1:-1] += 0.1 * (flux[1:] - flux[:-1])
    return np.sum(u * u)


def test_a_linear_stencil_with_an_output_buffer_takes_constant_memory():
    run = grad(diffused)
    few, many = (peak(lambda n=n: run(np.linspace(0.0, 1.0, 2000), n)) for n in (10, 300))
    assert many < 1.3 * few
    u = np.linspace(0.0, 1.0, 9) ** 2
    np.testing.assert_allclose(
        run(u.copy(), 3), slopes(lambda u: diffused(u, 3), u)[0], rtol=1e-6, atol=1e-8
    )


def test_what_is_overwritten_and_not_needed_costs_nothing():
    def f(x):
        y = x * 3.0
        y[0] = 1.0
        np.copyto(y[1:], x[:-1])
        y.fill(2.0)
        return np.sum(y * x)

    text = grad(f).specialize(X).source
    assert "copy(" not in text and "_saved" not in text
    np.testing.assert_allclose(grad(f)(X), np.full(5, 2.0))
