"""Random programs against differences: a fixed slice of them here, others without an end under `make fuzz`."""

from __future__ import annotations

import os
import random
import time

import pytest
from hypothesis import HealthCheck, given, seed, settings
from tests.fuzz.check import Rough, check
from tests.fuzz.programs import FEATURES, WIDE, programs

from chainrule import errors

ANYHOW = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def right_or_refused(text: str) -> None:
    """Check a program; that nobody knows which memory a name holds is a reason to refuse it."""
    try:
        check(text)
    except (Rough, errors.UnknownStore):
        pass


@settings(ANYHOW, max_examples=150, derandomize=True)
@given(programs(FEATURES))
def test_random_programs(text: str) -> None:
    right_or_refused(text)


REFUSALS = (errors.UnsupportedExpression, errors.UnsupportedStatement, errors.SeveralProblems)


def test_random_programs_of_every_construct() -> None:
    """What is not understood may be refused, but only one program in five."""
    seen = {"right": 0, "refused": 0}

    @settings(ANYHOW, max_examples=250, derandomize=True)
    @given(programs(WIDE))
    def each(text: str) -> None:
        try:
            check(text)
            seen["right"] += 1
        except Rough:
            pass
        except (errors.UnknownStore, *REFUSALS):
            seen["refused"] += 1

    each()
    assert seen["right"] > 4 * seen["refused"]


@pytest.mark.fuzz
def test_ever_new_programs() -> None:
    end = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "60"))
    start = random.randrange(1 << 30)
    while time.monotonic() < end:
        start += 1

        @seed(start)
        @settings(ANYHOW, max_examples=200)
        @given(programs(WIDE))
        def more(text: str) -> None:
            try:
                right_or_refused(text)
            except REFUSALS:
                pass

        more()
