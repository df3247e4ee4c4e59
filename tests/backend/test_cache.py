"""Derivatives on disk: a warm process reads no source, and no change gives an old one."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from chainrule.backend import cache

WARM = (
    "gast",
    "astor",
    "chainrule.frontend",
    "chainrule.rules",
    "chainrule.pipeline",
    "chainrule.forms",
    "chainrule.ir.types",
)


class Place:
    """A folder with a module of the user's and a cache, and processes that use them."""

    def __init__(self, tmp_path):
        self.path, self.cache = tmp_path, tmp_path / "cache"
        self.environment = {
            **os.environ,
            "CHAINRULE_CACHE_DIR": str(self.cache),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def write(self, text, name="model"):
        (self.path / f"{name}.py").write_text(textwrap.dedent(text))

    def run(self, call, before="", **environment):
        """The value of an expression in a fresh process, and whether that read no source."""
        script = f"""
import sys
import numpy as np
import chainrule
from chainrule import grad, value_and_grad, vjp
import model
{before}
result = {call}
print(repr(result).replace(chr(10), ' '))
print(any(name in sys.modules for name in {WARM!r}))
"""
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=self.path,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
        )
        assert not done.returncode, done.stderr
        value, was_cold = done.stdout.splitlines()[-2:]
        return eval(value, {"array": np.array, "np": np}), was_cold == "False"

    @property
    def entries(self):
        return sorted(self.cache.glob("*.chainrule"))


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize(
    "text, call",
    [
        ("def f(x, y=3.0): return x * x * y", "grad(model.f)(2.0)"),
        ("def f(x, y=3.0): return x * x * y", "value_and_grad(model.f, ...)(2.0, y=1.0)"),
        (
            "def f(p, x): return np.sum((p['w'] @ x + p['b'])**2)",
            "grad(model.f)({'w': np.ones((2, 3)), 'b': np.ones(2)}, np.ones(3))",
        ),
        ("def f(x): return x * x, x", "grad(model.f, has_aux=True)(2.0)"),
        (
            "def f(x): return x * x",
            "grad(model.f).seeded(np.array([1.0, 2.0]))(np.array([3.0, 4.0]))",
        ),
        ("def f(x): return x * x * x", "grad(grad(model.f))(2.0)"),
        ("def f(x): return np.sin(x) * x", "(lambda y, pull: (y, pull(1.0)))(*vjp(model.f, 2.0))"),
        ("def g(x): return 3.0 * x\ndef f(x): return g(x) * x", "grad(model.f)(2.0)"),
        ("SCALE = 3.0\ndef f(x): return SCALE * x", "grad(model.f)(2.0)"),
        (
            "def make(c):\n    def f(x): return c * x\n    return f\nf = make(3.0)",
            "grad(model.f)(2.0)",
        ),
        (
            "class M:\n    w = 2.0\n    def s(self, x): return self.w * x\n"
            "    def f(self, x): return self.s(x) * x\nm = M()",
            "grad(model.m.f)(2.0)",
        ),
        (
            "import functools\ndef f(a, x): return a * x * x",
            "grad(model.functools.partial(model.f, 2.0))(3.0)",
        ),
        ("f = lambda x: x * x", "grad(model.f)(2.0)"),
        ("def f(g, x): return g(x)\ndef g(x): return x * x", "grad(model.f, 'x')(model.g, 2.0)"),
    ],
)
def test_a_second_process_reads_no_source(place, text, call):
    place.write(f"import numpy as np\n{text}\n")
    cold, was_warm = place.run(call)
    assert not was_warm
    assert len(place.entries) >= 1
    warm, was_warm = place.run(call)
    np.testing.assert_equal(warm, cold)
    assert was_warm


def test_specialized_text_is_the_same(place):
    place.write("def f(x):\n    y = x * x  # squared\n    return y\n")
    cold, _ = place.run("grad(model.f).specialize(2.0).source")
    warm, _ = place.run("grad(model.f).specialize(2.0).source")
    assert cold == warm
    place.write("def f(x):\n    y = x * x  # its square\n    return y\n")
    assert "its square" in place.run("grad(model.f).specialize(2.0).source")[0]


