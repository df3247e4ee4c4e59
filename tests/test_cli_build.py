"""`chainrule build` as it is run: files written, found stale, and made again."""

import subprocess
import sys

import pytest
from tests.test_cli import chainrule, many

MODEL = """\
import numpy as np

SCALE = 2.5


def neuron(w0: float, x0: float, w1: float, x1: float, w2: float):
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def loss(w, x):
    # how far it is
    return np.sum((x @ w) ** 2) * SCALE
"""

TABLE = """\
[tool.chainrule.build]
"grads.py" = ["model.py:neuron", "model.py:loss"]
"sub/one.py" = "model.py:neuron"
"""

USE = """\
import sys

sys.modules["chainrule"] = None  # so that importing it fails
import numpy as np
import grads

value, gradients = grads.neuron_adjoint(2.0, -1.0, -3.0, -2.0, -3.0)
np.testing.assert_allclose(value, 0.7311, atol=1e-4)
np.testing.assert_allclose(gradients, (-0.1966, 0.3932, -0.3932, -0.5898, 0.1966), atol=1e-4)
_, (dw, dx) = grads.loss_adjoint(np.ones(3), np.ones((2, 3)), seed=2.0)
np.testing.assert_allclose(dw, np.full(3, 60.0))
np.testing.assert_allclose(dx, np.full((2, 3), 30.0))
try:
    grads.neuron_adjoint(2, -1.0, -3.0, -2.0, -3.0)
except TypeError:
    print("refused")
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "sub").mkdir()
    return tmp_path


def test_a_built_module_needs_no_chainrule(folder):
    done = chainrule(folder, "build", "model.py:neuron", "model.py:loss", "-o", "grads.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = (folder / "grads.py").read_text(encoding="utf-8")
    assert "#     chainrule build model.py:neuron model.py:loss -o grads.py\n" in text
    assert "import chainrule" not in text and "from chainrule" not in text
    assert "SCALE = 2.5\n" in text and "# how far it is" in text
    used = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE], cwd=folder, capture_output=True, text=True
    )
    assert (used.stdout, used.stderr) == ("refused\n", "")
    for linter in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *linter, "--isolated", "--no-cache", "grads.py"]
        linted = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert linted.returncode == 0, linted.stdout


def test_stale_files(folder):
    (folder / "pyproject.toml").write_text(TABLE)
    grads, model = folder / "grads.py", folder / "model.py"
    explicit = ("build", "model.py:neuron", "model.py:loss", "-o", "grads.py")
    missing, written, fresh, same = many(
        folder, [("build", "--check"), ("build",), ("build", "--check"), (*explicit, "--check")]
    )
    assert missing.returncode == 1 and missing.stdout == ""
    assert "grads.py is missing: chainrule build model.py:neuron" in missing.stderr
    assert (written.returncode, fresh.returncode, same.returncode) == (0, 0, 0)
    assert (folder / "sub" / "one.py").exists()

    text = grads.read_text(encoding="utf-8")
    model.write_text("\n# a line more\n\n" + MODEL)
    again, below = chainrule(folder, *explicit), chainrule(folder / "sub", "build", "--check")
    assert again.returncode == 0 and grads.read_text(encoding="utf-8") == text
    assert (below.returncode, below.stderr) == (0, "")

    grads.write_text(text.replace("    # Forward\n", "").replace('"""', "'''"), encoding="utf-8")
    assert chainrule(folder, "build", "--check").returncode == 0  # another formatter's touch

    model.write_text(MODEL.replace("** 2", "** 4"))
    stale = chainrule(folder, "build", "--check", "--diff")
    assert stale.returncode == 1
    assert stale.stdout.startswith("--- grads.py\n+++ grads.py (made again)\n")
    assert "**4" in stale.stdout
    assert stale.stderr.startswith("grads.py is stale: chainrule build model.py:neuron")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "or a table [tool.chainrule.build]"),
        ('[tool.chainrule.build]\n"g.py" = 3\n', "is to be a list of targets"),
        ("[tool.chainrule", "pyproject.toml: "),
    ],
)
def test_a_table_that_cannot_be_read(folder, table, said):
    (folder / "pyproject.toml").write_text(table)
    (done,) = many(folder, [("build",)])
    assert done.returncode == 2 and said in done.stderr
