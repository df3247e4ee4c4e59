"""The evaluator: it runs the form to the user's own values, in any order of derivative."""

import copy
import dataclasses

import numpy as np
import pytest
from tests.ir.forms import bound, gradient_alone, lowered, reversed_

from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import Block, Loop, Op

SCALE = 3.0
TABLE = {"gain": 0.5}


@dataclasses.dataclass
class Line:
    w: float
    b: float


def neuron(w0, x0, w1, x1, w2):
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def power_sum(x, n):
    total = 0.0
    y = 1.0
    for i in range(n):
        y = y * x
        total = total + i * y
    return total


def newton(x):
    y = x
    while abs(y * y - x) > 1e-10:
        y = 0.5 * (y + x / y)
    return y


def nested_return(x, n):
    total = 0.0
    for i in range(n):
        for j in range(n):
            if i + j > 5:
                return total * x
            total += x * j
        if total > 100:
            break
    else:
        total = total * 2
    return total + x


def passed_over(xs):
    s = 0.0
    for x in xs:
        if x < 0:
            continue
        s = s + x * x
        if s > 50:
            break
    return s


def together(a, b):
    s = 0.0
    for i, (x, y) in enumerate(zip(a, b)):
        s = s + x * y * i
    return s


def filled(x, n):
    y = np.zeros(n)
    for i in range(n):
        if i % 2 == 0:
            y[i] = x * i
        else:
            y[i] += x + y[i - 1]
    return np.sum(y * y)


def through_a_view(x):
    y = np.copy(x)
    row = y[0]
    row *= 2.0
    y[:, 1] += row[0]
    return np.sum(y * y)


def of_parts(params, x):
    hidden = np.tanh(params["body"][0] @ x)
    return np.sum(hidden * params["head"])


def of_fields(line, x):
    return line.w * x + line.b


def free(x):
    return SCALE * x + np.sqrt(x)


def either(x, y):
    return x * y if x > y and y > 0 else x + y


def pair(x):
    a, b = x
    return a * b


CASES = [
    (neuron, (2.0, -1.0, -3.0, -2.0, -3.0), (0, 1, 2, 3, 4)),
    (power_sum, (1.1, 7), (0,)),
    (power_sum, (1.1, 0), (0,)),
    (newton, (2.0,), (0,)),
    (nested_return, (1.5, 4), (0,)),
    (nested_return, (1.5, 2), (0,)),
    (nested_return, (90.0, 3), (0,)),
    (passed_over, (np.array([1.0, -2.0, 3.0, 8.0, 9.0]),), (0,)),
    (together, (np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0])), (0, 1)),
    (filled, (1.5, 5), (0,)),
    (through_a_view, (np.arange(6.0).reshape(2, 3),), (0,)),
    (free, (2.0,), (0,)),
    (either, (2.0, 1.0), (0, 1)),
    (either, (1.0, 2.0), (0, 1)),
    (pair, (np.array([2.0, 3.0]),), (0,)),
]
IDS = [f"{f.__name__}-{i}" for i, (f, _, _) in enumerate(CASES)]


def differences(f, args, i, step=1e-6):
    """The gradient with respect to one argument, by central differences."""

    def moved(k, h):
        new = copy.deepcopy(args)
        if not isinstance(args[i], np.ndarray):
            return (*new[:i], new[i] + h, *new[i + 1 :])
        new[i].flat[k] += h
        return new

    size = np.size(args[i])
    found = [(f(*moved(k, step)) - f(*moved(k, -step))) / (2 * step) for k in range(size)]
    return np.reshape(found, np.shape(args[i]))


@pytest.mark.parametrize(("f", "args", "wrt"), CASES, ids=IDS)
def test_the_value_is_the_functions_own(f, args, wrt):
    function = lowered(f, *args)
    check(function)
    assert evaluate(function, bound(f, *args)) == f(*copy.deepcopy(args))


