"""Every program of the corpus, through the same checks."""

from __future__ import annotations

import copy
import inspect
import json
import math
import shutil
import subprocess
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.corpus import Case, load_all

import chainrule
from chainrule import errors, pipeline, trees
from chainrule.asked import asked
from chainrule.autodiff.options import Options
from chainrule.backend.load import load
from chainrule.forms import types_of
from chainrule.frontend.frame import type_of_value
from chainrule.ir.checker import check as check_form
from chainrule.ir.evaluate import evaluate
from chainrule.ir.types import NONE, Struct, Type

CASES = load_all()
ACCEPTED = [c for c in CASES if c.code is None]
REFUSED = [c for c in CASES if c.code is not None]


# Trees: what the checks compare


def leaves(tree: Any) -> list[Any]:
    return list(trees.leaves(tree))


def same(one: Any, other: Any) -> bool:
    """Whether two things are equal to the bit, in kind, dtype, layout of containers and shape."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, np.generic):
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, float):
        return one.hex() == other.hex()
    if isinstance(one, np.random.Generator):
        return same(one.bit_generator.state, other.bit_generator.state)
    parts, others = trees.children(one), trees.children(other)
    if parts is not None:
        keys = not isinstance(one, dict) or list(one) == list(other)
        return keys and len(parts) == len(others or ()) and all(map(same, parts, others or ()))
    if hasattr(one, "__dict__") and not isinstance(one, types.FunctionType | type):
        return same(vars(one), vars(other))
    return bool(one == other)


def close(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two trees have the same kinds, and numbers that are nearly the same."""
    if type(one) is not type(other):
        return False
    parts, others = trees.children(one), trees.children(other)
    if parts is not None:
        return len(parts) == len(others or ()) and all(
            close(a, b, tolerance) for a, b in zip(parts, others or ())
        )
    if not trees.has_gradient(one):
        return bool(one == other)
    return np.shape(one) == np.shape(other) and np.allclose(
        one, other, tolerance, tolerance, equal_nan=True
    )


def weights(tree: Any) -> Any:
    """Fixed numbers of the structure of a tree, None where it holds nothing that has a derivative."""
    counter = iter(range(1, 10**6))

    def weigh(leaf: Any) -> Any:
        if not trees.has_gradient(leaf):
            return None
        numbers = np.array([math.cos(1.7 * next(counter)) + 1.5 for _ in range(np.size(leaf))])
        if isinstance(leaf, np.ndarray):
            return numbers.reshape(leaf.shape).astype(leaf.dtype)
        return type(leaf)(numbers[0])

    return trees.tree_map(weigh, tree)


OF_CLASSES = ("cannot have a gradient", "may hold what is differentiated")
"""What a text made before any call says of objects whose classes it cannot know."""

FAILS_UNTYPED = {"object_programs-orbit-0"}
"""Programs whose text made before any call breaks in an operator of a class that it cannot know."""


def seed_of(case: Case, value: Any) -> Any:
    """The seed of a check: ones where the gradients are written down, else fixed numbers."""
    value = value[0] if case.aux else value
    if case.gradient is None:
        return weights(value)
    return trees.tree_map(lambda w: w * 0 + 1 if w is not None else None, weights(value))


def dot(one: Any, other: Any) -> float:
    """The sum of products of what two trees hold; None counts as zero."""
    parts, others = trees.children(one), trees.children(other)
    if one is None or other is None:
        return 0.0
    if parts is not None:
        return math.fsum(dot(a, b) for a, b in zip(parts, others or ()))
    if not trees.has_gradient(one):
        return 0.0
    return float(np.sum(np.asarray(one, float) * np.asarray(other, float)))


def buffers(tree: Any) -> list[np.ndarray]:
    return [leaf for leaf in leaves(tree) if isinstance(leaf, np.ndarray) and leaf.size]


# Differences


