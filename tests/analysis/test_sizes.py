"""Sizes: equal only where that is certain, for every length that an axis may have."""

import numpy as np
import pytest
from tests.autodiff.adjoints import backward, differences, ran, text_of
from tests.ir.forms import lowered

import chainrule
from chainrule.analysis.builder import constant
from chainrule.analysis.sizes import broadcast, covers, same, sliced
from chainrule.ir.form import Value
from chainrule.ir.types import Array, Opaque, Size

F8 = np.dtype(float)
N = Size("x.0")
LONG = Size("x.0", 0, True)


def cut(dim, index):
    return sliced(dim, constant(index))


def axis(*dims):
    return Array(F8, len(dims), dims)


def test_slices_that_cut_the_same_amount_are_equal():
    assert cut(N, slice(1, None)) == cut(N, slice(None, -1)) == Size("x.0", -1)
    assert cut(N, slice(2, None)) == cut(N, slice(1, -1)) == cut(N, slice(None, -2))
    assert cut(N, slice(None)) == N
    assert cut(N, slice(1, None)) != cut(N, slice(2, None))


def test_slices_are_equal_only_where_they_are_at_every_length():
    ends = (None, -3, -2, -1, 0, 1, 2, 3)
    slices = [slice(a, b, c) for a in ends for b in ends for c in (None, 1, 2, -1)]
    lengths = {}
    for index in slices:
        symbol = cut(N, index)
        own = [len(range(n)[index]) for n in range(8)]
        assert lengths.setdefault(symbol, own) == own, index
        for again in slices[::7]:
            own = [len(range(n)[index][again]) for n in range(8)]
            assert lengths.setdefault(cut(symbol, again), own) == own, (index, again)


def test_slices_of_slices_agree_with_themselves_at_every_length():
    once = cut(N, slice(1, None))
    twice, other = cut(once, slice(None, -1)), cut(N, slice(1, -1))
    assert twice == other
    for n in range(5):
        assert len(range(n)[1:][:-1]) == len(range(n)[1:-1]) == max(0, n + twice.offset)


def test_a_known_length_is_cut_exactly():
    for index in (slice(1, None), slice(None, None, 2), slice(-2, None), slice(5, 1, -1)):
        assert cut(7, index) == len(range(7)[index])


def test_nothing_is_known_of_a_slice_with_bounds_that_are_not():
    assert sliced(N, Value("", Opaque(slice))) is None


def test_a_slice_by_a_number_that_has_a_symbol_is_equal_to_another_by_it():
    def upper(a):
        s = 0.0
        for k in range(len(a)):
            row, column = a[k, k + 1 :], a[k + 1 :, k]
            s = s + np.sum(row * a[0, k + 1 :]) + np.sum(column * row)
        return s

    a = np.arange(9.0).reshape(3, 3)
    text = backward(text_of(upper, a))
    assert text.count("unbroadcast(") == 2  # a matrix may have fewer columns than rows
    np.testing.assert_allclose(ran(upper, a)[1], differences(upper, (a,), 0), rtol=1e-7)


def test_two_unknown_lengths_are_not_equal():
    assert not same(axis(None), axis(None))
    assert same(axis(N), axis(N))
    assert not same(axis(N), axis(Size("y.0")))
    assert not same(axis(N), axis(N, N))


def test_what_broadcasting_gives():
    assert broadcast([(LONG,), (Size("y.0"),)]) == (LONG,)
    assert broadcast([(N,), (Size("y.0"),)]) == (None,)
    assert broadcast([(N,), ()]) == (N,)
    assert broadcast([(1,), (N, N)]) == (N, N)
    assert broadcast([(N,), None]) is None


def test_only_an_operand_that_cannot_be_stretched_covers():
    assert covers(axis(LONG), axis(LONG))
    assert covers(axis(N), axis(N))
    assert not covers(axis(None), axis(LONG))
    assert not covers(axis(Size("y.0", -1)), axis(LONG))
    assert not covers(axis(LONG), axis(LONG, LONG))


def test_differences_of_one_array_need_no_test():
    def steps(x):
        return np.sum(x[1:] * x[:-1])

    x = np.array([1.0, 3.0, 2.0])
    assert "unbroadcast" not in text_of(steps, x)
    for n in range(1, 5):
        x = np.arange(n) + 1.5
        np.testing.assert_allclose(chainrule.grad(steps)(x), differences(steps, (x,), 0), atol=1e-8)


def shifted(x, y):
    return np.sum(x * y[1:])


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_slice_of_one_element_broadcasts(n):
    """No key shows that ``y[1:]`` of two elements has one."""
    x, y = np.arange(n) + 1.5, np.array([2.0, 3.0])
    derivative = chainrule.grad(shifted, (0, 1))
    derivative(np.ones(4), np.ones(5))  # the text is made for two arrays that are longer
    for a, b in ((x, y), (np.ones(4), np.arange(5.0))):
        for i, g in enumerate(derivative(a, b)):
            assert g.shape == (a, b)[i].shape
            np.testing.assert_allclose(g, differences(shifted, (a, b), i), rtol=1e-7, atol=1e-9)