@pytest.mark.parametrize(("f", "args", "wrt"), CASES, ids=IDS)
def test_the_gradient_agrees_with_differences(f, args, wrt):
    adjoint = reversed_(lowered(f, *args), *wrt)
    check(adjoint)
    value, gradients = evaluate(adjoint, bound(f, *args))
    assert value == f(*copy.deepcopy(args))
    gradients = gradients if len(wrt) > 1 else (gradients,)
    for i, gradient in zip(wrt, gradients):
        np.testing.assert_allclose(gradient, differences(f, args, i), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("f", "args"),
    [(power_sum, (1.1, 5)), (newton, (2.0,)), (nested_return, (1.5, 4)), (filled, (1.5, 5))],
)
def test_a_derivative_of_a_derivative_keeps_its_tapes_apart(f, args):
    def first(x):
        return evaluate(gradient_alone(reversed_(lowered(f, *args), 0)), bound(f, x, *args[1:]))

    second = reversed_(gradient_alone(reversed_(lowered(f, *args), 0)), 0)
    check(second)
    _, gradient = evaluate(second, bound(f, *args))
    np.testing.assert_allclose(gradient, differences(first, args[:1], 0), rtol=1e-6)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (of_parts, ({"body": [np.eye(2)], "head": np.ones(2)}, np.array([1.0, 2.0]))),
        (of_fields, (Line(2.0, 1.0), 3.0)),
    ],
)
def test_leaves_are_read_by_their_path(f, args):
    assert evaluate(lowered(f, *args), bound(f, *args)) == f(*args)


def test_a_free_name_is_read_when_it_runs(monkeypatch):
    function = lowered(free, 2.0)
    monkeypatch.setitem(free.__globals__, "SCALE", 5.0)
    assert evaluate(function, {"x": 2.0}) == free(2.0) == 10.0 + np.sqrt(2.0)


def test_a_cell_of_the_closure_is_read():
    gain = 4.0

    def amplify(x):
        return gain * x

    assert evaluate(lowered(amplify, 2.0), {"x": 2.0}) == 8.0


def test_defaults_stand_in_for_what_is_not_given():
    def shifted(x, by=2.0):
        return x + by

    function = lowered(shifted, 1.0)
    assert evaluate(function, {"x": 1.0}) == 3.0
    with pytest.raises(TypeError, match="shifted misses the argument x"):
        evaluate(function, {"by": 1.0})


def test_arguments_stay_as_they_were():
    def doubled(x):
        x *= 2.0
        return np.sum(x)

    x = np.ones(3)
    assert evaluate(lowered(doubled, x), {"x": x}) == 6.0
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_an_f_string_is_formatted():
    def told(x):
        assert x > 0, f"{x!r} is {x:.2f}, not more than {0}"
        return x

    function = lowered(told, 1.0)
    with pytest.raises(AssertionError, match=r"^-1.5 is -1.50, not more than 0$"):
        evaluate(function, {"x": -1.5})


def test_a_listener_hears_every_statement_and_every_turn():
    heard = []
    function = lowered(power_sum, 2.0, 3)
    evaluate(function, {"x": 2.0, "n": 3}, lambda what, values: heard.append((what, values)))
    loop = function.body.statements[-1]
    assert isinstance(loop, Loop)
    turns = [values for what, values in heard if isinstance(what, Block)]
    assert [values[0] for values in turns] == [0, 1, 2]
    products = [values for what, values in heard if what is loop.body.statements[0]]
    assert products == [(2.0,), (4.0,), (8.0,)]
    last, values = heard[-1]
    assert last is loop
    assert values == (8.0, 20.0, 2, 0, 3)  # y, total, i, the code, the count
    assert all(isinstance(what, Op | Loop | Block) for what, _ in heard)


def test_branches_nest_as_deep_as_they_like(tmp_path, monkeypatch):
    depth = 150
    lines = [f"    if x > {i}.0:\n        return x * {i}.0" for i in range(depth, 0, -1)]
    (tmp_path / "ladder.py").write_text("\n".join(["def ladder(x):", *lines, "    return x", ""]))
    monkeypatch.syspath_prepend(tmp_path)
    import ladder  # type: ignore[import-not-found]

    function = lowered(ladder.ladder, 0.5)
    check(function)
    assert evaluate(function, {"x": 0.5}) == 0.5
    assert evaluate(function, {"x": 2.5}) == 5.0


def test_what_is_not_bound_is_not_read():
    def half(x):
        if x > 0:
            y = x
        return y * 2.0

    with pytest.raises(UnboundLocalError):
        evaluate(lowered(half, 1.0), {"x": -1.0})
