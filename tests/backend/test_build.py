"""Built modules: what is copied, imported and refused, and that they run where chainrule is not."""

import subprocess
import sys
import textwrap

import pytest

from chainrule import errors
from chainrule.backend.copies import copied
from chainrule.command.build import Job, same, text_of
from chainrule.command.console import here

BESIDE = """\
RATE = 0.5


def twice(x):
    return 2 * x
"""

MODEL = """\
from __future__ import annotations

import math
from math import pi

import chainrule
import numpy as np
from beside_build import RATE, twice

import beside_build

TWO_PI = 2 * math.pi
SMALL = 1e-3
LARGE = 1_000.0
CONFIG = {"rate": SMALL, "names": ["a"]}
NARROW = np.float32(0.1)
own = 3.0
unbroadcast = 4.0


def area(r: float):
    return TWO_PI * r * r * LARGE + pi * RATE * CONFIG["rate"] + twice(r) + r * float(NARROW)


def foreign(x: float):
    return x * beside_build.RATE


def clashing(x, y):
    return np.sum(x * y * own) * unbroadcast


def matmul(x, y):
    return np.sum(x @ y)


def stopped(x: float, *, mode: str = "plain"):
    with chainrule.no_grad():
        k = x * 2.0
    return chainrule.stop_gradient(x) * x + k


def bent(x, sharp=SMALL):
    # a comment at the top
    if x > 1:  # beside the test
        y = sharp * x
    elif x > 0:
        y = 0x10 * x + 1e-3

        # after a blank line
        y = y + helping(x)
    else:
        y = (
            x  # inside
            - 1
        )
    for i in range(3):
        y += i
        if y > 1e9:
            break
    else:
        y += 0.5
    while y > 1e6:
        y /= 2
    return y


def helping(x):
    \"\"\"Help.\"\"\"
    import math

    def inner(z: float) -> float:
        return z * math.tau

    return inner(x) * SMALL


@chainrule.adjoint(bent)
def bent_rule(g, ans, x, sharp=SMALL):
    if x > 1:
        return g * sharp
    return g * LARGE if x > 0 else g


def calls(x: float):
    return bent(x) * x
"""

