"""The command line, as it is run: what goes to which stream, and the exit codes."""

import ast
import json
import os
import pty
import subprocess
import sys

import numpy as np
import pytest

MODEL = '''\
"""A model."""

import chainrule
import numpy as np

print("hello from the module")

SCALE = 2.5


def neuron(w0: float, x0: float, w1: float, x1: float, w2: float):
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def loss(w, x):
    return np.sum((x @ w) ** 2) * SCALE


def counted(x, n):
    t = 0.0
    for _ in range(n):
        t = t + x
    return t * x


def named(params, x, mode="square"):
    return np.sum(params["w"] * x) + params["b"]


def dead(x: float, y: float):
    return x * 2.0


def fails(x):
    raise ValueError("no such luck")


def powers(x):
    yield x


def lying(x: float):
    return chainrule.stop_gradient(x) * 3.0


class Net:
    def __init__(self):
        self.w = np.array([1.0, 2.0])

    def loss(self, x):
        return np.sum(self.w * x)

    @staticmethod
    def square(x: float):
        return x * x


net = Net()
slope = chainrule.value_and_grad(neuron, "w1")
number = 3
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("cli")
    (place / "model.py").write_text(MODEL)
    (place / "pkg").mkdir()
    (place / "pkg" / "__init__.py").write_text("")
    (place / "pkg" / "part.py").write_text(
        "from .other import RATE\n\n\ndef half(x: float):\n    return x * RATE\n"
    )
    (place / "pkg" / "other.py").write_text("RATE = 0.5\n")
    (place / "turtle.py").write_text("def third(x: float):\n    return x / 3\n")
    (place / "broken.py").write_text("x = 1\nimport nothing_of_that_name\n")
    (place / "typo.py").write_text("def f(:\n")
    np.save(place / "x.npy", np.ones((2, 3)))
    np.savez(place / "params.npz", w=np.ones(3), b=np.array(2.0))
    (place / "params.json").write_text('{"w": [1, 2, 3], "b": -1e-1}')
    return place


def chainrule(folder, *words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "chainrule", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=60,
    )


PROBE = """\
import contextlib, io, json, sys
from chainrule.cli import main

answers = []
for words in json.load(sys.stdin):
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        code = main(words)
    answers.append([code, out.getvalue(), error.getvalue()])
json.dump(answers, sys.stdout)
"""


class Answer:
    def __init__(self, code, out, error):
        self.returncode, self.stdout, self.stderr = code, out, error


def many(folder, runs):
    """The answers to several commands, from one process."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        input=json.dumps([list(words) for words in runs]),
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [Answer(*answer) for answer in json.loads(done.stdout)]


def test_demo_needs_no_files_and_draws_where_it_is_told(tmp_path):
    done = chainrule(tmp_path, "demo", "-o", "neuron.dot")
    assert done.returncode == 0, done.stderr
    for part in (
        "0.7311",
        "-0.5344",
        "-0.1966",
        "0.3932",
        "-0.5898",
        "def neuron_adjoint(",
        "h: 1/x",
    ):
        assert part in done.stdout
    assert done.stderr == "the picture is in neuron.dot\n"
    assert (tmp_path / "neuron.dot").read_text(encoding="utf-8").startswith("digraph")


def test_show_prints_the_adjoint_and_nothing_else(folder):
    done = chainrule(folder, "show", "model.py:neuron")
    assert (done.returncode, done.stderr) == (0, "hello from the module\n")
    assert "\x1b" not in done.stdout
    names = [n.name for n in ast.walk(ast.parse(done.stdout)) if isinstance(n, ast.FunctionDef)]
    assert names == ["neuron_adjoint"]


def test_what_show_can_show(folder):
    plain, textbook, ir, one, two, first, ahead, own, overruled, dead = many(
        folder,
        [
            ("show", "model:neuron"),
            ("show", "model.py:neuron", "--textbook"),
            ("show", "model.py:neuron", "--ir"),
            ("show", "model.py:neuron", "--wrt", "w0"),
            ("show", "model.py:neuron", "--wrt", "w0,-1"),
            ("show", "--wrt=w0,", "model.py:neuron"),
            ("show", "model.py:loss", "--args", "w: f8[3], x: f8[:, 3]"),
            ("show", "model.py:slope"),
            ("show", "model.py:slope", "--wrt", "..."),
            ("show", "model.py:dead"),
        ],
    )
    assert "return h, (dd * x0, dd * w0, dd * x1, dd * w1, dd)" in plain.stdout
    assert "de = " in textbook.stdout and "# e = -d" in textbook.stdout
    assert "neuron_adjoint(%w0: float" in ir.stdout
    assert "Return (value, gradient) with respect to w0." in one.stdout
    assert "(w0, w2)" in two.stdout
    assert "(w0,)" in first.stdout
    assert 'expect("x", x, "f8[?, :]")' in ahead.stdout
    assert "(value, gradient) with respect to w1" in own.stdout
    assert "(w0, x0, w1, x1, w2)" in overruled.stdout
    assert "y never reaches the result" in dead.stderr
    assert "y never reaches the result" in dead.stdout  # in the docstring


def test_targets(folder):
    answers = many(
        folder,
        [
            ("show", "pkg.part:half"),
            ("show", "pkg/part.py:half"),
            ("show", "turtle.py:third"),  # a name that the standard library has
            ("show", "model.py:Net.square"),
            ("show", "model.py:net.loss", "--wrt", "self.w"),
        ],
    )
    assert [a.returncode for a in answers] == [0] * 5, [a.stderr for a in answers]
    assert answers[0].stdout == answers[1].stdout


CALLS = [
    ("model.py:neuron", "2", "-1", "-3", "-2.", "-3e-0"),
    ("model.py:neuron", "2", "-1", "--wrt", "x1", "-3", "x1=-.2", "w2=-3e-2"),
    ("model.py:loss", "f8[3]", "@x.npy"),
    ("model.py:loss", "[1,-2e-1,3]", "[[1,2,3],[-4,5,6]]"),
    ("model.py:named", "@params.npz", "f8[3]"),
    ("model.py:named", "@params.json", "-1.5", "mode='round'"),
    ("model.py:named", '{"w": [1, 2], "b": 1.0}', "[-1, 1]", "--wrt", 'params["w"],x'),
    ("model.py:counted", "1.1", "3"),
    ("model.py:counted", "1.1", "n=3", "--wrt", "x"),
    ("model.py:net.loss", "[1, 2]", "--wrt", "self.w"),
    ("model.py:slope", "2", "-1", "-3", "-2", "-3"),
]


def test_check_agrees_and_says_what_it_costs(folder):
    for words, done in zip(CALLS, many(folder, [("check", *words) for words in CALLS])):
        assert done.returncode == 0, (words, done.stderr)
        assert "to 1e-" in done.stdout and " × the function" in done.stdout, words


def test_check_tells_a_mismatch(folder):
    done = chainrule(folder, "check", "model.py:lying", "-2")
    assert done.returncode == 1
    assert done.stdout.startswith("1 of 1 gradient does not agree with differences:\n  x: 0 where")


def test_the_other_commands(folder):
    weighed, table, source, latex, data, text, dot, why, page, codes, rules, rule, method = many(
        folder,
        [
            ("trace", "model.py:counted", "[1, 2]", "1", "--seed", "[-1, 2]"),
            ("trace", "model.py:neuron", "2", "-1", "-3", "-2", "-3"),
            ("trace", "--source", "model.py:neuron", "2", "-1", "-3", "-2", "-3"),
            ("trace", "--latex", "model.py:neuron", "2", "-1", "-3", "-2", "-3"),
            ("trace", "--json", "model.py:neuron", "2", "-1", "-3", "-2", "-3"),
            ("graph", "model.py:neuron", "2", "-1", "-3", "-2", "-3"),
            ("graph", "model.py:neuron", "-o", "neuron.dot"),
            ("why", "model.py:dead", "y"),
            ("explain", "cr103"),
            ("explain",),
            ("rules",),
            ("rules", "exp"),
            ("rules", "ndarray.sum"),
        ],
    )
    assert "[-1, 2]" in weighed.stdout
    assert "∂h/∂e = ∂h/∂f · exp(e)" in table.stdout
    assert ast.parse(source.stdout) and "-0.1966" in source.stdout
    assert latex.stdout.startswith(r"\begin{aligned}")
    assert {row["name"]: row["value"] for row in json.loads(data.stdout)}["x1"] == -2.0
    assert "0.7311" in text.stdout
    assert (dot.returncode, dot.stdout) == (0, "")
    assert (folder / "neuron.dot").read_text(encoding="utf-8").startswith("digraph")
    assert "never reaches" in why.stdout
    assert page.stdout.startswith("CR103 NoRule")
    assert "CR118 CannotBuild" in codes.stdout
    assert "np.exp" in rules.stdout.splitlines() and "math.sin" in rules.stdout.splitlines()
    assert "return g * ans" in rule.stdout
    assert "def " in method.stdout


FAILURES = [
    (2, "usage: chainrule COMMAND", ()),
    (2, "did you mean check?", ("chekc",)),
    (2, "required: TARGET", ("show",)),
    (2, "unrecognized arguments: --wat", ("show", "model.py:loss", "--wat")),
    (2, "is no target: write file.py:function", ("show", "model.py")),
    (2, "there is no file no.py", ("show", "no.py:f")),
    (2, "there is no module no_such_thing", ("show", "no_such_thing.part:f")),
    (2, "did you mean neuron?", ("show", "model.py:nueron")),
    (2, "broken.py:2: ModuleNotFoundError: No module named", ("show", "broken.py:f")),
    (2, "typo.py:1: SyntaxError", ("show", "typo.py:f")),
    (2, "is an int, which cannot be called", ("show", "model.py:number")),
    (2, "'foo' is no type", ("show", "model.py:loss", "--args", "w: foo")),
    (2, "--args speaks of z", ("show", "model.py:loss", "--args", "z: float")),
    (2, "missing a required argument: 'w2'", ("check", "model.py:neuron", "1", "2", "3", "4")),
    (2, "a string needs quotes", ("check", "model.py:counted", "abc", "1")),
    (2, "no such luck", ("check", "model.py:fails", "1")),
    (2, "has the shape (2,): say by --seed", ("trace", "model.py:counted", "[1, 2]", "1")),
    (2, "no.npy: No such file", ("check", "model.py:counted", "@no.npy", "1")),
    (2, "is .npy, .npz or .json", ("check", "model.py:counted", "@model.py", "1")),
    (2, "saved as .svg, .dot or .mmd", ("graph", "model.py:neuron", "-o", "n.png")),
    (2, "there is no code 'CR999'", ("explain", "999")),
    (2, "did you mean sum?", ("rules", "sun")),
    (2, "build needs -o FILE", ("build", "model.py:neuron")),
    (2, "--diff goes with --check", ("build", "model.py:neuron", "-o", "g.py", "--diff")),
    (2, "no/g.py: No such file or directory", ("build", "model.py:neuron", "-o", "no/g.py")),
    (3, "CR104 powers is a generator", ("show", "model.py:powers")),
    (3, "CR108", ("show", "model.py:neuron", "--wrt", "nothing")),
    (3, "CR110", ("check", "model.py:named", '{"w": 1.0, "b": 1.0}', "1", "'a'", "--wrt=mode")),
]  # fmt: skip


def test_failures_are_told_in_words(folder):
    for (code, part, words), done in zip(FAILURES, many(folder, [w for _, _, w in FAILURES])):
        assert (done.returncode, done.stdout) == (code, ""), (words, done.stdout, done.stderr)
        assert part in done.stderr, (words, done.stderr)
        assert "Traceback" not in done.stderr, words


FAULT = """\
import sys
import chainrule.command.show
from chainrule.cli import main

chainrule.command.show.run = lambda options, console: 1 / 0
sys.exit(main(sys.argv[1:]))
"""


def test_a_fault_of_our_own_is_told_as_one(folder):
    for more in ([], ["--traceback"]):
        done = subprocess.run(
            [sys.executable, "-c", FAULT, "show", "model.py:neuron", *more],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 123
        assert "a fault of our own" in done.stderr and "ZeroDivisionError" in done.stderr
        assert ("Traceback" in done.stderr) is bool(more)


def test_each_help_has_an_example(tmp_path):
    from chainrule.cli import COMMANDS

    helps = many(tmp_path, [("--help",), ("--version",), *((name, "--help") for name in COMMANDS)])
    assert all(done.returncode == 0 and not done.stderr for done in helps)
    assert "exit codes: 0 done" in helps[0].stdout
    assert helps[1].stdout.startswith("chainrule 0.")
    for name, done in zip(COMMANDS, helps[2:]):
        assert f"example:\n\n  chainrule {name}" in done.stdout


def test_cache_says_where_it_is(tmp_path):
    pytest.importorskip("chainrule.backend.cache")
    place = tmp_path / "kept"
    done = chainrule(tmp_path, "cache", "dir", CHAINRULE_CACHE_DIR=str(place))
    assert (done.returncode, done.stdout) == (0, f"{place}\n")
    done = chainrule(tmp_path, "cache", "info", CHAINRULE_CACHE_DIR="")
    assert (done.returncode, done.stdout) == (0, "")
    assert "off" in done.stderr


def on_a_terminal(folder, *words, **environment):
    """What a command writes to a terminal."""
    parent, child = pty.openpty()
    env = {**os.environ, "TERM": "xterm", **environment}
    if not environment:
        env.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "chainrule", *words],
        cwd=folder,
        stdout=child,
        stderr=subprocess.DEVNULL,
        env=env,
    )
    os.close(child)
    read = b""
    try:
        while chunk := os.read(parent, 65536):
            read += chunk
    except OSError:  # the other end is closed
        pass
    process.wait()
    os.close(parent)
    return read.decode()


def test_colours_only_on_a_terminal_that_wants_them(folder):
    assert "\x1b[" in on_a_terminal(folder, "show", "model.py:neuron")
    assert "\x1b[" not in on_a_terminal(folder, "show", "model.py:neuron", NO_COLOR="1")


def test_a_reader_that_leaves_is_no_fault(folder):
    line = f"{sys.executable} -m chainrule rules | head -1"
    done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True)
    assert done.stderr == ""


def test_ints_among_starred_arguments_are_floats(tmp_path):
    text = "def product(*xs, **more):\n    return xs[0] * xs[1] * more['k']\n"
    (tmp_path / "model.py").write_text(text)
    ran = chainrule(tmp_path, "check", "model.py:product", "2", "3", "k=4")
    assert ran.returncode == 0 and "2 gradients agree" in ran.stdout
