"""The type of a primitive's result, from the types of its arguments.

Kind, dtype and rank are found by running the primitive on a small sample of its arguments: no table of what NumPy
does can be more exact than NumPy. Sizes are followed by `analysis.sizes`.
"""

from __future__ import annotations

import builtins
import itertools
import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import at_run_time
from chainrule.analysis import sizes
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Value
from chainrule.ir.routine import Routine
from chainrule.ir.types import (
    BOOL,
    BRACKETS,
    NONE,
    UNDEFINED,
    UNKNOWN,
    Array,
    Dim,
    NumPyScalar,
    OneOf,
    Opaque,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    Undefined,
    Uniform,
    is_number,
    join,
    options_of,
)
from chainrule.rules import methods

Arguments = tuple[Atom, ...]
Keywords = tuple[tuple[str, Atom], ...]


def infer(function: Callable[..., Any], args: Arguments, kwargs: Keywords = ()) -> Type:
    """The type of ``function(*args, **kwargs)``, `UNKNOWN` where nothing is certain."""
    if any(isinstance(a.type, Undefined) for a in (*args, *dict(kwargs).values())):
        return next(
            a.type for a in (*args, *dict(kwargs).values()) if isinstance(a.type, Undefined)
        )
    if any(isinstance(a.type, OneOf) for a in args):
        return _of_each(function, args, kwargs)
    special = SPECIAL.get(function)
    if special is not None:
        return special(*args)
    found = _sampled(function, args, kwargs)
    if found is None:
        return _made(*args, **dict(kwargs)) if function in MAKERS else UNKNOWN
    if isinstance(found, Array):
        return sizes.with_dims(found, function, args, kwargs)
    if isinstance(found, Scalar) and found.kind is int:
        return Scalar(int, sizes.size_of_int(function, args))
    return found


def _sampled(function: Callable[..., Any], args: Arguments, kwargs: Keywords) -> Type | None:
    """The type of what a call gives on samples; None if it cannot be tried."""
    key = _question(function, args) if not kwargs else None
    if key in _answers:
        return _answers[key]
    try:
        found = type_of_sample(run_on_samples(function, args, kwargs))
    except Unsampled:
        found = None
    if key is not None:
        if len(_answers) >= MOST_ANSWERS:
            _answers.clear()
        _answers[key] = found
    return found


MOST_ANSWERS = 4096
_answers: dict[Any, Type | None] = {}


def _question(function: Callable[..., Any], args: Arguments) -> Any:
    """All that a trial of a call with numbers and arrays depends on; None if it may be more."""
    if not all(isinstance(a.type, Scalar | NumPyScalar | Array) and a.parts is None for a in args):
        return None
    known = tuple([None if a.known is MISSING else repr(a.known) for a in args])
    return function, tuple([a.type for a in args]), known


MAKERS = {np.zeros, np.ones, np.empty}
"""Functions that make an array of whatever shape they are given."""


def _made(shape: Atom, dtype: Atom | None = None, **_: Atom) -> Type:
    rank = (
        len(shape.type.keys)
        if isinstance(shape.type, Struct) and shape.type.kind is tuple
        else None
    )
    return Array(np.dtype(float) if dtype is None else None, rank)


def _of_each(function: Callable[..., Any], args: Arguments, kwargs: Keywords) -> Type:
    """The join of what each choice of the operands' types gives."""
    choices = [options_of(a.type) for a in args]
    if math.prod(map(len, choices)) > 32:
        return UNKNOWN
    found: Type = UNDEFINED
    for chosen in itertools.product(*choices):
        atoms = [a if t is a.type else Value("", t) for a, t in zip(args, chosen)]
        found = join(found, infer(function, tuple(atoms), kwargs))
    return found


class Unsampled(Exception):
    """The primitive cannot be tried: a type is not known well enough, or it failed on the sample."""


def run_on_samples(function: Callable[..., Any], args: Arguments, kwargs: Keywords) -> Any:
    if not may_be_tried(function):
        raise Unsampled
    failure: BaseException | None = None
    for fill in (_spread, _definite):
        samples = [sample_of(a, fill) for a in args]
        keywords = {k: sample_of(a, fill) for k, a in kwargs}
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                return function(*samples, **keywords)
        except (
            Exception
        ) as error:  # whatever a primitive says of a made-up argument: nothing is known then
            failure = error
    raise Unsampled from failure


def may_be_tried(function: Callable[..., Any]) -> bool:
    """Whether a call has no effect and depends on its arguments alone."""
    if isinstance(function, np.ufunc) or function in PURE:
        return True
    if function in OUTSIDE or function in at_run_time.FUNCTIONS or isinstance(function, Routine):
        return False
    module = getattr(function, "__module__", None) or ""
    return module in ("math", "_operator", "operator") or (
        module.partition(".")[0] in ("numpy", "chainrule") and "random" not in module
    )


