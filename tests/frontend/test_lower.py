"""From a syntax tree to the form: letters, names, order of evaluation, comments, literals; and 3.14."""

import os
import subprocess
import sys

import numpy as np
import pytest
from tests.frontend.forms import form, functions, names, ops, run

from chainrule import errors, grad
from chainrule.ir.letters import LETTERS, letters
from chainrule.ir.routine import routines_in
from chainrule.ir.types import FLOAT

SCALE = 3.0


def helper(x):
    y = x * x
    return y + 1


# Letters


def test_the_letters():
    found = letters({"b", "a1"})
    first = [next(found) for _ in range(30)]
    assert first[:4] == ["a", "c", "d", "e"] and "l" not in first and "b" not in first
    assert first[len(LETTERS) - 1] == "b1" and "a1" not in first
    assert len(set(first)) == 30


def test_steps_are_lettered_in_the_order_of_evaluation():
    def f(x, y):
        return np.sin(x * y) + np.cos(x) * (y - 1)

    made = form(f, 2.0, 3.0)
    assert names(made) == ["a", "b", "c", "d", "e", "f"]
    assert functions(made) == ["mul", "sin", "cos", "sub", "mul", "add"]


def test_letters_that_are_taken_are_skipped():
    def f(a, x):
        d = a + x
        return (a * x) * (x * x) * d

    assert names(form(f, 2.0, 3.0)) == ["d", "b", "c", "e", "f"]


def test_names_of_globals_and_functions_are_skipped(module):
    made = module("a = 2.0\n\n\ndef b(x):\n    return x * a\n\n\ndef f(x):\n    return b(x) * x\n")
    found = names(form(made.f, 2.0))
    assert not {"a", "b"} & set(found) and found == ["c", "d"]


def test_there_is_no_l():
    def f(x):
        return x * 1.0 * 2.0 * 3.0 * 4.0 * 5.0 * 6.0 * 7.0 * 8.0 * 9.0 * 10.0 * 11.0 * 12.0

    assert names(form(f, 2.0)) == list("abcdefghijkm")


def test_named_values_keep_their_names():
    def f(x):
        y = x * x
        z = w = y + 1
        y = z * w
        return y

    assert names(form(f, 2.0)) == ["y", "z", "w", "y"]


# Order, values, literals, comments


def test_the_form_computes_what_the_function_does():
    def f(x, p, n=3, *, k=2.0):
        """Doc."""
        y, (z, w) = x, (p["a"], p["b"][0])
        y += z
        assert y > 0, "positive"
        t = -y if n > 2 and not w else y
        return helper(t) * SCALE + k**n, {"y": y, "w": [w, z]}

    p = {"a": 2.0, "b": (0.0, 5.0)}
    made = form(f, 1.5, p)
    assert run(f, 1.5, p) == f(1.5, p)


def test_operands_are_read_when_they_are_evaluated():
    def f(x):
        a = np.ones(2)
        b = a * x
        a[0] = 5.0
        c = a * x
        return b + c

    made = form(f, 2.0)
    np.testing.assert_array_equal(run(f, 2.0), f(2.0))


@pytest.mark.parametrize("text", ["1e-3", "0xFF", "1_000", "0b11", "1E5", "-1e-3", ".5", "1."])
def test_literals_are_kept(module, text):
    made = module(f"def f(x: float) -> float:\n    return x * {text}\n")
    value = float(eval(text))
    assert grad(made.f)(2.0) == value
    shown = {"1E5": "1e5", ".5": "0.5", "1.": "1.0"}.get(text, text)
    forward, _, backward = grad(made.f).source.partition("# Backward")
    assert shown in forward and (value == 1 or shown in backward)


def test_comments_are_kept(module):
    made = module(
        "def f(x: float) -> float:\n"
        "    # above\n"
        "    # and more\n"
        "    y = x * x  # beside\n"
        "    if y > 1:  # at the test\n"
        "        # inside\n"
        "        y = y * 2\n"
        "\n"
        "    # before the result\n"
        "    return y * 2\n"
    )
    text = grad(made.f).source
    for comment in (
        "above",
        "and more",
        "beside",
        "at the test",
        "inside",
        "before the result",
    ):
        assert text.partition("# Backward")[0].count(f"# {comment}") == 1
    assert "y = x * x  # beside" in text


