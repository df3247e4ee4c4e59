"""Functions looked up by a key that is known only when it runs: each is called where its key is the one."""

from __future__ import annotations

import functools
import operator
from typing import Any

from chainrule.analysis.builder import constant
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import Choice, Handled, function_atom, has_function, of_type
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, UNBOUND, Atom
from chainrule.ir.types import UNKNOWN, Opaque, Scalar, Struct, Type

MOST = 32
"""How many functions are asked for one by one."""


def looked_up(frame: Frame, x: Atom, key: Atom) -> Atom | None:
    """``x[key]`` as a choice between functions; None where it is none."""
    t = x.type
    if key.known is not MISSING or not isinstance(t, Struct) or len(t.keys) > MOST:
        return None
    if not has_function(t) or not all(map(_is_callable, t.parts)):
        return None
    if t.kind is dict and _may_be_key(key.type, t.keys):
        return _chosen(frame, x, key, [(constant(k), i) for i, k in enumerate(t.keys)], KeyError)
    if t.kind in (list, tuple) and key.type == Scalar(int, getattr(key.type, "size", None)):
        count = len(t.keys)
        pairs = [(constant(k), k % count) for k in (*range(count), *range(-count, 0))]
        return _chosen(frame, x, key, pairs, IndexError)
    return None


def _may_be_key(t: Type, keys: tuple[Any, ...]) -> bool:
    return isinstance(t, Opaque | Scalar) or t == UNKNOWN and all(type(k) is str for k in keys)


def _is_callable(t: Type) -> bool:
    return of_type(t) is not None or isinstance(t, Struct) and t.kind is functools.partial


def _chosen(
    frame: Frame, x: Atom, key: Atom, pairs: list[tuple[Any, int]], error: type[Exception]
) -> Atom:
    from chainrule.frontend.expressions import item

    assert isinstance(x.type, Struct)
    found: Atom = function_atom(Handled(lambda frame, args, keywords: _missing(frame, key, error)))
    for name, i in reversed(pairs):
        test = frame.builder.op(operator.eq, key, name)
        one = item(frame, x, constant(x.type.keys[i]))
        found = function_atom(Choice(test, one, found))
    return found


def _missing(frame: Frame, key: Atom, error: type[Exception]) -> Atom:
    """What Python says of a key that is not there."""
    argument = key if error is KeyError else constant("index out of range")
    raised = frame.builder.op(error, argument, type=Opaque(error))
    frame.builder.effect(primitives.raise_, raised)
    return UNBOUND
