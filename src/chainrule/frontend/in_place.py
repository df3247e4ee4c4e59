"""Calls that write into an array: the store that each is, which the text goes on spelling as the user did.

``np.add(x, y, out=z)`` stores what ``np.add(x, y)`` gives. Where the arguments say themselves what is written and where,
it is their store; else a function of `rules.in_place` gives the array anew.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import errors
from chainrule.analysis import sizes
from chainrule.analysis.builder import constant
from chainrule.frontend.expressions import is_basic
from chainrule.frontend.frame import Frame
from chainrule.frontend.overlap import refuse_overlap, refuse_shared
from chainrule.frontend.writers import position_of_out
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Value
from chainrule.ir.primitives import SILENT, Into, Method, Named, OfNumPy
from chainrule.ir.types import Array, Size, is_number
from chainrule.rules import in_place

Arguments = list[Atom]
Keywords = dict[str, Atom]
Words = Named | Method | OfNumPy
Writer = Callable[[Frame, Atom, Arguments, Keywords, Words], Atom]


def written_into(
    frame: Frame, function: Any, args: Arguments, keywords: Keywords, spelling: Any
) -> Atom:
    """A call of a function that writes to an argument, as the store that it is; what the call gives.

    Raises
    ------
    errors.UnknownStore
        If what it writes cannot be followed.
    """
    ufunc = getattr(function, "__self__", None)
    words = spelling or _path(function, ufunc)
    if isinstance(ufunc, np.ufunc) and function.__name__ == "at":
        return _at(frame, ufunc, args, keywords, words)
    writer = WRITERS.get(function)
    if writer is not None and args:
        return writer(frame, args[0], args[1:], keywords, words)
    if function in REFUSED or getattr(function, "__name__", "") == "shuffle":
        raise _refusal(frame, function)
    return _out(frame, function, args, keywords, words)


def _path(function: Any, ufunc: Any) -> OfNumPy:
    """How a rule calls a function, whose words are not the user's."""
    name = getattr(function, "__name__", "")
    return OfNumPy(f"{ufunc.__name__}.{name}" if isinstance(ufunc, np.ufunc) else name)


def _refusal(frame: Frame, function: Any, help: str = "") -> errors.UnknownStore:
    name = getattr(function, "__name__", str(function))
    return errors.UnknownStore(
        f"{name} writes to an argument here: not understood",
        frame.builder.place,
        help=[help or HELP.get(name, "write x[...] = ...")],
    )


HELP = {
    "shuffle": "draw the order first, then store: p = rng.permutation(len(y)); y[:] = y[p]",
    "nan_to_num": "store the result: y[...] = np.nan_to_num(y)",
    "partition": "sort it: y.sort()",
    "resize": "make a new array: np.resize(y, shape)",
    "byteswap": "give it the byte order when it is made: y.astype(dtype)",
    "delitem": "build a new array without the item: np.delete(...)",
}
REFUSED = (operator.delitem, operator.iconcat, np.nan_to_num)


def refuse_writing_method(frame: Frame, name: str, keywords: Keywords) -> None:
    """Refuse a call of an object's method that is known to write to an array that it is given.

    Raises
    ------
    errors.UnknownStore
        If it is one.
    """
    if name in ("shuffle", "readinto") or "out" in keywords:
        raise errors.UnknownStore(
            f"{name} writes to an argument here: not understood",
            frame.builder.place,
            help=[HELP.get(name, "store what it gives: y[...] = ...")],
        )


def holder_of(frame: Frame, atom: Atom, function: Any) -> Value:
    """The array that is written to."""
    if isinstance(atom, Value) and isinstance(atom.type, Array):
        return atom
    raise _refusal(frame, function, "write into an array that this function makes, or takes")


def store(
    frame: Frame,
    holder: Value,
    value: Atom,
    path: tuple[Atom, ...],
    call: Into,
    update: Any = None,
    words: Arguments | None = None,
) -> Atom:
    """Write a value at the end of a path, in the words of a call; the array as it is now.

    Parameters
    ----------
    words
        The arguments of a call of which the store has only what a mask selects.
    """
    session = frame.session
    if session.cut is not None and isinstance(value, Value):
        value = frame.builder.op(primitives.stop_gradient, value, spelling=SILENT, type=value.type)
    own = tuple((f"argument{i}", a) for i, a in enumerate(words or ()))
    session.memory.write(holder, value, path, frame.builder, update, call, own)
    return frame.again(holder)