def moved(tree: Any, direction: Any, step: float) -> Any:
    """A tree of double precision, moved along a direction, without any sharing."""

    def move(leaf: Any, by: Any) -> Any:
        if by is None or not trees.has_gradient(leaf):
            return copy.deepcopy(leaf)
        if isinstance(leaf, np.ndarray):
            wide = leaf.astype(np.result_type(leaf, np.float64))
            return wide + step * by
        if isinstance(leaf, complex):
            return type(leaf)(leaf + step * by)
        wide_type = np.float64 if isinstance(leaf, np.floating) else type(leaf)
        return wide_type(float(leaf) + step * by)

    return trees.tree_map(move, tree, direction)


def slope(function: Callable[[float], float]) -> float:
    """The derivative at zero, by differences extrapolated three times."""
    table = [(function(h) - function(-h)) / (2 * h) for h in (4e-3, 2e-3, 1e-3, 5e-4)]
    for k in range(1, 4):
        table = [(4**k * b - a) / (4**k - 1) for a, b in zip(table, table[1:])]
    return table[0]


def bound(case: Case) -> dict[str, Any]:
    args, kwargs = case.make()
    found = inspect.signature(case.function, follow_wrapped=False).bind(*args, **kwargs)
    found.apply_defaults()
    return dict(found.arguments)


def passed(function: Any, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for name, p in inspect.signature(function, follow_wrapped=False).parameters.items():
        if name not in arguments:
            continue
        if p.kind is p.VAR_POSITIONAL:
            positional += arguments[name]
        elif p.kind is p.VAR_KEYWORD:
            named.update(arguments[name])
        elif p.kind is p.KEYWORD_ONLY:
            named[name] = arguments[name]
        else:
            positional.append(arguments[name])
    return positional, named


def run_with(function: Any, arguments: dict[str, Any], **more: Any) -> Any:
    positional, named = passed(function, arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*positional, **named, **more)


def differentiated(case: Case, arguments: dict[str, Any]) -> list[str]:
    """The parameters that are differentiated, each whole."""
    names = [n for n in arguments if n not in ("self", "cls")]
    if case.wrt is ...:
        return names
    if case.wrt is None:
        return names[:1]
    listed = case.wrt if isinstance(case.wrt, tuple) else (case.wrt,)
    return [names[w] if isinstance(w, int) else w for w in listed]


def gradients_by_name(case: Case, arguments: dict[str, Any], gradients: Any) -> dict[str, Any]:
    names = differentiated(case, arguments)
    return dict(
        zip(
            names,
            (gradients,) if case.wrt is None or isinstance(case.wrt, (int, str)) else gradients,
        )
    )


def agrees(case: Case, gradients: dict[str, Any], seed: Any) -> Iterator[tuple[float, float]]:
    """The slope along fixed directions, by the gradient and by differences."""
    start = bound(case)
    for turn in range(2):
        directions = {n: _direction(start[n], turn) for n in gradients}

        def value(h: float, directions: dict[str, Any] = directions) -> float:
            found = run_with(case.function, _moved_all(start, directions, h))
            return dot(found[0] if case.aux else found, seed)

        yield math.fsum(dot(gradients[n], directions[n]) for n in gradients), slope(value)


def _moved_all(start: dict[str, Any], directions: dict[str, Any], h: float) -> dict[str, Any]:
    return {
        n: moved(v, directions[n], h) if n in directions else copy.deepcopy(v)
        for n, v in start.items()
    }


def _direction(tree: Any, turn: int) -> Any:
    rng = np.random.default_rng(turn)

    def draw(leaf: Any) -> Any:
        if not trees.has_gradient(leaf):
            return None
        return rng.normal(size=leaf.shape) if isinstance(leaf, np.ndarray) else float(rng.normal())

    return trees.tree_map(draw, tree)


def is_narrow(tree: Any) -> bool:
    return any(getattr(leaf, "dtype", np.dtype(float)) == np.float32 for leaf in leaves(tree))


# The checks


def check_gradient_kinds(arguments: Any, gradients: Any, path: str = "") -> None:
    """A gradient has the kind, dtype and shape of its argument, and its arrays can be written to."""
    parts = trees.children(arguments)
    if parts is not None:
        assert type(arguments) is type(gradients), f"{path}: {gradients!r}"
        for i, (a, g) in enumerate(zip(parts, trees.children(gradients) or ())):
            check_gradient_kinds(a, g, f"{path}.{i}")
    elif not trees.has_gradient(arguments):
        assert gradients is None, f"{path}: {gradients!r}"
    else:
        assert type(gradients) is type(arguments), (
            f"{path}: {type(gradients)} for {type(arguments)}"
        )
        assert np.shape(gradients) == np.shape(arguments), (
            f"{path}: {np.shape(gradients)} {np.shape(arguments)}"
        )
        if isinstance(arguments, np.ndarray | np.generic):
            assert gradients.dtype == arguments.dtype, f"{path}: {gradients.dtype}"
        if isinstance(arguments, np.ndarray):
            assert gradients.flags.writeable, path


def check_nothing_shared(gradients: Any, *others: Any) -> None:
    own = buffers(gradients)
    for i, g in enumerate(own):
        for other in (*own[:i], *(b for tree in others for b in buffers(tree))):
            assert not np.shares_memory(g, other), "a gradient shares memory"


def derivative_of(case: Case, seed: Any) -> Any:
    found = DERIVATIVES.get(case)
    if found is None:
        found = DERIVATIVES[case] = made_for(case, seed)
    return found


DERIVATIVES: dict[Case, Any] = {}
"""One derivative for each program: the seed of a case is always the same."""


def made_for(case: Case, seed: Any) -> Any:
    return chainrule.value_and_grad(case.function, case.wrt, has_aux=case.aux).seeded(seed)


def executed(text: str, function: Any, form: Any) -> Any:
    """The function that a text defines, run as a module of its own."""
    scope: dict[str, Any] = dict(zip(function.__code__.co_freevars, _cells(function)))
    around = {n: c for n, c in form.facts["statics"].items() if isinstance(c, types.CellType)}
    scope |= {n: c.cell_contents for n, c in around.items()}  # what is around its callees
    scope |= {n: d for n, d in form.facts["statics"].items() if isinstance(d, dict)}
    scope["__name__"] = "generated"
    exec(compile(text, "<generated>", "exec"), scope)
    name = "function" if function.__name__ == "<lambda>" else function.__name__
    return scope[f"{name}_adjoint"]


def _cells(function: Any) -> list[Any]:
    return [c.cell_contents for c in function.__closure__ or ()]


def is_plain(case: Case) -> bool:
    return isinstance(case.function, types.FunctionType)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda c: c.id)
