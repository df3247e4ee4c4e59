"""Arguments that lie in one piece of memory: each is a view of it, and what is written to one is seen in all."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from chainrule.analysis.builder import constant
from chainrule.frontend.frame import Frame, type_of_value
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Function, Param, Value
from chainrule.ir.primitives import Again
from chainrule.overlap import Shared, shared_arguments

Places = dict[Value, tuple[Value, Atom | None]]
"""For each parameter, the memory that it lies in, and the index of it there, None if it is all of it."""


def written_groups(function: Function, examples: Mapping[str, Any]) -> tuple[Shared, ...]:
    """The groups of arguments in one piece of memory that a function writes to."""
    written = {p.value.name for p in function.params if p.value in function.facts["written"]}
    if not written:
        return ()
    groups = shared_arguments(examples)
    return tuple(g for g in groups if written.intersection(name for name, _ in g.members))


def bind_shared(
    frame: Frame, params: Sequence[Param], groups: Sequence[Shared], examples: Mapping[str, Any]
) -> Places:
    """Give the names of parameters that share memory the views of it that they are."""
    values = {p.value.name: p.value for p in params}
    places: Places = {}
    for group in groups:
        base = values[group.owner]
        if group.is_view:
            owner = examples[group.owner].base
            path = (("attribute", "base"),)
            t = type_of_value(owner, f"{group.owner}.base")
            base = frame.session.leaf(group.owner, path, t, False, owner)
        for name, index in group.members:
            place = constant(index) if index is not None else None
            if values[name] is not base:
                frame.env[name] = _view(frame, base, values[name], place)
            places[values[name]] = base, place
    return places


def _view(frame: Frame, base: Value, param: Value, index: Atom | None) -> Value:
    """What a parameter is, as a view of the memory that it lies in: the text has its name."""
    builder = frame.builder
    if index is None:
        found = builder.op(primitives.assign, base, spelling=Again(param), type=param.type)
    else:
        found = builder.op(operator.getitem, base, index, spelling=Again(param), type=param.type)
    assert isinstance(found, Value)
    found.name, found.role = param.name, "user"
    frame.session.memory.view(found, base, () if index is None else (index,))
    return found
