"""Operators of the user's classes: the methods that Python asks, in its order."""

from __future__ import annotations

import operator
import types
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend import classes, objects
from chainrule.frontend.frame import Frame
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom
from chainrule.ir.types import BOOL, Array, NumPyScalar, show

NAMES: dict[Any, str] = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "truediv",
    operator.floordiv: "floordiv",
    operator.mod: "mod",
    operator.pow: "pow",
    operator.matmul: "matmul",
    operator.and_: "and",
    operator.or_: "or",
    operator.xor: "xor",
    operator.lshift: "lshift",
    operator.rshift: "rshift",
}
UNARY: dict[Any, str] = {
    operator.neg: "__neg__",
    operator.pos: "__pos__",
    operator.invert: "__invert__",
}
COMPARISONS: dict[Any, tuple[str, str]] = {
    operator.eq: ("__eq__", "__eq__"),
    operator.ne: ("__ne__", "__ne__"),
    operator.lt: ("__lt__", "__gt__"),
    operator.le: ("__le__", "__ge__"),
    operator.gt: ("__gt__", "__lt__"),
    operator.ge: ("__ge__", "__le__"),
}


def is_of_objects(frame: Frame, *operands: Atom) -> bool:
    """Whether one of the operands is an object whose class says what an operator means."""
    return any(objects.class_of(frame, x) is not None for x in operands)


def binary(frame: Frame, function: Any, left: Atom, right: Atom, is_update: bool = False) -> Atom:
    """``left + right`` where one is an object, or ``left += right``."""
    name = NAMES[function]
    tries = _order(frame, function, left, right, f"__{name}__", f"__r{name}__")
    if is_update:
        tries = [(left, f"__i{name}__", right), *tries]
    result = _first(frame, tries)
    if result is not None:
        return result
    if _is_of_tuples(frame, left) and _is_of_tuples(frame, right) and function is operator.add:
        from chainrule.frontend.expressions import container, spread

        items = [*spread(frame, left), *spread(frame, right)]
        return container(frame, primitives.make_tuple, items)
    raise errors.UnsupportedExpression(
        f"{_kind(frame, left)} and {_kind(frame, right)} have no operator like this",
        frame.builder.place,
    )


def _kind(frame: Frame, x: Atom) -> str:
    cls = objects.class_of(frame, x)
    return f"a {cls.__name__}" if cls is not None else f"what is {show(x.type)}"


def _is_of_tuples(frame: Frame, x: Atom) -> bool:
    kind = getattr(x.type, "kind", None)
    return isinstance(kind, type) and issubclass(kind, tuple)


def _order(
    frame: Frame, function: Any, left: Atom, right: Atom, name: str, reflected: str
) -> list[tuple[Atom, str, Atom]]:
    """Whom Python asks first: a subclass on the right that has its own answer goes before its base."""
    one, other = objects.class_of(frame, left), objects.class_of(frame, right)
    tries = [(left, name, right), (right, reflected, left)]
    if one is not None and one is other and function in NAMES:
        return tries[:1]  # who has refused once is not asked again
    if one is not None and other is not None and issubclass(other, one):
        own, _ = objects.vars_of_class(other, reflected)
        of_base, _ = objects.vars_of_class(one, reflected)
        if own is not of_base or function in COMPARISONS:
            return tries[::-1]
    return tries


def _first(frame: Frame, tries: list[tuple[Atom, str, Atom]]) -> Atom | None:
    """The first answer that is not NotImplemented."""
    for x, name, other in tries:
        cls = objects.class_of(frame, x)
        if cls is None:
            _leave_to_numpy(frame, x, other)
            continue
        result = method(frame, x, cls, name, (other,))
        if result is not None and result.known is not NotImplemented:
            return result
    return None


