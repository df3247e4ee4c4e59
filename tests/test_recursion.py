"""Functions that call themselves: depth, text, what is noticed, what is built and kept on disk."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from tests.backend.test_cache import Place

import chainrule
from chainrule.command.build import Job, text_of
from chainrule.command.console import here


def power(x, n):
    return x if n == 0 else x * power(x, n - 1)


def walk(x, n):
    if n == 0:
        return x * x
    y = walk(x * 1.0001, n - 1)
    return y + x


def deepest(call):
    """How deep a call goes, by halving."""
    low, high = 1, 4000
    while low < high - 1:
        middle = (low + high) // 2
        try:
            call(middle)
            low = middle
        except RecursionError:
            high = middle
    return low


@pytest.mark.parametrize("function", [power, walk])
def test_as_deep_as_the_function_itself(function):
    derivative = chainrule.grad(function)
    derivative(1.0, 3)
    own = deepest(lambda n: function(1.0, n))
    assert own > 500
    assert deepest(lambda n: derivative(1.0, n)) > 0.98 * own
    value, pullback = chainrule.vjp(function, 1.0, int(0.95 * own))
    assert pullback(1.0)[0] == derivative(1.0, int(0.95 * own))


def test_five_hundred_frames():
    derivative = chainrule.grad(power)
    assert np.isclose(derivative(1.0001, 500), 501 * 1.0001**500, rtol=1e-12)


def test_pullbacks_live_at_once_and_again():
    x = np.array([1.1, 0.7])
    value, pullback = chainrule.vjp(power, x, 3)
    other, second = chainrule.vjp(power, x * 2, 3)
    expected = 4 * x**3
    x *= 0
    value *= 0
    for _ in range(2):
        assert np.allclose(pullback(np.ones(2))[0], expected)
        assert np.allclose(second(np.ones(2))[0], 8 * expected)


def test_a_backward_part_that_raises_is_called_again():
    _, pullback = chainrule.vjp(power, np.array([1.3]), 2)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        pullback(np.array([1e308]))
    assert np.allclose(pullback(np.ones(1))[0], 3 * 1.3**2)


def test_a_changed_callee_is_noticed():
    scope = {"np": np}
    module = "def f(x, n):\n    return g(x, n)\n\n\ndef g(x, n):\n    return x if n == 0 else x * g(x, n - 1)\n"
    import linecache

    linecache.cache["<changing>"] = (
        len(module),
        None,
        module.splitlines(keepends=True),
        "<changing>",
    )
    exec(compile(module, "<changing>", "exec"), scope)
    derivative = chainrule.grad(scope["f"])
    assert np.isclose(derivative(1.5, 2), 3 * 1.5**2)
    assert np.isclose(derivative(1.5, 2), 3 * 1.5**2)
    scope["g"] = walk
    assert np.isclose(derivative(1.5, 0), 3.0)


def test_built_and_run_without_chainrule(tmp_path, monkeypatch):
    (tmp_path / "recursive_model.py").write_text(
        textwrap.dedent(
            """\
            import numpy as np


            def tree(x: float, n: int):
                if n == 0:
                    return np.sin(x)
                return tree(x * 0.5, n - 1) * tree(x + 1.0, n - 1)


            def twice(x: float):
                return 2.0 * tree(x, 2)
            """
        )
    )
    monkeypatch.chdir(tmp_path)
    targets = ("recursive_model.py:tree", "recursive_model.py:twice")
    text = text_of(Job("grads.py", targets, None, tmp_path), here())
    (tmp_path / "grads.py").write_text(text)
    script = (
        "import sys; sys.modules['chainrule'] = None; import grads; "
        "print(grads.tree_adjoint(0.3, 2), grads.twice_adjoint(0.3))"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path
    )
    assert out.returncode == 0, out.stderr
    assert "tree_forward2" in text


def test_kept_on_disk(tmp_path):
    place = Place(tmp_path)
    place.write(
        """\
        import numpy as np


        def power(x, n):
            return x if n == 0 else x * power(x, n - 1)
        """
    )
    call = "chainrule.grad(model.power)(1.3, 3)"
    first, second = place.run(call), place.run(call)
    assert first[0] == second[0]
    assert second[1]
