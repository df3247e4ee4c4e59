"""Traces: the textbook with numbers in it."""

import numpy as np
import pytest
from tests.show import functions
from tests.show.functions import NEURON, forms, textbook

from chainrule.show.numbers import brief
from chainrule.show.trace import trace


def traced(f, args, wrt):
    primal, adjoint, arguments = forms(f, args, wrt)
    return trace(primal, adjoint, arguments, textbook(adjoint))


@pytest.fixture(scope="module")
def neuron():
    return traced(functions.neuron, NEURON, (0, 1, 2, 3, 4))


FORWARD = {
    "a": "-2",
    "b": "6",
    "c": "4",
    "d": "1",
    "e": "-1",
    "f": "0.3679",
    "g": "1.3679",
    "h": "0.7311",
}
BACKWARD = {
    "dh": "1",
    "dg": "-0.5344",
    "df": "-0.5344",
    "de": "-0.1966",
    "dd": "0.1966",
    "dc": "0.1966",
    "dw2": "0.1966",
    "da": "0.1966",
    "db": "0.1966",
    "dw1": "-0.3932",
    "dx1": "-0.5898",
    "dw0": "-0.1966",
    "dx0": "0.3932",
}
FORMULAS = {
    "dh": "∂h/∂h = seed",
    "dg": "∂h/∂g = ∂h/∂h · (-1/g²)",
    "df": "∂h/∂f = ∂h/∂g · 1",
    "de": "∂h/∂e = ∂h/∂f · exp(e)",
    "dd": "∂h/∂d = ∂h/∂e · (-1)",
    "dw1": "∂h/∂w1 = ∂h/∂b · x1",
    "dx1": "∂h/∂x1 = ∂h/∂b · w1",
}


def test_the_neuron_of_the_textbook_as_data(neuron):
    forward = {r.name: brief(r.value) for r in neuron.rows if r.kind == "forward"}
    backward = {r.name: brief(r.value) for r in neuron.rows if r.kind == "backward"}
    formulas = {r.name: r.formula for r in neuron.rows if r.kind == "backward"}
    assert forward == FORWARD
    assert backward == BACKWARD
    assert formulas.items() >= FORMULAS.items()
    assert list(forward) == list(FORWARD)
    assert all(r.active for r in neuron.rows)
    assert [r.name for r in neuron.rows if r.kind == "input"] == ["w0", "x0", "w1", "x1", "w2"]


def test_the_neuron_as_a_table(neuron):
    lines = str(neuron).splitlines()
    assert lines[0] == "neuron(w0=2, x0=-1, w1=-3, x1=-2, w2=-3) = 0.7311"
    assert [" ".join(line.split()) for line in lines if line.strip().startswith(("f ", "dx1"))] == [
        "f = np.exp(e) 0.3679",
        "dx1 = db * w1 -0.5898 ∂h/∂x1 = ∂h/∂b · w1",
    ]


def test_the_neuron_as_source(neuron):
    lines = [line.strip() for line in neuron.source.splitlines()]
    assert "f = np.exp(e)  # 0.3679" in lines
    assert any(
        line.startswith("de = ") and line.endswith("# ∂h/∂e = ∂h/∂f · exp(e) = -0.1966")
        for line in lines
    )
    assert "dw1 = db * x1  # ∂h/∂w1 = ∂h/∂b · x1 = -0.3932" in lines
    assert "    # Backward" in neuron.source.splitlines()


def test_the_source_runs(neuron):
    names = {"np": np}
    exec(neuron.source, names)
    value, gradients = names["neuron_adjoint"](*NEURON)
    assert (value, gradients) == (neuron.value, neuron.gradients)


def test_the_neuron_in_latex(neuron):
    lines = neuron.latex().splitlines()
    assert lines[0] == r"\begin{aligned}"
    assert lines[-1] == r"\end{aligned}"
    assert r"  a &= w_{0} \cdot x_{0} &&= -2 \\" in lines
    step = (
        r"\frac{\partial h}{\partial e} &= \frac{\partial h}{\partial f} \cdot \exp\left(e\right)"
    )
    assert rf"  {step} &&= -0.1966 \\" in lines
    assert not lines[-2].endswith(r"\\")
    assert neuron._repr_latex_() == f"$$\n{neuron.latex()}\n$$"


def test_notebooks_get_a_table(neuron):
    page = neuron._repr_html_()
    assert page.startswith("<table>")
    assert "<code>f = np.exp(e)</code>" in page
    assert "∂h/∂e = ∂h/∂f · exp(e)" in page
    assert "-0.1966" in page


def test_a_loop_has_a_row_a_turn_and_the_last_turn_in_the_source():
    found = traced(functions.power_sum, (1.1, 7), (0,))
    products = [r for r in found.rows if r.step == "y = y * x"]
    assert [r.turns for r in products] == [(i,) for i in range(7)]
    assert [r.value for r in products] == pytest.approx([1.1**i for i in range(1, 8)])
    assert "y = y * x  # 1.9487 (last turn)" in found.source
    assert "→ 177.4349 (last turn)" in found.source
    table = str(found)
    assert "turn 2" in table and "turn 6" in table
    assert "turn 4" not in table
    assert "…" in table
    assert "constant: n" in table


def test_contributions_add_up():
    formulas = [r.formula for r in traced(functions.settle, (9.0, 0.3), (0, 1)).rows]
    assert "∂e/∂x += ∂e/∂e · x" in formulas
    assert "∂e/∂rate += ∂e/∂c · x" in formulas


def test_a_branch_that_was_not_taken_has_no_number():
    found = traced(functions.chosen, (1.0, 2.0), (1,))
    steps = [r.step for r in found.rows]
    assert any("y * 2.0" in step for step in steps)
    assert not any("y * 3.0" in step for step in steps)


def test_what_is_constant_is_marked():
    found = traced(functions.detached, functions.DETACH, (0, 1, 2, 3, 4))
    active = {r.name: r.active for r in found.rows if r.kind == "input"}
    assert active == {"a": True, "b": True, "c": False, "d": True, "e": True}
    assert any(line.endswith("# 0.2, constant") for line in found.source.splitlines())


def test_arrays_are_told_by_their_shape_and_first_entries():
    found = traced(functions.dense, (functions.PARAMS, functions.POINT), (1,))
    formulas = {r.formula for r in found.rows}
    assert "∂c/∂hidden = ∂c/∂b · head" in formulas
    assert any(f and f.endswith("@ ∂c/∂a") for f in formulas)
    assert any("1 - hidden²" in f for f in formulas if f)


def test_a_store_is_a_step():
    row = np.array([1.0, 2.0, 3.0])
    found = traced(functions.rolled, (np.array([4.0, 5.0]), row), (0,))
    assert any(r.name == "y" and r.step.startswith("y[1:] = ") for r in found.rows)
    assert any("∂y[1:]" in (r.formula or "") for r in found.rows)


def test_an_operation_that_the_table_lacks_is_a_derivative_of_its_call():
    def bounded(x):
        return np.sum(np.arctan2(np.clip(x, 0.0, 1.0), 2.0))

    found = traced(bounded, (np.array([0.5, 3.0]),), (0,))
    assert any("∂clip(x, 0.0, 1.0)/∂x" in (r.formula or "") for r in found.rows)


def test_a_result_without_a_name_is_called_by_the_function():
    primal, adjoint, arguments = forms(functions.neuron, NEURON, (0,))
    primal.body.results[0].name = ""
    found = trace(primal, adjoint, arguments, textbook(adjoint))
    assert found.value == functions.neuron(*NEURON)
    assert any("∂neuron/∂w0" in (r.formula or "") for r in found.rows)