def test_value_and_gradient(case: Case) -> None:
    before = bound(case)
    args, kwargs = case.make()
    value = case.function(*args, **kwargs)
    seed = seed_of(case, value)
    derivative = derivative_of(case, seed)
    mine, named = case.make()
    found, gradients = derivative(*mine, **named)
    assert same(found, value), f"the value is {found!r}, not {value!r}"
    assert same((mine, named), (args, kwargs)), "the arguments are left otherwise"
    by_name = gradients_by_name(case, before, gradients)
    for name, g in by_name.items():
        check_gradient_kinds(before[name], g, name)
    check_nothing_shared(gradients, (mine, named), found)
    again, more = case.make()
    assert same(derivative(*again, **more), (found, gradients)), "called again, it differs"
    if case.gradient is not None:
        assert close(gradients, case.gradient, 1e-9), f"{gradients!r} is not {case.gradient!r}"
        return
    tolerance = 2e-4 if is_narrow(before) or is_narrow(value) else 2e-8
    for ours, differences in agrees(case, by_name, seed):
        assert math.isclose(ours, differences, rel_tol=tolerance, abs_tol=tolerance), (
            f"{ours} by differences {differences}"
        )


@pytest.mark.parametrize("case", [c for c in ACCEPTED if is_plain(c)], ids=lambda c: c.id)
def test_texts(case: Case) -> None:
    """The specialized text, the generic one, the textbook form and the form itself give the same."""
    args, kwargs = case.make()
    value = case.function(*args, **kwargs)
    seed = seed_of(case, value)
    derivative = derivative_of(case, seed)
    arguments = bound(case)
    mine, named = case.make()
    expected = derivative(*mine, **named)

    mine, named = case.make()  # the call may have given its containers other parts
    run = derivative.specialize(*mine, **named)
    keyword_only = [
        n for n, p in inspect.signature(run).parameters.items() if p.kind is p.KEYWORD_ONLY
    ]
    name = keyword_only[-1]
    primal, adjoint, book = forms(case, arguments, seed)
    for text_run in (run, executed(run.source, case.function, primal)):
        fresh, more = case.make()
        assert same(text_run(*fresh, **more, **{name: seed}), expected), (
            "the specialized text differs"
        )

    check_form(primal)
    check_form(adjoint)
    text = pipeline.text(adjoint, "", is_textbook=True)
    textbook = load(text.body, text.name, case.function, text.imports)
    for stage in (adjoint, book):
        check_form(stage)
        try:
            got = evaluate(stage, {**bound(case), name: seed})
        except UnboundLocalError:  # a shape is read of a version that one way out leaves undefined: the text reads the buffer
            continue
        assert close(got, expected, 1e-10), f"the form gives {got!r}, the text {expected!r}"
    got = run_with(textbook, bound(case), **{name: seed})
    assert close(got, expected, 1e-10), f"the textbook gives {got!r}, the text {expected!r}"

    try:
        generic = derivative.source
    except errors.ChainruleError:
        return
    try:
        run = executed(generic, case.function, derivative.forms.annotated[1])
        got = run_with(run, bound(case), **{name: seed})
    except TypeError as problem:  # what a class means, only a call can say
        assert any(words in str(problem) for words in OF_CLASSES), problem
        return
    except AttributeError:
        assert case.id in FAILS_UNTYPED
        return
    assert case.id not in FAILS_UNTYPED
    tolerance = 1e-6 if is_narrow(bound(case)) else 1e-10
    assert close(got, expected, tolerance), (
        f"the generic text gives {got!r}, the specialized {expected!r}"
    )


