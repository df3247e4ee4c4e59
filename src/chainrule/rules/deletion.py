"""Elements left out of an array and put into one."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.indexing import scattered
from chainrule.rules.registry import adjoint


@adjoint(np.delete)
def delete_adjoint(g: Any, ans: Any, arr: Any, obj: Any, axis: Any = None) -> Any:
    if axis is None:
        stay = np.delete(np.arange(np.size(arr)), obj)
        return np.reshape(scattered(g, (stay,), (np.size(arr),)), np.shape(arr))
    stay = np.delete(np.arange(np.shape(arr)[axis]), obj)
    moved = np.moveaxis(arr, axis, 0)
    return np.moveaxis(scattered(np.moveaxis(g, axis, 0), (stay,), np.shape(moved)), 0, axis)


@adjoint(np.insert)
def insert_adjoint(g: Any, ans: Any, arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    if np.ndim(obj) != 0:
        raise NotImplementedError("np.insert: at several positions")
    if axis is None:
        n = np.size(arr)
        at = obj + n if obj < 0 else obj
        dvalues = g[at : at + np.size(g) - n]
        if np.ndim(values) == 0:
            dvalues = np.sum(dvalues)
        return (
            np.reshape(np.delete(g, np.arange(at, at + np.size(g) - n)), np.shape(arr)),
            None,
            dvalues,
        )
    if np.ndim(arr) != 1:
        raise NotImplementedError("np.insert: into an array of more than one axis")
    return insert_adjoint(g, ans, arr, obj, values)


@adjoint(np.extract)
def extract_adjoint(g: Any, ans: Any, condition: Any, arr: Any) -> Any:
    picked = np.flatnonzero(condition)
    return None, np.reshape(scattered(g, (picked,), (np.size(arr),)), np.shape(arr))


@adjoint(np.compress)
def compress_adjoint(g: Any, ans: Any, condition: Any, a: Any, axis: Any = None) -> Any:
    picked = np.flatnonzero(condition)
    if axis is None:
        return None, np.reshape(scattered(g, (picked,), (np.size(a),)), np.shape(a))
    moved = np.moveaxis(a, axis, 0)
    da = scattered(np.moveaxis(g, axis, 0), (picked,), np.shape(moved))
    return None, np.moveaxis(da, 0, axis)