PURE = {
    abs,
    bool,
    complex,
    float,
    int,
    len,
    max,
    min,
    pow,
    round,
    sum,
    divmod,
    isinstance,
    str,
    slice,
    getattr,
}

OUTSIDE = {
    np.fromfile,
    np.genfromtxt,
    np.fromregex,
    np.geterr,
    np.geterrcall,
    np.getbufsize,
    np.get_printoptions,
    np.info,
    np.load,
    np.loadtxt,
    np.printoptions,
    np.save,
    np.savetxt,
    np.savez,
    np.savez_compressed,
    np.set_printoptions,
    np.setbufsize,
    np.seterr,
    np.seterrcall,
    np.show_config,
    np.show_runtime,
    np.test,
}
"""What NumPy has that reads or changes something besides its arguments: files, its own settings."""


def sample_of(atom: Atom, fill: Callable[..., Any]) -> Any:
    if atom.known is not MISSING:
        return atom.known
    return sample_of_type(atom.type, fill)


def sample_of_type(t: Type, fill: Callable[..., Any]) -> Any:
    if isinstance(t, Scalar) and isinstance(t.size, Size) and isinstance(t.size.axis, str):
        return 2  # the length that sample arrays have
    if isinstance(t, Scalar):
        return t.kind(1) if t.kind in (int, bool) else t.kind(0.7)
    if isinstance(t, NumPyScalar):
        return t.dtype.type(0.7 if t.dtype.kind in "fc" else 1)
    if isinstance(t, Array) and t.dtype is not None and t.rank is not None:
        dims = t.dims or (None,) * t.rank
        return fill(tuple(1 if d == 1 else 2 for d in dims), t.dtype)
    if isinstance(t, Struct) and t.kind in (tuple, list):
        return t.kind(sample_of_type(p, fill) for p in t.parts)
    if isinstance(t, Uniform):
        return t.kind([sample_of_type(t.item, fill)] * 2)
    if t == NONE:
        return None
    raise Unsampled