def forms(case: Case, arguments: dict[str, Any], seed: Any) -> tuple[Any, Any, Any]:
    derivative = derivative_of(case, seed)
    primal, adjoint = derivative.forms.pair(
        types_of(arguments), arguments, type_of_value(seed, "seed")
    )
    return primal, pipeline.optimized(adjoint), adjoint


def at_second_order(case: Case) -> Any:
    """The case, expected to fail where its second order is known not to be there."""
    marks = () if case.second else pytest.mark.xfail(reason="no second order yet", strict=True)
    return pytest.param(case, marks=marks, id=case.id)


@pytest.mark.parametrize("case", [at_second_order(c) for c in ACCEPTED if is_plain(c)])
def test_second_order(case: Case) -> None:
    """The gradient of the gradient along fixed numbers, against differences of the gradient."""
    args, kwargs = case.make()
    value = case.function(*args, **kwargs)
    start = bound(case)
    if is_narrow(start) or is_narrow(value) or case.gradient is not None:
        return
    seed = seed_of(case, value)
    derivative = derivative_of(case, seed)
    args, kwargs = case.make()
    _, gradients = derivative(*args, **kwargs)
    along = weights(gradients)
    _, first, _ = forms(case, start, seed)
    first, wanted = asked(first, derivative.request, start)
    kind: Type = Struct(tuple, (0, 1), (NONE, type_of_value(along, "along")))
    try:
        second = pipeline.textbook(first, Options(wanted, derivative.request.bare, False, kind))
    except errors.NoRule as refusal:
        assert refusal.diagnostics[0].line, "a refusal at the second order has a place too"
        return
    second = pipeline.optimized(second)
    name, outer = (p.value.name for p in second.params[-2:])
    check_form(second)
    text = pipeline.text(second, "")
    run = load(text.body, text.name, case.function, text.imports)
    _, gradients = run_with(run, bound(case), **{name: seed, outer: (None, along)})
    by_name = gradients_by_name(case, start, gradients)
    for turn in range(2):
        directions = {n: _direction(start[n], turn) for n in by_name}
        ours = math.fsum(dot(by_name[n], directions[n]) for n in by_name)
        value_of = lambda h: dot(run_with(derivative, _moved_all(start, directions, h))[1], along)  # noqa: B023
        differences = slope(value_of)
        assert math.isclose(ours, differences, rel_tol=1e-7, abs_tol=1e-7), (
            f"{ours} by differences {differences}"
        )


