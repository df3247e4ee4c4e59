"""Objects of the arguments that are written to, and those that might be the same: a call where they are is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from chainrule.frontend.frame import Session
from chainrule.ir.form import Leaf, Param, Value
from chainrule.ir.types import Struct, Type


class Apart(NamedTuple):
    """What is written to, and what else is of its class: no two of them may be one."""

    written: tuple[Leaf, ...]
    others: tuple[Leaf, ...]


def apart(session: Session, params: Sequence[Param]) -> tuple[Apart, ...]:
    """For each class of which an argument is written to, the objects that must be different ones."""
    written = {
        session.rooted[b][:2]: b
        for b in session.memory.written
        if b in session.rooted and _has_identity(b.type)
    }
    kinds = dict.fromkeys(b.type.kind for b in written.values())  # type: ignore[attr-defined]
    found = []
    places = {(x.root, x.path): x for x in _places(session, params)} if kinds else {}
    for kind in sorted(kinds, key=lambda k: k.__qualname__):
        same = [x for x in places.values() if getattr(x.value.type, "kind", None) is kind]
        changed = tuple(x for x in same if (x.root, x.path) in written)
        others = tuple(x for x in same if (x.root, x.path) not in written)
        if len(changed) + len(others) > 1:
            found.append(Apart(changed, others))
    return tuple(found)


def _has_identity(t: Type) -> bool:
    """Whether values of a type are objects that can be changed through another name."""
    return isinstance(t, Struct) and not issubclass(t.kind, tuple)


def _places(session: Session, params: Sequence[Param]) -> Iterator[Leaf]:
    """Every container and object that a path from an argument or a free name leads to."""
    stack: list[tuple[Type, str, tuple[Any, ...], bool]]
    stack = [(p.value.type, p.value.name, (), False) for p in params]
    stack += [(x.value.type, x.root, x.path, x.free) for x in session.leaves.values()]
    while stack:
        t, root, path, free = stack.pop()
        if not isinstance(t, Struct):
            continue
        yield Leaf(Value("", t), root, path, free)
        is_item = t.kind in (tuple, list, dict) or hasattr(t.kind, "_fields")
        how = "item" if is_item else "attribute"
        stack += [(p, root, (*path, (how, k)), free) for k, p in zip(t.keys, t.parts)]