def test_a_changed_function(place):
    place.write("def f(x): return x * x")
    assert place.run("grad(model.f)(2.0)") == (4.0, False)
    place.write("def f(x): return x * 3")
    assert place.run("grad(model.f)(2.0)") == (3, False)
    place.write("def f(x): return x * 3.0")  # an equal constant of another kind
    assert place.run("grad(model.f)(2.0)") == (3.0, False)
    place.write("def f(x): return x * x")
    assert place.run("grad(model.f)(2.0)") == (4.0, True)


@pytest.mark.parametrize(
    "old, new",
    [
        ("def g(x): return 3.0 * x", "def g(x): return 5.0 * x"),
        ("def g(x, k=3.0): return k * x", "def g(x, k=5.0): return k * x"),
        ("K = 3.0\ndef g(x, k=K): return k * x", "K = 5.0\ndef g(x, k=K): return k * x"),
        (
            "def g(x): return h(x)\ndef h(x): return 3.0 * x",
            "def g(x): return h(x)\ndef h(x): return 5.0 * x",
        ),
        ("from other import g", "from other import g5 as g"),
        ("import other\ndef g(x): return other.g(x)", "import other\ndef g(x): return other.g5(x)"),
        ("G = 3.0\ndef g(x): return G * x", "G = 5.0\ndef g(x): return G * x"),
        ("def g(x): return 3.0 * x", "g = lambda x: 5.0 * x"),
    ],
)
def test_a_changed_helper(place, old, new):
    place.write("def g(x): return 3.0 * x\ndef g5(x): return 5.0 * x\n", "other")
    for text, expected in ((old, 3.0), (new, 5.0), (old, 3.0)):
        place.write(f"import numpy as np\n{text}\ndef f(x): return g(x)\n")
        assert place.run("grad(model.f)(2.0)")[0] == expected


def test_a_helper_of_another_module(place):
    place.write("import other\nfrom other import g\ndef f(x): return g(x) * other.h(x)")
    place.write("def g(x): return 3.0 * x\ndef h(x): return x", "other")
    assert place.run("grad(model.f)(1.0)") == (6.0, False)
    assert place.run("grad(model.f)(1.0)") == (6.0, True)
    place.write("def g(x): return 3.0 * x\ndef h(x): return 2.0 * x", "other")
    assert place.run("grad(model.f)(1.0)") == (12.0, False)
    place.write("def g(x): return 4.0 * x\ndef h(x): return 2.0 * x", "other")
    assert place.run("grad(model.f)(1.0)") == (16.0, False)


def test_a_method_that_a_class_now_has_itself(place):
    base = "class B:\n    def s(self, x): return 3.0 * x\n    def f(self, x): return self.s(x)\n"
    place.write(base + "class M(B):\n    pass\n")
    assert place.run("grad(model.M().f)(2.0)") == (3.0, False)
    assert place.run("grad(model.M().f)(2.0)") == (3.0, True)
    place.write(base + "class M(B):\n    def s(self, x): return 5.0 * x\n")
    assert place.run("grad(model.M().f)(2.0)") == (5.0, False)


def test_a_global_of_another_kind(place):
    for text in ("2.0", "np.float64(2.0)", "np.array([1.0, 2.0])", "np.array([[1.0], [2.0]])", "2"):
        place.write(f"import numpy as np\nS = {text}\ndef f(x): return np.sum(S * x)\n")
        cold = place.run("grad(model.f)(np.ones(2))")[0]
        np.testing.assert_array_equal(
            cold, np.sum(np.broadcast_to(eval(text), (2, 2)), 0) / (1 if "[[" in text else 2)
        )
    place.write(
        "import numpy as np\nS = 3.0\ndef f(x): return np.sum(S * x)\n"
    )  # another value of a kind
    place.run("grad(model.f)(np.ones(2))")
    place.write("import numpy as np\nS = 4.0\ndef f(x): return np.sum(S * x)\n")
    result, was_warm = place.run("grad(model.f)(np.ones(2))")
    assert was_warm
    np.testing.assert_array_equal(result, [4.0, 4.0])


