"""Functions wherever they come from: modules of one name, cells of notebooks, zipped packages, variables that change."""

import importlib
import linecache
import sys
import zipfile

import numpy as np
import pytest

import chainrule
from chainrule import errors

TEXT = """\
import numpy as np
K = {k}
def helper(v):
    return v * K
def make(c):
    def f(x):
        g = lambda v: v * c + K
        def h(v, s=2.0):
            return g(v) * s
        return helper(x) * h(x)
    return f
f = make(3.0)
"""


def check(f, x=1.3):
    """The value, and the gradient against differences."""
    value, gradient = chainrule.value_and_grad(f)(x)
    assert value == f(x)
    assert gradient == pytest.approx((f(x + 1e-6) - f(x - 1e-6)) / 2e-6, rel=1e-6)


def test_two_modules_of_one_name(module, tmp_path):
    first = module(TEXT.format(k=2.0), "same")
    (tmp_path / "same.py").rename(tmp_path / "first.py")
    second = module(TEXT.format(k=5.0), "same")
    assert sys.modules["same"] is second
    one, two = first.helper, second.helper

    def both(x):
        return one(x) * two(x * x)

    check(second.f)
    check(both)
    first.K = 7.0
    check(both)


def test_compiled_text_that_linecache_knows():
    text, name = TEXT.format(k=4.0), "<cell 1>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    for scope in ({"__name__": "__main__"}, {}):
        exec(compile(text, name, "exec"), scope)
        check(scope["f"])
    exec(compile(text, "<string>", "exec"), scope)
    with pytest.raises(errors.SourceMissing):
        chainrule.grad(scope["f"])(1.3)


def test_zipped_package(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "zipped.zip", "w") as file:
        file.writestr("zipped/__init__.py", "")
        file.writestr("zipped/mod.py", TEXT.format(k=6.0))
        text = "from .mod import f\ndef g(x):\n    from . import mod as m\n    return m.f(x) * f(x) + m.helper(x)\n"
        file.writestr("zipped/other.py", text)
    monkeypatch.syspath_prepend(str(tmp_path / "zipped.zip"))
    check(importlib.import_module("zipped.mod").f)
    check(importlib.import_module("zipped.other").g)


def test_a_test_file_that_pytest_rewrote():
    k = 2.0

    def f(x):
        def inner(v):
            assert v > 0, "positive"
            return v * k

        assert (lambda v: v * x)(x) > 0
        return inner(x) * (lambda v: v + inner(x))(x)

    check(f)


def test_variables_around_are_read_live():
    def make():
        w, n = np.array([1.0, 2.0, 3.0]), 2

        def weighted(x):
            return np.sum(w * x**n)

        def change(to):
            nonlocal w
            w = to

        return weighted, change, w

    weighted, change, w = make()

    def twice(x):
        return weighted(x) * 2

    gradients = [chainrule.grad(weighted), chainrule.grad(twice)]
    x = np.array([0.5, 1.5, 2.5])
    for _ in range(2):
        for factor, gradient in zip((2, 4), gradients):
            np.testing.assert_allclose(gradient(x), factor * w * x)
    w[0] = 10.0
    for factor, gradient in zip((2, 4), gradients):
        np.testing.assert_allclose(gradient(x), factor * w * x)
    change(3.0)
    for factor, gradient in zip((2, 4), gradients):
        np.testing.assert_allclose(gradient(x), factor * 3.0 * x)


def test_a_partial_is_read_live():
    import functools

    def scaled(k, x):
        return np.sum(k * x)

    k = np.ones(2)
    part = functools.partial(scaled, k)

    def f(x):
        return part(x) * 2

    gradient = chainrule.grad(f)
    for _ in range(3):
        k[0] += 1
        np.testing.assert_allclose(gradient(np.ones(2)), 2 * k)
    part = functools.partial(scaled, 5.0)
    np.testing.assert_allclose(gradient(np.ones(2)), [10.0, 10.0])


def test_defaults_are_read_live():
    def g(x, w=np.ones(2)):  # noqa: B008
        return np.sum(w * x)

    def f(x):
        return g(x) * 2

    gradient = chainrule.grad(f)
    np.testing.assert_allclose(gradient(np.ones(2)), [2.0, 2.0])
    g.__defaults__[0][0] = 5.0
    np.testing.assert_allclose(gradient(np.ones(2)), [10.0, 2.0])


def test_a_function_of_a_dict_is_compared(monkeypatch):
    table = {"a": np.sin, "b": lambda v: v * v}

    def f(x, name):
        return table[name](x)

    gradient = chainrule.grad(f, "x")
    assert gradient(2.0, "b") == 4.0
    table["b"] = lambda v: v * v * v
    assert gradient(2.0, "b") == 12.0
    with pytest.raises(KeyError, match="c"):
        gradient(2.0, "c")


def test_a_nested_function_that_is_bound_to_what_is_around_is_refused():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x * x

    with pytest.raises(errors.UnsupportedStatement, match="count is a variable around f"):
        chainrule.grad(f)(1.0)


def test_what_is_wrong_in_a_nested_function_is_told_at_its_line():
    def f(x):
        def inner(v):
            return v * unknown  # noqa: F821

        return inner(x)

    with pytest.raises(errors.ChainruleError) as caught:
        chainrule.grad(f)(1.0)
    assert "return v * unknown" in caught.value.diagnostics[0].source


def test_none_that_is_called_says_what_python_says():
    def f(x):
        g = np.sin if x > 0 else None
        return g(x)

    assert chainrule.grad(f)(0.5) == pytest.approx(np.cos(0.5))
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        chainrule.grad(f)(-0.5)
