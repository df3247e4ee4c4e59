"""What a mutator does to a container whose parts are known: it is run on stand-ins for them.

So no table says what ``insert`` or a slice store does: Python's own method does, to a list that holds the route of each
part instead of the part.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.ir.form import MISSING, Atom, Op
from chainrule.ir.types import Struct, Type

BASE = 0
FIRST = 3
"""Where the arguments begin among the operands of an `update`: before them are base, name and mutator."""

WHOLE: Any = type("Whole", (), {"__repr__": lambda self: "WHOLE"})()

CONTENT: dict[Any, int] = {
    list.append: 0,
    list.insert: 1,
    operator.setitem: 1,
    setattr: 1,
    dict.setdefault: 1,
    dict.pop: 1,
}
"""The number of the argument that goes into the container, or comes out of the call, as it is."""

SPREAD: dict[Any, int] = {list.extend: 0, operator.iadd: 0, dict.update: 0, operator.ior: 0}
"""The number of the argument whose items go into the container."""

MUTATORS = {*CONTENT, *SPREAD, list.pop, list.reverse, list.clear, dict.clear, operator.delitem,
            delattr, operator.imul}  # fmt: skip
"""What can be run on stand-ins: what it does depends on no element."""


class Route(NamedTuple):
    """Where a part of the next version comes from: an operand, or a part of one."""

    operand: int
    key: Any = WHOLE


class Routed(NamedTuple):
    keys: tuple[Any, ...]
    routes: tuple[Route, ...]
    value: Any  # what the call gives: a route, or a constant


class Unrouted(Exception):
    """The parts of a container after an update depend on what only the run can tell."""


def routed(op: Op) -> Routed:
    """The routes of an `update`.

    Raises
    ------
    Unrouted
        If they are known only when it runs.
    LookupError, ValueError, TypeError
        If the update itself is wrong, as it will be when it runs.
    """
    base, _, mutator, *arguments = op.args
    if not isinstance(base.type, Struct) or mutator.known not in MUTATORS:
        raise Unrouted
    held = stand_in(base.type, {k: Route(BASE, k) for k in base.type.keys})
    given = [_argument(mutator.known, i, arguments) for i in range(len(arguments))]
    keywords = {k: Route(len(op.args) + i) for i, (k, _) in enumerate(op.kwargs)}
    value = mutator.known(held, *given, **keywords)
    found = parts_of(held)
    return Routed(tuple(found), tuple(found.values()), None if value is held else value)


def stand_in(t: Struct, parts: dict[Any, Any]) -> Any:
    """A container of this kind to run a mutator on."""
    if t.kind is list:
        return list(parts.values())
    return parts if t.kind is dict else types.SimpleNamespace(**parts)


def parts_of(held: Any) -> dict[Any, Any]:
    if isinstance(held, list):
        return dict(enumerate(held))
    return held if isinstance(held, dict) else vars(held)


def _argument(mutator: Callable[..., Any], i: int, arguments: list[Atom]) -> Any:
    atom = arguments[i]
    into_slice = mutator is operator.setitem and isinstance(arguments[0].known, slice)
    if SPREAD.get(mutator) == i or into_slice and i == 1:
        return spread(atom.type, FIRST + i)
    if CONTENT.get(mutator) == i:
        return Route(FIRST + i)
    if atom.known is MISSING:
        raise Unrouted
    return atom.known


def spread(t: Type, operand: int) -> Any:
    """The routes of a container's items."""
    if not isinstance(t, Struct) or t.kind not in (list, tuple, dict):
        raise Unrouted
    routes = {k: Route(operand, k) for k in t.keys}
    return routes if t.kind is dict else list(routes.values())
