"""Why a gradient is zero, and by which chain a value reaches the result."""

import os

import numpy as np
import pytest
from tests.show import functions
from tests.show.functions import forms, line_of

from chainrule.errors import UnknownArgument
from chainrule.show.why import Link, why

FILE = os.path.basename(functions.__file__)


def asked(f, args, wrt, name):
    primal, adjoint, _ = forms(f, args, wrt)
    return why(primal, adjoint, name)


def test_cuts_are_named_with_their_lines():
    found = asked(functions.cooled, (3.0, 2.0, 1.0), (0, 1, 2), "temperature")
    first = line_of(functions.cooled, "int(")
    second = line_of(functions.cooled, "stop_gradient")
    assert str(found) == f"cut at {FILE}:{first} by int(…), at {FILE}:{second} by stop_gradient"
    assert not found
    assert [s.by for s in found.cut] == ["int(…)", "stop_gradient"]


def test_the_chain_goes_to_the_result():
    found = asked(functions.watched, (3.0, 2.0), (0,), "temperature")
    scaled = line_of(functions.watched, "scaled =")
    total = line_of(functions.watched, "total =")
    chain = f"temperature → scaled (line {scaled}) → total (line {total}) → result"
    assert str(found) == chain
    assert found
    assert found.chain[0] == Link("temperature")


def test_a_region_without_gradients_is_a_cut():
    line = line_of(functions.watched, "no_grad")
    for name in ("w", "seen"):
        found = asked(functions.watched, (3.0, 2.0), (0, 1), name)
        assert str(found) == f"cut at {FILE}:{line} by no_grad"


def test_a_test_only_chooses():
    found = asked(functions.chosen, (1.0, 2.0), (0, 1), "x")
    assert [s.by for s in found.cut] == ["a comparison"]
    assert asked(functions.chosen, (1.0, 2.0), (0, 1), "y")


def test_what_is_never_read_never_reaches_the_result():
    found = asked(functions.cooled, (3.0, 2.0, 1.0), (0, 1, 2), "unused")
    assert str(found) == "unused never reaches the result"


def test_what_is_not_asked_is_held():
    found = asked(functions.neuron, functions.NEURON, (0,), "w1")
    assert str(found) == "w1 is held constant: it is not asked for"
    found = asked(functions.watched, (3.0, 2.0), (1,), "scaled")
    assert str(found) == "scaled depends on nothing that is asked for"


def test_an_int_has_no_derivative():
    found = asked(functions.counted, (2.0, 3), (0,), "n")
    assert str(found) == "n is an int, which has no derivative: write 2.0 for 2"


def test_a_value_behind_a_cut_says_where_it_was_cut():
    found = asked(functions.cooled, (3.0, 2.0, 1.0), (0, 1), "frozen")
    line = line_of(functions.cooled, "stop_gradient")
    assert str(found) == f"cut at {FILE}:{line} by stop_gradient"


@pytest.mark.parametrize("path", ['params["head"]', "params['head']"])
def test_a_path_into_a_parameter(path):
    primal, _, _ = forms(functions.dense, (functions.PARAMS, functions.POINT), (1,))
    found = why(primal, None, path)
    assert str(found) == f"{path} → result"


def test_a_parameter_of_parts_is_all_of_them():
    primal, _, _ = forms(functions.dense, (functions.PARAMS, functions.POINT), (1,))
    assert why(primal, None, "params")


def test_loops_carry_the_chain():
    primal, adjoint, _ = forms(functions.power_sum, (1.1, 3), (0,))
    assert [link.name for link in why(primal, adjoint, "x").chain] == ["x", "y", "total", "result"]
    found = why(primal, adjoint, "n")
    assert str(found) == "n is an int, which has no derivative: write 2.0 for 2"


def test_aux_is_no_result():
    def told(x, y):
        return x * 2.0, x * y

    primal, adjoint, _ = forms(told, (1.0, 2.0), (0, 1), has_aux=True)
    assert why(primal, adjoint, "x")
    assert str(why(primal, adjoint, "y")) == "y never reaches the result"


def test_an_array_that_counts_turns():
    def repeated(xs, y):
        for _ in xs:
            y = y * 2.0
        return y

    primal, adjoint, _ = forms(repeated, (np.ones(3), 1.0), (0, 1))
    found = why(primal, adjoint, "xs")
    assert [s.by for s in found.cut] == ["a loop, of which it only says how many turns there are"]


def test_an_unknown_name_is_refused():
    primal, adjoint, _ = forms(functions.neuron, functions.NEURON, (0,))
    with pytest.raises(UnknownArgument, match="neuron has no w9"):
        why(primal, adjoint, "w9")
