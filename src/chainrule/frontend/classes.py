"""Calls of classes, and of the builtins that ask an object what it is."""

from __future__ import annotations

import builtins
import dataclasses
import inspect
import types
from collections.abc import Callable
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend import objects
from chainrule.frontend.building import built
from chainrule.frontend.demands import demand
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import function_atom
from chainrule.frontend.iterating import is_sequence
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Value
from chainrule.ir.primitives import Fields, Method
from chainrule.ir.types import Array, NumPyScalar, Opaque, Scalar, Struct, Uniform

Keywords = dict[str, Atom]


def is_asked_for(function: Any) -> bool:
    """Whether a callee is a class of the user's, or a builtin that has a meaning for objects."""
    if isinstance(function, type) and objects.is_of_user(function):
        return True
    return isinstance(function, CALLED) and function in OF_OBJECTS


CALLED = (type, types.BuiltinFunctionType, types.FunctionType, types.WrapperDescriptorType)
"""The kinds of callables that may have a meaning for objects: they can be hashed."""


def called(frame: Frame, callee: Atom, args: list[Atom], keywords: Keywords) -> Atom | None:
    """A call of a class or of a builtin that has a meaning for objects; None if it is like any other."""
    function = callee.known
    special = OF_OBJECTS.get(function)
    if special is not None:
        return special(frame, args, keywords)
    if issubclass(function, BaseException) or not objects.is_of_user(function):
        return None
    if type(function) not in objects.METACLASSES:
        raise errors.UnsupportedExpression(
            f"{function.__name__} has a metaclass, which decides what a call of it does",
            frame.builder.place,
        )
    return made(frame, function, args, keywords)


def made(frame: Frame, cls: type, args: list[Atom], keywords: Keywords) -> Atom:
    """A new instance of a class of the user's."""
    if is_namedtuple(cls):
        return of_fields(frame, cls, args, keywords)
    if is_plain_dataclass(cls):
        return of_fields(frame, cls, args, keywords)
    return built(frame, cls, args, keywords)


def is_generated(function: Any) -> bool:
    """Whether a method was written by `dataclass` or `namedtuple`, not by a person."""
    return isinstance(function, types.FunctionType) and function.__code__.co_filename == "<string>"


def is_namedtuple(cls: type) -> bool:
    """Whether instances of a class are tuples with fields, made as `namedtuple` makes them."""
    if not issubclass(cls, tuple) or not hasattr(cls, "_fields"):
        return False
    new, _ = objects.vars_of_class(cls, "__new__")
    new = new.__func__ if isinstance(new, staticmethod) else new
    return is_generated(new) and not objects.defines(cls, "__init__")


def is_plain_dataclass(cls: type) -> bool:
    """Whether a class has an `__init__` of `dataclass`'s own that does nothing but fill the fields."""
    init, base = objects.vars_of_class(cls, "__init__")
    if not dataclasses.is_dataclass(cls) or not is_generated(init) or base is None:
        return False
    fields = dataclasses.fields(cls)
    inits = {f.name for f in fields if f.init}
    names = [*inspect.signature(cls).parameters]
    return (
        set(names) == inits
        and {f.name for f in dataclasses.fields(base)} == {f.name for f in fields}
        and not objects.defines(cls, "__post_init__")
        and not objects.defines(cls, "__new__")
        and (is_frozen(cls) or not objects.defines(cls, "__setattr__"))
        and all(f.init or f.default is not dataclasses.MISSING for f in fields)
    )


def is_frozen(cls: Any) -> bool:
    return bool(cls.__dataclass_params__.frozen)


def fields_of(cls: Any) -> tuple[str, ...]:
    """The names of the fields of a namedtuple or dataclass."""
    return cls._fields if issubclass(cls, tuple) else tuple(f.name for f in dataclasses.fields(cls))


def key_of_field(cls: type, name: str) -> Any:
    """The key under which the type of an instance has a field."""
    return fields_of(cls).index(name) if issubclass(cls, tuple) else name


def of_fields(frame: Frame, cls: type, args: list[Atom], keywords: Keywords) -> Atom:
    """An instance that holds what it is given, field by field."""
    try:
        bound = inspect.signature(cls).bind(*args, **keywords)
    except TypeError as error:
        raise errors.CallMismatch(f"{cls.__name__}: {error}", frame.builder.place) from None
    found: dict[str, Atom] = dict(bound.arguments)
    names = [*inspect.signature(cls).parameters]
    given = dict(keywords)
    for name in fields_of(cls):
        if name not in found:
            found[name] = default_of(frame, cls, name)
            if has_factory(cls, name):
                given[name] = found[name]
    where = tuple((key_of_field(cls, n),) for n in [*names[: len(args)], *given])
    keys = tuple(key_of_field(cls, n) for n in fields_of(cls))
    parts = tuple(found[n] for n in fields_of(cls))
    return holding(frame, cls, keys, parts, primitives.construct, (*args,), given, Fields(where))


