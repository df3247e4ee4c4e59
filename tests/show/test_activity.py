"""Which values carry a derivative, before and after a cut."""

import pytest
from tests.show import functions
from tests.show.functions import DETACH, forms

from chainrule.show.activity import activity


def standing(f, args, wrt):
    primal, adjoint, _ = forms(f, args, wrt)
    return activity(primal, adjoint)


def test_before_and_after_a_cut():
    every = (0, 1, 2, 3, 4)
    before = standing(functions.attached, DETACH, every)
    after = standing(functions.detached, DETACH, every)
    assert all(v.is_active for v in before)
    assert before["c"] and not after["c"]
    assert after["a"]
    assert {v.text: v.state for v in after}["stop_gradient(c)"] == "constant"
    table = before.beside(after).splitlines()
    assert table[2].split() == ["c", "input", "active", "cut"]


def test_states():
    found = standing(functions.cooled, (3.0, 2.0, 1.0), (0, 1, 2))
    states = {v.name: v.state for v in found}
    assert states["temperature"] == "cut"
    assert states["w"] == "active"
    assert states["unused"] == "unused"
    assert states["steps"] == states["frozen"] == "constant"


def test_each_value_has_its_line_and_its_text():
    found = standing(functions.watched, (3.0, 2.0), (0,))
    scaled = next(v for v in found if v.name == "scaled")
    assert scaled.text == "temperature / 3.0"
    assert scaled.line == functions.line_of(functions.watched, "scaled =")
    assert not found["seen"]
    assert found["total"]
    assert str(found).splitlines()[0].split() == ["temperature", "input", "active"]


def test_parts_of_a_parameter_stand_for_it():
    found = standing(functions.dense, (functions.PARAMS, functions.POINT), (1,))
    assert [v.name for v in found if v.line is None] == ["x", 'params["body"]', 'params["head"]']
    assert not found['params["head"]']


def test_a_name_that_is_not_there():
    with pytest.raises(KeyError):
        standing(functions.watched, (3.0, 2.0), (0,))["nothing"]