def _leave_to_numpy(frame: Frame, x: Atom, other: Atom) -> None:
    """Refuse ``array * object``, unless the class asks NumPy to leave it alone."""
    if not isinstance(x.type, Array | NumPyScalar):
        return
    cls = objects.class_of(frame, other)
    defers = objects.vars_of_class(cls, "__array_ufunc__")[0] is None if cls is not None else False
    if cls is None or defers or isinstance(x.type, NumPyScalar) and _is_single(cls):
        return
    raise errors.UnsupportedExpression(
        f"of an array and a {cls.__name__} NumPy makes an array of objects, which is not understood",
        frame.builder.place,
        help=[f"write the {cls.__name__} first", f"__array_ufunc__ = None in class {cls.__name__}"],
    )


def _is_single(cls: type) -> bool:
    """Whether NumPy takes an object for one thing: it can be neither iterated over nor made an array of."""
    names = ("__len__", "__getitem__", "__iter__", "__array__", "__float__", "__array_ufunc__")
    return not any(objects.defines(cls, name) for name in names)


def method(
    frame: Frame, x: Atom, cls: type, name: str, args: tuple[Atom, ...]
) -> Atom | None:  # fmt: skip
    """What a special method gives, None if the class has none that a person wrote."""
    found, base = objects.vars_of_class(cls, name)
    if found is MISSING or found is None or base is None or base.__module__ == "builtins":
        return None
    if not isinstance(found, types.FunctionType):
        raise errors.UnsupportedExpression(
            f"{name} of {cls.__name__} is no plain method", frame.builder.place
        )
    if classes.is_generated(found):
        return None
    from chainrule.frontend.calls import inline

    objects.depend(frame, cls, name, found)
    return inline(frame, found, (x, *args), {})


def unary(frame: Frame, function: Any, x: Atom) -> Atom:
    """``-x``, ``+x``, ``~x``, ``not x`` of an object."""
    if function is operator.not_:
        return frame.builder.op(operator.not_, truth(frame, x))
    cls = objects.class_of(frame, x)
    assert cls is not None
    result = method(frame, x, cls, UNARY[function], ())
    if result is None:
        raise errors.UnsupportedExpression(
            f"a {cls.__name__} has no {UNARY[function]}", frame.builder.place
        )
    return result


def compare(frame: Frame, function: Any, left: Atom, right: Atom) -> Atom | None:
    """A comparison where an operand is an object; None if it is one of what the objects are, not what they hold."""
    if function in (operator.is_, operator.is_not):
        return None
    if function in (primitives.contained, primitives.not_contained):
        return _contains(frame, function, left, right)
    name, reflected = COMPARISONS[function]
    result = _first(frame, _order(frame, function, left, right, name, reflected))
    if result is not None:
        return result
    if function is operator.ne:
        same = compare(frame, operator.eq, left, right)
        return None if same is None else frame.builder.op(operator.not_, same)
    return frame.builder.op(function, left, right, type=BOOL)


def _contains(frame: Frame, function: Any, x: Atom, whole: Atom) -> Atom | None:
    cls = objects.class_of(frame, whole)
    found = method(frame, whole, cls, "__contains__", (x,)) if cls is not None else None
    if found is None:
        return None
    is_in = truth(frame, found)
    return is_in if function is primitives.contained else frame.builder.op(operator.not_, is_in)


def truth(frame: Frame, x: Atom) -> Atom:
    """What decides a branch on a value: of an object, what its class says."""
    cls = objects.class_of(frame, x)
    if cls is None or issubclass(cls, tuple):
        return x
    for name in ("__bool__", "__len__"):
        found = method(frame, x, cls, name, ())
        if found is not None:
            return found
    return constant(True)


def item_of(frame: Frame, x: Atom, i: Atom) -> Atom | None:
    """``x[i]`` of an object, None if it is a tuple with fields."""
    cls = objects.class_of(frame, x)
    if cls is None or issubclass(cls, tuple) and not objects.defines(cls, "__getitem__"):
        return None
    found = method(frame, x, cls, "__getitem__", (i,))
    if found is None:
        raise errors.UnsupportedExpression(f"a {cls.__name__} has no items", frame.builder.place)
    return found
