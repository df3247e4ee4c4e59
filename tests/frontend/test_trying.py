"""`try` and `with`: what their text says, what comes out of them, and what is refused."""

from __future__ import annotations

import contextlib
import linecache
import math
import threading
import time

import numpy as np
import pytest

from chainrule import errors, grad, value_and_grad


def text_of(f, *args):
    """The generated function without its head and docstring."""
    source = value_and_grad(f).specialize(*args).source
    return source[source.index("# Forward") :]


def test_the_text_is_the_users_own_try_with_a_mark():
    def f(x):
        try:
            y = math.log(x)
        except ValueError:
            y = x * 2
        return y * 3

    text = text_of(f, 1.5)
    assert (
        "    completed = False\n    try:\n        y = math.log(x)\n        completed = True\n"
        in text
    )
    assert "    except ValueError:\n        y = x * 2\n" in text
    assert "    if completed:\n" in text[text.index("# Backward") :]
    assert grad(f)(2.0) == 1.5 and grad(f)(-2.0) == 6.0


def test_without_a_derivative_through_it_a_try_has_no_mark():
    def f(x, names):
        try:
            k = names["b"]
        except KeyError as missing:
            print(missing)
            k = 2.0
        return x * k

    assert "completed" not in text_of(f, 1.5, {"a": 1})
    assert grad(f)(1.5, {"a": 1}) == 2.0


def test_an_exception_that_nobody_catches_comes_out_as_itself():
    def f(a, x):
        try:
            a[0] = x
            a[1] = math.log(x)
        except KeyError:
            a[0] = 0.0
        finally:
            a[2] = 7.0
        return np.sum(a)

    mine = np.zeros(3)
    with pytest.raises(ValueError, match="math domain error"):
        grad(f, 1)(mine, -1.0)
    assert mine.tolist() == [-1.0, 0.0, 7.0]


def test_managers_are_entered_and_left_once():
    events = []

    class Manager:
        def __enter__(self):
            events.append("in")

        def __exit__(self, *_):
            events.append("out")

    def f(x):
        with Manager():
            y = x * x
            if x > 2:
                raise OverflowError(x)
        return y

    assert grad(f)(1.5) == 3.0
    with pytest.raises(OverflowError):
        grad(f)(2.5)
    assert events == ["in", "out", "in", "out"]


def test_a_lock_is_free_afterwards():
    lock = threading.Lock()

    def f(x, lock):
        for i in range(3):
            with lock:
                if i == 1:
                    return x * i
        return x

    assert grad(f)(2.0, lock) == 1.0 and not lock.locked()


def test_errstate_covers_what_answers_it():
    def f(x):
        with np.errstate(divide="ignore"):
            y = 1 / x
        return np.sum(np.where(np.isinf(y), 0.0, y))

    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        np.ones(1) / np.zeros(1)
    with np.errstate(divide="raise", invalid="ignore"):
        grad(f)(np.array([0.0, 2.0]))
    assert value_and_grad(f).specialize(np.ones(2)).source.count("with np.errstate") == 2


def test_what_a_manager_swallowed_has_not_happened():
    def f(x):
        y = x * 3
        with contextlib.suppress(ValueError):
            y = math.log(x)
        return y

    assert grad(f)(2.0) == 0.5 and grad(f)(-2.0) == 3.0


def test_refusals_name_the_reading_line():
    def f(x):
        y = x
        try:
            for _ in range(3):
                y = y * x
                if y > 2:
                    raise OverflowError
        except OverflowError:
            pass
        return y

    with pytest.raises(errors.UnsupportedExpression, match="half-way") as caught:
        grad(f)(1.5)
    (problem,) = caught.value.diagnostics
    assert problem.line == f.__code__.co_firstlineno + 9


def nested(depth):
    """A function of so many branches, one in the other, whose names are joined behind them."""
    lines = ["def f(x, y):", "    z = x"]
    for i in range(depth):
        pad = "    " * (i + 1)
        lines += [f"{pad}if x > -{i}.0:", f"{pad}    z = z * y"]
    for i in reversed(range(depth)):
        pad = "    " * (i + 1)
        lines += [f"{pad}else:", f"{pad}    z = z + y"]
    return "\n".join([*lines, "    return z"]) + "\n"


def straight(count):
    """A function of so many statements in a row."""
    kinds = ["a{i} = a{j} * 0.5 + x", "a{i} = np.sin(a{j}) - y", "a{i} = a{j} * a{j} + 1.0"]
    lines = ["import numpy as np", "def f(x, y):", "    a0 = x * y"]
    lines += [f"    {kinds[i % 3].format(i=i, j=i - 1)}" for i in range(1, count)]
    return "\n".join([*lines, f"    return a{count - 1}"]) + "\n"


def seconds(function):
    linecache.checkcache()
    begin = time.process_time()
    grad(function)(0.7, 0.3)
    return time.process_time() - begin


def test_time_grows_with_the_statements(module, monkeypatch):
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", "")
    seconds(module(straight(20)).f)
    few, many = seconds(module(straight(200)).f), seconds(module(straight(1200)).f)
    assert many < 12 * few  # twice what is expected: other processes take their share


def test_branches_inside_each_other(module, monkeypatch):
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", "")
    assert seconds(module(nested(20)).f) < 5