@pytest.mark.parametrize(
    "end", ["return y * 2  # this", "# this\n    return y", "return y  # this"]
)
def test_comments_of_a_return(module, end):
    made = module(f"def f(x: float) -> float:\n    y = x * x\n    {end}\n")
    assert "# this" in grad(made.f).source


def test_a_docstring_is_no_statement():
    def f(x):
        """Says nothing."""
        return x * x

    assert functions(form(f, 2.0)) == ["mul"]


def test_callees_are_written_out():
    def f(x):
        return helper(x) * helper(x + 1)

    made = form(f, 2.0)
    assert functions(made).count("mul") == 3
    assert run(f, 2.0) == f(2.0)


def test_a_chain_of_five_hundred_terms(module):
    terms = " + ".join(f"x * {i}.0" for i in range(500))
    made = module(f"def f(x):\n    return {terms}\n")
    assert len(ops(form(made.f, 2.0))) == 999
    assert grad(made.f)(2.0) == sum(range(500))


# Refusals


def refusal(function, *args):
    with pytest.raises(errors.ChainruleError) as caught:
        form(function, *args)
    return caught.value


def test_all_problems_are_told_in_the_order_of_the_text():
    def f(x):
        y = {v * 3 for v in x}
        z = x @ y
        exec("y")
        w = {v * 2 for v in x}
        return z + w

    found = refusal(f, np.ones(2))
    start = f.__code__.co_firstlineno
    assert [d.line - start for d in found.diagnostics] == [1, 3, 4]


def test_names_that_are_not_bound():
    def f(x):
        return x * nowhere  # noqa: F821

    assert "the name nowhere is not defined" in str(refusal(f, 1.0))

    def g(x):
        y = z * x  # noqa: F821
        z = 1.0
        return y

    assert "z is read before it is bound" in str(refusal(g, 1.0))


def test_recursion():
    def f(x, n):
        return x if n == 0 else f(x, n - 1) * x

    def endless(x):
        return endless(x) * x

    (callee,) = routines_in(form(f, 1.0, 2))
    assert callee.result == FLOAT
    assert routines_in(callee.form) == [callee]
    assert "never returns" in str(refusal(endless, 1.0))
    assert isinstance(refusal(endless, 1.0), errors.RecursionUnsupported)


def test_a_call_that_does_not_fit():
    def f(x):
        return helper(x, 1) * x

    found = refusal(f, 1.0)
    assert isinstance(found, errors.CallMismatch) and "helper" in str(found)


# Python 3.14 and later

REMOVED = ("Num", "Str", "Bytes", "NameConstant", "Ellipsis")

NEWER = """
import ast

removed = {removed!r}
if removed:
    for name in removed:
        vars(ast).pop(name, None)
    vars(ast).pop("__getattr__", None)  # from 3.12 on, it gives them with a warning
    assert not any(hasattr(ast, name) for name in removed)

    def get_docstring(node, clean=True):
        # that of 3.11 uses `Str` itself; this is that of 3.14
        first = node.body[0] if node.body else None
        value = first.value if isinstance(first, ast.Expr) else None
        return value.value if isinstance(getattr(value, "value", None), str) else None

    ast.get_docstring = get_docstring

import model

d = model.loss
print(d.source)
print(d.textbook)
print(d(3.0, model.np.ones((2, 3))))
print(d.specialize(3.0, model.np.ones((2, 3))).source)
"""

MODEL = '''
import numpy as np
from chainrule import grad


@grad
def loss(x: float, a: np.ndarray, name: str = "mean", flag: bool = True, none=None):
    """Numbers, strings, bytes, constants and an ellipsis."""
    total = -1.5e-3
    for row in a[..., ::-1]:
        if name == "mean" and flag is True and none is None:
            total = total + np.mean(row[..., 0] * x) ** 2
        elif b"bytes" == b"other" or not False:
            total = total - 0xFF
    assert total > -1, f"{total!r:>10} is {name}"
    return total * x
'''


def output_of(folder, script):
    env = {**os.environ, "CHAINRULE_CACHE_DIR": ""}
    command = [sys.executable, "-W", "error", "-c", script]
    run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_without_the_names_that_3_14_removed_from_ast(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    newer = output_of(tmp_path, NEWER.format(removed=REMOVED))
    assert newer == output_of(tmp_path, NEWER.format(removed=()))
    assert "def loss_adjoint(" in newer and "-0.0015" not in newer
