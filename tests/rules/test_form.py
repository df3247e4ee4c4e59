"""The form of rules: what the engine can read, inline, fold and differentiate again."""

import ast
import builtins
import inspect
import textwrap

import numpy as np
import pytest

from chainrule.rules import (
    FAMILIES,
    adjoint_of,
    attributes,
    constant,
    is_nondifferentiable,
    is_static,
    methods,
)
from chainrule.rules.registry import differentiable_functions, nondifferentiable_functions

FUNCTIONS = differentiable_functions()
RULES = tuple(dict.fromkeys(adjoint_of(f) for f in FUNCTIONS))
STATEMENTS = (
    ast.AnnAssign,
    ast.Assign,
    ast.Expr,
    ast.For,
    ast.If,
    ast.Raise,
    ast.Return,
    ast.While,
)
UNWANTED = (ast.Lambda, ast.GeneratorExp, ast.DictComp, ast.NamedExpr)
ON_STATIC_VALUES = {len, range, isinstance, tuple, slice, min, max, NotImplementedError}


def callees(rule):
    """The rule and every function of this package that it calls, static ones left out."""
    found = [rule]
    for function in found:
        for node in ast.walk(tree_of(function)):
            callee = called(node, function) if isinstance(node, ast.Call) else None
            if (
                is_own(callee)
                and not is_static(callee)
                and adjoint_of(callee) is None
                and callee not in (*found, constant)
            ):
                found.append(callee)
    return found


def is_own(function):
    return (getattr(function, "__module__", None) or "").startswith("chainrule.rules")


def tree_of(function):
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    tree.decorator_list = []
    return tree


def called(node, function):
    """What a call calls, None for a method of a string or the like."""
    path = ast.unparse(node.func).split(".")
    if path[0] not in function.__globals__ and not hasattr(builtins, path[0]):
        return None
    value = function.__globals__.get(path[0], getattr(builtins, path[0], None))
    for name in path[1:]:
        value = getattr(value, name)
    return value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_is_straight_code_that_can_be_differentiated_again(rule):
    for function in callees(rule):
        body = tree_of(function)
        for node in ast.walk(body):
            if isinstance(node, ast.stmt) and node is not body:
                assert isinstance(node, STATEMENTS), ast.unparse(node)
            assert not isinstance(node, UNWANTED), ast.unparse(node)
            if isinstance(node, ast.Call):
                check_call(node, function)


def check_call(node, function):
    if ast.unparse(node.func) in ("np.add.at", "UPLO.upper"):
        return
    callee = called(node, function)
    known = (
        callee in ON_STATIC_VALUES
        or callee is constant
        or is_static(callee)
        or is_own(callee)
        or adjoint_of(callee) is not None
        or is_nondifferentiable(callee)
    )
    assert known, f"{function.__name__} calls {ast.unparse(node.func)}, which has no rule"


def positional(parameters):
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p for p in parameters if p.kind in kinds]


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.3.0", reason="NumPy named some parameters later"
)
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_rule_has_the_parameters_of_its_function(function):
    """So that no call of the function binds to the rule with another meaning."""
    try:
        theirs = list(inspect.signature(function).parameters.values())
    except ValueError:
        pytest.skip("the function has no signature")
    ours = list(inspect.signature(adjoint_of(function)).parameters.values())[2:]
    if any(p.kind is p.VAR_POSITIONAL for p in theirs + ours):
        pytest.skip("a variadic function")
    for mine, other in zip(positional(ours), positional(theirs)):
        if function in (pow, float, np.float64, np.float32):  # pow(base=2, exp=3) is refused
            continue
        if other.kind is not other.POSITIONAL_ONLY:
            assert mine.name == other.name
        assert (mine.default is mine.empty) == (other.default is other.empty)
        assert mine.default is mine.empty or same_default(mine.default, other.default), mine
    assert len(positional(ours)) <= len(positional(theirs))
    names = {p.name: p for p in theirs}
    for mine in ours:
        if mine.kind is mine.KEYWORD_ONLY and not any(p.kind is p.VAR_KEYWORD for p in theirs):
            assert same_default(mine.default, names[mine.name].default), mine


def same_default(mine, other):
    return mine == other or other is np._NoValue


def test_no_function_is_declared_twice():
    assert not set(FUNCTIONS) & nondifferentiable_functions()


def test_methods_and_attributes_are_known():
    for table in (methods, attributes):
        for name, function in table.items():
            assert hasattr(np.ndarray, name)
            assert adjoint_of(function) is not None or is_nondifferentiable(function), name


def test_methods_take_what_their_functions_take():
    x = np.arange(1.0, 7.0).reshape(2, 3)
    calls = {
        "argmax": (0,), "argsort": (0,), "astype": (int,), "clip": (2, 3), "copy": ("F",),
        "cumprod": (1,), "cumsum": (0,), "diagonal": (1,), "dot": (np.ones(3),), "flatten": ("F",),
        "item": (1, 2), "max": (0,), "mean": (1,), "ravel": ("F",), "repeat": (2, 0), "all": (0,),
        "reshape": (3, 2), "round": (1,), "squeeze": (), "std": (1,), "sum": (1, np.float32),
        "swapaxes": (0, 1), "take": ([0, 1], 1), "trace": (1,), "transpose": (1, 0), "var": (0,),
    }  # fmt: skip
    for name, args in calls.items():
        expected = getattr(x, name)(*args)
        np.testing.assert_array_equal(methods[name](x, *args), expected, strict=name != "item")


def test_families_are_short():
    for family in FAMILIES:
        assert len(inspect.getsource(family).splitlines()) <= 320, family


def test_an_unhashable_callable_has_no_rule():
    class Unhashable:
        __hash__ = None

        def __call__(self):
            return 0

    assert adjoint_of(Unhashable()) is None
    assert not is_nondifferentiable(Unhashable())
