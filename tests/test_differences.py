"""Slopes by differences: right to nearly all digits, and honest about the rest."""

import math

import numpy as np
import pytest

from chainrule.differences import differences


def at(f, x):
    """``f`` as a function of the step from ``x``, and how far ``x`` reaches."""
    return lambda step: f(x + step * (abs(x) or 1.0))


@pytest.mark.parametrize(
    "f, x, slope",
    [
        (math.exp, 1.0, math.e),
        (math.sin, 1e3, math.cos(1e3)),
        (lambda x: x * x * x, 2.0, 12.0),
        (lambda x: 3.0 * x + 1e3, 2.0, 3.0),
        (math.log, 1e-8, 1e8),
        (math.sqrt, 1e-3, 0.5 * 1e-3**-0.5),
        (lambda x: math.sin(200 * x), 0.3, 200 * math.cos(60.0)),
        (lambda x: 1 / x, 1e-3, -1e6),
        (lambda x: max(x, 0.0), 1e-3, 1.0),
        (lambda x: abs(x - 1.0), 1.0 + 1e-6, 1.0),
        (math.floor, 2.5, 0.0),
        (lambda x: round(3 * x), 207.1, 0.0),
        (lambda x: 0.0, 1.0, 0.0),
        (lambda x: x**4, 0.0, 0.0),
    ],
)
def test_a_slope_is_found_and_its_error_known(f, x, slope):
    found = differences(at(f, x))
    scale = abs(x) or 1.0
    assert abs(found.value - slope * scale) <= 4 * found.error
    assert found.error <= 1e-8 * max(abs(slope * scale), abs(f(x)), 1e-3)
    assert not found.kink


@pytest.mark.parametrize(
    "f, low, high",
    [
        (abs, -1.0, 1.0),
        (lambda x: max(x, 0.0), 0.0, 1.0),
        (lambda x: math.sin(x) if x < 0 else 3 * math.sin(x), 1.0, 3.0),
        (lambda x: -abs(x) + 2.0 * x, 1.0, 3.0),
    ],
)
def test_at_a_kink_the_error_spans_left_and_right(f, low, high):
    found = differences(f)
    assert found.kink
    assert found.value == pytest.approx((low + high) / 2, abs=1e-4)
    assert found.error == pytest.approx((high - low) / 2, abs=1e-4)


def test_single_precision_is_no_cause_for_alarm():
    x = np.float32(0.7)
    found = differences(lambda step: float(np.tanh(x + np.float32(step))), 2.0**-23)
    slope = 1 - math.tanh(0.7) ** 2
    assert abs(found.value - slope) <= 4 * found.error <= 1e-3


def test_quantized_results_do_not_pass_for_constant():
    found = differences(lambda step: float(np.float32(1.0) + np.float32(1e-6 * step)), 2.0**-23)
    assert abs(found.value - 1e-6) <= 4 * found.error


def test_noise_gives_no_false_certainty():
    rng = np.random.default_rng(0)
    assert differences(lambda step: rng.normal()).error > 1e-2


def test_steps_that_fail_are_left_out():
    def f(step):
        if abs(step) > 1e-4:
            raise ZeroDivisionError
        return math.exp(step) if abs(step) < 1e-5 else math.nan

    found = differences(f)
    assert found.value == pytest.approx(1.0, abs=1e-9)


def test_nothing_finite_gives_no_number():
    assert math.isinf(differences(lambda step: math.nan).error)


def test_what_the_function_raises_at_the_point_itself_comes_out():
    with pytest.raises(ZeroDivisionError):
        differences(lambda step: 1 / 0)


def test_smooth_functions_are_called_few_times():
    calls = []
    differences(lambda step: calls.append(step) or math.exp(step))
    assert len(calls) <= 21
