"""The gradients where there is no derivative are the published ones, and come without a warning."""

import inspect
import sys
import warnings

import numpy as np
import pytest

from chainrule.rules import adjoint_of
from chainrule.rules.kinks import KINKS


def describe(kink):
    name = f"{getattr(kink.function, '__module__', '')}.{kink.function.__name__}"
    return f"{name}-{kink.args}-{kink.constant}"


@pytest.mark.parametrize("kink", KINKS, ids=describe)
def test_gradient(kink, monkeypatch):
    rule = adjoint_of(kink.function)
    args = [np.asarray(a) if isinstance(a, list) else a for a in kink.args]
    # The engine tells a rule which arguments are constant. Here they are known by identity, so
    # equal ones are made objects of their own.
    args = [np.array(a) if isinstance(a, float) and kink.constant else a for a in args]
    held = [args[k] for k in kink.constant]
    monkeypatch.setattr(
        sys.modules["chainrule.rules.selection"], "constant", lambda x: any(x is h for h in held)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ans = kink.function(*args)
        g = np.ones(np.shape(ans)) if np.ndim(ans) else 1.0
        if kink.warns:
            warnings.simplefilter("ignore")
        cotangents = rule(g, ans, *args)
    cotangents = cotangents if isinstance(cotangents, tuple) else (cotangents,)
    for actual, expected in zip(cotangents, kink.gradient):
        if expected is not None:
            np.testing.assert_array_almost_equal(actual, expected)


def test_points_are_in_the_table_once():
    assert len({describe(kink) for kink in KINKS}) == len(KINKS)
    assert all(inspect.isfunction(adjoint_of(kink.function)) for kink in KINKS)


@pytest.mark.parametrize("function", [np.max, np.min, max, min])
def test_extremes_of_nan_do_not_warn(function):
    values = np.array([1.0, np.nan, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if function in (max, min):
            adjoint_of(function)(1.0, function(*values), *values)
        else:
            adjoint_of(function)(1.0, function(values), values)
