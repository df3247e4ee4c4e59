"""The names of what was inlined, apart from the names that the text reads from outside.

A helper's local `scale` would hide the global `scale` that the function around its call reads, or `sum` the builtin.
"""

from __future__ import annotations

from collections.abc import Collection

from chainrule.frontend.frame import Session
from chainrule.ir.form import Block, Loop, Value, defined, walk


def set_apart(session: Session, body: Block, taken: Collection[str]) -> None:
    """Rename what has the name of something from outside, and is not that."""
    outside = session.read_names
    leaves = {leaf.value for leaf in session.leaves.values()}
    new: dict[str, str] = {}
    for s in walk(body):
        for value in (*defined(s), *(s.body.params if isinstance(s, Loop) else ())):
            if value.name in outside and session.memory.owner.get(value) not in leaves:
                value.name = new.setdefault(value.name, _free(value, taken))


def _free(value: Value, taken: Collection[str]) -> str:
    name = value.name
    while name in taken:
        name += "_"
    return name
