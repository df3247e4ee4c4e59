"""Effects: what must run once and in its place."""

import math
import operator

import numpy as np
import pytest

from chainrule import runtime
from chainrule.analysis.effects import IN_PLACE, STATEMENTS, has_effect, is_in_place
from chainrule.ir import primitives
from chainrule.ir.form import Op


def op(function):
    return Op((), function, ())


def of_the_user(x):
    return x


@pytest.mark.parametrize(
    "function",
    [
        print,
        of_the_user,
        np.random.normal,
        primitives.invoke,
        primitives.raise_,
        primitives.assert_,
        primitives.line,
        [].append,
        next,
    ],
)
def test_what_has_an_effect(function):
    assert has_effect(op(function))


@pytest.mark.parametrize(
    "function",
    [
        np.exp,
        np.sum,
        math.sin,
        operator.add,
        operator.getitem,
        float,
        abs,
        range,
        np.linalg.inv,
        primitives.store,
        primitives.make_tuple,
        runtime.unbroadcast,
        runtime.add_at,
    ],
)
def test_what_has_none(function):
    assert not has_effect(op(function))


def test_what_writes_in_place_is_a_statement():
    assert IN_PLACE <= STATEMENTS
    assert is_in_place(op(primitives.store)) and is_in_place(op(runtime.add_at))
    assert not is_in_place(op(np.copy))