def test_a_global_replaced_within_the_process(place):
    place.write("def g(x): return 3.0 * x\ndef h(x): return 5.0 * x\ndef f(x): return g(x)\n")
    assert place.run("grad(model.f)(2.0)") == (3.0, False)
    assert place.run("grad(model.f)(2.0)", before="model.g = model.h")[0] == 5.0
    assert place.run("grad(model.f)(2.0)")[0] == 3.0


def test_another_key_and_other_options(place):
    place.write("def f(x, y): return x * y")
    calls = (
        "grad(model.f)(2.0, 3.0)",
        "grad(model.f, 1)(2.0, 3.0)",
        "grad(model.f, (0,))(2.0, 3.0)",
        "value_and_grad(model.f)(2.0, 3.0)",
        "grad(model.f)(2.0, 3)",
        "grad(model.f)(np.float64(2.0), 3.0)",
        "grad(model.f)(np.ones(1), np.ones(1))",
    )
    cold = [place.run(call) for call in calls]
    warm = [place.run(call) for call in calls]
    np.testing.assert_equal([c[0] for c in cold], [w[0] for w in warm])
    assert not any(c[1] for c in cold)
    assert all(w[1] for w in warm)


def test_a_rule_of_the_users(place):
    function = "import chainrule\ndef soft(x): return x * x\ndef f(x): return soft(x)\n"
    rule = "@chainrule.adjoint(soft)\ndef rule(g, ans, x): return {} * g\n"
    for text, expected in (
        (function + rule.format(7.0), 7.0),
        (function + rule.format(7.0), 7.0),
        (function + rule.format(8.0), 8.0),
        (function, 4.0),
    ):
        place.write(text)
        assert place.run("grad(model.f)(2.0)")[0] == expected


def test_the_traceback_of_a_warm_process_shows_the_text(place):
    place.write("def f(x, y): return x / y")
    place.run("grad(model.f)(2.0, 1.0)")
    call = "[traceback.format_exc() for _ in [0] if not tried()][0]"
    before = """
import traceback
def tried():
    try:
        return grad(model.f)(2.0, 0.0)
    except ZeroDivisionError:
        result = traceback.format_exc()
        assert "x / y" in result.split("f_adjoint")[-1], result
"""
    _, was_warm = place.run(f"tried() and {call}", before)
    assert was_warm


@pytest.mark.parametrize("content", [b"", b"chainrule", b"chainrule 1\n\0\0\0\0", b"\0" * 5000])
def test_a_broken_entry_is_made_again(place, content):
    place.write("def f(x): return x * x")
    place.run("grad(model.f)(2.0)")
    (entry,) = place.entries
    good = entry.read_bytes()
    for broken in (content, good[:-7], good[:200] + b"x" + good[201:]):
        entry.write_bytes(broken)
        assert place.run("grad(model.f)(2.0)") == (4.0, False)
        assert place.run("grad(model.f)(2.0)") == (4.0, True)


def test_an_entry_of_another_key_is_not_used(place):
    place.write("def f(x): return x * x\ndef g(x): return x * 3")
    place.run("grad(model.f)(2.0)")
    (first,) = place.entries
    place.run("grad(model.g)(2.0)")
    (second,) = {*place.entries} - {first}
    second.write_bytes(first.read_bytes())
    assert place.run("grad(model.g)(2.0)") == (3, False)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no modes")