# Output arguments


def _out(frame: Frame, function: Any, args: Arguments, keywords: Keywords, words: Words) -> Atom:
    at = position_of_out(function)
    if "out" in keywords:
        out = keywords["out"]
        where: int | str = "out"
        rest = list(args)
    elif at is not None and len(args) > at:
        out, where = args[at], at
        rest = [*args[:at], *args[at + 1 :]]
    else:
        raise _refusal(frame, function)
    named = {k: a for k, a in keywords.items() if k != "out"}
    if out.parts is not None and len(out.parts) == 1:
        out = out.parts[0]
    holder = holder_of(frame, out, function)
    mask = named.pop("where", None) if isinstance(function, np.ufunc) else None
    if mask is not None and mask.known is not True:
        return _masked(frame, function, holder, mask, rest, named, words)
    spelling = None if isinstance(words, OfNumPy) else words
    value = frame.builder.op(function, *rest, kwargs=tuple(named.items()), spelling=spelling)
    _same_dtype(frame, function, holder, value)
    return store(frame, holder, value, (), Into(words, "out", where))


def _same_dtype(frame: Frame, function: Any, holder: Value, value: Atom) -> None:
    """Refuse an output whose dtype decides how a function computes: ufuncs compute first and cast then."""
    assert isinstance(holder.type, Array)
    own = getattr(value.type, "dtype", None)
    if isinstance(function, np.ufunc) or own is None or own == holder.type.dtype:
        return
    raise _refusal(frame, function, "make the output with the dtype of the result")


def _masked(
    frame: Frame,
    function: Any,
    holder: Value,
    mask: Atom,
    args: Arguments,
    keywords: Keywords,
    words: Words,
) -> Atom:
    """A ufunc behind a mask: what `where` leaves out is not computed, nor is its derivative."""
    if function.signature is not None or keywords or not _is_mask(mask):
        raise _refusal(frame, function, "store where the mask is true: z[mask] = ...")
    whole = _spread(frame, mask, holder)
    count = Size((object(), 0))  # of all operands
    chosen = [_selected(frame, a, holder, whole, count) for a in args]
    value = frame.builder.op(function, *chosen)
    into = Into(words, "masked", len(args))
    return store(frame, holder, value, (whole,), into, None, [*args, mask])


def _is_mask(atom: Atom) -> bool:
    t = atom.type
    return isinstance(t, Array) and t.dtype is not None and t.dtype.kind == "b"


def _spread(frame: Frame, x: Atom, like: Value) -> Atom:
    """An array in the shape of another, where broadcasting may have to stretch it."""
    if sizes.same(x.type, like.type):
        return x
    return frame.builder.op(np.broadcast_to, x, frame.builder.op(np.shape, like))


def _selected(frame: Frame, x: Atom, like: Value, mask: Atom, count: Size) -> Atom:
    if is_number(x.type):
        return x
    chosen = frame.builder.op(operator.getitem, _spread(frame, x, like), mask)
    if isinstance(chosen, Value) and isinstance(chosen.type, Array):
        chosen.type = Array(chosen.type.dtype, 1, (count,))
    return chosen


# What is written without being computed


def _copyto(frame: Frame, array: Atom, args: Arguments, keywords: Keywords, words: Words) -> Atom:
    mask = keywords.pop("where", None)
    if len(args) != 1 or keywords or mask is not None and not _is_mask(mask):
        raise _refusal(frame, np.copyto)
    holder, value = holder_of(frame, array, np.copyto), args[0]
    if not is_number(value.type) and not isinstance(value.type, Array):
        raise _refusal(frame, np.copyto, "give it an array: np.copyto(y, np.array(...))")
    if mask is None:
        store(frame, holder, value, (), Into(words, "value"))
    else:
        whole = _spread(frame, mask, holder)
        chosen = _selected(frame, value, holder, whole, Size((object(), 0)))
        store(frame, holder, chosen, (whole,), Into(words, "masked", 0), None, [value, mask])
    return constant(None)


def _fill(frame: Frame, array: Atom, args: Arguments, keywords: Keywords, words: Words) -> Atom:
    if len(args) != 1 or keywords or not is_number(args[0].type):
        raise _refusal(frame, np.ndarray.fill, "write y[...] = value")
    store(frame, holder_of(frame, array, np.ndarray.fill), args[0], (), Into(words, "value"))
    return constant(None)


