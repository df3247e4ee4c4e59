"""The methods and attributes of arrays, as functions that take the array first.

A method that takes its arguments as the function of its name does is that function. The others are
written here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.indexing import scattered
from chainrule.rules.registry import adjoint, attributes, methods, nondifferentiable
from chainrule.rules.selection import clip_method
from chainrule.rules.shaping import transpose_adjoint, unreshaped


def reshape_method(a: Any, *shape: Any, order: Any = "C") -> Any:
    """The method `a.reshape(2, 3)` or `a.reshape((2, 3))`."""
    return a.reshape(*shape, order=order)


@adjoint(reshape_method)
def reshape_method_adjoint(g: Any, ans: Any, a: Any, *shape: Any, order: str = "C") -> Any:
    return (unreshaped(g, a, order),)


def transpose_method(a: Any, *axes: Any) -> Any:
    """The method `a.transpose()`, `a.transpose(1, 0)` or `a.transpose((1, 0))`."""
    return a.transpose(*axes)


@adjoint(transpose_method)
def transpose_method_adjoint(g: Any, ans: Any, a: Any, *axes: Any) -> Any:
    if len(axes) == 0:
        return np.transpose(g)
    if len(axes) == 1:
        return transpose_adjoint(g, ans, a, axes[0])
    return transpose_adjoint(g, ans, a, axes)


def flatten_method(a: Any, order: Any = "C") -> Any:
    """The method `a.flatten()`: always a copy."""
    return a.flatten(order)


@adjoint(flatten_method)
def flatten_method_adjoint(g: Any, ans: Any, a: Any, order: str = "C") -> Any:
    return unreshaped(g, a, order)


def astype_method(a: Any, dtype: Any, *, copy: bool = True) -> Any:
    """The method `a.astype(dtype)`."""
    return a.astype(dtype, copy=copy)


@adjoint(astype_method)
def astype_method_adjoint(g: Any, ans: Any, a: Any, dtype: Any, *, copy: bool = True) -> Any:
    return g


def item_method(a: Any, *index: Any) -> Any:
    """The method `a.item()`, `a.item(5)` or `a.item(1, 2)`."""
    return a.item(*index)


@adjoint(item_method)
def item_method_adjoint(g: Any, ans: Any, a: Any, *index: Any) -> Any:
    if len(index) == 0:
        return np.reshape(g, np.shape(a))
    if len(index) == 1 and not isinstance(index[0], tuple):
        return np.reshape(scattered(g, index[0], (np.size(a),)), np.shape(a))
    return scattered(g, index[0] if len(index) == 1 else index, np.shape(a))


def copy_method(a: Any, order: Any = "C") -> Any:
    """The method `a.copy()`."""
    return a.copy(order)


@adjoint(copy_method)
def copy_method_adjoint(g: Any, ans: Any, a: Any, order: Any = "C") -> Any:
    return g


def dtype_of(a: Any) -> Any:
    """The attribute `a.dtype`."""
    return a.dtype


def itemsize_of(a: Any) -> Any:
    """The attribute `a.itemsize`."""
    return a.itemsize


def nbytes_of(a: Any) -> Any:
    """The attribute `a.nbytes`."""
    return a.nbytes


def strides_of(a: Any) -> Any:
    """The attribute `a.strides`."""
    return a.strides


def flags_of(a: Any) -> Any:
    """The attribute `a.flags`."""
    return a.flags


nondifferentiable(dtype_of, itemsize_of, nbytes_of, strides_of, flags_of)

methods.update(
    all=np.all,
    any=np.any,
    argmax=np.argmax,
    argmin=np.argmin,
    argsort=np.argsort,
    astype=astype_method,
    clip=clip_method,
    conj=np.conjugate,
    conjugate=np.conjugate,
    copy=copy_method,
    cumprod=np.cumprod,
    cumsum=np.cumsum,
    diagonal=np.diagonal,
    dot=np.dot,
    flatten=flatten_method,
    item=item_method,
    max=np.max,
    mean=np.mean,
    min=np.min,
    nonzero=np.nonzero,
    prod=np.prod,
    ravel=np.ravel,
    repeat=np.repeat,
    reshape=reshape_method,
    round=np.round,
    searchsorted=np.searchsorted,
    squeeze=np.squeeze,
    std=np.std,
    sum=np.sum,
    swapaxes=np.swapaxes,
    take=np.take,
    trace=np.trace,
    transpose=transpose_method,
    var=np.var,
)

attributes.update(
    T=np.transpose,
    mT=np.matrix_transpose,
    shape=np.shape,
    ndim=np.ndim,
    size=np.size,
    dtype=dtype_of,
    itemsize=itemsize_of,
    nbytes=nbytes_of,
    strides=strides_of,
    flags=flags_of,
)
