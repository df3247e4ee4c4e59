"""Divisors that are never zero, for formulas whose numerator vanishes with them."""

from __future__ import annotations

from typing import Any

import numpy as np


def or_one(x: Any) -> Any:
    """x, but 1 where it is 0: 0 / or_one(x) is 0, the least subgradient of a norm at the origin."""
    return np.where(x == 0, 1.0, x)


def or_nan(x: Any) -> Any:
    """x, but nan where it is 0: a quotient that has no value there is nan without a warning."""
    return np.where(x == 0, np.nan, x)
