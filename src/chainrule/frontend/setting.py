"""Attributes that are set: by a property, by the class's own word for it, or in the object itself."""

from __future__ import annotations

import types
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend import classes, objects
from chainrule.frontend.demands import demand
from chainrule.frontend.frame import Frame
from chainrule.frontend.holding import update
from chainrule.ir.form import MISSING, Atom
from chainrule.ir.primitives import Updated
from chainrule.ir.types import Struct


def set_attribute(frame: Frame, x: Atom, name: str, value: Atom, function: Any = None) -> None:
    """``x.name = value``, or with a function ``x.name += …``, of which the value is the sum."""
    from chainrule.frontend.calls import inline

    cls = objects.class_of(frame, x)
    if cls is None or name == "__class__":
        raise errors.UnsupportedStatement(
            "an assignment to an attribute is not understood here",
            frame.builder.place,
            help=["keep the value in a name and return it"],
        )
    of_class, _ = objects.vars_of_class(cls, name)
    setter = objects.method_of(cls, "__setattr__")
    if setter is not None and not classes.is_generated(setter):
        objects.depend(frame, cls, "__setattr__", setter)
        inline(frame, setter, (x, constant(name), value), {})
        return
    objects.depend(frame, cls, name, of_class)
    if isinstance(of_class, property) and of_class.fset is not None:
        inline(frame, of_class.fset, (x, value), {})
        return
    refuse_fixed(frame, cls, of_class, name)
    store(frame, x, name, value, function)


def refuse_fixed(frame: Frame, cls: Any, of_class: Any, name: str) -> None:
    """Refuse to set what Python does not let set, or what a descriptor would see."""
    place = frame.builder.place
    if isinstance(of_class, property):
        raise errors.UnsupportedStatement(
            f"the property {name} of {cls.__name__} has no setter", place
        )
    if issubclass(cls, tuple):
        raise errors.UnsupportedStatement(
            f"a {cls.__name__} is a tuple: its fields cannot be set",
            place,
            help=[f"make another: p = p._replace({name}=…)"],
        )
    if hasattr(cls, "__dataclass_fields__") and classes.is_frozen(cls):
        raise errors.UnsupportedStatement(
            f"{cls.__name__} is frozen: its fields cannot be set",
            place,
            help=[f"make another: dataclasses.replace(p, {name}=…)"],
        )
    if hasattr(type(of_class), "__set__") and not isinstance(of_class, types.MemberDescriptorType):
        raise errors.UnsupportedStatement(
            f"{name} is a descriptor of {cls.__name__}, which is not understood", place
        )


def store(frame: Frame, x: Atom, name: str, value: Atom, function: Any = None) -> None:
    """Set an attribute of the object itself."""
    x = frame.again(x)
    cls = objects.class_of(frame, x)
    assert cls is not None
    if not isinstance(x.type, Struct) or name not in x.type.keys:
        demand(frame, x, cls, name)
    if not isinstance(x.type, Struct):
        raise errors.UnknownStore(
            f"nothing says what this {cls.__name__} holds, whose {name} is set here",
            frame.builder.place,
            help=["call the derivative: then the arguments say it"],
        )
    update(frame, x, setattr, [constant(name), value], Updated(operator=function))


def delete_attribute(frame: Frame, x: Atom, name: str) -> None:
    """``del x.name``, of an attribute that the object itself holds."""
    cls = objects.class_of(frame, x)
    of_class, _ = objects.vars_of_class(cls, name) if cls is not None else (MISSING, None)
    if cls is None or of_class is not MISSING or objects.defines(cls, "__delattr__"):
        raise errors.UnsupportedStatement("del of this is not understood", frame.builder.place)
    if not isinstance(x.type, Struct) or name not in x.type.keys:
        demand(frame, x, cls, name)
        raise errors.UnsupportedStatement(
            f"this {cls.__name__} has no attribute {name}", frame.builder.place
        )
    update(frame, x, delattr, [constant(name)], Updated())


def is_held(frame: Frame, x: Atom, name: str) -> bool:
    """Whether an attribute is data of the object itself, which ``x.name += v`` may write to in place."""
    cls = objects.class_of(frame, x)
    if cls is None:
        return True
    of_class, _ = objects.vars_of_class(cls, name)
    has_setter = objects.method_of(cls, "__setattr__")
    is_own = has_setter is None or classes.is_generated(has_setter)
    return is_own and (of_class is MISSING or not isinstance(of_class, property))
