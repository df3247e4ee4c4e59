"""Dead code: what goes because nothing reads it, and what stays because it does something."""

import contextlib
import io
import operator

import numpy as np
from tests.autodiff.adjoints import (
    after_the_line,
    assert_means_the_same,
    count,
    ran,
    raw_adjoint,
    text_of,
)
from tests.ir.forms import bound

from chainrule.ir import primitives
from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import Loop, walk
from chainrule.optimize.dce import eliminate_dead_code


def loops(form):
    return [s for s in walk(form.body) if isinstance(s, Loop)]


def test_a_step_that_nothing_reads_goes():
    def unused(x, y):
        a = np.exp(x) * y
        return x * y + np.floor(a)

    before = raw_adjoint(unused, 2.0, 3.0)
    after = eliminate_dead_code(before)
    assert count(after) <= count(before)
    assert_means_the_same(before, after, unused, 2.0, 3.0)


def test_it_reaches_an_end():
    def loop(x, n):
        for i in range(n):
            x = x * np.sin(x)
        return x

    once = eliminate_dead_code(raw_adjoint(loop, 2.0, 3))
    assert count(eliminate_dead_code(once)) == count(once)


def test_a_tape_goes_where_the_step_is_linear():
    def linear(x, n):
        s = 0.0
        for i in range(n):
            s = s + 2.0 * x
        return s

    assert count(eliminate_dead_code(raw_adjoint(linear, 2.0, 3)), primitives.keep) == 0
    assert "_saved" not in text_of(linear, 2.0, 3)


def test_a_tape_stays_where_the_step_is_not():
    def curved(x, n):
        for i in range(n):
            x = x * x
        return x

    assert count(eliminate_dead_code(raw_adjoint(curved, 1.1, 3)), primitives.keep) == 1
    assert ran(curved, 1.1, 3) == (1.1**8, 8 * 1.1**7) or np.isclose(
        ran(curved, 1.1, 3)[1], 8 * 1.1**7
    )


def test_a_carry_that_only_feeds_itself_goes_from_the_backward_loop():
    def pair(x, y, n):
        for i in range(n):
            x = x * 2.0
            y = y * 3.0
        return x

    form = eliminate_dead_code(raw_adjoint(pair, 2.0, 3.0, 3))
    forward, mirror = loops(form)
    assert len(mirror.carries) == 1
    assert len(forward.carries) == 2  # the user wrote it


def test_the_users_statements_stay():
    def useless(x):
        y = np.exp(x)
        z = y * y
        return x * 2.0

    form = eliminate_dead_code(raw_adjoint(useless, 2.0))
    assert (count(form, np.exp), count(form, operator.mul)) == (1, 3)
    assert after_the_line(form, np.exp) == 0


def test_effects_happen_once_and_only_forward():
    def noisy(x, rng):
        unused = rng.normal()
        print("drawn")
        return x * rng.normal()

    before = raw_adjoint(noisy, 2.0, np.random.default_rng(0))
    after = eliminate_dead_code(before)
    assert count(after, primitives.invoke) == 2
    assert count(after, print) == 1
    args = bound(noisy, 2.0, np.random.default_rng(0))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        value, gradient = evaluate(after, args)
    assert out.getvalue() == "drawn\n"
    draws = np.random.default_rng(0).normal(size=2)
    assert (value, gradient) == (2.0 * draws[1], draws[1])
    assert args["rng"].normal() == np.random.default_rng(0).normal(size=3)[2]


def test_an_error_is_raised_though_nothing_reads_it():
    def strict(x):
        if x < 0:
            raise ValueError("negative")
        assert x < 9, "large"
        return x * x

    form = eliminate_dead_code(raw_adjoint(strict, 2.0))
    assert count(form, primitives.raise_) == count(form, primitives.assert_) == 1
    for x, name in ((-1.0, ValueError), (10.0, AssertionError)):
        with contextlib.suppress(name):
            evaluate(form, {"x": x})
            raise RuntimeError("it was not raised")


def test_a_write_to_an_argument_stays():
    def scratch(x, out):
        out[0] = x * x
        return x * 3.0

    form = eliminate_dead_code(raw_adjoint(scratch, 2.0, np.zeros(1)))
    assert count(form, primitives.store) == 1


def test_a_loop_that_only_prints_stays():
    def told(x, n):
        for i in range(n):
            print(i)
        return x

    after = eliminate_dead_code(raw_adjoint(told, 2.0, 3))
    assert len(loops(after)) == 1
    with contextlib.redirect_stdout(io.StringIO()) as out:
        evaluate(after, {"x": 2.0, "n": 3})
    assert out.getvalue() == "0\n1\n2\n"
