"""Which values share memory, and which version of it each name sees."""

import numpy as np
import pytest
from tests.frontend.forms import form, functions, run

from chainrule import errors, grad
from chainrule.analysis.builder import Builder, constant
from chainrule.frontend.memory import Memory
from chainrule.ir.form import Value
from chainrule.ir.types import FLOAT, Array


def array(name):
    return Value(name, Array(np.dtype("f8"), 1), "user")


@pytest.fixture
def memory():
    return Memory()


@pytest.fixture
def builder():
    return Builder()


# Alone


def test_a_value_is_its_own_base(memory, builder):
    x = array("x")
    assert memory.base(x) is x and memory.current(x) is x
    assert memory.read(x, builder) is x and not builder.statements


def test_a_view_is_a_path_on_its_base(memory):
    x, y, z = array("x"), array("y"), array("z")
    i, j = constant(0), constant(1)
    memory.view(y, x, (i,))
    memory.view(z, y, (j,))
    assert memory.base(z) is x and memory.views[z] == (x, (i, j))


def test_a_write_makes_a_version_that_every_view_sees(memory, builder):
    x, y = array("x"), array("y")
    memory.view(y, x, (constant(0),))
    memory.write(x, constant(1.0), (constant(0),), builder)
    now = memory.current(x)
    assert now is not x and memory.read(x, builder) is now
    assert memory.base(now) is x and x in memory.written
    again = memory.read(y, builder)
    assert again is not y and again.name == "y" and memory.base(again) is x
    assert builder.statements[-1].args[0] is now  # the path, on the version of now


def test_a_write_through_a_view_is_one_to_the_base(memory, builder):
    x, y = array("x"), array("y")
    memory.view(y, x, (constant(0),))
    memory.write(y, constant(1.0), (constant(2),), builder)
    assert memory.current(x) is not x
    assert [a.known for a in builder.statements[0].args[3:]] == [0, 2]


def test_what_may_share_is_poisoned_by_a_write(memory, builder):
    x, y, z = array("x"), array("y"), array("z")
    memory.relate(y, x)
    assert memory.reach(x) == {x, y} and memory.reach(z) == {z}
    memory.write(x, constant(1.0), (constant(0),), builder)
    with pytest.raises(errors.UnknownStore, match="y may share memory"):
        memory.read(y, builder)
    assert memory.read(z, builder) is z


def test_numbers_share_nothing(memory, builder):
    x, n = array("x"), Value("n", FLOAT, "user")
    memory.relate(n, x)
    memory.write(x, constant(1.0), (constant(0),), builder)
    assert memory.read(n, builder) is n


def test_what_came_from_the_same_place_is_related(memory):
    x, y, z = array("x"), array("y"), array("z")
    memory.relate(y, x)
    memory.relate(z, y)
    assert x in memory.reach(z) and z in memory.reach(x)


def test_a_swap_in_a_branch_keeps_two_apart(memory):
    a, b, one, two = map(array, ("a", "b", "one", "two"))
    memory.relate_joined([(one, [a, b]), (two, [b, a])])
    assert two not in memory.reach(one)
    memory.relate_joined([(one, [a, b]), (two, [a, b])])
    assert two in memory.reach(one)


# In functions: values and gradients


def difference(f, x, h=1e-6):
    out = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h
        out[i] = (f(x + step) - f(x - step)) / (2 * h)
    return out


def views(x):
    y = x * 1.0
    v = y[1:]
    w = v[::-1]
    w[0] = y[0] * y[1]
    y[1] = w[0] * v[1]
    return np.sum(y * y) + np.sum(v) * w[1]


def rows(x):
    y = np.outer(x, x)
    row, column = y[0], y.T[0]
    row *= 2
    column += x
    y[1:, 1:] = y[:-1, :-1]
    return np.sum(y * y.T) + np.sum(row * column)


def swapped(x):
    a, b = x * 1.0, x * 2.0
    for i in range(3):
        a, b = b, a
        a[i] = b[i] * x[i]
    return np.sum(a * b * b)


@pytest.mark.parametrize("f", [views, rows, swapped])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_programs(f, sign):
    x = np.array([0.5, 1.5, -0.7, 1.1]) * sign
    assert run(f, x) == f(x)
    before = x.copy()
    np.testing.assert_allclose(grad(f)(x), difference(f, x), rtol=1e-7, atol=1e-8)
    np.testing.assert_array_equal(x, before)


def test_an_argument_that_is_written_to():
    def f(x):
        x[0] = x[1] * 2
        return np.sum(x * x)

    x = np.array([1.0, 3.0])
    np.testing.assert_array_equal(grad(f)(x), [0.0, 2 * 3.0 + 2 * 6.0 * 2])
    np.testing.assert_array_equal(x, [6.0, 3.0])


def test_writes_are_stores_in_the_form():
    def f(x):
        y = x * 1.0
        y[0] = 2.0
        y[1] *= 3.0
        return np.sum(y)

    assert functions(form(f, np.ones(2))).count("store") == 2


def test_what_nobody_can_follow_is_refused():
    def f(x):
        y = x * 1.0
        z = np.asfortranarray(y)
        y[0] = 2.0
        return np.sum(z)

    with pytest.raises(errors.UnknownStore) as caught:
        grad(f)(np.ones((2, 2)))
    assert "z may share memory" in str(caught.value) and "np.copy(" in str(caught.value)
    assert caught.value.diagnostics[0].line == f.__code__.co_firstlineno + 4


def test_functions_that_write_to_an_argument_are_stores():
    def f(x):
        y = x * 1.0
        np.copyto(y, 2.0 * x)
        np.multiply(x, y, out=y)
        np.add.at(y, 0, 1.0)
        y.sort()
        return np.sum(y)

    x = np.array([0.5, 1.5])
    assert functions(form(f, x)).count("store") == 4
    np.testing.assert_allclose(grad(f)(x), difference(f, x), rtol=1e-7)


def test_functions_that_write_to_what_nobody_can_follow_are_refused():
    def f(x):
        y = x * 1.0
        np.random.shuffle(y)
        return np.sum(y)

    def g(x):
        y = x * 1.0
        np.multiply.at(y, [0, 0], 2.0)
        return np.sum(y)

    for function in (f, g):
        with pytest.raises(errors.ChainruleError) as caught:
            grad(function)(np.ones(2))
        assert caught.value.diagnostics[0].line == function.__code__.co_firstlineno + 2
