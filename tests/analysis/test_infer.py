"""Types of results: what NumPy itself gives, in kind, dtype and rank, or nothing at all."""

import itertools
import operator

import numpy as np
import pytest
from tests.ir.forms import lowered

from chainrule.analysis.builder import constant
from chainrule.analysis.infer import infer, may_be_tried
from chainrule.frontend.frame import type_of_value
from chainrule.ir import primitives
from chainrule.ir.form import UNBOUND, Value
from chainrule.ir.types import (
    BOOL,
    FLOAT,
    INT,
    UNDEFINED,
    UNKNOWN,
    Array,
    NumPyScalar,
    OneOf,
    Scalar,
    Struct,
)

NUMBERS = [True, 2, 0.5, 1j, np.float32(0.5), np.float64(0.5), np.int8(3), np.int64(3)]
ARRAYS = [np.full(3, 2, dtype) for dtype in ("i1", "i8", "f2", "f4", "f8", "c8", "c16")]
MATRIX = np.full((2, 3), 0.5, "f4")


def brief(t):
    """Kind, dtype and rank: the sizes of axes are another question."""
    if isinstance(t, Array):
        return Array(t.dtype, t.rank)
    return Scalar(t.kind) if isinstance(t, Scalar) else t


def of(thing):
    return Value("x", type_of_value(thing, "x"))


def agrees(function, *args):
    try:
        with np.errstate(all="ignore"):
            result = function(*args)
    except TypeError:
        return
    found = brief(infer(function, tuple(map(of, args))))
    assert found == brief(type_of_value(result, "y"))


@pytest.mark.parametrize("function", [operator.add, operator.mul, operator.truediv, operator.pow])
def test_promotion_is_numpys(function):
    """NEP 50: a Python number takes the dtype of what it meets, a NumPy scalar does not."""
    for one, other in itertools.product([*NUMBERS, *ARRAYS, MATRIX], repeat=2):
        agrees(function, one, other)


def test_promotion_spelled_out():
    narrow, python, wide = of(np.ones(2, "f4")), of(0.5), of(np.float64(0.5))
    assert infer(operator.mul, (narrow, python)).dtype == np.float32
    assert infer(operator.mul, (narrow, wide)).dtype == np.float64
    assert infer(operator.mul, (of(np.float32(1)), python)) == NumPyScalar(np.dtype("f4"))
    assert infer(operator.mul, (python, wide)) == NumPyScalar(np.dtype("f8"))
    assert brief(infer(operator.truediv, (of(1), of(2)))) == FLOAT
    assert brief(infer(operator.add, (of(True), of(True)))) == INT


@pytest.mark.parametrize("function", [np.exp, np.sin, np.sqrt, np.negative, np.sum, np.mean, abs])
def test_functions_of_one_argument(function):
    for x in [*NUMBERS, *ARRAYS, MATRIX]:
        agrees(function, x)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (np.matmul, (np.ones((2, 2)), np.ones(2))),
        (operator.matmul, (np.ones(2), np.ones(2))),
        (np.outer, (np.ones(2), np.ones(2))),
        (np.where, (np.ones(2) > 0, np.ones(2, "f4"), 0.0)),
        (np.transpose, (MATRIX,)),
        (np.linalg.inv, (np.eye(2),)),
        (np.linalg.det, (np.eye(2),)),
        (operator.lt, (np.ones(2), 1.0)),
        (operator.lt, (1.0, 2.0)),
        (np.ndim, (MATRIX,)),
        (len, (MATRIX,)),
        (int, (2.5,)),
        (float, (np.float32(2.5),)),
        (round, (2.5,)),
    ],
)
def test_other_functions(function, args):
    agrees(function, *args)


@pytest.mark.parametrize(
    "index",
    [0, -1, slice(1, None), (0, 0), (slice(None), None), (Ellipsis, 0), (0, Ellipsis), (None, 0)],
)
def test_indexing(index):
    found = infer(operator.getitem, (of(MATRIX), constant(index)))
    assert brief(found) == brief(type_of_value(MATRIX[index], "y"))


def test_indexing_by_an_array():
    for index in (np.array([0, 1, 1]), np.array([[0, 1]]), np.array([True, False])):
        found = infer(operator.getitem, (of(MATRIX), of(index)))
        assert brief(found) == brief(type_of_value(MATRIX[index], "y"))


def test_axis_and_keepdims():
    for keywords in ({"axis": 0}, {"axis": (0, 1)}, {"axis": 1, "keepdims": True}):
        kwargs = tuple((k, constant(v)) for k, v in keywords.items())
        found = infer(np.sum, (of(MATRIX),), kwargs)
        assert brief(found) == brief(type_of_value(np.sum(MATRIX, **keywords), "y"))


def test_what_is_not_known_stays_unknown():
    assert infer(operator.add, (Value("x", UNKNOWN), of(1.0))) == UNKNOWN
    summed = infer(np.sum, (of(MATRIX),), (("axis", Value("axis", INT)),))
    assert summed == Array(np.dtype("f4"), 1)  # which axis is left, nobody knows
    assert infer(operator.getitem, (Value("x", UNKNOWN), constant(0))) == UNKNOWN


def test_what_is_not_bound_stays_unbound():
    assert infer(operator.add, (UNBOUND, of(1.0))) == UNDEFINED


def test_a_choice_of_types_gives_a_choice():
    either = Value("x", OneOf((FLOAT, NumPyScalar(np.dtype("f8")))))
    assert infer(operator.mul, (either, of(2.0))) == OneOf((FLOAT, NumPyScalar(np.dtype("f8"))))
    assert infer(operator.lt, (Value("x", OneOf((INT, FLOAT))), of(2.0))) == BOOL


def test_containers():
    pair = infer(primitives.make_tuple, (of(1.0), of(MATRIX)))
    assert isinstance(pair, Struct) and pair.part(0) == FLOAT
    assert infer(operator.getitem, (Value("p", pair), constant(-2))) == FLOAT
    table = infer(primitives.make_dict, (constant("a"), of(1.0)))
    assert infer(operator.getitem, (Value("t", table), constant("a"))) == FLOAT
    shape = infer(np.shape, (of(MATRIX),))
    assert len(shape.parts) == 2


def test_nothing_with_an_effect_is_tried():
    said = []
    assert infer(said.append, (of(1.0),)) == UNKNOWN
    assert said == []
    for function in (print, input, open, np.random.normal, said.append, test_containers):
        assert not may_be_tried(function)
    assert may_be_tried(np.exp) and may_be_tried(operator.add)


def test_what_reaches_outside_is_not_tried(tmp_path):
    before = np.geterr()
    assert infer(np.save, (constant(str(tmp_path / "x.npy")), of(1.0))) == UNKNOWN
    assert infer(np.seterr, (), (("all", constant("raise")),)) == UNKNOWN
    assert not list(tmp_path.iterdir()) and np.geterr() == before


def test_trying_warns_of_nothing_and_raises_nothing():
    assert infer(np.polyfit, (of(np.ones(3)), of(np.ones(3)), constant(2))).rank == 1
    assert infer(np.log, (of(-1.0),)) == NumPyScalar(np.dtype("f8"))
    assert infer(np.linalg.cholesky, (of(np.zeros((2, 2))),)).dtype == np.float64
    assert infer(operator.truediv, (of(1), of(0))) == FLOAT


def test_a_loop_joins_what_its_turns_give():
    def mean(x, n):
        s = 0
        for i in range(n):
            s = s + np.exp(x)
        return s

    form = lowered(mean, 1.0, 3)
    result = form.body.results[0]
    assert result.type == OneOf((INT, NumPyScalar(np.dtype("f8"))))