def holding(
    frame: Frame,
    cls: type,
    keys: tuple[Any, ...],
    parts: tuple[Atom, ...],
    function: Callable[..., Any],
    args: tuple[Atom, ...],
    keywords: Keywords,
    spelling: Any,
) -> Atom:
    """The result of an operation that makes an object of known parts."""
    if function is primitives.construct:
        args = (objects.class_constant(frame, cls), *args)
    t = Struct(cls, keys, tuple(p.type for p in parts))
    result = frame.builder.op(
        function, *args, kwargs=tuple(keywords.items()), spelling=spelling, type=t
    )
    assert isinstance(result, Value)
    result.parts = parts
    frame.session.memory.held |= {p for p in parts if isinstance(p, Value)}
    frame.session.born.add(result)
    return result


def has_factory(cls: Any, name: str) -> bool:
    fields = getattr(cls, "__dataclass_fields__", {})
    return name in fields and fields[name].default_factory is not dataclasses.MISSING


def default_of(frame: Frame, cls: Any, name: str) -> Atom:
    """What a field holds that is not given."""
    if issubclass(cls, tuple):
        return default_atom(frame, cls._field_defaults[name], cls, name)
    f = cls.__dataclass_fields__[name]
    if f.default_factory is not dataclasses.MISSING:
        from chainrule.frontend.calls import call

        factory = f.default_factory
        return call(frame, function_atom(factory), [], {})
    return default_atom(frame, f.default, cls, name)


def default_atom(frame: Frame, default: Any, cls: type, name: str) -> Atom:
    """A default as a constant, or as what the class has for the field."""
    from chainrule.frontend.expressions import attribute

    if isinstance(default, (int, float, complex, str, tuple, type(None))):
        return constant(default)
    if callable(default):
        return function_atom(default)
    if issubclass(cls, tuple):
        raise errors.UnsupportedExpression(
            f"the default of {name} is not understood", frame.builder.place
        )
    return attribute(frame, objects.class_constant(frame, cls), name)


def replaced(frame: Frame, x: Atom, changes: Keywords, spelling: Any) -> Atom:
    """``x._replace(**changes)``, ``dataclasses.replace(x, **changes)``: a new instance, some fields of it changed."""
    from chainrule.frontend.expressions import attribute

    cls = objects.class_of(frame, x)
    place = frame.builder.place
    if cls is None or not (is_namedtuple(cls) or dataclasses.is_dataclass(cls)):
        raise errors.UnsupportedExpression("what is replaced here is not understood", place)
    unknown = [n for n in changes if n not in fields_of(cls)]
    if unknown:
        raise errors.CallMismatch(f"{cls.__name__} has no field {unknown[0]}", place)
    inits = [f.name for f in dataclasses.fields(cls) if f.init] if dataclasses.is_dataclass(cls) else fields_of(cls)  # fmt: skip
    every = {n: changes[n] if n in changes else attribute(frame, x, n) for n in inits}
    if is_namedtuple(cls) or is_plain_dataclass(cls):
        keys = tuple(key_of_field(cls, n) for n in fields_of(cls))
        parts = tuple(every[n] if n in every else default_of(frame, cls, n) for n in fields_of(cls))
        where = tuple((key_of_field(cls, n),) for n in changes)
        return holding(
            frame, cls, keys, parts, primitives.replaced, (x,), changes, Fields(where, spelling)
        )
    return made(frame, cls, [], every)