USE = """\
import sys

sys.modules["chainrule"] = None
import numpy as np
import built

step = 1e-6


def slope(f, x):
    return (f(x + step)[0] - f(x - step)[0]) / (2 * step)


for f in (built.area_adjoint, built.foreign_adjoint):
    np.testing.assert_allclose(f(0.7)[1], (slope(f, 0.7),), rtol=1e-6)
x, y = np.arange(3.0), np.arange(6.0).reshape(2, 3)
value, (dx, dy) = built.clashing_adjoint(x, y)
np.testing.assert_allclose(dx, 12 * y.sum(axis=0))
np.testing.assert_allclose(dy, np.broadcast_to(12 * x, y.shape))
value, (dx, dy) = built.matmul_adjoint(y, x)
np.testing.assert_allclose(dx, np.broadcast_to(x, y.shape))
np.testing.assert_allclose(dy, y.sum(axis=0))
assert built.stopped_adjoint(3.0) == (15.0, (3.0, None))
value, (gradient,) = built.calls_adjoint(0.5)
bent = 8.0 + 1e-3 + 0.5 * np.pi * 2 * 1e-3 + 3 + 0.5
np.testing.assert_allclose((value, gradient), (bent * 0.5, bent + 0.5 * 1000.0))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("build")
    (place / "beside_build.py").write_text(BESIDE)
    (place / "model_build.py").write_text(MODEL)
    return place


def built(folder, *targets, wrt=None):
    return text_of(Job("built.py", targets, wrt, folder), here())


def test_what_a_module_may_need(folder):
    names = ("area", "foreign", "clashing", "matmul", "calls")
    text = built(folder, *(f"model_build.py:{name}" for name in names), "model_build.py:stopped")
    (folder / "built.py").write_text(text, encoding="utf-8")
    lines = text.split("\n")
    for line in (
        "from math import pi",
        "from beside_build import RATE",
        "import beside_build",
        "TWO_PI = 2 * math.pi",
        "LARGE = 1_000.0",
        'CONFIG = {"rate": SMALL, "names": ["a"]}',
        "NARROW = np.float32(0.1)",
        "own = 3.0",
        "def bent(x, sharp=SMALL):",
        "    # a comment at the top",
        "    if x > 1:  # beside the test",
        "    elif x > 0:",
        "        y = 0x10 * x + 1e-3",
        "        # after a blank line",
        "    def inner(z):",
    ):
        assert line in lines, line
    code = [line for line in lines if not line.strip().startswith("#")]
    assert not any("chainrule" in line for line in code)
    assert lines.index("SMALL = 1e-3") < lines.index('CONFIG = {"rate": SMALL, "names": ["a"]}')
    done = subprocess.run([sys.executable, "-c", USE], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for linter in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *linter, "--isolated", "--no-cache", "built.py"]
        linted = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert linted.returncode == 0, linted.stdout


def test_one_gradient_is_bare(folder):
    assert "return result, dr" in built(folder, "model_build.py:area", wrt="r")


REFUSED = {
    "array": ("T = np.arange(3.0)\ndef f(x): return np.sum(x * T)", "T is an array", "T"),
    "imported list": ("L = [np.ones(2)]\ndef f(x): return x * L[0]", "L is a list", "L"),
    "rebound": ("K = 1.0\nK = 2.0\ndef f(x): return x * K", "K is bound more than once", "K"),
    "augmented": ("K = 1.0\nK += 2.0\ndef f(x): return x * K", "K is bound more than once", "K"),
    "global": (
        "K = 1.0\ndef set(k):\n    global K\n    K = k\ndef f(x): return x * K",
        "K is bound more than once",
        "K",
    ),
    "by a loop": ("for K in (1.0, 2.0): pass\ndef f(x): return x * K", "K is bound more", "K"),
    "from outside": (
        "import sys\nK = 1.0\nsetattr(sys.modules[__name__], 'K', 2.0)\ndef f(x): return x * K",
        "K does not have the value that its line gives it",
        "K",
    ),
    "written": ("C = {}\nC['k'] = 2.0\ndef f(x): return x * C['k']", "C is a dict that", "C['k']"),
    "closure": (
        "def make(k):\n    def f(x):\n        return x * k\n    return f\nf = make(2.0)",
        "k is a variable of the function around",
        "k",
    ),
    "around a callee": (
        "def make(k):\n    def g(x):\n        return x * k\n    return g\ng = make(2.0)\n"
        "def f(x): return g(x)",
        "k is a variable of the function around",
        "g(x)",
    ),
    "partial": (
        "import functools\ng = functools.partial(np.power, 2.0)\ndef f(x): return g(x)",
        "g is a partial",
        "g",
    ),
    "default": ("def f(x, t=np.ones(2)): return np.sum(x * t)", "the default of t is a", "def f"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_text_can_hold_is_refused(tmp_path, name):
    text, said, where = REFUSED[name]
    file = f"refused_{name.replace(' ', '_')}.py"
    (tmp_path / file).write_text(f"import numpy as np\n{text}\n")
    with pytest.raises(errors.CannotBuild) as caught:
        built(tmp_path, f"{file}:f")
    assert said in str(caught.value)
    assert where in caught.value.diagnostics[0].source
    assert caught.value.diagnostics[0].help


def test_two_derivatives_of_one_name_are_refused(folder):
    with pytest.raises(errors.CannotBuild, match="two derivatives would be called area_adjoint"):
        built(folder, "model_build.py:area", "model_build.py:area")


def test_names_that_mean_two_things_are_refused(folder):
    (folder / "other_build.py").write_text("SMALL = 2.0\n\n\ndef g(x):\n    return x * SMALL\n")
    with pytest.raises(errors.CannotBuild, match="SMALL means two things"):
        built(folder, "model_build.py:calls", "other_build.py:g")


def test_a_line_above_changes_nothing(tmp_path):
    text = "def f(x: float):\n    return x * x\n"
    (tmp_path / "above_a.py").write_text(text)
    (tmp_path / "above_b.py").write_text(f'"""A line."""\n\n\n{text}')
    one, other = built(tmp_path, "above_a.py:f"), built(tmp_path, "above_b.py:f")
    assert one.replace("above_a", "above_b") == other


def test_the_command_has_relative_paths_only(folder):
    text = text_of(
        Job(str(folder / "built.py"), (f"{folder}/model_build.py:area",), None, folder), here()
    )
    assert "#     chainrule build model_build.py:area -o built.py\n" in text


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("x = 1\n", "x = 1  # so\n", True),
        ("x = 'a'\n", 'x = "a"\n', True),
        ('def f():\n    """A\n    b\n    """\n', 'def f():\n    """A\n    b"""\n', True),
        ("x = 1\n", "x = 2\n", False),
        ("x = 1\n", "x = \n", False),
    ],
)
def test_what_counts_as_the_same(one, other, is_same):
    assert same(one, other) is is_same


def test_a_copy_is_laid_out_as_ruff_does():
    text = textwrap.dedent(
        '''
        @decorated
        def f(x: int, *, y: float = 1.) -> float:
            """What it does.

            And more.
            """

            total: float = 0
            unused: int
            try:
                total = g(x)
            except ValueError:
                raise


            # far below
            if x: total = total+1
            return  f(total)   # beside
        '''
    ).lstrip()
    assert copied(text, "h", {"f": "h", "g": "_g"}) == [
        "def h(x, *, y=1.0):",
        '    """What it does.',
        "",
        "    And more.",
        '    """',
        "",
        "    total = 0",
        "    try:",
        "        total = _g(x)",
        "    except ValueError:",
        "        raise",
        "",
        "    # far below",
        "    if x:",
        "        total = total + 1",
        "    return h(total)  # beside",
    ]