def _setitem(frame: Frame, array: Atom, args: Arguments, keywords: Keywords, words: Words) -> Atom:
    holder = holder_of(frame, array, operator.setitem)
    refuse_overlap(frame, holder, args[0], args[1])
    store(frame, holder, args[1], (args[0],), Into(words, "item"))
    return constant(None)


# What gives the array anew


def anew(function: Callable[..., Any], most: int, *more: str) -> Writer:
    """The writer of a function of the array and at most so many other arguments."""

    def write(frame: Frame, array: Atom, args: Arguments, keywords: Keywords, words: Words) -> Atom:
        holder = holder_of(frame, array, function)
        if len(args) > most or set(keywords) - set(more):
            raise _refusal(frame, function, "write y[...] = ...")
        if function is in_place.with_diagonal:
            refuse_shared(frame, holder, args[0])
        value = frame.builder.op(
            function, holder, *args, kwargs=tuple(keywords.items()), type=holder.type
        )
        store(frame, holder, value, (), Into(words, "first"))
        return constant(None)

    return write


def refuses(function: Any) -> Writer:
    """The writer of a method whose effect has no derivative here."""

    def write(frame: Frame, array: Atom, args: Arguments, keywords: Keywords, words: Words) -> Atom:
        raise _refusal(frame, function)

    return write


def _at(frame: Frame, ufunc: np.ufunc, args: Arguments, keywords: Keywords, words: Words) -> Atom:
    """``np.add.at(a, i, b)``; of other functions where no element is named twice."""
    if keywords or len(args) != 3:
        raise _refusal(frame, ufunc)
    if ufunc in AT:
        return anew(AT[ufunc], 2)(frame, args[0], args[1:], keywords, words)
    name = f"{ufunc.__name__}.at"
    if not is_basic(args[1]) or ufunc not in BY_UFUNC:
        raise errors.UnknownStore(
            f"{name} is understood for no index that may name an element twice",
            frame.builder.place,
            help=["loop over the indices: for k, i in enumerate(index): a[i] *= b[k]"],
        )
    holder = holder_of(frame, args[0], ufunc)
    before = frame.builder.op(operator.getitem, holder, args[1])
    value = frame.builder.op(BY_UFUNC[ufunc], before, args[2])
    return store(frame, holder, value, (args[1],), Into(words, "at"), BY_UFUNC[ufunc])


def updates(function: Callable[[Any, Any], Any]) -> Writer:
    """The writer of ``operator.iadd`` and its kin; of numbers it is plain arithmetic."""

    def write(
        frame: Frame, target: Atom, args: Arguments, keywords: Keywords, words: Words
    ) -> Atom:
        if is_number(target.type):
            return frame.builder.op(function, target, *args)
        holder = holder_of(frame, target, function)
        value = frame.builder.op(function, holder, *args)
        if isinstance(value, Value) and isinstance(value.type, Array):
            assert isinstance(holder.type, Array)
            value.type = Array(value.type.dtype, holder.type.rank, holder.type.dims)
        return store(frame, holder, value, (), Into(words, "first"), function)

    return write


AT = {np.add: in_place.added_at, np.subtract: in_place.subtracted_at}
BY_UFUNC = {np.multiply: operator.mul, np.divide: operator.truediv, np.power: operator.pow}
UPDATES = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
WRITERS: dict[Any, Writer] = {
    np.copyto: _copyto,
    np.put: anew(in_place.put_at, 3, "mode"),
    np.place: anew(in_place.placed, 2),
    np.putmask: anew(in_place.put_where, 2),
    np.fill_diagonal: anew(in_place.with_diagonal, 1),
    np.put_along_axis: anew(in_place.put_along, 3, "axis"),
    operator.setitem: _setitem,
} | {
    getattr(operator, f"i{name}"): updates(
        getattr(operator, name, None) or getattr(operator, f"{name}_")
    )
    for name in UPDATES
}
WRITING_METHODS: dict[str, Writer] = {
    "fill": _fill,
    "sort": anew(np.sort, 1, "axis", "kind", "stable"),
    "partition": refuses(np.ndarray.partition),
    "resize": refuses(np.ndarray.resize),
    "byteswap": refuses(np.ndarray.byteswap),
    "put": anew(in_place.put_at, 3, "mode"),
}
"""Methods of arrays that write to them, by name."""
