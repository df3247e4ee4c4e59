"""Calls that give a view of an array: what is written to either is seen in both, whatever the call is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import runtime
from chainrule.analysis.builder import Builder, constant
from chainrule.frontend.contiguous import is_contiguous
from chainrule.frontend.frame import Frame
from chainrule.frontend.paths import Inverse, Path, Step
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Const, Op, Value
from chainrule.ir.primitives import SILENT, Method
from chainrule.ir.types import Array, Opaque
from chainrule.rules.array_methods import astype_method, reshape_method, transpose_method

Arguments = list[Atom]
Keywords = dict[str, Atom]


def record(
    frame: Frame,
    result: Value,
    function: Any,
    args: Arguments,
    keywords: Keywords,
    spelling: Any = None,
) -> bool:
    """Record that a call gave a view of an argument, where its path is known; whether it is."""
    at = 1 if function is np.einsum else 0
    if frame.session.root is None or len(args) <= at or not isinstance(result.type, Array):
        return False
    x = args[at]
    if not isinstance(x, Value) or not isinstance(x.type, Array) or x.type.rank is None:
        return False
    if is_new(function, x.type, args):
        return True
    path = path_of(frame, function, x, args, keywords, spelling)
    if path is None:
        return False
    frame.session.memory.view(result, x, path)
    for step in path:
        if isinstance(step, Step) and function in DOUBTFUL and not _is_certain(frame, function, x):
            frame.session.memory.doubts[step] = _test(frame.builder, result, x)
    return True


def path_of(
    frame: Frame, function: Any, x: Value, args: Arguments, keywords: Keywords, spelling: Any
) -> Path | None:
    """The path from an array to what a call gives, None where none is known."""
    assert isinstance(x.type, Array) and x.type.rank is not None
    if is_same(function, x.type, args, keywords, spelling):
        return ()
    if function in ADDED and len(args) == 1 and x.type.rank:
        index = ADDED[function].get(x.type.rank)
        return (constant(index),) if index is not None else ()
    named = tuple(keywords.items())
    if function in READ and is_view(function, x.type, args):
        at = 1 if function is np.einsum else 0
        others = (*args[:at], *args[at + 1 :])
        return (Step(function, others, named, None, at),)
    if function is np.ascontiguousarray and not x.type.rank:
        return None  # it gets an axis
    inverse = INVERSE[function](args[1:], keywords) if function in INVERSE else None
    return (Step(function, tuple(args[1:]), named, inverse),) if inverse is not None else None


def is_view(function: Any, t: Array, args: Arguments) -> bool:
    """Whether what a call gives, of those that read elements, is a view for certain: no sum, and no new matrix."""
    if function is np.diag:
        return t.rank == 2
    if function is not np.einsum:
        return True
    if len(args) != 2 or not isinstance(args[0].known, str):
        return False
    given, arrow, left = args[0].known.replace(" ", "").partition("->")
    return bool(arrow) and set(given) == set(left) and "." not in given


def is_new(function: Any, t: Array, args: Arguments) -> bool:
    """Whether what a call gives is a new array, of those that may give views."""
    if function is np.diag:
        return t.rank == 1
    if function is not np.einsum or len(args) != 2 or not isinstance(args[0].known, str):
        return False
    given, arrow, left = args[0].known.replace(" ", "").partition("->")
    return bool(arrow) and "." not in given and set(left) < set(given)  # there is a sum


def is_same(function: Any, t: Array, args: Arguments, keywords: Keywords, spelling: Any) -> bool:
    """Whether a call gives its argument itself."""
    is_real = t.dtype is not None and t.dtype.kind != "c"
    if function is np.conjugate:
        return is_real and isinstance(spelling, Method) and len(args) == 1
    if function is np.real:
        return is_real
    if function is astype_method:
        copies = keywords.get("copy", constant(True)).known
        return copies is False and _is_dtype(args[1], t) and len(args) == 2
    if function is np.array:
        return (
            len(args) == 1 and set(keywords) == {"copy"} and keywords["copy"].known in (False, None)
        )
    if function in (np.asarray, np.asanyarray):
        given = [*args[1:], *keywords.values()]
        return not given or len(given) == 1 and "copy" not in keywords and _is_dtype(given[0], t)
    return function is np.atleast_1d and bool(t.rank) and len(args) == 1


def _is_dtype(atom: Atom, t: Array) -> bool:
    try:
        return atom.known is not MISSING and np.dtype(atom.known) == t.dtype
    except TypeError:
        return False


ADDED: dict[Any, dict[int, Any]] = {
    np.atleast_2d: {1: (None, slice(None))},
    np.atleast_3d: {1: (None, slice(None), None), 2: (slice(None), slice(None), None)},
}
"""Functions that add axes to arrays of few: the index that does."""

READ = {
    np.broadcast_to,
    np.diag,
    np.diagonal,
    np.einsum,
    np.lib.stride_tricks.sliding_window_view,
}
"""Functions whose views have elements twice, or not all, or cannot be written to."""


# The way back


def reshaped(builder: Builder, contents: Atom, before: Value, spelling: Any) -> Atom:
    shape = builder.op(np.shape, before, spelling=SILENT)
    return builder.op(np.reshape, contents, shape, spelling=spelling, type=before.type)


def itself(builder: Builder, contents: Atom, before: Value, spelling: Any) -> Atom:
    return builder.op(primitives.assign, contents, spelling=spelling, type=before.type)


def by(function: Callable[..., Any], *args: Atom) -> Inverse:
    """The inverse that is a call of a function of the view and other arguments."""

    def inverse(builder: Builder, contents: Atom, before: Value, spelling: Any) -> Atom:
        return builder.op(function, contents, *args, spelling=spelling, type=before.type)

    return inverse


Way = Callable[[Arguments, Keywords], Inverse | None]


def plain(inverse: Inverse) -> Way:
    """The same way back for all calls without keywords."""
    return lambda args, keywords: None if keywords else inverse


def in_order(args: Arguments, keywords: Keywords) -> Inverse | None:
    """The way back from a reshape in the order of C."""
    orders = [keywords["order"].known] if "order" in keywords else []
    is_plain = not set(keywords) - {"order"} and all(order == "C" for order in orders)
    return reshaped if is_plain and args else None


def in_one_shape(args: Arguments, keywords: Keywords) -> Inverse | None:
    """The way back from `np.reshape`, which takes an order after the shape."""
    return in_order(args, keywords) if len(args) == 1 else None


def ravelled(args: Arguments, keywords: Keywords) -> Inverse | None:
    return None if keywords or args and args[0].known != "C" else reshaped


def with_any(args: Arguments, keywords: Keywords) -> Inverse | None:
    return reshaped


def swapped(args: Arguments, keywords: Keywords) -> Inverse | None:
    return by(np.swapaxes, *args) if len(args) == 2 and not keywords else None


def moved(args: Arguments, keywords: Keywords) -> Inverse | None:
    return by(np.moveaxis, args[1], args[0]) if len(args) == 2 and not keywords else None


def flipped(function: Callable[..., Any]) -> Way:
    """The way back from what is its own inverse."""

    def way(args: Arguments, keywords: Keywords) -> Inverse | None:
        given = [*args, *keywords.values()]
        return by(function, *given) if set(keywords) <= {"axis"} else None

    return way


def permuted(args: Arguments, keywords: Keywords) -> Inverse | None:
    axes: Any = args[0].known if len(args) == 1 else tuple(a.known for a in args)
    if keywords or not args or axes is None:
        return by(np.transpose) if not keywords else None
    if not isinstance(axes, tuple) or not all(isinstance(a, int) for a in axes):
        return None
    back = tuple(int(i) for i in np.argsort([a % len(axes) for a in axes]))
    return by(np.transpose, constant(back))


def turned(args: Arguments, keywords: Keywords) -> Inverse | None:
    k = args[0].known if args else 1
    if keywords or len(args) > 1 or not isinstance(k, int):
        return None
    return by(np.rot90, constant(-k))


INVERSE: dict[Any, Way] = {
    np.expand_dims: with_any,
    np.squeeze: with_any,
    np.reshape: in_one_shape,
    reshape_method: in_order,
    np.ravel: ravelled,
    np.transpose: permuted,
    transpose_method: permuted,
    np.permute_dims: permuted,
    np.matrix_transpose: plain(by(np.matrix_transpose)),
    np.swapaxes: swapped,
    np.moveaxis: moved,
    np.flip: flipped(np.flip),
    np.flipud: plain(by(np.flipud)),
    np.fliplr: plain(by(np.fliplr)),
    np.rot90: turned,
    np.ascontiguousarray: plain(itself),
}
"""Functions whose views have every element once, with the way back."""


# What is a view in some layouts alone

DOUBTFUL = {np.reshape, reshape_method, np.ravel, np.ascontiguousarray}


def _is_certain(frame: Frame, function: Any, x: Value) -> bool:
    assert isinstance(x.type, Array)
    if x.type.rank == 1 and function in (np.reshape, reshape_method):
        return True
    return is_contiguous(frame, x)


def _test(builder: Builder, view: Value, x: Value) -> Callable[[], None]:
    """Writes the test that a call gave a view, below the call."""
    statements = builder.statements

    def write() -> None:
        at = next(i for i, s in enumerate(statements) if view in s.results)
        name = Const(view.name or "what is written to", Opaque(str))
        test = Op((), runtime.sees, (name, view, x), place=builder.place)
        statements.insert(at + 1, test)

    return write