def test_a_folder_that_others_may_write_to(place):
    place.write("def f(x): return x * x")
    place.run("grad(model.f)(2.0)")
    assert place.cache.stat().st_mode & 0o777 == 0o700
    assert place.entries[0].stat().st_mode & 0o777 == 0o600
    place.cache.chmod(0o777)
    assert place.run("grad(model.f)(2.0)") == (4.0, False)
    place.cache.chmod(0o700)
    assert place.run("grad(model.f)(2.0)") == (4.0, True)
    place.entries[0].chmod(0o666)
    assert place.run("grad(model.f)(2.0)") == (4.0, False)
    assert place.run("grad(model.f)(2.0)") == (4.0, True)


@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away"
)
def test_a_folder_of_somebody_else(place):
    place.write("def f(x): return x * x")
    place.run("grad(model.f)(2.0)")
    os.chown(place.cache, 12345, -1)
    assert place.run("grad(model.f)(2.0)") == (4.0, False)


def test_a_folder_that_cannot_be_written(place):
    place.write("def f(x): return x * x")
    place.cache.write_text("a file, where a folder should be")
    for _ in range(2):
        assert place.run("grad(model.f)(2.0)") == (4.0, False)
    assert place.run("grad(model.f)(2.0)", CHAINRULE_CACHE_DIR="/proc/nowhere") == (4.0, False)


def test_no_room_on_the_disk(place, monkeypatch):
    place.write("def f(x): return x * x")
    full = "import os\ndef full(*args): raise OSError(28, 'No space left')\nos.replace = full"
    assert place.run("grad(model.f)(2.0)", before=full) == (4.0, False)
    assert not list(place.cache.iterdir())


def test_off(place):
    place.write("def f(x): return x * x")
    for _ in range(2):
        assert place.run("grad(model.f)(2.0)", CHAINRULE_CACHE_DIR="") == (4.0, False)
    assert not place.cache.exists()


def test_many_writers_at_once(place):
    place.write("def f(x): return x * x")
    script = "import model\nfrom chainrule import grad\nprint(grad(model.f)(2.0))"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=place.path,
            env=place.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    assert [p.communicate()[0].strip() for p in started] == ["4.0"] * 6
    assert [e.suffix for e in place.cache.iterdir()] == [".chainrule"]
    assert place.run("grad(model.f)(2.0)") == (4.0, True)


def test_another_version(place):
    place.write("def f(x): return x * x")
    place.run("grad(model.f)(2.0)")
    assert place.run("grad(model.f)(2.0)", before="chainrule.__version__ = '99'") == (4.0, False)
    assert place.run("grad(model.f)(2.0)", before="np.__version__ = '99'") == (4.0, False)
    assert place.run("grad(model.f)(2.0)") == (4.0, True)


def test_where_it_is(monkeypatch, tmp_path):
    for name in ("CHAINRULE_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache.directory() == str(tmp_path / ".cache" / "chainrule")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache.directory() == str(tmp_path / "x" / "chainrule")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.directory() == str(tmp_path / ".cache" / "chainrule")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache.directory() == str(tmp_path / "Library" / "Caches" / "chainrule")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache.directory() == os.path.join(str(tmp_path / "local"), "chainrule", "Cache")
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path / "own"))
    assert cache.directory() == str(tmp_path / "own")
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", "")
    assert cache.directory() is None
    assert cache.info() == "off"


def test_info_and_clear(place, monkeypatch):
    place.write("def f(x): return x * x\ndef g(x): return x + x")
    place.run("grad(model.f)(2.0) + grad(model.g)(2.0)")
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(place.cache))
    assert "2 derivatives" in cache.info()
    (place.cache / "mine.txt").write_text("not an entry")
    assert cache.clear() == 2
    assert [e.name for e in place.cache.iterdir()] == ["mine.txt"]


def test_the_oldest_go(place, monkeypatch):
    place.cache.mkdir()
    for i in range(10):
        (place.cache / f"f-{i}.chainrule").write_text("")
        os.utime(place.cache / f"f-{i}.chainrule", (i, i))
    monkeypatch.setattr(cache, "LIMIT", 4)
    cache._prune(str(place.cache))
    assert [e.name for e in place.entries] == [f"f-{i}.chainrule" for i in range(6, 10)]
