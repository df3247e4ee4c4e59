"""The table of local derivatives: each row is true."""

import math
import operator

import numpy as np
import pytest

from chainrule.ir import primitives
from chainrule.rules import adjoint_of
from chainrule.show.formula import parse, plain
from chainrule.show.partials import PARTIALS, partial

X, Y = 0.3, 0.7
ABOVE_ONE = {"acosh"}
LINEAR = {np.linalg.inv, np.linalg.det, np.linalg.solve, np.matmul, np.dot, operator.matmul}
OTHERS = {np.where, np.outer, np.transpose, np.sum, np.cumsum, np.mean, np.prod, np.max, np.min}
WORDS = {
    **{name: getattr(np, name) for name in ("exp", "log", "sqrt", "sin", "cos", "sinh", "cosh")},
    "sign": np.sign,
}


def name_of(function):
    return f"{getattr(function, '__module__', '')}.{function.__name__}"


SCALAR = sorted(
    (f for f in PARTIALS if f not in LINEAR | OTHERS | {primitives.assign, float}), key=name_of
)


@pytest.mark.parametrize("function", SCALAR, ids=name_of)
def test_a_factor_is_the_derivative(function):
    partials = PARTIALS[function]
    args = [X + (1 if function.__name__ in ABOVE_ONE | {"arccosh"} else 0), Y][: len(partials)]
    for i, template in enumerate(partials):
        low, high = list(args), list(args)
        low[i] -= 1e-6
        high[i] += 1e-6
        expected = (function(*high) - function(*low)) / 2e-6
        names = dict(zip("xyz", args), r=function(*args), g=1.0, T=lambda a: a)
        if "[" in template:
            found = float(eval(template, {}, names)[0])
        elif "@" in template:
            continue
        else:
            found = eval(template, {**WORDS}, names)
        assert found == pytest.approx(expected, rel=1e-6), template


def test_matrices():
    rng = np.random.default_rng(0)
    x, y, g = rng.normal(size=(3, 3, 3))
    names = {"x": x, "y": y, "g": g, "T": np.transpose, "inv": np.linalg.inv}
    names["solve"] = np.linalg.solve
    for function, args in [(np.matmul, (x, y)), (np.linalg.inv, (x,)), (np.linalg.solve, (x, y))]:
        r = function(*args)
        found = [eval(t, {}, {**names, "r": r}) for t in PARTIALS[function]]
        expected = adjoint_of(function)(g, r, *args)
        expected = expected if isinstance(expected, tuple) else (expected,)
        for one, other in zip(found, expected):
            np.testing.assert_allclose(one, other)


def test_every_row_can_be_printed():
    for partials in PARTIALS.values():
        assert all(plain(parse(text)) for text in partials)


def test_what_the_table_lacks_is_none():
    assert partial(np.clip, 0) is None
    assert partial(np.exp, 1) is None
    assert partial(math.exp, 0) == "exp(x)"
