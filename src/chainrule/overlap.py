"""Arguments of one call that lie in the same memory, and how each lies in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

Index = Any
"""What of the owner an argument is, None for all of it."""


class Shared(NamedTuple):
    """Arguments in one piece of memory: that of the argument ``owner``, or of the array that it is a view of."""

    owner: str
    is_view: bool
    members: tuple[tuple[str, Index], ...]


def shared_arguments(bound: Mapping[str, Any]) -> tuple[Shared, ...]:
    """The groups of arguments that may share memory, where it can be said how each lies in it."""
    arrays = {name: x for name, x in bound.items() if type(x) is np.ndarray}
    found: list[Shared] = []
    while len(arrays) > 1:
        first = next(iter(arrays))
        x = arrays.pop(first)
        kin = [name for name, y in arrays.items() if np.may_share_memory(x, y)]
        if kin:
            group = group_of({first: x, **{name: arrays.pop(name) for name in kin}})
            found += [group] if group is not None else []
    return tuple(found)


def group_of(arrays: Mapping[str, np.ndarray[Any, Any]]) -> Shared | None:
    """How arrays lie in the memory of one of them, or of the array that all are views of."""
    first, x = next(iter(arrays.items()))
    if all(is_same_place(x, y) for y in arrays.values()):
        return Shared(first, False, tuple((name, None) for name in arrays))
    owner = owner_of(x)
    if owner is None or any(owner_of(y) is not owner for y in arrays.values()):
        return None
    members = []
    for name, y in arrays.items():
        index = None if is_same_place(owner, y) else index_of(owner, y)
        if index is None and not is_same_place(owner, y):
            return None
        members.append((name, index))
    whole = next((name for name, index in members if index is None), None)
    return Shared(whole or first, whole is None, tuple(members))


def owner_of(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """The array that has the memory, None if something else has it."""
    owner = x if x.base is None else x.base
    return owner if type(owner) is np.ndarray and owner.dtype == x.dtype else None


def is_same_place(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> bool:
    return (x.ctypes.data, x.shape, x.strides, x.dtype) == (
        y.ctypes.data,
        y.shape,
        y.strides,
        y.dtype,
    )


def index_of(owner: np.ndarray[Any, Any], view: np.ndarray[Any, Any]) -> Index:
    """The basic index that gives a view, None where none is found."""
    if not view.size or any(s <= 0 for s in owner.strides) or view.ndim > owner.ndim:
        return None
    offset = view.ctypes.data - owner.ctypes.data
    starts = {}
    for axis in sorted(range(owner.ndim), key=lambda k: -owner.strides[k]):
        starts[axis], offset = divmod(offset, owner.strides[axis])
    left = [(n, s) for n, s in zip(view.shape, view.strides)]
    entries: list[Any] = []
    for axis, (length, stride) in enumerate(zip(owner.shape, owner.strides)):
        n, step = left[0] if left else (1, 0)
        rest = owner.ndim - axis
        if left and (
            step % stride == 0
            and 0 < abs(step) * (n - 1) + 1 <= stride * length
            or len(left) == rest
        ):
            entries.append(slice_from(starts[axis], n, step // stride or 1, length))
            left.pop(0)
        else:
            entries.append(starts[axis])
    while len(entries) > 1 and entries[-1] == slice(None):
        entries.pop()
    index = entries[0] if len(entries) == 1 else tuple(entries)
    try:
        return index if is_same_place(owner[index], view) else None
    except IndexError:
        return None


def slice_from(start: int, count: int, step: int, length: int) -> slice:
    """The slice that takes so many elements of an axis."""
    if (start, step, count) == (0, 1, length):
        return slice(None)
    stop = start + count * step
    return slice(start, None if stop < 0 else stop, None if step == 1 else step)
