"""Random programs against differences: a fixed slice of them here, others without an end under `make fuzz`."""

from __future__ import annotations

import os
import random
import time

import pytest
from hypothesis import HealthCheck, given, seed, settings
from tests.fuzz.check import Rough, check
from tests.fuzz.programs import FEATURES, programs

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


@pytest.mark.fuzz
def test_ever_new_programs() -> None:
    end = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "60"))
    start = random.randrange(1 << 30)
    while time.monotonic() < end:
        start += 1

        @seed(start)
        @settings(ANYHOW, max_examples=200)
        @given(programs(FEATURES))
        def more(text: str) -> None:
            right_or_refused(text)

        more()
