"""Gradients compared with differences: right ones pass and wrong ones do not."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from chainrule.comparison import compare, contract, on_copies, random_seed
from chainrule.trees import tree_map


def check(f, args, gradients, **options):
    return compare(on_copies(f, args), dict(enumerate(args)), dict(enumerate(gradients)), **options)


def neuron(w0, x0, w1, x1, w2):
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


NEURON = (2.0, -1.0, -3.0, -2.0, -3.0)


def neuron_gradient():
    h = neuron(*NEURON)
    d = h * (1 - h)
    w0, x0, w1, x1, _ = NEURON
    return [d * x0, d * w0, d * x1, d * w1, d]


def test_the_neuron():
    report = check(neuron, NEURON, neuron_gradient())
    assert report.ok and report.error < 1e-9
    assert str(report).startswith("5 gradients agree to 1e-")


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("factor", [1 + 1e-5, -1.0, 0.0, 2.0])
def test_one_wrong_gradient_is_named(place, factor):
    gradients = neuron_gradient()
    gradients[place] *= factor
    report = check(neuron, NEURON, gradients)
    assert not report.ok
    head, line = str(report).splitlines()
    assert head == "1 of 5 gradients does not agree with differences:"
    assert line.startswith(f"  {place}: ") and f"along {place};" in line


def test_one_gradient():
    assert str(check(np.exp, (1.0,), [np.e])).startswith("1 gradient agrees to 1e-")


@given(
    npst.arrays(
        float,
        npst.array_shapes(max_dims=2, max_side=6),
        elements=st.floats(-3, 3, width=16),
    )
)
def test_arrays(x):
    def f(x):
        return np.sum(np.sin(x) * x)

    right = np.cos(x) * x + np.sin(x)
    assert check(f, (x,), [right]).ok
    wrong = right.copy()
    wrong.flat[x.size // 2] += 1e-2
    assert not check(f, (x,), [wrong]).ok


def test_one_wrong_element_of_many_is_found():
    x = np.random.default_rng(0).normal(size=(200, 300))
    gradient = 2 * x
    assert check(lambda x: np.sum(x * x), (x,), [gradient]).ok
    gradient[7, 11] *= 1.5
    report = check(lambda x: np.sum(x * x), (x,), [gradient])
    assert not report.ok and "along direction" in str(report)


def test_a_small_element_beside_large_ones_is_found():
    x = np.array([1e6, 1.0, 1e-6])
    f, gradient = (lambda x: np.sum(x * x)), 2 * x
    assert check(f, (x,), [gradient]).ok
    gradient[1] *= 2
    assert "along 0[1];" in str(check(f, (x,), [gradient]))


def test_nested_parameters():
    params = {"head": [np.ones((2, 2)), 3.0], "size": 2, "frozen": None}

    def f(params):
        return np.sum(params["head"][0] ** params["size"]) * params["head"][1] ** 2

    gradient = {"head": [np.full((2, 2), 18.0), 24.0], "size": None, "frozen": None}
    names = {"params": params}

    def of_names(values):
        return f(values["params"])

    assert compare(of_names, names, {"params": gradient}).ok
    gradient["head"][0][1, 0] = 17.0
    report = compare(of_names, names, {"params": gradient})
    assert '(along params["head"][0][1, 0]; relative error' in str(report)


def test_none_inside_a_gradient_is_zero():
    assert check(lambda p: p[0] * 2, ([1.0, 5.0],), [[2.0, None]]).ok
    assert not check(lambda p: p[0] * p[1], ([1.0, 5.0],), [[5.0, None]]).ok


def test_another_structure_or_shape_is_told():
    report = check(lambda p: p[0], ([1.0, 2.0],), [(1.0, 0.0)])
    assert "0 has another structure: 0 is a list, not a tuple" in str(report)
    report = check(np.sum, (np.ones(3),), [np.ones((1, 3))])
    assert "0 has the shape (1, 3), not (3,)" in str(report)


def test_functions_that_change_their_arguments():
    x = np.array([1.0, 2.0])

    def f(x, scale):
        x *= scale
        x *= x
        return x.sum()

    report = check(f, (x, 3.0), [2 * 9 * x, 2 * 3.0 * np.sum(x * x)])
    assert report.ok and x.tolist() == [1.0, 2.0]


def test_keywords_and_what_is_held_constant():
    f = on_copies(lambda a, b, *, c: a * b * c, (2.0, 3.0), {"c": 5.0})
    assert compare(f, {1: 3.0, "c": 5.0}, {1: 10.0, "c": 6.0}).ok


def test_vector_results_are_multiplied_by_a_seed():
    x = np.array([2.0, 3.0])
    seed = random_seed(x**3)
    assert check(lambda x: x**3, (x,), [seed * 3 * x**2], seed=seed).ok
    assert not check(lambda x: x**3, (x,), [3 * x**2], seed=seed).ok


def test_seeds_have_the_structure_of_the_result():
    seed = random_seed({"a": (1.0, np.ones(2, "f4")), "b": 2, "c": np.float64(3)})
    assert seed["b"] is None and isinstance(seed["a"][0], float)
    assert seed["a"][1].dtype == np.float32 and isinstance(seed["c"], np.float64)
    assert contract([2.0, None, np.ones(2)], [3.0, np.ones(5), np.ones(2)]) == 8.0
    assert contract(None, np.ones((1, 1))) == 1.0


def test_single_precision():
    x = np.linspace(-1, 1, 7, dtype="f4")
    f, gradient = (lambda x: np.sum(np.tanh(x))), 1 - np.tanh(x) ** 2
    report = check(f, (x,), [gradient])
    assert report.ok
    gradient[3] *= 1.01
    assert not check(f, (x,), [gradient]).ok


def test_complex_numbers_multiply_without_conjugation():
    z = np.array([1 + 2j, 3 - 1j])
    assert check(lambda z: np.sum((z * z).real), (z,), [2 * z]).ok
    assert not check(lambda z: np.sum((z * z).real), (z,), [2 * z.conj()]).ok


@pytest.mark.parametrize("gradient, ok", [(0.0, True), (1.0, True), (0.3, True), (1.1, False)])
def test_at_a_kink_what_lies_between_is_right(gradient, ok):
    assert check(lambda x: max(x, 0.0), (0.0,), [gradient]).ok is ok


def test_kinks_in_some_elements():
    x = np.array([-1.0, 0.0, 2.0, 0.0])
    assert check(lambda x: np.sum(np.maximum(x, 0)), (x,), [np.array([0.0, 0.0, 1.0, 0.5])]).ok


def test_random_functions_are_not_waved_through():
    rng = np.random.default_rng(0)
    report = compare(lambda values: values[0] * rng.normal(), {0: 2.0}, {0: 1.0})
    assert not report.ok and "too rough or noisy" in str(report)
    draws = on_copies(lambda x, rng: x * rng.normal(), (2.0, np.random.default_rng(0)))
    assert compare(draws, {0: 2.0}, {0: np.random.default_rng(0).normal()}).ok


@pytest.mark.parametrize("gradient", [float("nan"), float("inf")])
def test_a_gradient_that_is_no_number_is_wrong(gradient):
    assert not check(lambda x: x * x, (2.0,), [gradient]).ok


def test_a_zero_gradient_is_told_from_rounding():
    x = np.array([0.3, 0.4, 0.5])
    assert check(lambda x: np.sum(x) - np.sum(x) + 1.0, (x,), [np.zeros(3)]).ok
    assert not check(lambda x: np.sum(x) * 1e-6 + 1.0, (x,), [np.zeros(3)]).ok


def test_steps_warn_of_nothing():
    def f(x):
        if x < 0.99:
            warnings.warn("below", UserWarning, stacklevel=1)
        return np.log(x - 0.99)

    assert check(f, (1.0,), [1 / (1.0 - 0.99)]).ok


def test_arguments_without_numbers():
    assert check(lambda p: 1.0, ({"n": 3},), [{"n": None}]).ok
    assert check(lambda x: 1.0, (np.ones((0, 3)),), [np.ones((0, 3))]).ok


def test_copies_keep_arguments_that_are_one_array_together():
    x = np.ones(2)

    def f(a, b, scale):
        a *= scale
        return np.sum(b)

    assert on_copies(f, (x, x, 3.0))({}) == 6.0
    assert tree_map(float, list(x)) == [1.0, 1.0]
