"""The test of its types that a text opens with: run on other types it must not return a number."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from chainrule.ir.form import Function
from chainrule.ir.types import Array, NumPyScalar, Opaque, Scalar, Struct, Type, show


def guard_for(function: Function) -> Sequence[ast.stmt]:
    """An `if` that raises `TypeError` unless the arguments have the types that the text was made for."""
    tests: list[ast.expr] = []
    tested: list[str] = []
    for p in function.params:
        if p.value.name not in function.facts.get("typed", ()):
            continue
        tests += tests_of(p.value.name, p.value.type)
        if tests_of(p.value.name, p.value.type):
            tested.append(f"{p.value.name}: {show(p.value.type)}")
    if not tests:
        return ()
    test: ast.expr = ast.UnaryOp(ast.Not(), ast.BoolOp(ast.And(), tests))
    if len(tests) == 1 and isinstance(tests[0], ast.Compare) and isinstance(tests[0].ops[0], ast.Is):
        test = ast.Compare(tests[0].left, [ast.IsNot()], tests[0].comparators)
    message = ast.Constant(f"{function.name} was made for {', '.join(tested)}")
    failure = ast.Raise(ast.Call(ast.Name("TypeError"), [message], []), None)
    return [ast.If(test, [failure], [])]


def tests_of(name: str, t: Type) -> list[ast.expr]:
    """Expressions that are true of a value of this type."""
    x = ast.Name(name)
    if isinstance(t, Scalar):
        return [_is(_type(x), ast.Name(t.kind.__name__))]
    if isinstance(t, NumPyScalar):
        return [_is(_type(x), ast.Attribute(ast.Name("np"), t.dtype.name))]
    if isinstance(t, Array):
        return _array(x, t)
    if isinstance(t, Struct) and t.kind in (tuple, list, dict):
        return [_is(_type(x), ast.Name(t.kind.__name__))]
    if isinstance(t, Opaque) and t.cls is type(None):
        return [_is(x, ast.Constant(None))]
    return []


def _array(x: ast.expr, t: Array) -> list[ast.expr]:
    tests: list[ast.expr] = [_is(_type(x), ast.Attribute(ast.Name("np"), "ndarray"))]
    if t.dtype is not None:
        tests.append(ast.Compare(ast.Attribute(x, "dtype"), [ast.Eq()], [ast.Attribute(ast.Name("np"), t.dtype.name)]))
    if t.rank is not None:
        tests.append(ast.Compare(ast.Attribute(x, "ndim"), [ast.Eq()], [ast.Constant(t.rank)]))
    for i, dim in enumerate(t.dims or ()):
        length = ast.Subscript(ast.Attribute(x, "shape"), ast.Constant(i))
        if dim == 1 or getattr(dim, "not_one", False):
            tests.append(ast.Compare(length, [ast.Eq() if dim == 1 else ast.NotEq()], [ast.Constant(1)]))
    return tests


def _type(x: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("type"), [x], [])


def _is(x: ast.expr, y: ast.expr) -> ast.expr:
    return ast.Compare(x, [ast.Is()], [y])
