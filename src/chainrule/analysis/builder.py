"""Writes statements one after another, each with the type that follows from its operands."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.analysis.infer import infer, may_be_tried, type_of_sample
from chainrule.analysis.sizes import dims_of, with_symbols
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Block, Const, Op, Statement, Value
from chainrule.ir.types import (
    UNKNOWN,
    Array,
    NumPyScalar,
    OneOf,
    Opaque,
    Recursive,
    Scalar,
    Static,
    Struct,
    Type,
    Undefined,
    Uniform,
    is_number,
)

FOLDED = (bool, int, float, str, tuple, slice, type(None), type(Ellipsis))


def constant(known: Any, text: str | None = None) -> Const:
    """A constant with its type."""
    return Const(known, type_of_constant(known), text)


def is_literal(thing: Any) -> bool:
    """Whether an object is a plain constant, or made of such: what a text can say."""
    if type(thing) is tuple:
        return all(map(is_literal, thing))
    if type(thing) is slice:
        return all(map(is_literal, (thing.start, thing.stop, thing.step)))
    if isinstance(thing, np.generic):
        return thing.dtype.kind in "fiub" and thing.itemsize <= 8  # what a Python number holds
    return type(thing) in (bool, int, float, complex, str, bytes, type(None), type(...))


def type_of_constant(known: Any) -> Type:
    if isinstance(known, str):
        return Opaque(str)
    if isinstance(known, (list, dict, set)):
        return Opaque(type(known))
    return type_of_sample(known)


class Builder:
    """A block in the making.

    Parameters
    ----------
    place
        Where in the user's file the statements come from.
    fold
        Whether what is constant is computed now: in rules, of which the text shows only what is left.
    """

    def __init__(self, place: Any = None, fold: bool = False, answers: Any = None) -> None:
        self.statements: list[Statement] = []
        self.makers: dict[
            Value, Op
        ] = {}  # of every value made so far, in blocks around and inside too
        self.place, self.fold, self.answers = place, fold, answers

    def op(
        self,
        function: Callable[..., Any],
        *args: Atom,
        kwargs: tuple[tuple[str, Atom], ...] = (),
        name: str = "",
        role: str = "step",
        spelling: Any = None,
        type: Type | None = None,
    ) -> Atom:
        """One statement with one result, or the result itself where it needs no statement."""
        known = self._known(function, args, kwargs)
        if self.fold:
            if (
                function is operator.getitem
                and args[0].parts is not None
                and isinstance(known_index(args[1]), int)
            ):
                part: Atom = args[0].parts[args[1].known]
                return part
            if known is not MISSING:  # as Python's number, which leaves the dtype to what it meets
                return constant(known.item() if isinstance(known, np.generic) else known)
        result = Value(name, UNKNOWN, role, self.place, known)
        result.type = type or with_symbols(infer(function, args, kwargs), result)
        if function is primitives.make_tuple:
            result.parts = args
        elif function is primitives.assign:
            result.parts = args[0].parts
        self.add(Op((result,), function, args, kwargs, self.place, spelling, self.answers))
        return result

    def effect(self, function: Callable[..., Any], *args: Atom, spelling: Any = None) -> None:
        """A statement without a result."""
        self.add(Op((), function, args, (), self.place, spelling, self.answers))

    def unpack(self, value: Atom, count: int) -> tuple[Atom, ...]:
        """The items of an iterable of which there must be so many."""
        if value.parts is not None and len(value.parts) == count:
            return value.parts
        results = tuple(Value("", t, "step", self.place) for t in types_of_items(value.type, count))
        self.add(Op(results, primitives.unpack, (value,), (), self.place, None, self.answers))
        return results

    def add(self, statement: Statement) -> None:
        self.statements.append(statement)
        if isinstance(statement, Op):
            self.makers.update(dict.fromkeys(statement.results, statement))

    def block(self, results: tuple[Atom, ...] = (), params: tuple[Value, ...] = ()) -> Block:
        return Block(params, tuple(self.statements), results)

    def _known(self, function: Callable[..., Any], args: tuple[Atom, ...], kwargs: Any) -> Any:
        atoms = (*args, *(a for _, a in kwargs))
        if function is primitives.make_tuple and all(a.known is not MISSING for a in atoms):
            return tuple(a.known for a in atoms)
        if function is primitives.assign:
            return args[0].known
        if any(a.known is MISSING for a in atoms):
            return _known_of_types(function, args)
        if not may_be_tried(function) or not all(
            isinstance(a.known, FOLDED) for a in atoms if callable(a.known) is False
        ):
            return MISSING
        try:
            result = function(*(a.known for a in args), **{k: a.known for k, a in kwargs})
        except Exception:  # it will raise when it runs, where the user can see it
            return MISSING
        return result if isinstance(result, FOLDED) else MISSING


def known_index(index: Atom) -> Any:
    return index.known if index.known is not MISSING else None


def types_of_items(t: Type, count: int) -> tuple[Type, ...]:
    """The types of the items that unpacking gives."""
    if isinstance(t, Struct) and t.kind is not dict and len(t.parts) == count:
        return t.parts
    if isinstance(t, Uniform):
        return (t.item,) * count
    item = infer(operator.getitem, (Value("", t), Const(0, type_of_sample(0))))
    return (item,) * count


def _known_of_types(function: Callable[..., Any], args: tuple[Atom, ...]) -> Any:
    """A result that the types of the operands decide."""
    known = OF_TYPES.get(function)
    return known(*args) if known is not None else MISSING


def _ndim(x: Atom) -> Any:
    dims = dims_of(x.type)
    return MISSING if dims is None else len(dims)


def _is(x: Atom, y: Atom) -> Any:
    for one, other in ((x, y), (y, x)):
        if one.known is None and other.known is MISSING and is_certain(other.type):
            return other.type == Opaque(type(None))
    return MISSING


def _is_not(x: Atom, y: Atom) -> Any:
    known = _is(x, y)
    return known if known is MISSING else not known


def _contained(item: Atom, container: Atom) -> Any:
    t = container.type
    if item.known is MISSING or not isinstance(t, Struct) or t.kind is not dict:
        return MISSING
    return item.known in t.keys


def _not_contained(item: Atom, container: Atom) -> Any:
    known = _contained(item, container)
    return known if known is MISSING else not known


def _isinstance(x: Atom, classes: Atom) -> Any:
    if isinstance(x.type, OneOf):
        found = {_isinstance(Value("", t), classes) for t in x.type.options}
        return found.pop() if len(found) == 1 else MISSING
    if isinstance(x.type, Scalar):
        return issubclass(x.type.kind, classes.known)
    if isinstance(x.type, NumPyScalar):
        return issubclass(x.type.dtype.type, classes.known)
    if isinstance(x.type, Array):
        return issubclass(np.ndarray, classes.known)
    if isinstance(x.type, Opaque):
        is_below = issubclass(x.type.cls, classes.known)
        return is_below or (MISSING if issubclass(x.type.cls, BaseException) else False)
    if isinstance(x.type, Struct | Uniform):
        return issubclass(x.type.kind, classes.known)
    if isinstance(x.type, Static):
        return isinstance(x.type.thing, classes.known)
    return MISSING


def _len(x: Atom) -> Any:
    return len(x.type.parts) if isinstance(x.type, Struct) else MISSING


def _shape(x: Atom) -> Any:
    return () if is_number(x.type) else MISSING


def is_certain(t: Type) -> bool:
    """Whether a type says enough to know that the value is, or is not, None."""
    return type(t) is not Type and not isinstance(t, Undefined | Recursive)


OF_TYPES: dict[Any, Callable[..., Any]] = {
    np.ndim: _ndim,
    np.shape: _shape,
    operator.is_: _is,
    operator.is_not: _is_not,
    isinstance: _isinstance,
    primitives.contained: _contained,
    primitives.not_contained: _not_contained,
    len: _len,
}
