"""The stages in order: each from one value to the next, without a trace left on what it was given."""

import ast
from pathlib import Path

import numpy as np
import pytest
from tests.autodiff.adjoints import adjoint_of, assert_same, count
from tests.ir.forms import bound

import chainrule
from chainrule import pipeline
from chainrule.backend.load import load
from chainrule.frontend.frame import type_of_value
from chainrule.frontend.source import find
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.printer import show_function


def settle(x, rate, n):
    for i in range(n):
        if x > 2.0:
            x = x * rate
            continue
        x = x - rate * np.sin(x) * x
        if x < 0.1:
            return x * 3.0
    return x * x


def mixed(x, w):
    y = np.zeros_like(x)
    y[1:] = x[:-1] * w[1:]
    y[0] = x[0]
    y *= w
    return np.sum(y * y)


V, W = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.7, 1.1])
CALLS = [(settle, (5.0, 0.4, 6)), (settle, (0.2, 0.9, 6)), (mixed, (V, W))]


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_each_pass_leaves_a_sound_form_of_the_same_meaning(f, args):
    form = adjoint_of(f, *args, wrt=(0, 1))
    check(form)
    expected = evaluate(form, bound(f, *args))
    for improve in pipeline.PASSES:
        form = improve(form)
        check(form)
        assert_same(evaluate(form, bound(f, *args)), expected)


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_no_pass_changes_what_it_means_when_it_runs_again_or_alone(f, args):
    expected = evaluate(adjoint_of(f, *args, wrt=(0, 1)), bound(f, *args))
    for improve in dict.fromkeys(pipeline.PASSES):
        form = improve(improve(adjoint_of(f, *args, wrt=(0, 1))))
        check(form)
        assert_same(evaluate(form, bound(f, *args)), expected)


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_the_optimized_form_is_shorter(f, args):
    form = adjoint_of(f, *args, wrt=(0, 1))
    assert count(pipeline.optimized(form)) < count(form)


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_the_text_gives_what_the_form_gives(f, args):
    form = pipeline.optimized(adjoint_of(f, *args, wrt=(0, 1)))
    text = pipeline.text(form, "")
    expected = evaluate(form, bound(f, *args))
    run = load(text.body, text.name, f, text.imports)
    assert_same(run(*args), expected)


def test_a_primal_comes_from_source_and_types():
    types = {
        "x": type_of_value(5.0, "x"),
        "rate": type_of_value(0.4, "r"),
        "n": type_of_value(6, "n"),
    }
    form = pipeline.primal(find(settle), types)
    check(form)
    assert evaluate(form, {"x": 5.0, "rate": 0.4, "n": 6}) == settle(5.0, 0.4, 6)
    assert show_function(form).startswith("function settle(%x: float")


def test_a_form_in_two_gives_the_same():
    form = pipeline.split(adjoint_of(mixed, V, W, wrt=(0, 1)))
    check_split = pipeline.text(form, "")
    assert check_split.name == "mixed_vjp"
    run = load(check_split.body, check_split.name, mixed, check_split.imports)
    value, pullback = run(V.copy(), W.copy())
    expected = chainrule.value_and_grad(mixed, (0, 1))(V.copy(), W.copy())
    for _ in range(2):
        assert_same((value, pullback(1.0)), expected)
        assert_same(pullback(2.0)[0], 2.0 * expected[1][0])


def test_one_file_alone_imports_every_stage():
    """The stages know nothing of those that follow them."""
    order = ["ir", "analysis", "frontend", "autodiff", "optimize", "backend", "show", "command"]
    root = Path(chainrule.__file__).parent
    passes = {p.stem for p in (root / "optimize").glob("*.py")} - {"__init__"}
    imported = {
        n.module.rpartition(".")[2]
        for n in ast.walk(ast.parse((root / "pipeline.py").read_text()))
        if isinstance(n, ast.ImportFrom) and n.module and n.module.startswith("chainrule.optimize.")
    }
    assert imported == passes
    late = set(order[order.index("optimize") :])
    for folder in ("ir", "analysis", "frontend", "rules", "autodiff"):
        for path in (root / folder).glob("*.py"):
            for n in ast.walk(ast.parse(path.read_text())):
                if isinstance(n, ast.ImportFrom) and n.module and n.module.startswith("chainrule."):
                    assert n.module.split(".")[1] not in late, f"{path.name} imports {n.module}"
