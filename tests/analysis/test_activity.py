"""Activity: what lies between arguments and result, and where paths are cut."""

import numpy as np
import pytest
from tests.analysis.facts import named, values
from tests.ir.forms import lowered

import chainrule
from chainrule import no_grad, stop_gradient
from chainrule.analysis.activity import active


def active_names(f, *args, wrt=(0,)):
    form = lowered(f, *args)
    found = active(form, [form.params[i].value for i in wrt], form.body.results)
    return {v.name for v in found if v.name and v.role == "user"}


def test_what_does_not_depend_on_the_argument_is_not_active():
    def f(x, y):
        a = x * 2.0
        b = y * 2.0
        c = a * b
        return c

    assert active_names(f, 1.0, 2.0) == {"x", "a", "c"}
    assert active_names(f, 1.0, 2.0, wrt=(1,)) == {"y", "b", "c"}
    assert active_names(f, 1.0, 2.0, wrt=(0, 1)) == {"x", "y", "a", "b", "c"}


def test_what_the_result_does_not_depend_on_is_not_active():
    def f(x):
        useless = np.exp(x)
        a = x * 2.0
        return a

    assert active_names(f, 1.0) == {"x", "a"}


@pytest.mark.parametrize(
    "cut",
    [
        lambda x: stop_gradient(x),
        lambda x: int(x),
        lambda x: np.floor(x),
        lambda x: x > 1.0,
        lambda x: round(x),
        lambda x: np.sign(x),
        lambda x: np.argmax(np.array([x, 1.0])),
    ],
)
def test_cuts(cut):
    form = lowered(cut, 1.5)
    assert active(form, [form.params[0].value], form.body.results) == set()


def test_a_block_without_gradients_cuts():
    def f(x):
        with no_grad():
            a = x * 2.0
        return a * x

    assert active_names(f, 1.5) == {"x"}
    assert chainrule.grad(f)(1.5) == 3.0


def test_integers_are_not_active():
    def f(x, n):
        a = n * 2
        return x * a

    assert active_names(f, 1.5, 3, wrt=(0, 1)) == {"x"}


def test_a_loop_is_followed_round_until_nothing_changes():
    def f(x, n):
        a = b = c = 0.0
        for i in range(n):
            c = b
            b = a
            a = x
        return c

    assert active_names(f, 1.5, 3) == {"x", "a", "b", "c"}


def test_one_side_of_a_branch_is_enough():
    def f(x, y):
        if y > 0:
            a = x
        else:
            a = y
        return a

    assert active_names(f, 1.5, 2.0) == {"x", "a"}


def test_a_test_carries_nothing():
    def f(x, y):
        a = y if x > 0 else -y
        return a

    assert active_names(f, 1.5, 2.0) == set()


def test_writes_carry():
    def f(x):
        y = np.zeros(3)
        z = np.zeros(3)
        z[0] = 2.0
        y[1] = x
        return np.sum(y)

    form = lowered(f, 1.5)
    found = active(form, [form.params[0].value], form.body.results)
    assert named(form, "y")[-1] in found
    assert not any(v in found for v in named(form, "z"))
    assert named(form, "y")[0] not in found or len(named(form, "y")) > 1
    assert found <= set(values(form))