def test_the_test_stays_where_it_is_needed_and_nowhere_else():
    text = backward(text_of(shifted, np.ones(4), np.ones(5), wrt=(0, 1)))
    assert text.count("unbroadcast(") == 1
    assert "unbroadcast(seed * x, y[1:])" in text


def test_an_axis_of_one_is_part_of_what_text_is_made_for():
    def scaled(x, y):
        return np.sum(x * y)

    derivative = chainrule.grad(scaled, (0, 1))
    for x, y in ((np.ones(3), np.ones(3)), (np.ones(1), np.arange(3.0)), (np.ones(3), np.ones(1))):
        for i, g in enumerate(derivative(x, y)):
            np.testing.assert_allclose(g, differences(scaled, (x, y), i), rtol=1e-7, atol=1e-9)


def test_lengths_follow_through_the_form():
    def filled(x):
        n = len(x)
        y = np.zeros(n - 1)
        z = np.zeros_like(x)
        return y + x[1:], z + x, x[:, None] + x

    x = np.ones(4)
    form = lowered(filled, x)
    first, second, third = (a.type for a in form.body.statements[-1].args)
    own = form.params[0].value.type
    assert same(second, own)
    assert same(first, axis(Size(own.dims[0].axis, -1)))
    assert third.dims == own.dims * 2


def test_a_slice_in_a_loop_needs_no_test_and_no_tape():
    def strided(x, n):
        s = 0.0
        for j in range(n):
            v = x[::2]
            s = s + np.sum(v * v)
        return s

    x = np.arange(1.0, 6.0)
    text = text_of(strided, x, 3)
    assert "unbroadcast" not in text and "saved" not in text and "broadcast_to" not in text
    np.testing.assert_allclose(ran(strided, x, 3)[1], differences(strided, (x, 3), 0), rtol=1e-7)


def test_what_a_turn_made_is_of_another_length_in_the_next():
    def narrowing(x, n):
        s = 0.0
        for i in range(n):
            if i > 0:
                s = s + np.sum(x * before)  # noqa: F821 (of the turn before: one longer)
            before = x * 2.0
            x = x[1:]
        return s

    x = np.array([1.0, 2.0])  # in the second turn one element meets two
    np.testing.assert_allclose(ran(narrowing, x, 2)[1], differences(narrowing, (x, 2), 0))


def cut_short(x, n):
    for _ in range(n):
        x = x[1:]
    return x


def test_two_calls_of_one_function_have_lengths_of_their_own():
    def met(a, b):
        return np.sum(cut_short(a, 2) * cut_short(b, 2))

    args = np.arange(1.0, 4.0), np.arange(1.0, 6.0)  # one element meets three
    for i in range(2):
        np.testing.assert_allclose(ran(met, *args, wrt=(i,))[1], differences(met, args, i))


def test_a_loop_that_changes_a_length_is_not_trusted():
    def shrinking(x, n):
        y = x * 1.0
        for i in range(n):
            y = y[1:] * y[:-1]
        return np.sum(y * y)

    x = np.array([1.0, 0.5, 2.0, 1.5])
    np.testing.assert_allclose(
        ran(shrinking, x, 2)[1], differences(shrinking, (x, 2), 0), rtol=1e-7
    )


def test_lengths_follow_through_copies_and_what_makes_arrays_of_a_length():
    def made(x):
        n = len(x)
        first = x.copy() + np.roll(x, 1) + x.astype(float) + np.sort(x) + np.cumsum(x)
        return first + np.linspace(0.0, 1.0, n) + np.arange(n) + np.full(n, 2.0), np.diff(x)

    form = lowered(made, np.ones(4))
    whole, steps = (a.type for a in form.body.statements[-1].args)
    assert same(whole, form.params[0].value.type)
    assert same(steps, axis(Size(form.params[0].value.type.dims[0].axis, -1)))
    table = lowered(lambda x: np.cumsum(x) * np.ravel(x), np.ones((2, 3)))
    assert not same(table.body.statements[-1].results[0].type, table.params[0].value.type)


def test_two_waves_that_change_places_have_one_length():
    def wave(u, n):
        before = u.copy()
        for _ in range(n):
            after = np.zeros_like(u)
            after[1:-1] = 2 * u[1:-1] - before[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
            before, u = u, after
        return np.sum(u**2)

    u = np.array([1.0, 3.0, -2.0, 0.5])
    text = text_of(wave, u, 3)
    assert "saved" not in text and "unbroadcast" not in text and "copy" not in backward(text)
    np.testing.assert_allclose(ran(wave, u, 3)[1], differences(wave, (u, 3), 0), rtol=1e-6)
