"""Folding: expressions are written where they are read, unless something in between changes what they mean."""

import contextlib
import io
import operator
import re

import numpy as np
from tests.analysis.facts import named
from tests.autodiff.adjoints import (
    adjoint_of,
    backward,
    differences,
    forward,
    optimized,
    ran,
    text_of,
)

from chainrule.backend.fold import LIMIT, Folding, is_base, leaves_of
from chainrule.ir import primitives
from chainrule.ir.form import Op, walk

V = np.array([0.5, -1.5, 2.0])


def folded(f, *args, textbook=False):
    form = (adjoint_of if textbook else optimized)(f, *args)
    return form, Folding(form, textbook)


def test_steps_that_are_read_once_stand_where_they_are_read():
    def linear(x, y):
        return 2.0 * x + 3.0 * y - 1.0

    assert forward(text_of(linear, 1.0, 2.0)) == "    result = 2.0 * x + 3.0 * y - 1.0"


def test_steps_that_the_backward_part_reads_have_names():
    def square(x):
        return np.exp(x * 2.0) + 1.0

    assert forward(text_of(square, 1.0)).splitlines()[0] == "    b = np.exp(x * 2.0)"
    assert "seed * b" in backward(text_of(square, 1.0))


def test_the_users_names_are_never_folded():
    def named_(x):
        a = x * 2.0
        b = a + 1.0
        return b

    form, folding = folded(named_, 1.0)
    for name in "ab":
        assert not set(named(form, name)) & set(folding.folded)
    assert forward(text_of(named_, 1.0)).splitlines()[:2] == ["    a = x * 2.0", "    b = a + 1.0"]


def test_the_textbook_folds_nothing_of_the_chain():
    def chain(x):
        return np.sin(np.exp(x) * 2.0)

    form, folding = folded(chain, 1.0, textbook=True)
    cotangents = [v for s in walk(form.body) for v in s.results if v.role == "cotangent"]
    assert cotangents and not set(cotangents) & set(folding.folded)
    assert forward(text_of(chain, 1.0, textbook=True)).count(" = ") == 3


def test_a_value_read_twice_is_written_once():
    def twice(x):
        return np.exp(x) * np.sin(x)

    text = forward(text_of(twice, 1.0))
    assert text.splitlines() == ["    a = np.exp(x)", "    b = np.sin(x)", "    result = a * b"]


def test_no_expression_of_the_backward_part_is_too_large():
    def long(x, y):
        return x * y * x * y * x * y * x * y * x * y

    form, folding = folded(long, 1.0, 2.0)
    after = False
    for s in form.body.statements:
        after = after or isinstance(s, Op) and s.function is primitives.line
        if after and s.results and s.results[0] in folding.folded:
            assert folding.size[s.results[0]] <= LIMIT
    np.testing.assert_allclose(ran(long, 1.1, 2.0)[1], differences(long, (1.1, 2.0), 0), rtol=1e-7)


def test_a_read_stays_before_the_write_that_follows_it():
    def shuffled(x):
        y = x * 1.0
        a = y[0]
        y[0] = y[1] * a
        y[1] = a * y[0]
        return y[0] * y[1] + a

    value, gradient = ran(shuffled, V)
    assert value == shuffled(V)
    np.testing.assert_allclose(gradient, differences(shuffled, (V,), 0), rtol=1e-8, atol=1e-9)


def test_an_element_read_in_the_sentence_of_a_write_to_it():
    def turned(x):
        y = x * 1.0
        y[0], y[1] = y[1], y[0] * y[2]
        return np.sum(y * y * x)

    value, gradient = ran(turned, V)
    assert value == turned(V)
    np.testing.assert_allclose(gradient, differences(turned, (V,), 0), rtol=1e-8, atol=1e-9)


def test_draws_and_prints_run_once_and_in_order():
    def noisy(x, rng):
        a = rng.normal()
        print("between")
        b = rng.normal()
        return (x * a + x * b) * (x * rng.normal())

    args = (2.0, np.random.default_rng(1))
    code = re.sub("#.*", "", text_of(noisy, *args))
    assert (code.count("rng.normal()"), code.count("print(")) == (3, 1)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        value, gradient = ran(noisy, *args)
    assert out.getvalue() == "between\n"
    a, b, c = np.random.default_rng(1).normal(size=3)
    assert value == (2.0 * a + 2.0 * b) * (2.0 * c)
    np.testing.assert_allclose(gradient, 4.0 * (a + b) * c)


def test_a_draw_does_not_move_behind_another():
    def ordered(x, rng):
        first = rng.normal() * x
        second = rng.uniform() * first
        return second

    value, _ = ran(ordered, 2.0, np.random.default_rng(1))
    assert value == ordered(2.0, np.random.default_rng(1))


def test_short_circuits_stay():
    def careful(x, y):
        return x / y if y != 0 and x / y > 0 else x * 3.0

    assert ran(careful, 2.0, 0.0) == (6.0, 3.0)
    assert ran(careful, 2.0, 4.0) == (0.5, 0.25)


def test_a_condition_that_nothing_reads_backward_stays_one_expression():
    def bounded(x, y):
        s = x
        while s > 1.0 and (s < 9.0 or y > 0.0):
            s = s * 0.5 if y > 0.0 else s * 0.25
        return s

    assert "while s > 1.0 and (s < 9.0 or y > 0.0):" in forward(text_of(bounded, 5.0, 2.0))
    assert "s = s * 0.5 if y > 0.0 else s * 0.25" in forward(text_of(bounded, 5.0, 2.0))
    assert ran(bounded, 5.0, 2.0) == (0.625, 0.125)


def test_the_result_is_named_before_the_backward_part_if_that_changes_things():
    def changing(x):
        y = x * 1.0
        y[0] = x[1] * x[2]
        return y

    form, folding = folded(changing, V)
    assert form.facts["value"] not in folding.folded


def test_indices_are_written_between_the_brackets():
    def picked(x, i):
        return np.sum(x[1:] * x[:-1]) * x[i]

    text = text_of(picked, V, 1)
    assert "slice(" not in text
    assert "dx[i] = " in text and "dx[1:] += " in text


def test_what_is_written_to_needs_a_name():
    base = Op((), primitives.store, ())
    x = named(adjoint_of(lambda x: x * 2.0, 1.0), "x")[0]
    base.args = (x, x)
    assert is_base(base, x)
    assert not is_base(Op((), operator.mul, (x, x)), x)


def test_a_leaf_is_read_by_its_path():
    def model(params, x):
        return np.sum(params["w"] * x) * params["b"]

    args = ({"w": V, "b": 2.0}, V)
    form = optimized(model, *args)
    assert {leaf.root for leaf in leaves_of(form).values()} <= {"params"}
    assert 'params["w"]' in forward(text_of(model, *args))
