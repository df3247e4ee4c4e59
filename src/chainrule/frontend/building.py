"""Instances of the user's classes that are made here: `__init__` is lowered on an empty object, attribute by attribute.

Where nothing reads the object as a whole the text has no object at all. Where `__init__` does nothing but keep what it
is given, the text calls the class; else it makes an empty object and has the statements of `__init__` itself.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from typing import Any

from chainrule import errors
from chainrule.frontend import objects
from chainrule.frontend.frame import Frame
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Const, Op, Value
from chainrule.ir.primitives import Fields, Inner
from chainrule.ir.types import Struct

Keywords = dict[str, Atom]


def built(frame: Frame, cls: type, args: list[Atom], keywords: Keywords) -> Atom:
    """A new instance of a class with an `__init__` that is not `dataclass`'s own, or does more."""
    refuse_odd(frame, cls)
    builder, memory = frame.builder, frame.session.memory
    before = len(builder.statements)
    constant = objects.class_constant(frame, cls)
    blank = builder.op(primitives.blank, constant, type=Struct(cls, (), ()))
    assert isinstance(blank, Value)
    blank.parts = ()
    frame.session.born.add(blank)
    initialize(frame, cls, blank, args, keywords)
    result = memory.read(blank, frame.builder)
    if frame.builder is builder:
        kept = only_keeps(builder.statements[before:], blank, [*args, *keywords.values()])
        if kept and isinstance(result, Value):
            del builder.statements[before:]
            forget(frame, blank)
            return called(frame, cls, result, args, keywords)
    return result


def initialize(frame: Frame, cls: type, blank: Value, args: list[Atom], keywords: Keywords) -> None:
    """Run `__init__` on an empty object."""
    from chainrule.frontend.calls import inline
    from chainrule.frontend.classes import is_generated

    init, base = objects.vars_of_class(cls, "__init__")
    if cls is types.SimpleNamespace:
        set_all(frame, blank, keywords)
    elif dataclasses.is_dataclass(cls) and is_generated(init):
        initialize_fields(frame, cls, blank, args, keywords)
    elif isinstance(init, types.FunctionType):
        objects.depend(frame, cls, "__init__", init)
        inline(frame, init, (blank, *args), keywords)
    elif base is not object or args or keywords:
        raise errors.UnsupportedExpression(
            f"an instance of {cls.__name__} made here is not understood", frame.builder.place
        )


def set_all(frame: Frame, blank: Value, values: Keywords) -> None:
    from chainrule.frontend.setting import store

    for name, value in values.items():
        store(frame, blank, name, frame.again(value))


def initialize_fields(
    frame: Frame, cls: Any, blank: Value, args: list[Atom], keywords: Keywords
) -> None:
    """What the `__init__` that `dataclass` writes does: the fields in order, then `__post_init__`."""
    from chainrule.frontend.calls import inline
    from chainrule.frontend.classes import default_of

    try:
        given = inspect.signature(cls).bind(*args, **keywords).arguments
    except TypeError as error:
        raise errors.CallMismatch(f"{cls.__name__}: {error}", frame.builder.place) from None
    for f in dataclasses.fields(cls):
        if f.name in given:
            set_all(frame, blank, {f.name: given[f.name]})
        elif f.default is not dataclasses.MISSING or f.default_factory is not dataclasses.MISSING:
            set_all(frame, blank, {f.name: default_of(frame, cls, f.name)})
    post = objects.method_of(cls, "__post_init__")
    if post is not None:
        objects.depend(frame, cls, "__post_init__", post)
        names = [n for n, f in cls.__dataclass_fields__.items() if is_for_init(f)]
        values = [given[n] if n in given else default_of(frame, cls, n) for n in names]
        inline(frame, post, (blank, *values), {})


def is_for_init(field: Any) -> bool:
    """Whether a field is an `InitVar`, which only `__post_init__` sees."""
    return field._field_type is dataclasses._FIELD_INITVAR  # type: ignore[attr-defined]


def refuse_odd(frame: Frame, cls: type) -> None:
    """Refuse classes whose instances are more than attributes, or cannot be made."""
    place = frame.builder.place
    if objects.defines(cls, "__new__"):
        raise errors.UnsupportedExpression(
            f"{cls.__name__} defines __new__: an instance made here is not understood", place
        )
    if getattr(cls, "__abstractmethods__", None):
        raise errors.UnsupportedExpression(f"{cls.__name__} is abstract", place)
    builtin = [b for b in cls.__mro__ if b.__module__ == "builtins" and b is not object]
    if builtin:
        raise errors.UnsupportedExpression(
            f"{cls.__name__} is a {builtin[0].__name__}: an instance made here is not understood",
            place,
            help=[f"keep a {builtin[0].__name__} in an attribute"],
        )


def forget(frame: Frame, blank: Value) -> None:
    """Drop an object of which no statement is left."""
    memory = frame.session.memory
    memory.versions.pop(blank, None)
    memory.written.discard(blank)
    frame.session.born.discard(blank)


def only_keeps(statements: list[Any], blank: Value, given: list[Atom]) -> bool:
    """Whether an `__init__` did nothing but keep what it was given, and constants."""
    versions: set[Atom] = {blank}
    for s in statements[1:]:
        if isinstance(s, Op) and s.function is primitives.make_tuple:
            continue
        if (
            not isinstance(s, Op)
            or s.function is not primitives.update
            or s.args[0] not in versions
        ):
            return False
        value = s.args[-1]
        if isinstance(value.known, Inner):
            return False  # a method that is bound to this very object
        if s.args[2].known is not setattr or not (isinstance(value, Const) or value in given):
            return False
        versions.add(s.results[0])
    return True


def called(frame: Frame, cls: type, kept: Value, args: list[Atom], keywords: Keywords) -> Atom:
    """The call of a class whose instance holds these parts."""
    from chainrule.frontend.classes import holding

    assert isinstance(kept.type, Struct) and kept.parts is not None
    keys, parts = kept.type.keys, kept.parts
    given = [*args, *keywords.values()]
    first = {k: given.index(p) for k, p in zip(keys, parts) if p in given}
    where = tuple(tuple(k for k, at in first.items() if at == i) for i in range(len(given)))
    return holding(
        frame, cls, keys, parts, primitives.construct, tuple(args), keywords, Fields(where)
    )
