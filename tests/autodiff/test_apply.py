"""Rules at work: written out where types decide, called where they do not, refused where there is none."""

import numpy as np
import pytest
from tests.autodiff.adjoints import adjoint_of, count, differences, text_of

import chainrule
from chainrule import errors
from chainrule.analysis.builder import Builder
from chainrule.autodiff.apply import contributions
from chainrule.autodiff.expand import expand
from chainrule.ir.checker import check
from chainrule.ir.form import Op, Value, walk
from chainrule.ir.types import FLOAT, UNKNOWN, Array
from chainrule.rules import is_rule

MATRIX = Array(np.dtype(float), 2)


def total(x, axis):
    return np.sum(np.sum(x, axis=axis) ** 2)


def spread(x):
    return np.std(x)


def applied(op, g, wanted):
    builder = Builder()
    return builder, contributions(builder, op, g, op.results[0], wanted)


def call(function, *args, result=FLOAT):
    return Op((Value("y", result),), function, args)


def test_a_rule_is_written_out():
    x, g = Value("x", FLOAT), Value("g", FLOAT)
    builder, (dx,) = applied(call(np.exp, x), g, [True])
    assert [s.function.__name__ for s in builder.statements] == ["mul"]
    assert dx is builder.statements[0].results[0]
    assert (dx.role, dx.name) == ("temporary", "")


def test_branches_on_rank_are_decided():
    x, y, g = Value("x", MATRIX), Value("y", MATRIX), Value("g", MATRIX)
    builder, found = applied(call(np.matmul, x, y, result=MATRIX), g, [True, True])
    assert all(isinstance(s, Op) and not is_rule(s.function) for s in builder.statements)
    assert all(d is not None for d in found)


def test_what_is_not_asked_is_not_returned():
    x, y, g = (Value(n, FLOAT) for n in "xyg")
    _, (dx, dy) = applied(call(np.multiply, x, y), g, [True, False])
    assert dx is not None and dy is None


def test_a_rule_is_called_where_the_types_do_not_decide():
    x, y, g = (Value(n, UNKNOWN) for n in "xyg")
    builder, (dx, dy) = applied(call(np.matmul, x, y, result=UNKNOWN), g, [True, True])
    assert any(is_rule(s.function) for s in builder.statements if isinstance(s, Op))
    assert dx is not None and dy is not None


def test_the_text_for_any_type_is_right_for_each():
    def product(x, y):
        return np.sum(x @ y)

    scope = {}
    exec(compile(chainrule.grad(product, (0, 1)).source, "<generated>", "exec"), scope)
    v, m = np.array([1.0, 2.0]), np.array([[3.0, 4.0], [5.0, 6.0]])
    for args in ((v, 1 * v), (m, v), (v, m), (m, 1 * m)):
        _, gradients = scope["product_adjoint"](*args)
        for i, g in enumerate(gradients):
            np.testing.assert_allclose(g, differences(product, args, i), rtol=1e-7)


def test_a_function_without_a_rule_is_refused():
    def foreign(x):
        return np.i0(x)

    with pytest.raises(errors.NoRule) as caught:
        adjoint_of(foreign, 2.0)
    assert "i0" in str(caught.value) and "stop_gradient" in str(caught.value)


def test_a_function_without_a_rule_is_fine_where_nothing_is_asked_of_it():
    def foreign(x, y):
        return x * np.i0(y)

    assert chainrule.grad(foreign)(2.0, 0.0) == 1.0


def test_a_rule_of_ones_own():
    def cubed(x):
        return x**3

    @chainrule.adjoint(cubed)
    def cubed_adjoint(g, ans, x):
        return 3 * g * x * x

    def twice(x):
        return cubed(x) * 2.0

    assert chainrule.grad(twice)(2.0) == 24.0
    assert "3 *" in text_of(twice, 2.0)


def test_expanding_leaves_no_call_of_a_rule_that_can_be_read():
    x = np.array([[1.0, 2.0], [4.0, 3.5]])
    form = adjoint_of(spread, x)
    expanded = expand(form)
    check(expanded)
    assert not any(isinstance(s, Op) and is_rule(s.function) for s in walk(expanded.body))
    plain = adjoint_of(total, x, 0)
    assert expand(plain) is plain or count(expand(plain)) == count(plain)


def test_an_axis_that_is_an_argument():
    x = np.array([[1.0, 2.0], [4.0, 3.5]])
    for axis in (0, 1, -1):
        np.testing.assert_allclose(
            chainrule.grad(total)(x, axis), differences(total, (x, axis), 0), rtol=1e-7
        )
