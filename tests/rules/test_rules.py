"""Each rule against central differences, along random directions of each argument."""

import copy
import inspect
import warnings

import numpy as np
import pytest
from tests.rules.cases import CASES

from chainrule.rules import adjoint_of
from chainrule.rules.registry import differentiable_functions

STATIC = {"ord"}  # numbers that choose a formula, and are no variables


def floats(value):
    """The parts of an argument or a result that can carry a derivative, in order."""
    if isinstance(value, (list, tuple)):
        return [part for item in value for part in floats(item)]
    if isinstance(value, (float, np.ndarray, np.floating)) and np.asarray(value).dtype.kind == "f":
        return [np.asarray(value, dtype=float)]
    return []


def moved(value, directions):
    """The argument, each of its float parts moved along the next direction."""
    if isinstance(value, (list, tuple)):
        return type(value)([moved(item, directions) for item in value])
    if not floats(value):
        return value
    result = value + next(directions)
    return float(result) if type(value) is float else result


def unbroadcast(g, shape):
    """What the engine does to each cotangent: sum it down to the shape of its value."""
    g = np.asarray(g)
    g = np.sum(g, axis=tuple(range(g.ndim - len(shape))))
    ones = tuple(k for k, n in enumerate(shape) if n == 1 and g.shape[k] != 1)
    return np.broadcast_to(np.sum(g, axis=ones, keepdims=True), shape)


def unflattened(value, parts):
    """The parts in the structure of a result."""
    if isinstance(value, (list, tuple)):
        return tuple(unflattened(item, parts) if floats(item) else None for item in value)
    part = next(parts)
    return float(part) if isinstance(value, float) else part


def aligned(cotangent, value):
    """A cotangent for each float part of an argument, zero where the rule has none."""
    if cotangent is None:
        return [np.zeros_like(part) for part in floats(value)]
    if isinstance(value, (list, tuple)):
        assert isinstance(cotangent, (list, tuple)) or isinstance(cotangent, np.ndarray)
        assert len(cotangent) == len(value)
        return [part for c, v in zip(cotangent, value) for part in aligned(c, v)]
    return [unbroadcast(cotangent, part.shape) for part in floats(value)]


def cotangents_by_name(bound, cotangents):
    """Pairs of argument and cotangent, a variadic parameter spread out."""
    values = []
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            values += bound.arguments.get(name, ())
        else:
            values.append(bound.arguments.get(name, None))
    values = values[2:]
    assert len(cotangents) <= len(values)
    cotangents = (*cotangents, *[None] * (len(values) - len(cotangents)))
    return list(zip(values, cotangents))


def backward(function, args, kwargs, rng):
    """Pairs of argument and cotangent for a random cotangent of the result, and that one."""
    ans = function(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    weights = [rng.normal(size=part.shape) for part in floats(ans)]
    parts = iter(weights or [np.zeros(np.shape(ans))])  # an integer result has no float parts
    g = unflattened(tuple(ans) if isinstance(ans, (list, tuple)) else ans, parts)
    rule = adjoint_of(function)
    bound = inspect.signature(rule).bind(g, ans, *args, **kwargs)
    cotangents = rule(g, ans, *args, **kwargs)
    if not isinstance(cotangents, tuple):
        cotangents = (cotangents,)
    return cotangents_by_name(bound, cotangents), weights


def difference(function, args, kwargs, directions):
    """The central difference of the results along the directions."""
    step = 1e-2 if function is np.float32 else 1e-6
    results = []
    for move in (step, -step):
        steps = iter([move * d for d in directions])
        positional = [moved(a, steps) for a in args]
        named = {k: v if k in STATIC else moved(v, steps) for k, v in kwargs.items()}
        results.append(floats(function(*positional, **named)))
    return [(plus - minus) / (2 * step) for plus, minus in zip(*results)]


def describe(case):
    shapes = ",".join(
        "x".join(map(str, np.shape(a))) if isinstance(a, np.ndarray) else type(a).__name__
        for a in case.args
    )
    return f"{case.function.__name__}-{shapes}"


@pytest.mark.parametrize("case", CASES, ids=describe)
def test_rule_agrees_with_central_differences(case):
    function, args, kwargs = case
    rng = np.random.default_rng(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = copy.deepcopy((args, kwargs))
        pairs, weights = backward(function, args, kwargs, rng)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(floats(kept[0]), floats(args)))
    order = [*args, *[value for name, value in kwargs.items() if name not in STATIC]]
    cotangents = []
    for value in order:
        matching = [c for v, c in pairs if v is value]
        cotangents += aligned(matching[0] if matching else None, value)
    parts = floats(order)
    for k in range(len(parts)):
        directions = [np.zeros_like(part) for part in parts]
        directions[k] = rng.normal(size=parts[k].shape)
        expected = sum(
            np.sum(w * d) for w, d in zip(weights, difference(function, args, kwargs, directions))
        )
        actual = np.sum(cotangents[k] * directions[k])
        np.testing.assert_allclose(actual, expected, rtol=2e-5, atol=2e-6)


def test_every_rule_has_a_case():
    tested = {case.function for case in CASES}
    ours = [
        f for f in differentiable_functions() if adjoint_of(f).__module__.startswith("chainrule.")
    ]
    missing = [f for f in ours if f not in tested]
    assert not missing, f"no case for {missing}"
