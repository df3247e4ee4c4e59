"""The lengths of a result's axes, where they can be followed as symbols."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Const, Value
from chainrule.ir.types import (
    UNKNOWN,
    Array,
    Cut,
    Dim,
    NumPyScalar,
    Opaque,
    Scalar,
    Size,
    Struct,
    Type,
    is_number,
    not_one,
)
from chainrule.rules import methods

Dims = tuple[Dim, ...]


def with_dims(t: Array, function: Callable[..., Any], args: tuple[Atom, ...], kwargs: Any) -> Array:
    """The array type found by trial, with the dims that follow from those of the arguments."""
    if t.rank is None:
        return t
    keywords = {k: a.known for k, a in kwargs}
    dims: Dims | None = None
    if isinstance(function, np.ufunc) and function.signature is None or function in ELEMENTWISE:
        dims = broadcast([dims_of(a.type) for a in args])
    elif function in REDUCTIONS and MISSING not in keywords.values():
        dims = reduced(dims_of(args[0].type), args, keywords)
    elif function in LIKE:
        dims = dims_of(args[0].type) if args and "shape" not in keywords else None
    elif function in SHAPED:
        dims = SHAPED[function](*args) if not kwargs else None
    if dims is None or len(dims) != t.rank:
        return Array(t.dtype, t.rank)
    return Array(t.dtype, t.rank, dims)


def dims_of(t: Type) -> Dims | None:
    if is_number(t):
        return ()
    if isinstance(t, Array) and t.rank is not None:
        return t.dims or (None,) * t.rank
    return None


def broadcast(shapes: list[Dims | None]) -> Dims | None:
    """The dims of an elementwise result."""
    known = [s for s in shapes if s is not None]
    if len(known) < len(shapes):
        return None
    rank = max(map(len, known), default=0)
    padded = [(1,) * (rank - len(s)) + s for s in known]
    return tuple(_meet([s[i] for s in padded]) for i in range(rank))


def _meet(dims: list[Dim]) -> Dim:
    """The length of an axis of an elementwise result: that of any operand which is known not to be stretched."""
    certain = [d for d in dims if not_one(d)]
    if certain:
        return certain[0]
    others = {d for d in dims if d != 1}
    if not others:
        return 1
    return others.pop() if len(others) == 1 else None


def covers(x: Type, result: Type) -> bool:
    """Whether an operand is certain to have the shape of the elementwise result that it went into."""
    a, b = dims_of(x), dims_of(result)
    if a is None or b is None or len(a) != len(b):
        return False
    return all(not_one(d) or d == e == 1 or (d is not None and d == e) for d, e in zip(a, b))


def same(x: Type, y: Type) -> bool:
    """Whether two values are certain to have the same shape."""
    a, b = dims_of(x), dims_of(y)
    return (
        a is not None
        and b is not None
        and len(a) == len(b)
        and all(d is not None and d == e for d, e in zip(a, b))
    )


def reduced(dims: Dims | None, args: tuple[Atom, ...], keywords: dict[str, Any]) -> Dims | None:
    axis = args[1].known if len(args) > 1 else keywords.get("axis")
    if dims is None or axis is MISSING or len(args) > 2 or keywords.keys() - {"axis", "keepdims"}:
        return None
    axes = (
        range(len(dims))
        if axis is None
        else [a % len(dims) for a in (axis if isinstance(axis, tuple) else (axis,))]
    )
    if keywords.get("keepdims"):
        return tuple(1 if i in axes else d for i, d in enumerate(dims))
    return tuple(d for i, d in enumerate(dims) if i not in axes)


def indexed(t: Array, index: Atom) -> Type:
    """The type of ``x[index]`` for what of the index is known; integers, slices, None and Ellipsis."""
    parts = index_parts(index)
    assert t.rank is not None and t.dtype is not None
    if parts is None:
        return Array(t.dtype)
    dims = list(t.dims or (None,) * t.rank)
    taken = sum(p.known is not None and p.known is not Ellipsis for p in parts)
    if sum(p.known is Ellipsis for p in parts) == 0:
        parts = (*parts, _ELLIPSIS)
    out: list[Dim] = []
    axis = 0
    arrays: list[int] = []
    for p in parts:
        if p.known is Ellipsis:
            out += dims[axis : axis + len(dims) - taken]
            axis += len(dims) - taken
        elif p.known is None:
            out.append(1)
        elif _is_integer(p.type):
            axis += 1
        elif isinstance(p.type, Opaque) and p.type.cls is slice:
            out.append(sliced(dims[axis] if axis < len(dims) else None, p))
            axis += 1
        elif isinstance(p.type, Array) and p.type.rank is not None and p.type.dtype is not None:
            arrays.append(p.type.rank if p.type.dtype.kind != "b" else 1)
            axis += 1 if p.type.dtype.kind != "b" else p.type.rank
            taken += 0 if p.type.dtype.kind != "b" else p.type.rank - 1
        else:
            return Array(t.dtype)
    if arrays:
        return Array(t.dtype, len(out) + max(arrays)) if axis == len(dims) else Array(t.dtype)
    if axis != len(dims):
        return UNKNOWN
    return (
        Array(t.dtype, len(out), tuple(out))
        if out or _has_ellipsis(index)
        else NumPyScalar(t.dtype)
    )


def _has_ellipsis(index: Atom) -> bool:
    return any(p.known is Ellipsis for p in index_parts(index) or ())


_TAIL = Const(slice(1, None), Opaque(slice))
_ELLIPSIS = Const(Ellipsis, Opaque(type(Ellipsis)))


def index_parts(index: Atom) -> tuple[Atom, ...] | None:
    """The entries of an index, None if their number is not known."""
    if isinstance(index.type, Struct) and index.type.kind is list:
        return None
    if index.parts is not None:
        return index.parts
    if index.known is not MISSING:
        entries = index.known if isinstance(index.known, tuple) else (index.known,)
        return tuple(Const(e, _type_of_entry(e)) for e in entries)
    if isinstance(index.type, Struct) and index.type.kind is tuple:
        return tuple(Value("", p) for p in index.type.parts)
    if (
        _is_integer(index.type)
        or isinstance(index.type, Array)
        or isinstance(index.type, Opaque)
        and index.type.cls is slice
    ):
        return (index,)
    return None


def _type_of_entry(entry: Any) -> Type:
    if isinstance(entry, (bool, int)):
        return Scalar(type(entry))
    return Opaque(type(entry))


def _is_integer(t: Type) -> bool:
    return (isinstance(t, Scalar) and t.kind is int) or (
        isinstance(t, NumPyScalar) and t.dtype.kind in "iu"
    )


def sliced(dim: Dim, by: Atom) -> Dim:
    """The length of a slice of an axis: equal to that of another slice only where it is, whatever the axis's length."""
    ends = ends_of(by)
    if dim is None or ends is None:
        return None
    start, stop, step = ends
    if ends == (None, None, -1):
        return dim
    if step in (None, 1) and isinstance(dim, Size):
        if start in (None, 0) and stop is None:
            return dim
        # An axis of n - 2 that is sliced [1:] has n - 3 only if n >= 3: two slices agree where they cut the same amount,
        # whatever n is, since each is max(0, n - cut).
        if isinstance(start, int | None) and isinstance(stop, int | None):
            first, last = start or 0, stop or 0
            if first >= 0 and (stop is None or last < 0):
                return Size(dim.axis, dim.offset - first + last)
    if isinstance(dim, int) and not any(isinstance(e, Size) for e in ends):
        return len(range(*slice(*ends).indices(dim)))
    return Size(Cut(dim, *ends))


