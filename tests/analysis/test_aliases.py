"""Aliases: what may be one piece of memory, and what is written to after it was read."""

import numpy as np
import pytest
from tests.analysis.facts import named
from tests.ir.forms import lowered

from chainrule.analysis.aliases import Aliases, result_may_share


def share(f, *args, one="y", other="x"):
    """Whether the last version of one name and the first of another may share memory."""
    form = lowered(f, *args)
    aliases = Aliases(form)
    return aliases.find(named(form, one)[-1]) is aliases.find(named(form, other)[0])


X = np.ones((2, 3))

VIEWS = [
    lambda x: x[0],
    lambda x: x[1:, ::2],
    lambda x: x.T,
    lambda x: x.reshape(-1),
    lambda x: np.reshape(x, (3, 2)),
    lambda x: np.ravel(x),
    lambda x: np.expand_dims(x, 0),
    lambda x: np.asarray(x),
    lambda x: np.squeeze(x),
    lambda x: np.diagonal(x),
    lambda x: np.swapaxes(x, 0, 1),
    lambda x: np.flip(x),
    lambda x: np.broadcast_to(x, (2, 2, 3)),
    lambda x: x,
]
FRESH = [
    lambda x: x + 1.0,
    lambda x: np.exp(x),
    lambda x: np.copy(x),
    lambda x: np.zeros_like(x),
    lambda x: np.where(x > 0, x, 0.0),
    lambda x: np.sum(x, axis=0),
    lambda x: np.concatenate((x, x)),
    lambda x: np.outer(x, x),
    lambda x: x.copy(),
]


@pytest.mark.parametrize("f", VIEWS)
def test_views_share(f):
    assert np.shares_memory(f(X), X)
    form = lowered(f, X)
    aliases = Aliases(form)
    assert aliases.find(form.body.results[0]) is aliases.find(form.params[0].value)


@pytest.mark.parametrize("f", FRESH)
def test_new_arrays_do_not(f):
    assert not np.shares_memory(f(X), X)
    form = lowered(f, X)
    aliases = Aliases(form)
    assert aliases.find(form.body.results[0]) is not aliases.find(form.params[0].value)


def test_what_numpy_may_hand_back_is_listed():
    """Every function of one array that gives a view of it is known to."""
    x = np.arange(4.0).reshape(2, 2)
    names = (
        "asarray ascontiguousarray atleast_1d atleast_2d atleast_3d diagonal flip fliplr flipud "
    )
    names += "imag real ravel rot90 squeeze transpose asanyarray asfortranarray matrix_transpose"
    for name in names.split():
        function = getattr(np, name)
        if np.shares_memory(function(x), x):
            assert result_may_share(function, 1, [], None) or function is np.transpose, name


def test_numbers_share_nothing():
    def same(x):
        y = x
        return y

    assert not share(same, 1.0)
    assert share(same, X)


def test_sharing_goes_through_branches_and_loops():
    def either(x, t):
        if t:
            y = x[0]
        else:
            y = x[1] * 1.0
        return y

    def carried(x, n):
        y = np.zeros(3)
        for i in range(n):
            y = x[i]
        return y

    def items(x, t):
        for y in x:
            pass
        return y

    assert share(either, X, True)
    assert share(carried, X, 2)
    assert share(items, X, 2)


def test_a_write_joins_versions_of_one_buffer():
    def written(x):
        y = np.zeros(3)
        z = y[1:]
        z[0] = x
        return y

    form = lowered(written, 2.0)
    aliases = Aliases(form)
    y, *later = named(form, "y")
    assert aliases.is_written(y)
    assert all(aliases.find(v) is aliases.find(y) for v in later)


def test_only_what_was_made_before_a_write_is_overwritten():
    def before_and_after(x):
        y = x * 2.0
        early = y * 1.0
        y[0] = 3.0
        late = y * 1.0
        return early + late

    form = lowered(before_and_after, np.ones(3))
    aliases = Aliases(form)
    y = named(form, "y")
    assert aliases.overwritten(y[0])
    assert not aliases.overwritten(y[-1])
    for name in ("early", "late", "x"):
        assert not aliases.overwritten(named(form, name)[0])


def test_a_write_in_a_loop_reaches_what_the_turn_made_before_it():
    def turning(x, n):
        y = x * 1.0
        for i in range(n):
            a = y[1:]
            y[0] = np.sum(a)
        return y

    form = lowered(turning, np.ones(3), 2)
    aliases = Aliases(form)
    assert aliases.overwritten(named(form, "a")[0])
    assert aliases.overwritten(named(form, "y")[0])


def test_an_argument_that_is_written_to():
    def scratch(x, out):
        out[:] = x
        return np.sum(out * x)

    form = lowered(scratch, np.ones(3), np.ones(3))
    aliases = Aliases(form)
    assert aliases.is_written(form.params[1].value)
    assert not aliases.is_written(form.params[0].value)
