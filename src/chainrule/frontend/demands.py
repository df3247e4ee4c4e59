"""Objects that lowering has no path to, such as the items of a list that it walks: typed by the attributes that it reads.

An object that is reached by a path has its attributes looked up one by one, as they are read. Of one that came out of a
container only the type is there; so lowering begins anew with a type that has the attribute.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.frontend.frame import Demand, Demands, Frame, Session, type_of_value
from chainrule.ir.form import MISSING, Atom, Leaf, Param, Value
from chainrule.ir.types import Opaque, Struct, Type, Uniform, is_record


def demand(frame: Frame, x: Atom, cls: type, name: str) -> None:
    """Ask for an attribute of an object that came from outside, if it was not asked for yet."""
    session = frame.session
    if session.root is None or not isinstance(x, Value):
        return
    if session.memory.base(x) in session.born:
        return
    if name not in session.demands.get(cls, ()):
        raise Demand(cls, name)


def refined(t: Type, example: Any, name: str, demands: Demands) -> Type:
    """The type of an argument, with the attributes that are asked for."""
    if not demands or example is MISSING or not holds_any(t, demands):
        return t
    return type_of_value(example, name, demands)


def holds_any(t: Type, demands: Demands) -> bool:
    """Whether a value of a type may hold an object of one of the classes."""
    stack = [t]
    while stack:
        inner = stack.pop()
        if isinstance(inner, Opaque) and inner.cls in demands:
            return True
        if isinstance(inner, Uniform):
            stack.append(inner.item)
        if isinstance(inner, Struct):
            if inner.kind in demands:
                return True
            stack += inner.parts
    return False


def tell_attributes(session: Session, params: Sequence[Param]) -> None:
    """Record that the text holds while the attributes of the objects in the arguments have their types."""
    if not session.demands:
        return
    stack: list[tuple[Type, str, tuple[Any, ...], bool]]
    stack = [(p.value.type, p.value.name, (), False) for p in params]
    stack += [(x.value.type, x.root, x.path, x.free) for x in session.leaves.values()]
    while stack:
        t, root, path, free = stack.pop()
        if not isinstance(t, Struct):
            continue
        how = "item" if t.kind in (tuple, list, dict) or hasattr(t.kind, "_fields") else "attribute"
        for key, inner in zip(t.keys, t.parts):
            to = (*path, (how, key))
            stack.append((inner, root, to, free))
            if not is_record(t):
                session.told[root, to] = Leaf(Value("", inner), root, to, free)