def ends_of(by: Atom) -> tuple[Dim, ...] | None:
    """The start, stop and step of a slice, where each is known or has a symbol."""
    if by.known is MISSING:
        return by.type.ends if isinstance(by.type, Opaque) else None
    ends = by.known.start, by.known.stop, by.known.step
    return ends if all(e is None or isinstance(e, int) for e in ends) else None


def with_symbols(t: Type, made: Hashable) -> Type:
    """A type whose lengths all have a symbol: of what was made just now, each is one length."""
    if isinstance(t, Scalar) and t.kind is int and t.size is None:
        return Scalar(int, Size((made, 0)))
    if not isinstance(t, Array) or t.rank is None or t.dims is not None and None not in t.dims:
        return t
    dims = t.dims or (None,) * t.rank
    return Array(
        t.dtype, t.rank, tuple(Size((made, i)) if d is None else d for i, d in enumerate(dims))
    )


def size_of_int(function: Callable[..., Any], args: tuple[Atom, ...]) -> Dim:
    """The length that an int is: ``n - 2``."""
    if (
        function in (operator.sub, operator.add)
        and len(args) == 2
        and isinstance(args[1].known, int)
    ):
        t = args[0].type
        if isinstance(t, Scalar) and isinstance(t.size, Size):
            return Size(
                t.size.axis,
                t.size.offset + (args[1].known if function is operator.add else -args[1].known),
            )
    return None


