"""Functions that write into an array, as functions that give the array anew: what a store of their result stands for."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.registry import adjoint
from chainrule.runtime import lasting


def added_at(a: Any, indices: Any, b: Any) -> Any:
    """The array after `np.add.at(a, indices, b)`."""
    a = np.copy(a)
    np.add.at(a, indices, b)
    return a


@adjoint(added_at)
def added_at_adjoint(g: Any, ans: Any, a: Any, indices: Any, b: Any) -> Any:
    return g, None, g[indices]


def subtracted_at(a: Any, indices: Any, b: Any) -> Any:
    """The array after `np.subtract.at(a, indices, b)`."""
    a = np.copy(a)
    np.subtract.at(a, indices, b)
    return a


@adjoint(subtracted_at)
def subtracted_at_adjoint(g: Any, ans: Any, a: Any, indices: Any, b: Any) -> Any:
    return g, None, -g[indices]


def put_at(a: Any, ind: Any, v: Any, mode: Any = "raise") -> Any:
    """The array after `np.put(a, ind, v, mode)`."""
    a = np.copy(a)
    np.put(a, ind, v, mode)
    return a


@adjoint(put_at)
def put_at_adjoint(g: Any, ans: Any, a: Any, ind: Any, v: Any, mode: str = "raise") -> Any:
    places = np.ravel(np.asarray(ind))
    if mode == "clip":
        places = np.clip(places, 0, np.size(a) - 1)
    else:
        places = places % np.size(a)
    rest = np.ravel(np.copy(g))
    given = np.where(lasting(rest, places), rest[places], 0.0)
    rest[places] = 0.0
    return np.reshape(rest, np.shape(a)), None, gathered(given, v)


def placed(arr: Any, mask: Any, vals: Any) -> Any:
    """The array after `np.place(arr, mask, vals)`."""
    arr = np.copy(arr)
    np.place(arr, mask, vals)
    return arr


@adjoint(placed)
def placed_adjoint(g: Any, ans: Any, arr: Any, mask: Any, vals: Any) -> Any:
    mask = np.asarray(mask, bool)
    return np.where(mask, 0.0, g), None, gathered(g[mask], vals)


def put_where(a: Any, mask: Any, values: Any) -> Any:
    """The array after `np.putmask(a, mask, values)`."""
    a = np.copy(a)
    np.putmask(a, mask, values)
    return a


@adjoint(put_where)
def put_where_adjoint(g: Any, ans: Any, a: Any, mask: Any, values: Any) -> Any:
    # Each element of the array has its value at its own place, and the values begin anew where they end.
    return np.where(mask, 0.0, g), None, gathered(np.ravel(np.where(mask, g, 0.0)), values)


def gathered(g: Any, values: Any) -> Any:
    """The cotangent of values that were taken one after another, and from the first again where there were too few."""
    if isinstance(values, (list, tuple)):
        values = np.asarray(values)
    if np.ndim(values) == 0:
        return np.sum(g)
    total = np.zeros(np.size(values))
    np.add.at(total, np.arange(np.size(g)) % np.size(values), g)
    return np.reshape(total, np.shape(values))


def with_diagonal(a: Any, val: Any) -> Any:
    """The array after `np.fill_diagonal(a, val)`."""
    a = np.copy(a)
    np.fill_diagonal(a, val)
    return a


@adjoint(with_diagonal)
def with_diagonal_adjoint(g: Any, ans: Any, a: Any, val: Any) -> Any:
    along = np.arange(min(np.shape(a)))
    rest = np.copy(g)
    rest[(along,) * np.ndim(a)] = 0.0
    return rest, gathered(g[(along,) * np.ndim(a)], val)


def put_along(arr: Any, indices: Any, values: Any, axis: Any) -> Any:
    """The array after `np.put_along_axis(arr, indices, values, axis)`."""
    arr = np.copy(arr)
    np.put_along_axis(arr, indices, values, axis)
    return arr


@adjoint(put_along)
def put_along_adjoint(g: Any, ans: Any, arr: Any, indices: Any, values: Any, axis: Any) -> Any:
    order = put_along(np.zeros(np.shape(arr), int), indices, places_of(indices), axis)
    stayed = np.take_along_axis(order, indices, axis) == places_of(indices)
    rest = put_along(g, indices, 0.0, axis)
    return rest, None, np.where(stayed, np.take_along_axis(g, indices, axis), 0.0)


def places_of(indices: Any) -> Any:
    """A number for each index, to find those that another one came after."""
    return np.reshape(np.arange(np.size(indices)), np.shape(indices))
