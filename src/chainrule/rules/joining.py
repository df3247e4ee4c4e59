"""Joining arrays, splitting them, and repeating them."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.axes import pad_widths, points_of
from chainrule.rules.registry import adjoint


@adjoint(np.concatenate)
def concatenate_adjoint(g: Any, ans: Any, arrays: Any, axis: Any = 0) -> Any:
    if axis is None:
        return (shaped_like_each(np.split(g, offsets_of_sizes(arrays)), arrays),)
    return (gathered(np.split(g, offsets(arrays, axis), axis=axis), arrays),)


def offsets(arrays: Any, axis: int, rank: int = 1) -> Any:
    """Where each array but the first begins along the axis on which they were joined.

    An array of a rank lower than `rank` was given that axis by the join, with length one.
    """
    starts: tuple[Any, ...] = ()
    start = 0
    for k in range(len(arrays) - 1):
        start = start + (np.shape(arrays[k])[axis] if np.ndim(arrays[k]) >= rank else 1)
        starts = (*starts, start)
    return starts


def offsets_of_sizes(arrays: Any) -> Any:
    """Where each array but the first begins, all of them laid end to end."""
    starts: tuple[Any, ...] = ()
    start = 0
    for k in range(len(arrays) - 1):
        start = start + np.size(arrays[k])
        starts = (*starts, start)
    return starts


def gathered(pieces: Any, arrays: Any) -> Any:
    """The cotangent of a tuple of arrays, or of one array that was taken for its rows."""
    if isinstance(arrays, np.ndarray):
        return np.stack(pieces)
    return tuple(pieces)


def shaped_like_each(pieces: Any, arrays: Any) -> Any:
    """The pieces, each in the shape of its array."""
    shaped: tuple[Any, ...] = ()
    for k in range(len(arrays)):
        if np.ndim(pieces[k]) == np.ndim(arrays[k]):
            shaped = (*shaped, pieces[k])
        else:
            shaped = (*shaped, np.reshape(pieces[k], np.shape(arrays[k])))
    return gathered(shaped, arrays)


def rows_joined(*items: Any) -> Any:
    """``np.r_[a, b]``."""
    return np.r_[items]


@adjoint(rows_joined)
def rows_joined_adjoint(g: Any, ans: Any, *items: Any) -> Any:
    pieces: tuple[Any, ...] = ()
    start = 0
    for item in items:
        if isinstance(item, str):
            raise NotImplementedError("np.r_: directions in a string")
        if isinstance(item, slice):
            start = start + points_of(item)
            pieces = (*pieces, None)
        else:
            n = 1 if np.ndim(item) == 0 else np.shape(item)[0]
            pieces = (*pieces, np.reshape(g[start : start + n], np.shape(item)))
            start = start + n
    return pieces


def columns_joined(*items: Any) -> Any:
    """``np.c_[a, b]``."""
    return np.c_[items]


@adjoint(columns_joined)
def columns_joined_adjoint(g: Any, ans: Any, *items: Any) -> Any:
    pieces: tuple[Any, ...] = ()
    start = 0
    for item in items:
        if isinstance(item, (str, slice)):
            raise NotImplementedError("np.c_: a range, or directions in a string")
        n = 1 if np.ndim(item) < 2 else np.shape(item)[-1]
        pieces = (*pieces, np.reshape(g[..., start : start + n], np.shape(item)))
        start = start + n
    return pieces


@adjoint(np.stack)
def stack_adjoint(g: Any, ans: Any, arrays: Any, axis: int = 0) -> Any:
    if isinstance(arrays, np.ndarray):
        return np.moveaxis(g, axis, 0)
    return (shaped_like_each(np.split(g, len(arrays), axis=axis), arrays),)


@adjoint(np.vstack)
def vstack_adjoint(g: Any, ans: Any, tup: Any) -> Any:
    return (shaped_like_each(np.split(g, offsets(tup, 0, rank=2)), tup),)


@adjoint(np.hstack)
def hstack_adjoint(g: Any, ans: Any, tup: Any) -> Any:
    if np.ndim(tup[0]) <= 1:
        return (shaped_like_each(np.split(g, offsets_of_sizes(tup)), tup),)
    return (gathered(np.split(g, offsets(tup, 1), axis=1), tup),)


@adjoint(np.dstack)
def dstack_adjoint(g: Any, ans: Any, tup: Any) -> Any:
    return (shaped_like_each(np.split(g, offsets(tup, 2, rank=3), axis=2), tup),)


@adjoint(np.column_stack)
def column_stack_adjoint(g: Any, ans: Any, tup: Any) -> Any:
    return (shaped_like_each(np.split(g, offsets(tup, 1, rank=2), axis=1), tup),)


@adjoint(np.append)
def append_adjoint(g: Any, ans: Any, arr: Any, values: Any, axis: Any = None) -> Any:
    if axis is None:
        head, tail = np.split(g, (np.size(arr),))
        return np.reshape(head, np.shape(arr)), np.reshape(tail, np.shape(values))
    head, tail = np.split(g, (np.shape(arr)[axis],), axis=axis)
    return head, tail


@adjoint(np.split, np.array_split)
def split_adjoint(g: Any, ans: Any, ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    return np.concatenate(g, axis=axis)


@adjoint(np.vsplit)
def vsplit_adjoint(g: Any, ans: Any, ary: Any, indices_or_sections: Any) -> Any:
    return np.concatenate(g)


@adjoint(np.hsplit)
def hsplit_adjoint(g: Any, ans: Any, ary: Any, indices_or_sections: Any) -> Any:
    return np.concatenate(g, axis=0 if np.ndim(ary) == 1 else 1)


@adjoint(np.dsplit)
def dsplit_adjoint(g: Any, ans: Any, ary: Any, indices_or_sections: Any) -> Any:
    return np.concatenate(g, axis=2)


@adjoint(np.block)
def block_adjoint(g: Any, ans: Any, arrays: Any) -> Any:
    if not isinstance(arrays[0], (list, tuple)):
        return (row_of_blocks(g, arrays),)
    rows: tuple[Any, ...] = ()
    top = 0
    for row in arrays:
        height = extent(row[0], -2)
        rows = (*rows, row_of_blocks(g[..., top : top + height, :], row))
        top = top + height
    return (rows,)


def row_of_blocks(g: Any, blocks: Any) -> Any:
    """The cotangents of the blocks that stand beside each other."""
    pieces: tuple[Any, ...] = ()
    left = 0
    for block in blocks:
        width = extent(block, -1)
        pieces = (*pieces, np.reshape(g[..., left : left + width], np.shape(block)))
        left = left + width
    return pieces


def extent(block: Any, axis: int) -> Any:
    """The length of a block along an axis, which it may not have of its own."""
    return np.shape(block)[axis] if np.ndim(block) >= -axis else 1


@adjoint(np.repeat)
def repeat_adjoint(g: Any, ans: Any, a: Any, repeats: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(repeats_summed(g, np.size(a), repeats), np.shape(a))
    return np.moveaxis(repeats_summed(np.moveaxis(g, axis, 0), np.shape(a)[axis], repeats), 0, axis)


def repeats_summed(g: Any, n: Any, repeats: Any) -> Any:
    """The sum, for each of n elements along the first axis, of its copies."""
    if np.size(repeats) == 1:
        return np.sum(np.reshape(g, (n, np.max(repeats), *np.shape(g)[1:])), axis=1)
    total = np.zeros((n, *np.shape(g)[1:]))
    np.add.at(total, np.repeat(np.arange(n), repeats), g)
    return total


@adjoint(np.tile)
def tile_adjoint(g: Any, ans: Any, A: Any, reps: Any) -> Any:
    n = np.ndim(ans)
    inner = (1,) * (n - np.ndim(A)) + np.shape(A)
    shape: tuple[Any, ...] = ()
    for k in range(n):
        # So many copies of each axis of A; of one of length zero there is none to count.
        shape = (*shape, np.shape(ans)[k] // inner[k] if inner[k] else 1, inner[k])
    return np.reshape(np.sum(np.reshape(g, shape), axis=tuple(range(0, 2 * n, 2))), np.shape(A))


@adjoint(np.pad)
def pad_adjoint(
    g: Any,
    ans: Any,
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    *,
    constant_values: Any = 0,
) -> Any:
    if mode != "constant" or np.ndim(constant_values) != 0:
        raise NotImplementedError("np.pad: only mode='constant', with one value")
    middle: tuple[Any, ...] = ()
    widths = pad_widths(pad_width, np.ndim(array))
    for k in range(np.ndim(array)):
        middle = (*middle, slice(widths[k][0], widths[k][0] + np.shape(array)[k]))
    return g[middle], None, None, np.sum(g) - np.sum(g[middle])
