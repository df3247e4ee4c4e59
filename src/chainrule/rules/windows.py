"""Windows that slide over an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chainrule.rules.registry import adjoint


@adjoint(sliding_window_view)
def sliding_window_view_adjoint(
    g: Any, ans: Any, x: Any, window_shape: Any, axis: Any = None
) -> Any:
    return windows_summed(g, np.shape(x), window_shape, axis)


def windows_summed(windows: Any, shape: Any, window_shape: Any, axis: Any = None) -> Any:
    """The sum of what lies in windows, each at its place in an array of this shape."""
    sizes = window_shape if isinstance(window_shape, tuple) else (window_shape,)
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    out = np.zeros(shape, windows.dtype)
    for offset in np.ndindex(*sizes):
        place = [slice(None)] * len(shape)
        for ax, start, size in zip(axes, offset, sizes):
            place[ax] = slice(start, start + shape[ax] - size + 1)
        out[tuple(place)] += windows[(..., *offset)]
    return out


@adjoint(windows_summed)
def windows_summed_adjoint(
    g: Any, ans: Any, windows: Any, shape: Any, window_shape: Any, axis: Any = None
) -> Any:
    return sliding_window_view(g, window_shape, axis)
