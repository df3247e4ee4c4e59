"""Objects of the user's classes: what an attribute of one is, as Python looks it up."""

from __future__ import annotations

import abc
import enum
import functools
import sys
import types
from functools import partial
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend.demands import demand
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import Handled, function_atom
from chainrule.ir.form import MISSING, Atom, Const, Leaf, Value
from chainrule.ir.primitives import Attribute, Bound
from chainrule.ir.types import NEVER, Opaque, Struct

NOT_OF_USER = {"numpy", "chainrule", "builtins"} | set(sys.stdlib_module_names) - {"__main__"}
"""Packages whose classes are not looked into: their methods are called as they are."""


def is_of_user(cls: type) -> bool:
    """Whether a class is one that a user wrote, so that its methods can be read."""
    module = getattr(cls, "__module__", None) or ""
    if cls is types.SimpleNamespace:
        return True
    return module.partition(".")[0] not in NOT_OF_USER and not issubclass(cls, types.ModuleType)


def class_of(frame: Frame, x: Atom) -> type | None:
    """The class of the user's that a value is an instance of, None if it is none."""
    t = x.type
    cls: Any = None
    if isinstance(t, Struct):
        cls = t.kind
    elif isinstance(t, Opaque):
        cls = t.cls
    if cls is None or isinstance(x, Const) and (x.known is MISSING or isinstance(x.known, type)):
        return None
    return cls if is_of_user(cls) and not issubclass(cls, enum.Enum) else None


def vars_of_class(cls: type, name: str, after: type | None = None) -> tuple[Any, type | None]:
    """What a class has for a name, and the class of its bases that says so.

    Parameters
    ----------
    after
        Look only at what stands behind this class in the order of resolution, as `super` does.
    """
    mro = cls.__mro__
    start = 0 if after is None else mro.index(after) + 1
    for base in mro[start:]:
        if name in vars(base):
            return vars(base)[name], base
    return MISSING, None


def method_of(cls: type, name: str) -> types.FunctionType | None:
    """The Python function behind a special method of a class, if it has one."""
    found, _ = vars_of_class(cls, name)
    return found if isinstance(found, types.FunctionType) else None


def defines(cls: type, name: str) -> bool:
    """Whether a class or one of its bases other than Python's own says what a special method does."""
    _, base = vars_of_class(cls, name)
    return base is not None and base.__module__ not in ("builtins", "types")


def object_attribute(frame: Frame, x: Atom, cls: type, name: str) -> Atom:
    """``x.name`` for an instance of a class of the user's."""
    if defines(cls, "__getattribute__"):
        raise errors.UnsupportedExpression(
            f"{cls.__name__} defines __getattribute__, which is not understood",
            frame.builder.place,
        )
    if name == "__class__":
        return class_constant(frame, cls)
    of_class, _ = vars_of_class(cls, name)
    depend(frame, cls, name, of_class)
    if isinstance(of_class, property):
        return getter_of(frame, x, of_class, cls, name)
    own = own_attribute(frame, x, name)
    if own is not None:
        return own
    if is_data(of_class) and frame.session.example(x) is MISSING:
        demand(frame, x, cls, name)
    if of_class is not MISSING:
        tell_absence(frame, x, name)
        return bound_attribute(frame, x, cls, of_class, name)
    if (fallback := method_of(cls, "__getattr__")) is not None:
        from chainrule.frontend.calls import inline

        tell_absence(frame, x, name)
        depend(frame, cls, "__getattr__", fallback)
        return inline(frame, fallback, (x, constant(name)), {})
    if frame.session.attempts:  # a handler may know why
        return frame.builder.op(getattr, x, constant(name), type=NEVER, spelling=Attribute(name))
    raise errors.UnsupportedExpression(
        f"{cls.__name__} has no attribute {name}", frame.builder.place
    )


def is_data(found: Any) -> bool:
    """Whether an attribute is data of the object, or of the class where the object may have its own."""
    return not isinstance(found, FUNCTIONS) and not has_descriptor(found)


FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    property,
    staticmethod,
    classmethod,
    type,
)


