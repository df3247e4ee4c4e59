"""Arithmetic on axes and permutations: tuples of integers that are known before any array is."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.registry import static


@static
def axis_tuple(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes as a tuple of numbers from 0 to ndim - 1; None stands for all."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, (tuple, list)):
        return tuple(int(k) % ndim for k in axis)
    return (int(axis) % ndim,)


@static
def other_axes(axes: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """The axes that are not among those given, in order."""
    return tuple(k for k in range(ndim) if k not in axes)


@static
def inverse_permutation(axes: Any) -> tuple[int, ...]:
    """The permutation that undoes `transpose(axes)`."""
    normal = axis_tuple(axes, len(axes))
    return tuple(normal.index(k) for k in range(len(normal)))


@static
def last_axes(count: int) -> tuple[int, ...]:
    """The last axes, from the outermost in."""
    return tuple(range(-count, 0))


@static
def sorting_order(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The positions in `axes` from the lowest axis to the highest."""
    return tuple(axes.index(k) for k in sorted(axes))


@static
def permuted(axes: tuple[int, ...], order: tuple[int, ...]) -> tuple[int, ...]:
    """The axes in the order given."""
    return tuple(axes[k] for k in order)


@static
def contracted_axes(axes: Any, side: int, ndim: int) -> tuple[int, ...]:
    """The axes of one operand over which `tensordot` sums, in the order of their pairs."""
    if not isinstance(axes, (tuple, list)):
        return tuple(range(axes)) if side else tuple(range(ndim - axes, ndim))
    return axis_tuple(axes[side], ndim)


@static
def negated(shift: Any) -> Any:
    """A shift, or a tuple of them, the other way."""
    if isinstance(shift, (tuple, list)):
        return tuple(-k for k in shift)
    return -shift


@static
def pad_widths(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """The widths before and after each axis, from any of the forms that `np.pad` takes."""
    if isinstance(pad_width, int):
        return ((pad_width, pad_width),) * ndim
    if not isinstance(pad_width, (tuple, list)):
        raise NotImplementedError("np.pad: a width that is no integer and no tuple")
    pairs = list(pad_width)
    if all(isinstance(width, int) for width in pairs):
        pairs = [pairs * 2 if len(pairs) == 1 else pairs]
    pairs = [list(pair) * 2 if len(pair) == 1 else pair for pair in pairs]
    if len(pairs) == 1:
        pairs = pairs * ndim
    return tuple((before, after) for before, after in pairs)


@static
def points_of(steps: slice) -> int:
    """How many numbers `np.r_[start:stop:step]` gives."""
    return int(np.r_[steps].size)
