"""Loading: generated functions run in the user's module, and tracebacks and debuggers show them."""

import inspect
import io
import linecache
import pdb
import pickle
import traceback

import numpy as np
import pytest

import chainrule
from chainrule.backend.load import (
    compiled,
    function_in,
    keep_defaults,
    leave_out_head,
    load,
    revived,
)

RATE = 2.0


def strict(x):
    if x < 0:
        raise ValueError("negative")
    y = x * x
    return y * x


def rated(x, by=3.0, *, more=1.0):
    return x * RATE * by * more


TEXT = '''\
import numpy as np


def f_adjoint(x, *, seed=1.0):
    """What it says."""
    if type(x) is not float:
        raise TypeError("no")
    y = np.exp(x) * RATE
    return helper(y), seed * y
'''


def loaded(**options):
    return load(TEXT, "f_adjoint", rated, {"np": np, "helper": abs}, "f of x", **options)


def test_free_names_are_the_users_and_what_is_injected(monkeypatch):
    run = loaded()
    assert run(0.0) == (2.0, 2.0)
    monkeypatch.setitem(globals(), "RATE", 5.0)
    assert run(0.0) == (5.0, 5.0)
    assert run.__globals__ is globals()
    assert "helper" not in globals()


def test_cells_of_the_closure_are_read_as_they_are_now():
    gain = 2.0

    def amplify(x):
        return x * gain

    derivative = chainrule.grad(amplify)
    assert derivative(1.0) == 2.0
    gain = 7.0
    assert derivative(1.0) == 7.0


def test_the_head_is_left_out_where_it_is_not_needed():
    assert loaded().__doc__ == "What it says."
    with pytest.raises(TypeError):
        loaded()(1)
    lean = loaded(lean=True, guards=1)
    assert lean.__doc__ is None
    assert lean(0)[1] == 2.0
    assert loaded(lean=True, guards=0)(0.0) == (2.0, 2.0)
    with pytest.raises(TypeError):
        loaded(lean=True, guards=0)(1)


def test_a_traceback_shows_the_generated_line():
    run = chainrule.grad(strict).specialize(2.0)
    with pytest.raises(ValueError, match="negative") as caught:
        run(-1.0)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert frames[-1].line == 'raise ValueError("negative")'
    assert frames[-1].name == "strict_adjoint"
    assert "strict" in frames[-1].filename
    lines = run.source.splitlines()
    assert lines[frames[-1].lineno - 1].strip() == frames[-1].line


def test_a_call_of_the_derivative_shows_it_too():
    with pytest.raises(ValueError, match="negative") as caught:
        chainrule.grad(strict)(-1.0)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert frames[-1].line == 'raise ValueError("negative")'
    assert 'raise ValueError("negative")' in "".join(traceback.format_exception(caught.value))


def test_the_source_is_found():
    run = chainrule.grad(strict).specialize(2.0)
    filename = run.__code__.co_filename
    linecache.checkcache()
    assert "".join(linecache.getlines(filename)) == run.source
    found = inspect.getsource(run)
    assert found.startswith("def strict_adjoint(x") and found in run.source + "\n"


def test_the_source_is_found_below_what_is_left_out():
    lean = loaded(lean=True, guards=1)
    assert inspect.getsource(lean) in TEXT + "\n"
    first = min(line for *_, line in lean.__code__.co_lines() if line and line > 4)
    assert TEXT.splitlines()[first - 1].strip() == "y = np.exp(x) * RATE"


def test_a_debugger_lists_it():
    run = chainrule.grad(strict).specialize(2.0)
    out = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO("step\nlist\nnext\nnext\nnext\ncontinue\n"), stdout=out)
    debugger.use_rawinput = False
    debugger.nosigint = True
    assert debugger.runcall(run, 2.0) == (8.0, 12.0)
    assert "def strict_adjoint(x" in out.getvalue()
    assert "y = x * x" in out.getvalue()


def test_one_text_has_one_file_and_two_have_two():
    files = {
        load(
            TEXT.replace("np.exp", name), "f_adjoint", rated, {"np": np, "helper": abs}
        ).__code__.co_filename
        for name in ("np.exp", "np.exp", "np.sin")
    }
    assert len(files) == 2


def test_defaults_are_the_very_objects():
    marks = [1.0]

    def marked(x, a=marks, *, b=marks):
        return x * a[0] * b[0]

    made = compiled(function_in("def g(x, a=..., *, b=..., seed=1.0): return x", "g", "f"), [], "f")
    keep_defaults(made, marked)
    assert made.__defaults__[0] is marks and made.__kwdefaults__["b"] is marks
    assert made.__kwdefaults__["seed"] == 1.0


def test_the_derivative_has_the_defaults_of_its_function():
    assert chainrule.grad(rated)(1.0) == 6.0
    assert chainrule.grad(rated)(1.0, more=2.0) == 12.0
    run = chainrule.grad(rated).specialize(1.0)
    assert run(1.0) == (6.0, 6.0)
    assert run(1.0, more=2.0, seed=10.0) == (12.0, 120.0)


def test_code_is_revived():
    made = loaded()
    again = revived(made.__code__, rated, {"np": np, "helper": abs}, {"seed": 3.0})
    assert again(0.0) == (2.0, 6.0)


def test_the_head_of_a_tree():
    tree = function_in(TEXT, "f_adjoint", "f")
    leave_out_head(tree, 1)
    assert len(tree.body) == 2
    bare = function_in("def g(x):\n    a = x\n    return a\n", "g", "f")
    leave_out_head(bare, 0)
    assert len(bare.body) == 2


def test_a_derivative_is_pickled_by_its_function():
    again = pickle.loads(pickle.dumps(chainrule.grad(strict)))
    assert again(2.0) == 12.0


def test_defaults_that_need_a_name():
    half = np.float64(0.5)

    def f(x, s=half, *, k, m=(half, 1)):
        return x * s * k

    made = chainrule.grad(f).specialize(2.0, k=3.0)
    assert made.__defaults__[0] is half and made.__kwdefaults__["m"][0] is half
    value, gradient = made(2.0, k=3.0)
    assert value == 3.0 and gradient == 1.5
    with pytest.raises(TypeError, match="'k'"):
        made(2.0)