def depend(frame: Frame, cls: type, name: str, found: Any) -> None:
    """Record that the text holds while a class has this code for a name."""
    if isinstance(found, types.FunctionType | property):
        frame.session.looked_up(cls, name, found)
    elif isinstance(found, staticmethod):
        frame.session.looked_up(cls, name, found.__func__)
    elif isinstance(found, classmethod):
        frame.session.looked_up(cls, f"{name}.__func__", found.__func__)


def tell_absence(frame: Frame, x: Atom, name: str) -> None:
    """Record that the text holds while an argument has no attribute of its own that hides that of its class."""
    session = frame.session
    base = session.memory.base(x) if isinstance(x, Value) else x
    example = session.example(base)
    if isinstance(base, Value) and example is not MISSING and hasattr(example, "__dict__"):
        root, path, free = session.rooted[base]
        path = (*path, ("own", name))
        session.told[root, path] = Leaf(base, root, path, free)


def getter_of(frame: Frame, x: Atom, found: property, cls: type, name: str) -> Atom:
    """What a property gives."""
    from chainrule.frontend.calls import inline

    if found.fget is None:
        raise errors.UnsupportedExpression(
            f"the property {name} of {cls.__name__} cannot be read", frame.builder.place
        )
    return inline(frame, found.fget, (x,), {})


def own_attribute(frame: Frame, x: Atom, name: str) -> Atom | None:
    """An attribute that the object itself holds, None if it holds none of that name."""
    from chainrule.frontend.expressions import data_attribute, field_names

    session = frame.session
    if isinstance(x.type, Struct) and isinstance(x, Value) and name in field_names(x.type):
        return data_attribute(frame, x, name)
    example = session.example(x)
    if example is MISSING:
        return None
    if not has_own(example, name):
        return None
    return data_attribute(frame, x, name)  # type: ignore[arg-type]


def has_own(example: Any, name: str) -> bool:
    """Whether an object holds an attribute itself, in its dictionary or a slot."""
    if name in getattr(example, "__dict__", ()):
        return True
    found, _ = vars_of_class(type(example), name)
    return isinstance(found, types.MemberDescriptorType) and hasattr(example, name)


def bound_attribute(frame: Frame, x: Atom, cls: type, found: Any, name: str) -> Atom:
    """What an attribute of the class is when it is read through an instance."""
    if issubclass(cls, tuple) and (made := of_namedtuple(frame, x, cls, name)) is not None:
        return made
    if isinstance(found, types.FunctionType):
        return function_atom(Bound(found, x))
    if isinstance(found, staticmethod):
        return function_atom(found.__func__)
    if isinstance(found, classmethod):
        owner = class_constant(frame, cls)
        return function_atom(Bound(found.__func__, owner))
    if isinstance(found, functools.cached_property) or has_descriptor(found):
        raise errors.UnsupportedExpression(
            f"{name} is a {type(found).__name__} of {cls.__name__}, a descriptor that is not understood",
            frame.builder.place,
            help=["write it as a property, or as a method"],
        )
    if isinstance(found, types.MemberDescriptorType):
        raise errors.UnsupportedExpression(
            f"{name} of this {cls.__name__} is not set", frame.builder.place
        )
    return class_attribute(frame, x, cls, found, name)


def class_attribute(frame: Frame, x: Atom, cls: type, found: Any, name: str) -> Atom:
    """Data that stands in a class, read through an instance."""
    from chainrule.frontend.expressions import attribute, data_attribute
    from chainrule.frontend.frame import is_static

    if is_static(found):
        return function_atom(found)
    if isinstance(x, Value) and frame.session.example(x) is not MISSING:
        return data_attribute(frame, x, name)
    return attribute(frame, class_constant(frame, cls), name)


def has_descriptor(found: Any) -> bool:
    """Whether a class attribute decides itself what it is when it is read through an instance."""
    plain = isinstance(found, types.MemberDescriptorType | types.GetSetDescriptorType)
    return not plain and hasattr(type(found), "__get__")


def class_constant(frame: Frame, cls: type) -> Const:
    """A class as a constant, under a name that the text can read."""
    session = frame.session
    if session.root is None:
        return function_atom(cls)
    text = session.alias(cls.__name__, cls)
    session.read_names.add(text)
    return function_atom(cls, text)