def _spread(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Different numbers in the domain of every elementary function; integers that are good indices."""
    if dtype.kind in "fc":
        return np.linspace(0.3, 0.9, math.prod(shape)).reshape(shape).astype(dtype)
    return np.zeros(shape, dtype)


def _definite(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Matrices that have an inverse and a Cholesky factor."""
    if len(shape) < 2:
        return np.ones(shape, dtype)
    return np.broadcast_to(np.eye(*shape[-2:], dtype=dtype), shape).copy()


def type_of_sample(sample: Any) -> Type:
    if sample is None:
        return NONE
    if type(sample) in (bool, int, float, complex):
        return Scalar(type(sample))
    if isinstance(sample, np.generic):
        return NumPyScalar(sample.dtype)
    if type(sample) is np.ndarray:
        return Array(sample.dtype, sample.ndim) if sample.dtype.kind in "biufc" else UNKNOWN
    if isinstance(sample, tuple):
        return Struct(type(sample), tuple(range(len(sample))), tuple(map(type_of_sample, sample)))
    if type(sample) is list and sample and len({type_of_sample(s) for s in sample}) == 1:
        return Uniform(list, type_of_sample(sample[0]))
    if type(sample) in (list, dict, set):
        return UNKNOWN
    return Opaque(type(sample))


def _make_tuple(*items: Atom) -> Type:
    return Struct(tuple, tuple(range(len(items))), tuple(a.type for a in items))


def _make_list(*items: Atom) -> Type:
    return Struct(list, tuple(range(len(items))), tuple(a.type for a in items))


def _make_dict(*keys_and_values: Atom) -> Type:
    keys, values = keys_and_values[::2], keys_and_values[1::2]
    if any(k.known is MISSING for k in keys):
        return UNKNOWN
    return Struct(dict, tuple(k.known for k in keys), tuple(a.type for a in values))


def _shape(x: Atom) -> Type:
    t = x.type
    if is_number(t):
        return Struct(tuple, (), ())
    if isinstance(t, Array) and t.rank is not None:
        dims = t.dims or (None,) * t.rank
        return Struct(tuple, tuple(range(t.rank)), tuple(Scalar(int, d) for d in dims))
    return Uniform(tuple, Scalar(int)) if isinstance(t, Array) else UNKNOWN


def _getitem(x: Atom, index: Atom) -> Type:
    t = x.type
    if isinstance(x.known, BRACKETS) and index.known is not MISSING:
        return type_of_sample(x.known[index.known])
    if isinstance(t, Struct) and index.known is not MISSING:
        known = index.known
        if isinstance(known, int) and known < 0 and t.kind is not dict:
            known += len(t.keys)
        if isinstance(known, slice) and t.kind in (tuple, list):
            parts = t.parts[known]
            return Struct(t.kind, tuple(range(len(parts))), parts)
        return t.part(known) if not isinstance(known, slice) and known in t.keys else UNKNOWN
    if isinstance(t, Struct) and t.kind in (tuple, list) and len(set(t.parts)) == 1:
        return t.parts[0]
    if isinstance(t, Uniform):
        if isinstance(index.type, Scalar) and index.type.kind is int:
            return t.item
        return t if isinstance(index.type, Opaque) and index.type.cls is slice else UNKNOWN
    if isinstance(t, Array) and t.rank is not None and t.dtype is not None:
        return sizes.indexed(t, index)
    return UNKNOWN


def _broadcast_to(x: Atom, shape: Atom) -> Type:
    dtype = getattr(x.type, "dtype", None) or (
        np.dtype(x.type.kind) if isinstance(x.type, Scalar) else None
    )
    dims = sizes.from_shape(shape)
    return UNKNOWN if dtype is None or dims is None else Array(dtype, len(dims), dims)


def _invoke(holder: Atom, name: Atom, *args: Atom) -> Type:
    """The type of a draw of random numbers; of other methods of objects nothing is known."""
    if holder.type != Opaque(np.random.Generator) or not hasattr(np.random.Generator, name.known):
        return UNKNOWN
    try:
        sample = getattr(np.random.default_rng(0), name.known)(
            *(sample_of(a, _spread) for a in args)
        )
    except Exception:  # whatever a method says of made-up arguments: nothing is known then
        return UNKNOWN
    found = type_of_sample(sample)
    dims = sizes.from_shape(args[-1]) if args else None
    if isinstance(found, Array) and dims is not None and len(dims) == found.rank:
        return Array(found.dtype, found.rank, dims)
    return found


def _reshape(x: Atom, *shape: Atom) -> Type:
    dtype = getattr(x.type, "dtype", None)
    if len(shape) > 1:
        dims: tuple[Dim, ...] | None = tuple(
            d for s in shape for d in sizes.from_shape(s) or (None,)
        )
    else:
        dims = sizes.from_shape(shape[0]) if shape else None
    if dtype is None or dims is None:
        return UNKNOWN
    return Array(dtype, len(dims), tuple(None if d == -1 else d for d in dims))


def _getattr(x: Atom, name: Atom, *default: Atom) -> Type:
    return (
        x.type.part(name.known)
        if isinstance(x.type, Struct) and name.known in x.type.keys
        else UNKNOWN
    )


def _same(x: Atom, *_: Atom) -> Type:
    return x.type


def _slice(*ends: Atom) -> Type:
    """A slice, with its ends where each is known or has a symbol."""
    three = (*ends, None, None)[:3] if len(ends) > 1 else (None, *ends, None)
    found = [e if e is None else _end(e) for e in three]
    return Opaque(slice, None if MISSING in found else tuple(found))


def _end(e: Atom) -> Any:
    if e.known is not MISSING:
        return e.known if e.known is None or type(e.known) is int else MISSING
    return e.type.size or MISSING if isinstance(e.type, Scalar) else MISSING


def _ndim(x: Atom) -> Type:
    return Scalar(int)


SPECIAL: dict[Any, Callable[..., Type]] = {
    primitives.make_tuple: _make_tuple,
    primitives.make_list: _make_list,
    primitives.make_dict: _make_dict,
    primitives.assign: _same,
    primitives.held: _same,
    primitives.store: _same,
    primitives.embed: _same,
    primitives.accumulate: _same,
    primitives.interpolate: lambda *_: Opaque(str),
    np.shape: _shape,
    np.broadcast_to: _broadcast_to,
    operator.getitem: _getitem,
    builtins.slice: _slice,
    builtins.range: lambda *_: Range(),
    builtins.float: lambda *_: Scalar(float),
    np.ndim: _ndim,
    getattr: _getattr,
    primitives.invoke: _invoke,
    np.reshape: _reshape,
    methods["reshape"]: _reshape,
    builtins.len: lambda x: Scalar(int, _length(x.type)),
    operator.is_: lambda *_: BOOL,
    operator.is_not: lambda *_: BOOL,
    operator.not_: lambda *_: BOOL,
    builtins.isinstance: lambda *_: BOOL,
}


def _length(t: Type) -> Dim:
    return t.dims[0] if isinstance(t, Array) and t.dims else None
