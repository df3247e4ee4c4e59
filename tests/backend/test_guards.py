"""Guards: a text that was made for types refuses others, and memory that it cannot tell apart."""

import numpy as np
import pytest

import chainrule
from chainrule import errors
from chainrule.backend.guards import says_something
from chainrule.ir.types import FLOAT, NONE, UNKNOWN, Array, NumPyScalar, Opaque, Static


def scaled(x, n, v):
    return x * n * np.sum(v)


def product(x, y):
    return x * y


def scratch(x, out):
    out[:] = x * x
    return np.sum(out * x)


def read_only(x, y):
    return np.sum(x * y)


V = np.array([1.0, 2.0, 3.0])
MADE = chainrule.grad(scaled).specialize(1.5, 2, V)

OTHERS = [
    (1, 2, V),
    (True, 2, V),
    (np.float64(1.5), 2, V),
    (np.array(1.5), 2, V),
    ("1.5", 2, V),
    (None, 2, V),
    (1.5, 2.0, V),
    (1.5, True, V),
    (1.5, np.int64(2), V),
    (1.5, 2, V.astype("f4")),
    (1.5, 2, V.astype(int)),
    (1.5, 2, V.astype(complex)),
    (1.5, 2, V[:1]),
    (1.5, 2, V[None]),
    (1.5, 2, np.array(2.0)),
    (1.5, 2, [1.0, 2.0]),
    (1.5, 2, (1.0, 2.0)),
    (1.5, 2, 3.0),
    (1.5, 2, V.view(type("Sub", (np.ndarray,), {}))),
    (1.5, 2, np.ma.masked_array(V)),
]


@pytest.mark.parametrize("args", OTHERS, ids=[str(i) for i in range(len(OTHERS))])
def test_other_types_are_refused(args):
    with pytest.raises(TypeError):
        MADE(*args)


def test_the_types_that_it_was_made_for_are_served():
    assert MADE(1.5, 2, V) == (18.0, 12.0)
    assert MADE(-0.5, 3, V[:2]) == (-4.5, 9.0)
    assert MADE(1.5, 2, V[::2]) == (12.0, 8.0)


def test_the_refusal_names_the_types():
    with pytest.raises(TypeError, match=r"scaled_adjoint was made for x: float, n: int"):
        MADE(1, 2, V)
    with pytest.raises(TypeError, match=r"v is f4\[:\], and this was made for f8\[:\]"):
        MADE(1.5, 2, V.astype("f4"))


def test_nothing_is_returned_under_optimization():
    """The test of types is no assert, which `python -O` leaves out."""
    assert "assert" not in MADE.source
    code = compile(MADE.source, "<optimized>", "exec", optimize=2)
    scope = {}
    exec(code, scope)
    with pytest.raises(TypeError):
        scope["scaled_adjoint"](1, 2, V)
    with pytest.raises(TypeError):
        scope["scaled_adjoint"](1.5, 2, V.astype("f4"))


def test_arguments_are_not_touched_before_they_are_refused():
    made = chainrule.grad(scratch).specialize(V, V.copy())
    out = np.zeros(3, "f4")
    with pytest.raises(TypeError):
        made(V, out)
    assert out.tolist() == [0, 0, 0]


def test_the_derivative_itself_serves_every_type():
    d = chainrule.grad(product)
    assert d(2.0, 3) == 3.0 and type(d(2.0, 3)) is float
    assert type(d(np.float64(2.0), 3)) is np.float64
    assert d(np.float32(2.0), 3).dtype == np.float32
    found = d.seeded(np.ones(3, "f4"))(V.astype("f4"), 2.0)
    assert found.dtype == np.float32


def overlapping():
    base = np.arange(1.0, 6.0)
    return base[:4], base[1:]


def test_what_overlaps_otherwise_than_by_an_index_and_is_written_to_is_refused():
    a = np.arange(1.0, 10.0).reshape(3, 3)
    with pytest.raises(errors.BufferOverlap, match="x and out share memory"):
        chainrule.grad(scratch)(a, a.T)
    with pytest.raises((errors.BufferOverlap, ValueError), match="share memory"):
        chainrule.grad(scratch).specialize(a.copy(), a.copy())(a, a.T)
    assert a[0].tolist() == [1, 2, 3]


def test_it_is_refused_however_often_it_was_called():
    d = chainrule.grad(scratch)
    a = np.arange(1.0, 10.0).reshape(3, 3)
    for _ in range(3):
        d(a.copy(), a.copy())
    for _ in range(2):
        with pytest.raises(errors.BufferOverlap):
            d(a, a.T)


def test_neighbours_in_one_buffer_do_not_overlap():
    base = np.arange(1.0, 7.0)
    np.testing.assert_allclose(chainrule.grad(scratch)(base[:3], base[3:]), 3 * V * V)
    base = np.arange(1.0, 7.0)
    x = base[::2].copy()
    np.testing.assert_allclose(chainrule.grad(scratch)(base[::2], base[1::2]), 3 * x * x)


def test_what_is_only_read_may_overlap():
    x, y = overlapping()
    dx, dy = chainrule.grad(read_only, (0, 1))(x, y)
    assert (dx.tolist(), dy.tolist()) == (y.tolist(), x.tolist())
    assert "apart" not in chainrule.grad(read_only).specialize(x, y).source


@pytest.mark.parametrize(
    ("t", "says"),
    [
        (UNKNOWN, False),
        (Static(np.exp), False),
        (Opaque(str), False),
        (NONE, True),
        (FLOAT, True),
        (Array(), True),
        (NumPyScalar(np.dtype("f4")), True),
    ],
)
def test_what_there_is_to_test(t, says):
    assert says_something(t) is says