def owner_of(frame: Frame, method: types.MethodType, callee: Atom) -> Atom:
    """What a bound method of the user's is bound to, read through its name."""
    owner, session = method.__self__, frame.session
    if isinstance(owner, type):
        return class_constant(frame, owner)
    step = ("attribute", "__self__")
    t = session.type_of(owner, "__self__")
    if isinstance(callee, Value) and callee in session.rooted:
        root, path, free = session.rooted[callee]
        return session.leaf(root, (*path, step), t, free, owner)
    text = callee.text if isinstance(callee, Const) else None
    if text is None or not text.isidentifier() or session.root is None:
        raise errors.UnsupportedExpression(
            f"what the method {method.__name__} is bound to cannot be read here",
            frame.builder.place,
        )
    return session.leaf(text, (step,), t, True, owner)


METACLASSES = (type, abc.ABCMeta)
"""Metaclasses that leave calls and attributes of a class as they are."""


def of_namedtuple(frame: Frame, x: Atom, cls: type, name: str) -> Atom | None:
    """What every namedtuple has: its fields, and methods that are not written in Python as one reads it."""
    if name == "_fields":
        return constant(cls._fields)  # type: ignore[attr-defined]
    if name in ("_replace", "_asdict", "count", "index"):
        return function_atom(Bound(getattr(cls, name), x))
    return None


class Super:
    """What `super()` gives: the attributes of the bases behind a class, bound to an object or a class."""

    def __init__(self, after: type, owner: Atom) -> None:
        self.after, self.owner = after, owner


def super_attribute(frame: Frame, found: Super, name: str) -> Atom:
    """``super().name``."""
    owner = found.owner
    cls: Any = owner.known if isinstance(owner.known, type) else class_of(frame, owner)
    if cls is None or found.after not in cls.__mro__:
        raise errors.UnsupportedExpression("super() is not understood here", frame.builder.place)
    of_class, base = vars_of_class(cls, name, found.after)
    if base is object and name == "__init__":
        return function_atom(nothing)
    if base is object and name == "__setattr__":
        return function_atom(Handled(partial(set_own, owner)))
    if base is None:
        raise errors.UnsupportedExpression(
            f"no base of {cls.__name__} has an attribute {name}", frame.builder.place
        )
    depend(frame, base, name, of_class)
    if isinstance(owner.known, type):
        if isinstance(of_class, classmethod):
            return function_atom(Bound(of_class.__func__, owner))
        thing = of_class.__func__ if isinstance(of_class, staticmethod) else of_class
        return function_atom(thing)
    if isinstance(of_class, property):
        return getter_of(frame, owner, of_class, cls, name)
    return bound_attribute(frame, owner, cls, of_class, name)


def set_own(owner: Atom, frame: Frame, args: list[Atom], keywords: dict[str, Atom]) -> Atom:
    """``super().__setattr__(name, value)``, where no base says what that does."""
    from chainrule.frontend.setting import store

    if not isinstance(args[0].known, str):
        raise errors.UnsupportedExpression(
            "which attribute is set here is known only when it runs", frame.builder.place
        )
    store(frame, owner, args[0].known, args[1])
    return constant(None)


def nothing() -> None:
    """What `object.__init__` does."""


def super_of(frame: Frame, args: list[Atom]) -> Const:
    """``super()`` in a method, or ``super(cls, self)``."""
    place = frame.builder.place
    if len(args) == 2 and isinstance(args[0].known, type):
        return Const(Super(args[0].known, args[1]), Opaque(super))
    code = frame.source.function.__code__
    cell = frame.scope.get("__class__")
    first = code.co_varnames[:1]
    if args or cell is None or not code.co_argcount or first[0] not in frame.env:
        raise errors.UnsupportedExpression("super() is not understood here", place)
    return Const(Super(cell.cell_contents, frame.lookup(first[0])), Opaque(super))


def of_class_method(frame: Frame, x: Const, thing: types.MethodType, name: str) -> Atom:
    """``Class.method`` for a class method."""
    frame.session.looked_up(x.known, f"{name}.__func__", thing.__func__)
    return function_atom(Bound(thing.__func__, x))
