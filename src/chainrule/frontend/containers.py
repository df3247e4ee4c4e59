"""Methods of lists, tuples and dicts."""

from __future__ import annotations

from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant, types_of_items
from chainrule.frontend.expressions import container, item
from chainrule.frontend.frame import Frame
from chainrule.frontend.items import changing_method
from chainrule.frontend.sorting import sort, sorted_items
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom
from chainrule.ir.types import UNKNOWN, Array, Struct, Type, Uniform


def container_method(
    frame: Frame, holder: Atom, name: str, args: list[Atom], keywords: dict[str, Atom]
) -> Atom:
    """A call of a method of a list, tuple or dict.

    Raises
    ------
    errors.UnsupportedExpression
        If the method is not understood.
    """
    if name == "sort" and t_kind(holder.type) is list and not args:
        return sort(frame, holder, keywords)
    found = changing_method(frame, holder, name, args, keywords)
    if found is None:
        found = _reading_method(frame, holder, name, args)
    if found is None:
        kind = holder.type.kind.__name__  # type: ignore[attr-defined]
        raise errors.UnsupportedExpression(
            f"the method {name} of a {kind} is not understood here", frame.builder.place
        )
    return found


def _reading_method(frame: Frame, holder: Atom, name: str, args: list[Atom]) -> Atom | None:
    """A call of a method that changes nothing, of a container whose parts are known."""
    t = holder.type
    if not isinstance(t, Struct):
        return None
    if name == "copy" and t.kind is list:
        parts = [item(frame, holder, constant(i)) for i in range(len(t.parts))]
        return container(frame, primitives.make_list, parts)
    if t.kind is not dict:
        return None
    if name == "get":
        return _got(frame, holder, args)
    values = [item(frame, holder, constant(k)) for k in t.keys]
    keys = [constant(k) for k in t.keys]
    if name == "copy":
        pairs = [a for pair in zip(keys, values) for a in pair]
        return container(frame, primitives.make_dict, pairs)
    if name == "values":
        return container(frame, primitives.make_list, values)
    if name == "keys":
        return container(frame, primitives.make_list, list(keys))
    if name == "items":
        rows = [container(frame, primitives.make_tuple, [k, v]) for k, v in zip(keys, values)]
        return container(frame, primitives.make_list, rows)
    return None


def _got(frame: Frame, holder: Atom, args: list[Atom]) -> Atom | None:
    """``d.get(key, default)`` of a key that is known."""
    assert isinstance(holder.type, Struct)
    if args[0].known is MISSING:
        return None
    if args[0].known in holder.type.keys:
        return item(frame, holder, args[0])
    return args[1] if len(args) > 1 else constant(None)


def called_on_container(
    frame: Frame, function: Any, args: list[Atom], keywords: dict[str, Atom]
) -> Atom | None:
    """``list(x)``, ``tuple(x)``, ``reversed(x)``, ``dict(x)`` and ``iter(x)``, None where none of them is called so."""
    if len(args) != 1 or frame.session.builder.fold:
        return None
    t = args[0].type
    if function is sorted and t_kind(t) in (list, tuple):
        return sorted_items(frame, args[0], keywords)
    if keywords:
        return None
    if function is reversed and isinstance(t, Array | Struct | Uniform) and t_kind(t) is not dict:
        return item(frame, args[0], constant(slice(None, None, -1)))
    if function is iter and t_kind(t) in (list, tuple):
        return args[0]
    if function is dict and t_kind(t) is dict and isinstance(t, Struct):
        return _reading_method(frame, args[0], "copy", [])
    if function not in (list, tuple):
        return None
    if isinstance(t, Struct) and t.kind in (list, tuple, dict):
        keys = [constant(k) for k in t.keys]
        parts = keys if t.kind is dict else [item(frame, args[0], k) for k in keys]
        make = primitives.make_list if function is list else primitives.make_tuple
        return container(frame, make, list(parts))
    items = types_of_items(t, 1)[0]
    if not isinstance(t, Array | Uniform) or items == UNKNOWN:
        return None
    made = frame.builder.op(function, args[0], type=Uniform(function, items))
    frame.session.memory.holds(args[0], made)  # type: ignore[arg-type]
    return made


def t_kind(t: Type) -> Any:
    return getattr(t, "kind", None)
