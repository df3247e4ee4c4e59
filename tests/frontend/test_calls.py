"""Calls of the user's own functions: what their parameters are that no argument is given for."""

import enum

import numpy as np
import pytest

from chainrule import check_grad, errors, grad


class Mode(enum.Enum):
    PLAIN = 1


@pytest.mark.parametrize(
    "default",
    [
        np.float64(2.0),
        np.float64(-2.0),
        np.float64("inf"),
        np.float32(0.5),
        np.int64(-3),
        np.True_,
        (1.0, np.float64(2.0), (3,)),
        slice(None),
        2.0,
        -2.0,
        True,
    ],
)
def test_a_default_is_what_it_is(default):
    def scaled(x, s=default, *, k=default):
        factor = s[1] * k[2][0] if isinstance(s, tuple) else 3.0 if isinstance(s, slice) else s * k
        return x * factor

    def through(x):
        return scaled(x)

    for f in (scaled, through):
        value = f(2.0)
        made = grad(f).specialize(2.0)
        for found in (made(2.0)[0], made(2.0)[0]):
            assert found == value and type(found) is type(value)
        if np.isfinite(value):
            check_grad(f, 2.0)


@pytest.mark.parametrize("default", [np.ones(2), [1.0], {"a": 1.0}, Mode.PLAIN, ([1.0],)])
def test_a_default_that_has_no_text_is_to_be_passed(default):
    def scaled(x, s=default):
        return x * 2

    with pytest.raises(errors.UnsupportedExpression, match=r"scaled\(…, s=…\)"):
        grad(lambda x: scaled(x))(2.0)
    assert grad(lambda x, s: scaled(x, s=s))(2.0, default) == 2.0
    assert grad(scaled)(2.0) == 2.0
