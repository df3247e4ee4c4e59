"""What annotations promise, and what the text made from them takes and refuses."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pytest

from chainrule import annotations, grad
from chainrule.ir.types import NONE, UNKNOWN, Array, Opaque, Scalar, Size, Struct


@dataclass
class Params:
    w: np.ndarray
    b: float


@dataclass
class Loose:
    w: Nowhere  # noqa: F821
    b: float


def of(hint):
    return annotations.type_of_hint(hint, "x")


@pytest.mark.parametrize(
    "hint, wanted",
    [
        (float, Scalar(float)),
        (bool, Scalar(bool)),
        (complex, Scalar(complex)),
        (int, Scalar(int, Size("x"))),
        (str, Opaque(str)),
        (None, NONE),
        (np.ndarray, Array()),
        (npt.NDArray[np.float64], Array(np.dtype("f8"))),
        (npt.NDArray[np.float32], Array(np.dtype("f4"))),
        (npt.NDArray[np.floating], Array()),
        (npt.NDArray[Any], Array()),
        (np.random.Generator, Opaque(np.random.Generator)),
        (Annotated[np.ndarray, "f8[:, 3]"], Array(np.dtype("f8"), 2, (Size("x.0"), 3))),
        (Annotated[float, "a length in meters"], Scalar(float)),
        (Annotated[float, 3], Scalar(float)),
    ],
)
def test_one_annotation(hint, wanted):
    assert of(hint) == wanted


@pytest.mark.parametrize(
    "hint", [Any, list, list[float], dict, float | None, typing.Sequence[float], object, "float"]
)
def test_what_promises_nothing_exact(hint):
    assert of(hint) == UNKNOWN


def test_containers():
    found = of(tuple[float, np.ndarray])
    assert found == Struct(tuple, (0, 1), (Scalar(float), Array()))
    assert of(tuple[float, ...]) == UNKNOWN
    record = of(Params)
    assert isinstance(record, Struct) and record.kind is Params
    assert record.keys == ("w", "b") and record.parts == (Array(), Scalar(float))


def test_a_record_with_an_annotation_that_means_nothing():
    assert of(Loose) == UNKNOWN


def test_an_annotation_that_cannot_be_evaluated_says_nothing():
    def f(x: float, y: Nowhere, z: np.ndarray = 1) -> Missing:  # noqa: F821
        return x

    found = annotations.annotated(f)
    assert found["y"] == UNKNOWN and set(found) == {"x", "y", "z"}
    assert grad(f)(2.0, 3.0) == 1.0
    assert "def f_adjoint(" in grad(f).source


def test_strings_are_evaluated():
    assert annotations.annotated(strings) == {"x": Scalar(float), "a": Array(), "n": UNKNOWN}


def strings(x: float, a: np.ndarray, n):
    return x * a * n


@pytest.mark.skipif(not hasattr(typing, "TypeAliasType"), reason="type aliases came with 3.12")
def test_type_aliases():
    scope = {"np": np, "npt": npt}
    exec("type Vector = npt.NDArray[np.float64]\ntype Of[T] = np.ndarray", scope)
    assert of(scope["Vector"]) == Array(np.dtype("f8"))


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("float", Scalar(float)),
        (" int ", Scalar(int, Size("x"))),
        ("str", Opaque(str)),
        ("array", Array()),
        ("f8[]", Array(np.dtype("f8"), 0, ())),
        ("f8[:]", Array(np.dtype("f8"), 1, (Size("x.0"),))),
        ("f4[:, 3]", Array(np.dtype("f4"), 2, (Size("x.0"), 3))),
        ("float64[2,2]", Array(np.dtype("f8"), 2, (2, 2))),
        ("b1[:]", Array(np.dtype("b1"), 1, (Size("x.0"),))),
        ("meters", UNKNOWN),
        ("f8", UNKNOWN),
        ("f8[", UNKNOWN),
    ],
)
def test_the_notation(text, wanted):
    assert annotations.parse(text, "x") == wanted


# The text


def run(d, *args):
    scope = {}
    exec(d.source, scope)
    return scope[f"{d.__name__}_adjoint"](*args)


def test_the_text_for_floats_asks_no_questions_and_takes_nothing_else():
    def f(x: float, y: float) -> float:
        return x * y

    d = grad(f, ...)
    assert "unbroadcast" not in d.source
    assert run(d, 2.0, 3.0) == (6.0, (3.0, 2.0))
    for wrong in ((np.ones(2), 3.0), (2.0, np.ones(2)), (2, 3.0)):
        with pytest.raises(TypeError):
            run(d, *wrong)


def test_the_text_without_annotations_serves_every_type():
    def f(x, y):
        return x * y

    d = grad(f, ...)
    assert run(d, 2.0, 3.0) == (6.0, (3.0, 2.0))
    for x, y in ((np.ones((2, 1)), np.arange(3.0)), (2.0, np.ones(3)), (np.float32(2), np.ones(1))):
        value, (dx, dy) = run_seeded(d, np.ones(np.shape(x * y)), x, y)
        np.testing.assert_array_equal(value, x * y)
        np.testing.assert_array_equal(dx, np.full(np.shape(x), np.sum(y)))
        np.testing.assert_array_equal(dy, np.full(np.shape(y), np.sum(x)))
        assert type(dx) is type(x) and getattr(dx, "dtype", None) == getattr(x, "dtype", None)


def run_seeded(d, seed, *args):
    scope = {}
    exec(d.source, scope)
    return scope[f"{d.__name__}_adjoint"](*args, seed=seed)


def test_whether_an_update_is_in_place_depends_on_the_annotation():
    def of_array(x: np.ndarray):
        y = x
        y += 1.0
        return np.sum(y * x)

    def of_float(x: float):
        y = x
        y += 1.0
        return y * x

    a = np.array([1.0, 2.0])
    value, gradient = run(grad(of_array), a.copy())
    assert value == np.sum((a + 1) ** 2)
    np.testing.assert_array_equal(gradient, 2 * (a + 1))
    assert run(grad(of_float), 2.0) == (6.0, 5.0)


def test_the_derivative_serves_what_the_annotation_does_not_say():
    def f(x: float) -> float:
        return x * x

    d = grad(f)
    np.testing.assert_array_equal(d.seeded(np.ones(2))(np.array([1.0, 2.0])), [2.0, 4.0])
    assert d(3.0) == 6.0


def test_a_record_in_the_text():
    def f(p: Params, x: float) -> float:
        return np.sum(p.w) * x + p.b

    value, gradient = run(grad(f), Params(np.ones(2), 1.0), 3.0)
    assert value == 7.0 and gradient.b == 1.0
    np.testing.assert_array_equal(gradient.w, [3.0, 3.0])


def test_every_parameter_has_a_type():
    def f(a, /, b: float, *args, k: int = 2, **kwargs):
        return a * b

    assert list(annotations.annotated(f)) == ["a", "b", "args", "k", "kwargs"]
