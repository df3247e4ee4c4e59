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


# The text


def wave(x: float, n: int):
    if n == 0:
        return np.sin(x)
    return wave(x * 0.5, n - 1) * wave(x + 1.0, n - 1)


TEXT = '''\
import numpy as np


def wave_forward(x, n):
    e = None
    h = None
    saved = None
    saved_1 = None
    a = n == 0
    if a:
        result = np.sin(x)
    else:
        e, saved_1 = wave_forward(x * 0.5, n - 1)
        h, saved = wave_forward(x + 1.0, n - 1)
        result = e * h
    return result, (a, h, e, saved, saved_1)


def wave_backward(saved, x, n, dy):
    a, h, e, saved, saved_1 = saved
    # if n == 0:
    if a:
        # return np.sin(x)
        dx = float(dy * np.cos(x))
    else:
        # return wave(x * 0.5, n - 1) * wave(x + 1.0, n - 1)
        g = n - 1
        df = wave_backward(saved, x + 1.0, g, dy * e)
        b = wave_backward(saved_1, x * 0.5, g, dy * h) * 0.5
        dx = df + b
    return dx


def wave_adjoint(x: float, n: int, *, seed=1.0):
    """Return (value, gradient) with respect to x."""
    if not (type(x) is float and type(n) is int):
        raise TypeError("wave_adjoint was made for x: float, n: int")
    # Forward
    result, saved = wave_forward(x, n)

    # Backward
    return result, wave_backward(saved, x, n, seed)
'''


def test_the_text():
    assert chainrule.grad(wave).source == TEXT


def test_a_large_function_that_is_called_often_is_not_written_out():
    from tests.corpus.recursion import called_from_several_places

    text = chainrule.grad(called_from_several_places).specialize(0.7, 0.4).source
    assert text.count("def large_forward") == 3  # for x alone, for y alone, for both
    assert text.count("np.log(") == 3


# What is outside

FACTOR = 10.0
BUFFER = np.zeros(3)
ONES = np.ones(3)


def scaled(x):
    return x * FACTOR


def scaled_power(x, n):
    return x * FACTOR if n == 0 else x * scaled_power(x, n - 1)


def around(FACTOR):  # noqa: N803  (it hides the global from the functions inside, and from no other)
    return lambda x: scaled(x) + FACTOR * x, lambda x: scaled_power(x, 1) + FACTOR * x


@pytest.mark.parametrize("i", [0, 1])
def test_a_global_that_the_closure_hides(i):
    function = around(2.0)[i]
    value, gradient = chainrule.value_and_grad(function)(1.5)
    assert value == function(1.5)
    assert np.isclose(gradient, (12.0, 32.0)[i])


def reads_buffer(x, n):
    return x * BUFFER[0] if n == 0 else reads_buffer(x, n - 1) * x


def writes_and_calls(x):
    BUFFER[0] = x
    return reads_buffer(x, 1)


def test_a_global_that_is_written_and_read_below_is_refused():
    with pytest.raises(chainrule.errors.RecursionUnsupported, match="reads BUFFER"):
        chainrule.grad(writes_and_calls)(0.7)


def gives_global(n):
    return ONES if n == 0 else gives_global(n - 1)


def writes_what_is_given(x):
    y = gives_global(2)
    y[0] = x
    return ONES[0] * x


def test_a_global_that_is_given_and_written_is_refused():
    with pytest.raises(chainrule.errors.UnknownStore):
        chainrule.grad(writes_what_is_given)(0.7)


def with_depth(x, n):
    if n == 0:
        return x, 0
    y, depth = with_depth(x, n - 1)
    return x * y, depth + 1


def test_aux():
    assert chainrule.grad(with_depth, has_aux=True)(1.3, 3) == pytest.approx((4 * 1.3**3, 3))


# What is known only when it runs


def applied(f, x):
    return f(x) * x


class Scaled:
    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return self.w * x


def test_text_for_any_function():
    scope = {}
    exec(chainrule.grad(applied, "x").source, scope)
    assert np.isclose(scope["applied_adjoint"](np.exp, 0.7)[1], np.exp(0.7) * 1.7)
    assert np.isclose(scope["applied_adjoint"](Scaled(2.0), 0.7)[1], 2.8)


def test_an_object_that_may_hold_what_is_differentiated():
    scope = {}
    exec(chainrule.grad(applied, ...).source, scope)
    assert np.isclose(scope["applied_adjoint"](np.exp, 0.7)[1][1], np.exp(0.7) * 1.7)
    with pytest.raises(TypeError, match="may hold what is differentiated"):
        scope["applied_adjoint"](Scaled(2.0), 0.7)


def doubled_in_place(x):
    x *= 2.0
    return np.sum(x)


def chosen(functions, i, x):
    return functions[i](x) * np.sum(x)


def test_a_function_that_writes_is_noticed_when_it_runs():
    derivative = chainrule.grad(chosen, "x")
    with pytest.raises(NotImplementedError, match="writes to its argument"):
        derivative([np.sum, doubled_in_place], 1, np.ones(2))


def test_it_is_not_built(tmp_path, monkeypatch):
    (tmp_path / "chosen_model.py").write_text("def chosen(f, x: float):\n    return f(x) * x\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(chainrule.errors.CannotBuild, match="known only when it runs"):
        text_of(Job("grads.py", ("chosen_model.py:chosen",), "x", tmp_path), here())
