"""Names: versions of one thing share a name where they can, and the user's names are the user's."""

import re

import numpy as np
import pytest
from tests.autodiff.adjoints import backward, differences, forward, optimized, ran, text_of

from chainrule.backend.fold import Folding
from chainrule.backend.names import Names


def swapped(x, y, n):
    for i in range(n):
        x, y = y, x
    return x * x * y


def rotated(x, y, z, n):
    for i in range(n):
        x, y, z = y, z, x * y
    return x * y * z


def fibonacci(x, n):
    a, b = x, x * x
    for i in range(n):
        a, b = b, a + b * x
    return a * b


def two_swaps(x, y, n):
    for i in range(n):
        x, y = y * y, x
        if i % 2:
            x, y = y, x
    return x * y


def right(f, *args):
    wrt = [i for i, a in enumerate(args) if isinstance(a, float | np.ndarray)]
    for textbook in (False, True):
        value, gradients = ran(f, *args, wrt=wrt, textbook=textbook)
        assert value == f(*args)
        gradients = gradients if len(wrt) > 1 else (gradients,)
        for i, g in zip(wrt, gradients):
            np.testing.assert_allclose(g, differences(f, args, i), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_swaps_in_loops(n):
    right(swapped, 1.1, 0.7, n)
    right(rotated, 1.1, 0.7, 1.3, n)
    right(fibonacci, 0.6, n)
    right(two_swaps, 1.1, 0.7, n)


def test_cotangents_are_swapped_as_the_values_were():
    assert "dx, dy = dy, dx" in backward(text_of(swapped, 1.1, 0.7, 3, wrt=(0, 1)))


def test_versions_share_a_name():
    def straight(x):
        x = x * 2.0
        x = x + 1.0
        x = x * x
        return x

    assert re.findall(r"^    (\w+) =", forward(text_of(straight, 1.0)), re.M)[:2] == ["x", "x"]
    right(straight, 1.5)


def test_a_version_that_is_still_read_keeps_its_value():
    def kept(x):
        y = x * 2.0
        old = y
        y = y * x
        return y * old

    right(kept, 1.5)

    def through_the_loop(x, n):
        y = x
        for i in range(n):
            y = y * x
        return y * x

    right(through_the_loop, 1.3, 4)


def test_a_parameter_that_is_rebound_and_read_backward():
    def rebound(x, y):
        x = x * y
        x = np.sin(x) * x
        y = x * y
        return x * y

    right(rebound, 1.3, 0.4)


@pytest.mark.parametrize("textbook", [False, True])
def test_names_of_the_text_give_way_to_the_users(textbook):
    def awkward(d, result, turns, zip, next, seed, d_result):
        s = d * zip
        for i in range(2):
            s = s * next + seed * result * turns
        return s * d_result

    args = (1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7)
    wrt = range(7)
    value, gradients = ran(awkward, *args, wrt=wrt, textbook=textbook)
    assert value == awkward(*args)
    for i, g in enumerate(gradients):
        np.testing.assert_allclose(g, differences(awkward, args, i), rtol=1e-7)


def test_builtins_that_the_user_has_names_like():
    def shadowed(x, reversed, range_, len, float, n):
        s = x
        for i in range(n):
            s = np.exp(s * 0.1) * len
            if s > reversed:
                break
        return s * float * range_

    right(shadowed, 1.1, 2.0, 1.3, 1.4, 1.5, 4)


def test_flags_that_the_user_has_names_like():
    def flagged(x, n, returned, broken, leave, turns):
        s = x
        for i in range(n):
            s = s * x
            if s > broken:
                return s * returned
            if s > turns:
                break
        else:
            s = s - leave
        return s * turns

    for n in (0, 2, 9):
        right(flagged, 1.5, n, 1.1, 9.0, 0.3, 4.0)
        right(flagged, 1.5, n, 1.1, 3.0, 0.3, 4.0)


def test_tapes_that_the_user_has_names_like():
    def taped(x, x_saved, n):
        for i in range(n):
            x = x * x * x_saved
        return x

    right(taped, 1.1, 0.9, 3)


def test_numpy_under_a_name_that_is_taken():
    def shadowing(x, unbroadcast, match_seed):
        return np.sum(x * unbroadcast[1:]) * match_seed

    right(shadowing, np.ones(3), np.array([1.0, 2.0]), 3.0)


def test_names_of_values_that_live_together_differ():
    form = optimized(rotated, 1.1, 0.7, 1.3, 3, wrt=(0, 1, 2))
    folding = Folding(form)
    names = Names(form, folding)
    for one, rivals in names.rivals.items():
        for other in rivals:
            assert names.find(one) is names.find(other) or names[one] != names[other]
    assert any(names.rivals.values())


def test_names_are_words():
    text = text_of(rotated, 1.1, 0.7, 1.3, 3, wrt=(0, 1, 2))
    assert all(re.fullmatch(r"[a-z]\w*", n) for n in re.findall(r"^ +(\w+) [+=]", text, re.M))


turns, broken, leave, returned = 0.9, 1.1, 1.2, 1.3


def test_globals_under_the_names_of_the_text():
    def of_globals(x, n):
        while x < 3.0:
            x = x * x * turns
        for i in range(n):
            x = x * broken
            if x > 5.0:
                return x * leave * turns
            if x > 4.9:
                break
        else:
            x = x * returned
        return x * leave

    for x, n in ((1.5, 0), (1.5, 1), (1.5, 9), (4.4, 3)):
        right(of_globals, x, n)