def _replace(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    return replaced(frame, args[0], keywords, None)


def _type(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
    """``type(x)``, where it is known."""
    if len(args) != 1 or keywords:
        return None
    t = args[0].type
    cls: Any = None
    if isinstance(t, Scalar | Struct | Uniform):
        cls = t.kind
    elif isinstance(t, Opaque):
        cls = t.cls
    elif isinstance(t, NumPyScalar):
        cls = t.dtype.type
    elif isinstance(t, Array):
        import numpy as np

        cls = np.ndarray
    if cls is None:
        return None
    if objects.is_of_user(cls):
        return objects.class_constant(frame, cls)
    return function_atom(cls)


def _issubclass(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
    if len(args) != 2 or any(a.known is MISSING for a in args):
        return None
    return constant(issubclass(args[0].known, args[1].known))


def _hasattr(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
    x, name = args
    cls = objects.class_of(frame, x)
    if cls is None or not isinstance(name.known, str):
        return None
    return constant(has_attribute(frame, x, cls, name.known))


def has_attribute(frame: Frame, x: Atom, cls: type, name: str) -> bool:
    """Whether an object has an attribute: compared when the derivative is called again."""
    if objects.defines(cls, "__getattr__") or objects.defines(cls, "__getattribute__"):
        raise errors.UnsupportedExpression(
            f"{cls.__name__} computes its attributes: whether it has {name} is not understood",
            frame.builder.place,
        )
    found, _ = objects.vars_of_class(cls, name)
    if found is not MISSING and not isinstance(found, types.MemberDescriptorType):
        objects.depend(frame, cls, name, found)
        return True
    if objects.own_attribute(frame, x, name) is not None:
        return True
    if frame.session.example(x) is MISSING:
        demand(frame, x, cls, name)
    objects.tell_absence(frame, x, name)
    return False


def _getattr(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
    x, name = args[:2]
    from chainrule.frontend.expressions import attribute

    if not isinstance(name.known, str):
        if objects.class_of(frame, x) is None:
            return None
        raise errors.UnsupportedExpression(
            "which attribute is read here is known only when it runs",
            frame.builder.place,
            help=["write the name: getattr(x, 'name')"],
        )
    cls = objects.class_of(frame, x)
    if cls is not None and len(args) == 3 and not has_attribute(frame, x, cls, name.known):
        return args[2]
    if cls is None and len(args) == 3:
        return None
    return attribute(frame, x, name.known)


def _setattr(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
    """``setattr(x, "name", v)``."""
    from chainrule.frontend.setting import set_attribute

    if objects.class_of(frame, args[0]) is None or not isinstance(args[1].known, str):
        return None
    set_attribute(frame, args[0], args[1].known, args[2])
    return constant(None)


def _set_own(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
    """``object.__setattr__(x, "name", v)``, past what the class says."""
    from chainrule.frontend.setting import store

    if objects.class_of(frame, args[0]) is None or not isinstance(args[1].known, str):
        raise errors.UnsupportedExpression(
            "what is set here is known only when it runs", frame.builder.place
        )
    store(frame, args[0], args[1].known, args[2])
    return constant(None)


def special_method(name: str) -> Callable[[Frame, list[Atom], Keywords], Atom | None]:
    """How a builtin asks an object: by a method of its class."""

    def ask(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
        cls = objects.class_of(frame, args[0]) if args else None
        own = objects.method_of(cls, name) if cls is not None else None
        if cls is None or own is None or is_generated(own):
            return None
        from chainrule.frontend.calls import inline

        objects.depend(frame, cls, name, own)
        return inline(frame, own, tuple(args), keywords)

    return ask


def _super(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom:
    return objects.super_of(frame, args)


def made_by(function: Callable[..., Any]) -> Callable[[Frame, list[Atom], Keywords], Atom | None]:
    """``list()``, and ``list(x)`` of a list or tuple of known length: a display of its items."""

    def convert(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
        from chainrule.frontend.expressions import container, spread

        if keywords or len(args) > 1 or frame.session.root is None:
            return None
        t = args[0].type if args else None
        is_known = isinstance(t, Struct) and issubclass(t.kind, list | tuple)
        if args and not is_known or function is primitives.make_dict and args:
            return None
        return container(frame, function, spread(frame, args[0]) if args else [])

    return convert


def _iter(frame: Frame, args: list[Atom], keywords: Keywords) -> Atom | None:
    """``iter(x)``, which a loop walks at once: of a sequence, the sequence."""
    if frame.session.walks and len(args) == 1 and is_sequence(args[0]):
        return args[0]
    return special_method("__iter__")(frame, args, keywords)


OF_OBJECTS: dict[Any, Callable[[Frame, list[Atom], Keywords], Atom | None]] = {
    super: _super,
    setattr: _setattr,
    object.__setattr__: _set_own,
    type: _type,
    hasattr: _hasattr,
    getattr: _getattr,
    issubclass: _issubclass,
    dataclasses.replace: _replace,
    builtins.len: special_method("__len__"),
    builtins.abs: special_method("__abs__"),
    builtins.float: special_method("__float__"),
    builtins.int: special_method("__int__"),
    builtins.bool: special_method("__bool__"),
    builtins.round: special_method("__round__"),
    builtins.iter: _iter,
    builtins.list: made_by(primitives.make_list),
    builtins.tuple: made_by(primitives.make_tuple),
    builtins.dict: made_by(primitives.make_dict),
    builtins.next: special_method("__next__"),
    builtins.reversed: special_method("__reversed__"),
    builtins.hash: special_method("__hash__"),
}
"""Builtins that ask an object, and what they do to one of the user's."""


def call_bound(frame: Frame, bound: primitives.Bound, args: list[Atom], keywords: Keywords) -> Atom:
    """A call of a method."""
    from chainrule.frontend.calls import inline

    name = bound.function.__name__
    bound = primitives.Bound(bound.function, frame.again(bound.instance))
    cls = objects.class_of(frame, bound.instance)
    if cls is not None and issubclass(cls, tuple) and name == "_replace":
        return replaced(frame, bound.instance, keywords, Method(name))
    if cls is not None and issubclass(cls, tuple) and name == "_asdict":
        return _as_dict(frame, bound.instance, cls)
    if isinstance(bound.instance.known, type) and name == "_make" and is_namedtuple(bound.instance.known):  # fmt: skip
        from chainrule.frontend.expressions import spread

        return made(frame, bound.instance.known, spread(frame, args[0]), {})
    return inline(frame, bound.function, (bound.instance, *args), keywords)


def _as_dict(frame: Frame, x: Atom, cls: type) -> Atom:
    from chainrule.frontend.expressions import attribute, container

    items = [a for n in fields_of(cls) for a in (constant(n), attribute(frame, x, n))]
    return container(frame, primitives.make_dict, items)