@pytest.mark.parametrize("case", REFUSED, ids=lambda c: c.id)
def test_refusals(case: Case) -> None:
    args, kwargs = case.make()
    overlap = "share memory" if case.code == "CR115" else ""
    with pytest.raises(
        (errors.ChainruleError, ValueError) if overlap else errors.ChainruleError,
        match=overlap or None,
    ) as caught:
        chainrule.grad(case.function, case.wrt)(*args, **kwargs)
    error = caught.value
    if overlap:
        return
    lines, first = inspect.getsourcelines(case.function)
    marked = [first + i for i, line in enumerate(lines) if "# refused" in line]
    assert case.code in str(error), str(error)
    assert not marked or f":{marked[0]}:" in str(error), f"not at line {marked}: {error}"


def test_texts_are_laid_out_as_ruff_does(tmp_path: Path) -> None:
    """All texts at once: `ruff format` changes nothing, and `ruff check` has only the complaints that the programs draw."""
    for i, case in enumerate(
        c for c in ACCEPTED if is_plain(c) and not c.function.__code__.co_freevars
    ):
        args, kwargs = case.make()
        value = case.function(*args, **kwargs)
        derivative = derivative_of(case, seed_of(case, value))
        args, kwargs = case.make()
        (tmp_path / f"t{i}_{case.function.__name__}.py").write_text(
            derivative.specialize(*args, **kwargs).source
        )
        try:
            (tmp_path / f"t{i}_{case.function.__name__}_generic.py").write_text(derivative.source)
            (tmp_path / f"t{i}_{case.function.__name__}_textbook.py").write_text(
                derivative.textbook
            )
        except errors.ChainruleError:
            pass
    package = tmp_path / "tests"  # so that imports of the programs count as the project's own
    shutil.copytree(
        Path(__file__).parent / "corpus",
        package / "corpus",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    ran = ruff(tmp_path, "format", "--check", "--isolated", "--exclude=tests")
    assert ran.returncode == 0, ran.stdout[-6000:]
    ran = ruff(tmp_path, "check", "--isolated", "--select=E4,E7,E9,F,I", "--output-format=json")
    found = [(Path(c["filename"]), c["code"], c["message"]) for c in json.loads(ran.stdout)]
    drawn = {(code, message) for file, code, message in found if package in file.parents}
    own = [c for c in found if package not in c[0].parents and c[1:] not in drawn | OPEN]
    own = [c for c in own if not _is_around(c[0], c[2])]
    assert not own, "\n".join(f"{file.name}: {code} {message}" for file, code, message in own)


def _is_around(file: Path, message: str) -> bool:
    """Whether a complaint is about a variable around a callee, which a comment says."""
    name = message.removeprefix("Undefined name `").removesuffix("`")
    notes = [line for line in file.read_text().splitlines() if line.endswith(", read live.")]
    return any(name in note.split() for note in notes)


def ruff(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


OPEN = {
    ("F841", f"Local variable `{name}` is assigned to but never used")
    for name in "account b balance c1 count fee g k q r rate w x_1 x_2".split()
}
"""A name for a part of an argument, which the text reads by its path: the assignment stays, and is not needed."""
