"""The few facts about axes that reductions share."""

from __future__ import annotations

from typing import Any

import numpy as np


def restored(g: Any, axis: Any, keepdims: bool) -> Any:
    """The result of a reduction, or its cotangent, with its reduced axes back, of length one."""
    if axis is None or keepdims:
        return g
    return np.expand_dims(g, axis)


def count(a: Any, axis: Any) -> Any:
    """The number of elements that each element of a reduction over `axis` is made of."""
    if axis is None:
        return np.size(a)
    if not isinstance(axis, tuple):
        return np.shape(a)[axis]
    n = 1
    for k in axis:
        n = n * np.shape(a)[k]
    return n
