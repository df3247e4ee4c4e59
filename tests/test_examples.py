"""The examples print what they say and agree with differences; their sources are golden files.

With CHAINRULE_UPDATE_GOLDEN=1 in the environment the golden files are written anew.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import (
    accumulation,
    activity,
    control_flow,
    detach,
    evaluation_mode,
    fine_tuning,
    neuron,
    no_grad,
    training_loop,
    vector_seed,
)

import chainrule

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("CHAINRULE_UPDATE_GOLDEN") == "1"


@dataclass(frozen=True)
class Case:
    """A derivative of an example, and arguments to call it with."""

    name: str
    derivative: Any
    args: Callable[[], tuple[Any, ...]]
    seed: Any = 1.0
    has_value: bool = False
    has_aux: bool = False

    def called(self) -> tuple[Any, Any]:
        """The value and the gradients, by the derivative."""
        seeded = self.derivative if np.ndim(self.seed) == 0 else self.derivative.seeded(self.seed)
        found = seeded(*self.args())
        if self.has_value:
            return found
        value = self.derivative.primal(*self.args())
        return value, found[0] if self.has_aux else found

    def checked(self) -> str:
        """What the comparison with differences says."""
        paths = self.derivative.request
        wrt = tuple(str(p) for p in paths.paths)
        function = self.derivative.primal
        if self.has_aux:
            function = without_aux
        return str(chainrule.check_grad(function, *self.args(), wrt=wrt))


def without_aux(params: Any, x: Any, y: Any, running: Any, rng: Any, training: bool) -> Any:
    return evaluation_mode.loss(params, x, y, running, rng, training)[0]


def _features(kind: str) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 3)), rng.normal(size=3), kind


def _rows(*sizes: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=size) for size in sizes], np.array([0.5, 1.5])


def _evaluation(training: bool) -> tuple[Any, ...]:
    return *evaluation_mode.data(), np.random.default_rng(3), training


def _training() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    params = {
        "hidden": {"w": rng.normal(size=(7, 5)), "b": rng.normal(size=5)},
        "output": {"w": rng.normal(size=(5, 2)), "b": rng.normal(size=2)},
    }
    return params, rng.normal(size=(6, 7)), rng.normal(size=(6, 2))


CASES = [
    Case("neuron", neuron.gradient, lambda: neuron.POINT),
    Case("curve", vector_seed.gradient, lambda: (vector_seed.X, vector_seed.Y), np.ones(2)),
    Case("settle", control_flow.gradient, lambda: (9.0, 0.3)),
    Case("features", control_flow.feature_gradient, lambda: _features("wave")),
    Case("score", control_flow.score_gradient, lambda: _rows(3, 1, 4)),
    Case("attached", detach.attached_gradient, lambda: detach.POINT),
    Case("normalized_attached", no_grad.attached_gradient, lambda: (no_grad.X, no_grad.W)),
    Case("fine_tuning", fine_tuning.everything, lambda: fine_tuning.data(3, 8, 4), 1.0, True),
    Case("fine_tuning_head", fine_tuning.head_only, lambda: fine_tuning.data(3, 8, 4), 1.0, True),
    Case("evaluation", evaluation_mode.gradient, lambda: _evaluation(True), 1.0, True, True),
    Case("accumulation", accumulation.gradient, accumulation.batch_data),
    Case("recurrent", accumulation.recurrent_gradient, accumulation.series_data),
    Case("training", training_loop.gradient, _training, 1.0, True),
    Case("activity", activity.before, lambda: (activity.W, activity.X, activity.TEMPERATURE)),
]
CUT = [
    Case("detached", detach.detached_gradient, lambda: detach.POINT),
    Case("normalized", no_grad.gradient, lambda: (no_grad.X, no_grad.W)),
    Case("activity_cut", activity.after, lambda: (activity.W, activity.X, activity.TEMPERATURE)),
]
"""With a cut inside: differences see the whole, the gradient the rest. They have own tests."""


def names(case: Case) -> str:
    return case.name


def close(one: Any, other: Any, tolerance: float = 1e-12) -> bool:
    a, b = chainrule.ravel(one)[0], chainrule.ravel(other)[0]
    return a.shape == b.shape and bool(np.allclose(a, b, tolerance, tolerance))


@pytest.mark.parametrize("case", CASES, ids=names)
def test_gradients_agree_with_differences(case: Case) -> None:
    assert " agree" in case.checked()


# Golden files


def golden(name: str, text: str) -> None:
    """Compare a text with its golden file, or write it."""
    file = GOLDEN / f"{name}.py"
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text)
    assert file.exists(), f"no {file.name}: make it by CHAINRULE_UPDATE_GOLDEN=1"
    assert text == file.read_text()


def executed(text: str) -> Callable[..., Any]:
    """The function that a text defines, run as a module of its own."""
    scope: dict[str, Any] = {"__name__": "golden"}
    exec(compile(text, "<golden>", "exec", dont_inherit=True), scope)
    made = [v for v in scope.values() if isinstance(v, types.FunctionType)]
    return next(v for v in made if v.__module__ == "golden" and v.__name__.endswith("_adjoint"))


def check_text(case: Case, text: str) -> None:
    """What a text computes is what the derivative does."""
    value, gradients = case.called()
    found, slopes = executed(text)(*case.args(), seed=case.seed)
    assert close(found, value), f"{found!r} is not {value!r}"
    assert close(slopes, gradients), f"{slopes!r} is not {gradients!r}"


@pytest.mark.parametrize("case", CASES + CUT, ids=names)
def test_source_is_golden(case: Case) -> None:
    golden(case.name, case.derivative.source)
    check_text(case, case.derivative.source)


@pytest.mark.parametrize("case", CASES + CUT, ids=names)
def test_specialized_source_is_golden(case: Case) -> None:
    text = case.derivative.specialize(*case.args()).source
    if text != case.derivative.source:
        golden(f"{case.name}_specialized", text)
    check_text(case, text)


def test_textbook_is_golden() -> None:
    golden("neuron_textbook", neuron.gradient.textbook)
    check_text(CASES[0], neuron.gradient.textbook)


def test_second_order_is_golden() -> None:
    second = chainrule.grad(chainrule.grad(neuron.neuron))
    golden("neuron_second", second.source)
    step = 1e-5
    w0, *rest = neuron.POINT
    up, down = (neuron.gradient(w0 + h, *rest)[0] for h in (step, -step))
    assert second(*neuron.POINT) == pytest.approx((up - down) / (2 * step), rel=1e-8)
    _, found = executed(second.source)(*neuron.POINT)
    assert found == pytest.approx(second(*neuron.POINT), rel=1e-14)


def test_every_golden_file_has_a_case() -> None:
    specialized = {
        f"{c.name}_specialized"
        for c in CASES + CUT
        if c.derivative.specialize(*c.args()).source != c.derivative.source
    }
    known = {c.name for c in CASES + CUT} | specialized | {"neuron_textbook", "neuron_second"}
    assert {file.stem for file in GOLDEN.glob("*.py")} == known


def test_golden_files_are_laid_out(tmp_path: Path) -> None:
    """Ruff, with its own settings and away from this repository, has no complaint."""
    ruff = Path(sys.executable).with_name("ruff")
    for file in GOLDEN.glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text())
    for command in (["format", "--check"], ["check"]):
        ran = subprocess.run(
            [ruff, *command, "--isolated", "--no-cache", "."],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


# What each example shows


def printed(capsys: pytest.CaptureFixture[str], example: types.ModuleType, *args: Any) -> str:
    example.main(*args)
    return capsys.readouterr().out


def test_neuron(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, neuron)
    assert "= 0.7311" in text
    assert "dx1 = -0.5898" in text and "prints -0.3932 for dx1" in text
    assert neuron.gradient.source in text and neuron.gradient.textbook in text
    gradients = [round(g, 4) for g in neuron.gradient(*neuron.POINT)]
    assert gradients == [-0.1966, 0.3932, -0.3932, -0.5898, 0.1966]
    assert all(type(g) is float for g in neuron.gradient(*neuron.POINT))


def test_every_step_of_the_neuron() -> None:
    rows = neuron.gradient.trace(*neuron.POINT).rows
    steps = {row.name: round(float(row.value), 4) for row in rows}
    forward = {"a": -2, "b": 6, "c": 4, "d": 1, "e": -1, "f": 0.3679, "g": 1.3679, "h": 0.7311}
    backward = {"dh": 1, "dg": -0.5344, "df": -0.5344, "de": -0.1966, "dd": 0.1966, "dc": 0.1966}
    leaves = {"da": 0.1966, "db": 0.1966, "dw2": 0.1966, "dw0": -0.1966, "dx0": 0.3932}
    expected = forward | backward | leaves | {"dw1": -0.3932, "dx1": -0.5898}
    assert {name: steps[name] for name in expected} == expected


def test_neuron_as_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "examples" / "neuron.py"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert ran.stdout == printed(capsys, neuron)
    assert ran.stderr == ""


def test_vector_seed(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, vector_seed)
    for said in ("[36. 81.]", "[-12.  -8.]", "CR112", "shape (2,)", "seeded", "has_aux"):
        assert said in text
    dx, dy = vector_seed.gradient.seeded(np.ones(2))(vector_seed.X, vector_seed.Y)
    assert dx.tolist() == [36.0, 81.0] and dy.tolist() == [-12.0, -8.0]
    with pytest.raises(chainrule.ChainruleError, match="CR112"):
        vector_seed.gradient(vector_seed.X, vector_seed.Y)


def test_control_flow(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, control_flow)
    assert "drate" in text and control_flow.gradient.source in text
    for x in (0.5, 3.0, 9.0, 40.0):
        chainrule.check_grad(control_flow.settle, x, 0.3, wrt=...)
    for kind in ("power", "wave", "size"):
        chainrule.check_grad(control_flow.features, *_features(kind), wrt=("x", "w"))
    for activation in (np.tanh, control_flow.bump):
        chainrule.check_grad(control_flow.layer, *_features("")[:2], activation, wrt=("x", "w"))
    for sizes in ((), (2,), (3, 1, 4)):
        chainrule.check_grad(control_flow.score, *_rows(*sizes), wrt="w")


def test_detach(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, detach)
    assert "dc      2.720     0.000" in text
    assert detach.attached_gradient(*detach.POINT) == pytest.approx((0.16, 0.16, 2.72, 0.68, 1.0))
    cut = detach.detached_gradient(*detach.POINT)
    assert cut == pytest.approx((0.16, 0.16, 0.0, 0.68, 1.0)) and cut[2] == 0.0
    backward = detach.detached_gradient.source.partition("# Backward")[2]
    assert "dc" not in backward
    assert "detach.py" in str(detach.detached_gradient.why("c"))


def test_no_grad(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, no_grad)
    assert no_grad.gradient.source in text
    scale = float(np.sqrt(np.mean((no_grad.X * no_grad.W) ** 2)))
    held = no_grad.held_gradient(no_grad.X, no_grad.W, scale)
    assert close(no_grad.gradient(no_grad.X, no_grad.W), held, 1e-14)
    assert not close(no_grad.attached_gradient(no_grad.X, no_grad.W), held, 1e-3)
    backward = no_grad.gradient.source.partition("# Backward")[2]
    assert "mean" not in backward and "dscale" not in backward


def test_fine_tuning(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, fine_tuning)
    assert "everything" in text
    params, images, labels = fine_tuning.data()
    _, head = fine_tuning.head_only(params, images, labels)
    _, everything = fine_tuning.everything(params, images, labels)
    assert close(head, everything["head"], 1e-12)
    frozen = copy.deepcopy(params["body"])
    losses = fine_tuning.train_head(params, images, labels, steps=5, rate=0.5)
    assert losses == sorted(losses, reverse=True)
    assert close(params["body"], frozen, 0.0)


def test_a_frozen_body_costs_nothing() -> None:
    arguments = fine_tuning.data()
    source = fine_tuning.head_only.specialize(*arguments).source
    forward, _, backward = source.partition("# Backward")
    assert '["body"]' in forward and '["body"]' not in backward
    assert "for " not in backward and "_saved" not in source
    head, everything = fine_tuning.head_only, fine_tuning.everything
    everything(*arguments)
    assert fine_tuning.seconds(head, *arguments) < 0.7 * fine_tuning.seconds(everything, *arguments)
    megabytes = fine_tuning.peak(fine_tuning.loss, *arguments)
    assert fine_tuning.peak(head, *arguments) < 1.5 * megabytes
    assert fine_tuning.peak(everything, *arguments) > 2 * megabytes


def test_evaluation_mode(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, evaluation_mode)
    assert "the next number is the same: True" in text
    assert "running statistics stay: True" in text
    _, _, losses = evaluation_mode.train(steps=100, rate=0.1)
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])


def test_both_modes_agree_with_differences() -> None:
    for training in (True, False):
        chainrule.check_grad(without_aux, *_evaluation(training))
    text = evaluation_mode.gradient.specialize(*_evaluation(False)).source
    assert "random" not in text.partition("# Backward")[2]


def test_running_statistics_come_out(capsys: pytest.CaptureFixture[str]) -> None:
    params, x, y, running = evaluation_mode.data()
    before = copy.deepcopy(running)
    (_, after), _ = evaluation_mode.gradient(params, x, y, running, np.random.default_rng(0), True)
    mean = np.mean(x @ params["w0"], axis=0)
    assert close(after["mean"], 0.9 * before["mean"] + 0.1 * mean)
    assert close(running, before, 0.0)


def test_accumulation(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, accumulation)
    assert "cleared: True" in text
    params, x, y = accumulation.batch_data()
    full = accumulation.gradient(params, x, y)
    zeros = chainrule.zero_grad(params)
    for size in (1, 7, 16, 60):
        buffers = accumulation.over_batches(params, x, y, size, copy.deepcopy(zeros))
        assert close(buffers, full, 1e-11)


def test_accumulation_over_time() -> None:
    params, h, xs, ys = accumulation.series_data()
    full = accumulation.recurrent_gradient(params, h, xs, ys)
    for length in (1, 7, 24):
        assert close(accumulation.over_time(params, h, xs, ys, length), full, 1e-11)


def test_training_gives_the_weights_of_autograd() -> None:
    pytest.importorskip("autograd")
    import autograd
    import autograd.numpy as anp

    def loss(params: Any, x: Any, y: Any) -> Any:
        hidden = anp.maximum(anp.dot(x, params["hidden"]["w"]) + params["hidden"]["b"], 0.0)
        error = anp.dot(hidden, params["output"]["w"]) + params["output"]["b"] - y
        return anp.sum(error**2)

    params, x, y = training_loop.data()
    losses: list[float] = []
    ours = training_loop.train(params, x, y, 500, lambda step, value: losses.append(value))
    gradient = autograd.grad(loss)
    theirs = params
    for _ in range(500):
        slope = gradient(theirs, x, y)
        theirs = chainrule.tree_map(lambda p, g: p - training_loop.RATE * g, theirs, slope)
    a, b = chainrule.ravel(ours)[0], chainrule.ravel(theirs)[0]
    assert np.linalg.norm(a - b) <= 1e-10 * np.linalg.norm(b)
    assert losses[::50] == sorted(losses[::50], reverse=True)
    assert losses[-1] < 1e-6 * losses[0]


def test_training_loop(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, training_loop, 20)
    assert "step    0  loss" in text and "at the end" in text
    assert "\r" not in text


def test_progress_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    told = training_loop.reporter(10)
    told(4, 1.0)
    assert "\r[###############" in capsys.readouterr().out


def test_activity(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, activity)
    assert "cut at activity.py" in text
    before, after = activity.before.activity(), activity.after.activity()
    assert before["scale"] and not after["scale"]
    for name, state in (("w", True), ("x", False), ("scores", True), ("count", False)):
        assert before[name] is state and after[name] is state
    dw, dtemperature = activity.after(activity.W, activity.X, activity.TEMPERATURE)
    held = chainrule.grad(held_scale, ("w", "temperature"))
    scale = float(np.max(np.abs(activity.W * activity.X)))
    expected = held(activity.W, activity.X, activity.TEMPERATURE, scale)
    assert close((dw, dtemperature), expected)


def held_scale(w: Any, x: Any, temperature: float, scale: float) -> Any:
    return np.sum(np.exp(w * x / scale / temperature)) / len(w)
