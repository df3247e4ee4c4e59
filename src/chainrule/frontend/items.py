"""Statements that change what a container or an object holds: stores, deletions, ``l += …``."""

from __future__ import annotations

import operator
from typing import Any

from chainrule import errors
from chainrule.frontend.frame import Frame
from chainrule.frontend.holding import update
from chainrule.frontend.setting import set_attribute
from chainrule.ir.form import Atom
from chainrule.ir.primitives import Updated
from chainrule.ir.types import Struct, Uniform


def put_item(frame: Frame, holder: Atom, i: Atom, value: Atom, function: Any = None) -> None:
    """``holder[i] = value``, or with a function ``holder[i] += …``, of which the value is the sum."""
    update(frame, holder, operator.setitem, [i, value], Updated(operator=function))


def put_attribute(frame: Frame, holder: Atom, name: str, value: Atom, function: Any = None) -> None:
    """``holder.name = value``."""
    set_attribute(frame, holder, name, value, function)


def delete_item(frame: Frame, holder: Atom, i: Atom) -> None:
    if not isinstance(holder.type, Struct | Uniform):
        raise errors.UnsupportedStatement("del of this is not understood", frame.builder.place)
    update(frame, holder, operator.delitem, [i], Updated())


IN_PLACE: dict[Any, Any] = {
    (list, operator.add): operator.iadd,
    (list, operator.mul): operator.imul,
    (dict, operator.or_): operator.ior,
}


def update_container(frame: Frame, target: Atom, value: Atom, function: Any) -> None:
    """``l += items``, ``l *= 2``, ``d |= other``."""
    kind = getattr(target.type, "kind", None)
    mutator = IN_PLACE.get((kind, function))
    if mutator is None:
        raise errors.UnknownStore(
            f"this update of a {getattr(kind, '__name__', 'value of an unknown kind')} is not understood",
            frame.builder.place,
        )
    update(frame, target, mutator, [value], Updated(operator=function))


METHODS: dict[tuple[type, str], Any] = {
    (list, "append"): list.append,
    (list, "extend"): list.extend,
    (list, "insert"): list.insert,
    (list, "pop"): list.pop,
    (list, "reverse"): list.reverse,
    (list, "clear"): list.clear,
    (dict, "setdefault"): dict.setdefault,
    (dict, "update"): dict.update,
    (dict, "pop"): dict.pop,
    (dict, "clear"): dict.clear,
}
"""Methods that change what they are called on."""


def changing_method(
    frame: Frame, holder: Atom, name: str, args: list[Atom], keywords: dict[str, Atom]
) -> Atom | None:
    """A call of a method that changes a container, None if this is none."""
    mutator = METHODS.get((getattr(holder.type, "kind", object), name))
    if mutator is None:
        return None
    return update(frame, holder, mutator, args, Updated(name), tuple(keywords.items()))