def from_shape(shape: Atom, *_: Atom) -> Dims | None:
    if isinstance(shape.known, int):
        return (max(0, shape.known),)
    if isinstance(shape.known, tuple):
        return tuple(shape.known)
    if isinstance(shape.type, Scalar):
        return (shape.type.size,)
    if isinstance(shape.type, Struct):
        return tuple(p.size if isinstance(p, Scalar) else None for p in shape.type.parts)
    return None


def _differences(x: Atom) -> Dims | None:
    dims = dims_of(x.type)
    return (*dims[:-1], sliced(dims[-1], _TAIL)) if dims else None


def _transpose(x: Atom, *axes: Atom) -> Dims | None:
    dims = dims_of(x.type)
    if dims is None or axes and not isinstance(axes[0].known, tuple):
        return None
    return tuple(dims[a] for a in axes[0].known) if axes else dims[::-1]


def _matmul(x: Atom, y: Atom) -> Dims | None:
    a, b = dims_of(x.type), dims_of(y.type)
    if not a or not b:
        return None
    if len(a) <= 2 and len(b) <= 2:
        return a[:-1] + b[1:] if len(b) == 2 else a[:-1]
    return None


def _outer(x: Atom, y: Atom) -> Dims | None:
    a, b = dims_of(x.type), dims_of(y.type)
    return (a[0], b[0]) if a is not None and b is not None and len(a) == len(b) == 1 else None


def _expand(x: Atom, axis: Atom) -> Dims | None:
    dims = dims_of(x.type)
    if dims is None or not isinstance(axis.known, int):
        return None
    at = axis.known % (len(dims) + 1)
    return (*dims[:at], 1, *dims[at:])


ELEMENTWISE = {
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.neg,
    operator.pos,
    operator.abs,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
    operator.and_,
    operator.or_,
    operator.invert,
    abs,
    np.where,
    np.clip,
}
REDUCTIONS = {
    np.sum,
    np.mean,
    np.max,
    np.min,
    np.amax,
    np.amin,
    np.prod,
    np.std,
    np.var,
    np.any,
    np.all,
}
LIKE = {
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.full_like,
    np.copy,
    np.asarray,
    np.asanyarray,
    np.ascontiguousarray,
    np.cumsum,
    np.cumprod,
    np.flip,
    np.flipud,
    np.fliplr,
    np.interp,
    np.nan_to_num,
    np.ravel,
    np.roll,
    np.round,
    np.sort,
    np.argsort,
    methods["astype"],
    methods["copy"],
    primitives.assign,
}
"""Functions whose result has the shape of their first argument, if it has its rank (`np.ravel` of a matrix has not)."""

SHAPED: dict[Any, Callable[..., Dims | None]] = {
    np.arange: lambda *ends: from_shape(ends[0]) if len(ends) == 1 else None,
    np.linspace: lambda *ends: from_shape(ends[2]) if len(ends) == 3 else None,
    np.diff: lambda x, *more: None if more else _differences(x),
    np.eye: lambda *sizes: (from_shape(sizes[0]) or ()) * 2 if len(sizes) == 1 else None,
    np.full: from_shape,
    np.zeros: from_shape,
    np.ones: from_shape,
    np.empty: from_shape,
    np.transpose: _transpose,
    np.matmul: _matmul,
    operator.matmul: _matmul,
    np.dot: _matmul,
    np.outer: _outer,
    np.expand_dims: _expand,
}
