"""Expressions: names, constants, operators, containers, subscripts, attributes."""

from __future__ import annotations

import builtins
import operator
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from chainrule import errors
from chainrule.analysis.aliases import VIEWS
from chainrule.analysis.builder import constant
from chainrule.analysis.sizes import listed
from chainrule.frontend import functions, objects, operators
from chainrule.frontend.branches import choose
from chainrule.frontend.dispatch import expression, lowers
from chainrule.frontend.frame import Frame, is_static
from chainrule.frontend.lookups import looked_up
from chainrule.frontend.nodes import as_node
from chainrule.frontend.spreading import Pairs, merged, spread_pairs
from chainrule.frontend.unknown import attribute_of_unknown, is_unknown
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Const, Value
from chainrule.ir.primitives import Attribute, Bracketed, Named
from chainrule.ir.types import (
    NEVER,
    UNKNOWN,
    Array,
    Opaque,
    Recursive,
    Scalar,
    Static,
    Struct,
    Type,
    Uniform,
    differentiable,
    has_memory,
    is_number,
)
from chainrule.rules import attributes, methods

BINARY = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.BitAnd: operator.and_,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
}
UNARY: dict[type, Callable[..., Any]] = {
    gast.USub: operator.neg,
    gast.UAdd: operator.pos,
    gast.Invert: operator.invert,
    gast.Not: operator.not_,
}


COMPARE = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
    gast.In: primitives.contained,
    gast.NotIn: primitives.not_contained,
}


@lowers(gast.Constant)
def _constant(frame: Frame, node: Any) -> Atom:
    text = frame.at(node).segment if isinstance(node.value, (int, float, complex)) else None
    return constant(node.value, None if isinstance(node.value, bool) else text)


@lowers(gast.Name)
def _name(frame: Frame, node: Any) -> Atom:
    return frame.lookup(node.id)


@lowers(gast.BinOp)
def _binary(frame: Frame, node: Any) -> Atom:
    # A chain of 500 terms leans to the left: walk down its spine, then up.
    spine = []
    while isinstance(node, gast.BinOp):
        spine.append(node)
        node = node.left
    left = expression(frame, node)
    for inner in reversed(spine):
        right = expression(frame, inner.right)
        left = frame.again(left)  # the right side may have written to it
        frame.at(inner)
        left = arithmetic(frame, BINARY[type(inner.op)], left, right)
    return left


def arithmetic(frame: Frame, function: Any, left: Atom, right: Atom) -> Atom:
    """An operator applied to numbers and arrays: of containers it means something else."""
    if operators.is_of_objects(frame, left, right):
        return operators.binary(frame, function, left, right)
    made = joined_containers(frame, function, left, right)
    if made is not None:
        return made
    for operand in (left, right):
        if isinstance(operand.type, Struct | Uniform) and differentiable(operand.type):
            kind = operand.type.kind.__name__
            raise errors.UnsupportedExpression(
                f"an operator between a {kind} and something is not understood",
                frame.builder.place,
                help=["build the container from its items", "make an array of it: np.array(...)"],
            )
    return frame.builder.op(function, left, right)


def joined_containers(frame: Frame, function: Any, left: Atom, right: Atom) -> Atom | None:
    """``l + m``, ``l * 2``, ``d | e`` of containers whose parts are known, None if this is none of them."""
    kinds = [t.kind if isinstance(t := a.type, Struct) else None for a in (left, right)]
    if frame.builder.fold or not any(differentiable(a.type) for a in (left, right)):
        return None
    if function is operator.or_ and kinds == [dict, dict]:
        held = {k: (x, k) for x in (left, right) for k in x.type.keys}  # type: ignore[attr-defined]
        pairs = [(k, item(frame, x, constant(at))) for k, (x, at) in held.items()]
        return container(
            frame, primitives.make_dict, [a for k, v in pairs for a in (constant(k), v)]
        )
    times = next((a.known for a in (left, right) if type(a.known) is int), None)
    if function is operator.mul and times is not None:
        whole = left if kinds[0] in (list, tuple) else right
        if not isinstance(whole.type, Struct) or whole.type.kind not in (list, tuple):
            return None
        return _of_items(frame, whole.type.kind, _items(frame, whole) * times)
    if function is operator.add and kinds[0] is kinds[1] and kinds[0] in (list, tuple):
        return _of_items(frame, kinds[0], [*_items(frame, left), *_items(frame, right)])
    return None


def _items(frame: Frame, whole: Atom) -> list[Atom]:
    assert isinstance(whole.type, Struct)
    return [item(frame, whole, constant(i)) for i in range(len(whole.type.parts))]


def _of_items(frame: Frame, kind: Any, items: list[Atom]) -> Atom:
    function = primitives.make_list if kind is list else primitives.make_tuple
    return container(frame, function, items)


@lowers(gast.UnaryOp)
def _unary(frame: Frame, node: Any) -> Atom:
    x = expression(frame, node.operand)
    if (
        isinstance(x, Const)
        and isinstance(node.op, gast.USub)
        and isinstance(x.known, (int, float, complex))
    ):
        return constant(
            -x.known, None if x.text is None or x.text.startswith("-") else f"-{x.text}"
        )
    if operators.is_of_objects(frame, x):
        return operators.unary(frame, UNARY[type(node.op)], x)
    return frame.builder.op(UNARY[type(node.op)], x)


@lowers(gast.Compare)
def _compare(frame: Frame, node: Any) -> Atom:
    left = expression(frame, node.left)
    return _chain(frame, left, list(zip(node.ops, node.comparators)))


def _chain(frame: Frame, left: Atom, rest: list[Any]) -> Atom:
    op, comparator = rest[0]
    right = expression(frame, comparator)
    left = frame.again(left)
    test = compared(frame, COMPARE[type(op)], left, right)
    if len(rest) == 1:
        return test
    return choose(frame, test, lambda: _chain(frame, right, rest[1:]), lambda: test, "chain")


def compared(frame: Frame, function: Any, left: Atom, right: Atom) -> Atom:
    """A comparison; one of two functions is compared in a branch."""
    if isinstance(left.known, functions.Choice):
        return functions.asked(
            frame, left.known, lambda a: compared(frame, function, a, right), choose
        )
    if isinstance(right.known, functions.Choice):
        return functions.asked(
            frame, right.known, lambda a: compared(frame, function, left, a), choose
        )
    functions.refuse_lost(frame, left, right)
    if operators.is_of_objects(frame, left, right):
        found = operators.compare(frame, function, left, right)
        if found is not None:
            return found
    return frame.builder.op(function, left, right)


@lowers(gast.BoolOp)
def _boolean(frame: Frame, node: Any) -> Atom:
    return _short_circuit(frame, node.values, isinstance(node.op, gast.And))


def _short_circuit(frame: Frame, values: list[Any], is_and: bool) -> Atom:
    first = expression(frame, values[0])
    if len(values) == 1:
        return first

    def rest() -> Atom:
        return _short_circuit(frame, values[1:], is_and)

    if is_and:
        return choose(frame, first, rest, lambda: first, "and")
    return choose(frame, first, lambda: first, rest, "or")


@lowers(gast.IfExp)
def _ternary(frame: Frame, node: Any) -> Atom:
    test = expression(frame, node.test)
    return choose(
        frame,
        test,
        lambda: expression(frame, node.body),
        lambda: expression(frame, node.orelse),
        "ternary",
    )


@lowers(gast.Tuple)
def _tuple(frame: Frame, node: Any) -> Atom:
    return container(frame, primitives.make_tuple, displayed(frame, node.elts))


def displayed(frame: Frame, nodes: list[Any]) -> list[Atom]:
    """The items of a display or the arguments of a call, starred ones taken apart."""
    items: list[Atom] = []
    for node in nodes:
        if isinstance(node, gast.Starred):
            items += _spread(frame, node)
        else:
            items.append(expression(frame, node))
    return frame.read_again(items)


def _spread(frame: Frame, node: Any) -> list[Atom]:
    value = expression(frame, node.value)
    frame.at(node)
    return spread(frame, value)


def spread(frame: Frame, value: Atom) -> list[Atom]:
    """The items of a tuple or list of known length."""
    if value.parts is not None and value.type.kind is not dict:  # type: ignore[attr-defined]
        return [frame.again(p) for p in value.parts]
    if isinstance(value.known, tuple):
        return [constant(k) for k in value.known]
    if not isinstance(value.type, Struct) or value.type.kind is dict:
        raise errors.UnsupportedExpression(
            "* is understood for tuples and lists of known length", frame.builder.place
        )
    return [item(frame, value, constant(i)) for i in range(len(value.type.parts))]


@lowers(gast.List)
def _list(frame: Frame, node: Any) -> Atom:
    return container(frame, primitives.make_list, displayed(frame, node.elts))


@lowers(gast.Dict)
def _dict(frame: Frame, node: Any) -> Atom:
    pairs: Pairs = []
    for key, value in zip(node.keys, node.values):
        if key is None:
            pairs += spread_pairs(frame, value)
        else:
            pairs.append((expression(frame, key), expression(frame, value)))
    items = merged(frame, pairs)
    return container(frame, primitives.make_dict, frame.read_again(items))


def container(frame: Frame, function: Any, items: list[Atom]) -> Atom:
    """A container that holds its items themselves: it changes with them."""
    result = frame.builder.op(function, *items)
    if not isinstance(result, Value) or frame.builder.fold:
        return result
    frame.session.memory.held |= {a for a in items if isinstance(a, Value)}
    if function is primitives.make_tuple:
        frame.session.memory.displays.add(result)
    if isinstance(result.type, Struct):
        values = items[1::2] if function is primitives.make_dict else items
        keys = items[::2] if function is primitives.make_dict else []
        held = dict(zip([k.known for k in keys] or result.type.keys, values))
        result.parts = tuple(held[k] for k in result.type.keys)
        return result
    for atom in items:
        frame.session.memory.relate(result, atom)
    return result


@lowers(gast.Starred)
def _starred(frame: Frame, node: Any) -> Atom:
    raise errors.UnsupportedExpression(
        "* here is not understood", frame.at(node), help=["name the items one by one"]
    )


@lowers(gast.Slice)
def _slice(frame: Frame, node: Any) -> Atom:
    ends = [
        constant(None) if e is None else expression(frame, e)
        for e in (node.lower, node.upper, node.step)
    ]
    if all(isinstance(e, Const) for e in ends):
        return constant(slice(*(e.known for e in ends)))
    return frame.builder.op(builtins.slice, *ends)


def index(frame: Frame, node: Any) -> Atom:
    """The atom of what stands between square brackets."""
    if not isinstance(node, gast.Tuple):
        return expression(frame, node)
    items = [expression(frame, e) for e in node.elts]
    if all(isinstance(e, Const) for e in items):
        return constant(tuple(e.known for e in items))
    return frame.builder.op(primitives.make_tuple, *items)


@lowers(gast.Subscript)
def _subscript(frame: Frame, node: Any) -> Atom:
    x = expression(frame, node.value)
    i = index(frame, node.slice)
    frame.at(node)
    return item(frame, frame.again(x), i)


def item(frame: Frame, x: Atom, i: Atom) -> Atom:
    """``x[i]``, as a leaf of an argument where the path is known, as a view where it is one."""
    session = frame.session
    if operators.is_of_objects(frame, x) and (of := operators.item_of(frame, x, i)) is not None:
        return of
    key = i.known
    joined = joined_by(x)
    if joined is not None and key is MISSING:
        spelling = Bracketed(x.text) if isinstance(x, Const) and x.text else None
        return frame.builder.op(joined, *(i.parts or (i,)), spelling=spelling)
    if (
        isinstance(x.type, Struct)
        and isinstance(x, Value)
        and key is not MISSING
        and not isinstance(key, slice)
    ):
        at = (
            key + len(x.type.keys)
            if isinstance(key, int) and key < 0 and x.type.kind is not dict
            else key
        )
        if at in x.type.keys and session.is_fixed(x):
            fields = getattr(x.type.kind, "_fields", None)
            step = ("item", at) if fields is None else ("attribute", fields[at])
            return part(frame, x, step, x.type.part(at))
        if at not in x.type.keys and session.attempts:
            return frame.builder.op(operator.getitem, x, i, type=NEVER)  # a handler may know why
        if at not in x.type.keys:
            raise errors.UnsupportedExpression(
                f"there is no item {key!r} here", frame.builder.place
            )
        function = functions.of_type(x.type.part(at))
        if function is not None:
            return function
        if x.parts is not None:
            return held_part(frame, x, i, x.parts[x.type.keys.index(at)])
    is_open = x.type == UNKNOWN and isinstance(key, str) and not session.attempts
    if is_open and isinstance(x, Value) and x in session.rooted:
        return part(frame, x, ("item", key), UNKNOWN)
    chosen = looked_up(frame, x, i)
    if chosen is not None:
        return chosen
    result = frame.builder.op(operator.getitem, x, i)
    if isinstance(key, slice) and isinstance(result.type, Struct) and isinstance(x.type, Struct):
        assert isinstance(result, Value)
        if x.parts is not None or isinstance(x, Value) and session.is_fixed(x):
            # another list of the same items
            result.parts = tuple(item(frame, x, constant(k)) for k in x.type.keys[key])
            return result
    if isinstance(result, Value) and has_memory(result.type):
        if isinstance(x.type, Array) and is_basic(i):
            session.memory.view(result, x, (i,))
        elif not isinstance(x.type, Array):
            session.memory.holds(x, result)
        elif not (isinstance(result.type, Array) and is_advanced(i)):
            session.memory.relate(result, x)
    return result


def joined_by(x: Atom) -> Callable[..., Any] | None:
    """The function that ``np.r_`` or ``np.c_`` is, of what stands between its brackets."""
    from chainrule.rules import joining

    if x.known is np.r_:
        return joining.rows_joined
    return joining.columns_joined if x.known is np.c_ else None


def held_part(frame: Frame, x: Value, i: Atom, part: Atom) -> Atom:
    """A read of an item of a container that was made here: it is the item, and the text says where it lies."""
    assert isinstance(x.type, Struct)
    is_tuple = x.type.kind is tuple or hasattr(x.type.kind, "_fields")
    is_own = is_tuple and part not in frame.session.memory.reads
    is_own = is_own or functions.has_inner(x.type)  # no text can say what holds a nested function
    if is_own or isinstance(part, Const) and isinstance(part.type, Opaque):
        return frame.session.memory.read(part, frame.builder)
    return held(frame, x, i, part)


def held(frame: Frame, x: Atom, key: Atom, part: Atom, spelling: Any = None) -> Atom:
    """A part of a container or object, which the text reads from there."""
    memory = frame.session.memory
    now = memory.read(part, frame.builder)
    read = frame.builder.op(primitives.held, now, x, key, type=now.type, spelling=spelling)
    if isinstance(read, Value):
        read.known, read.parts = now.known, now.parts
        read.cut = getattr(now, "cut", None)
        memory.view(read, now, ())
    return read


def part(frame: Frame, x: Value, step: tuple[str, Any], type: Type) -> Atom:
    """A part of an argument, which all readings share."""
    session = frame.session
    root, path, free = session.rooted[x]
    example = session.example(x)
    inner = MISSING
    if example is not MISSING:
        inner = example[step[1]] if step[0] == "item" else getattr(example, step[1])
    found = session.leaf(root, (*path, step), type, free, inner)
    return session.unfold(frame, session.memory.read(found, frame.builder))


def is_basic(i: Atom) -> bool:
    """Whether indexing with this gives a view: integers, slices, None and Ellipsis."""
    if is_list(i):
        return False
    entries = i.parts or ()
    types_ = [e.type for e in entries] if entries else [i.type]
    if not entries and i.known is not MISSING:
        known = i.known if isinstance(i.known, tuple) else (i.known,)
        return all(
            k is None or k is Ellipsis or isinstance(k, (int, slice)) and not isinstance(k, bool)
            for k in known
        )
    return all(
        is_number(t)
        and t != Scalar(bool)
        or isinstance(t, Opaque)
        and t.cls in (slice, type(None), type(Ellipsis))
        for t in types_
    )


def is_advanced(i: Atom) -> bool:
    """Whether indexing with this certainly gives a copy."""
    entries = (i,) if is_list(i) else i.parts or (i,)
    types_ = [listed(e.type) or e.type for e in entries]
    return any(isinstance(t, Array) and t.rank for t in types_) or is_list(i)


def is_list(i: Atom) -> bool:
    """Whether an index is a list, which is an array of indices."""
    return isinstance(i.type, Struct | Uniform) and i.type.kind is list


@lowers(gast.Attribute)
def _attribute(frame: Frame, node: Any) -> Atom:
    x = expression(frame, node.value)
    frame.at(node)
    return attribute(frame, x, node.attr)


def attribute(frame: Frame, x: Atom, name: str) -> Atom:
    """``x.name``."""
    if isinstance(x.known, functions.Choice):
        return functions.distributed(frame, x.known, lambda a: attribute(frame, a, name), choose)
    if isinstance(x.type, Recursive):
        x = as_node(frame, x)
    if isinstance(x.known, objects.Super):
        return objects.super_attribute(frame, x.known, name)
    if isinstance(x, Const) and is_static(x.known):
        return _static_attribute(frame, x, name)
    session = frame.session
    cls = objects.class_of(frame, x)
    if cls is not None:
        return objects.object_attribute(frame, x, cls, name)
    if isinstance(x, Value) and isinstance(x.type, Struct) and name in field_names(x.type):
        return data_attribute(frame, x, name)
    if x.type == Opaque(type) and name in ("__name__", "__qualname__", "__module__"):
        t = Opaque(str)
        return frame.builder.op(getattr, x, constant(name), type=t, spelling=Attribute(name))
    example = session.example(x)
    if example is not MISSING and not isinstance(
        example, np.ndarray | np.generic | float | int | complex
    ):
        assert isinstance(x, Value)
        return _object_attribute(frame, x, example, name)
    if is_unknown(frame, x) and (name not in attributes or frame.session.table.is_field(name)):
        return attribute_of_unknown(frame, x, name)
    function = attributes.get(name)
    if function is None and name in methods and _is_numeric(x):
        return functions.function_atom(functions.Handled(_bound(x, name)))
    if function is None and isinstance(x, Value) and x in session.rooted and x.type == UNKNOWN:
        return part(frame, x, ("attribute", name), UNKNOWN)
    if function is None:
        raise errors.UnsupportedExpression(
            f"the attribute {name} is not understood here", frame.builder.place
        )
    result = frame.builder.op(function, x, spelling=Attribute(name))
    if isinstance(result, Value):
        if function in VIEWS and isinstance(x.type, Array):
            session.memory.view(result, x, (Const(function, Opaque(type(function))),))
        else:
            session.memory.relate(result, x)
    return result


def data_attribute(frame: Frame, x: Value, name: str) -> Atom:
    """An attribute that an object itself holds, or its class as data."""
    session = frame.session
    if isinstance(x.type, Struct) and name in field_names(x.type):
        key = name if name in x.type.keys else x.type.kind._fields.index(name)  # type: ignore[attr-defined]
        if session.is_fixed(x):
            return part(frame, x, ("attribute", name), x.type.part(key))
        function = functions.of_type(x.type.part(key))
        if function is not None:
            return function
        if x.parts is not None:
            part_ = x.parts[x.type.keys.index(key)]
            is_own = hasattr(x.type.kind, "_fields") and part_ not in session.memory.reads
            if is_own or functions.has_inner(
                x.type
            ):  # no text can make what holds an inner function
                return session.memory.read(part_, frame.builder)
            return held(frame, x, constant(key), part_, Attribute(name))
        return _field(frame, x, name, key)
    thing = getattr(session.example(x), name)
    return part(frame, x, ("attribute", name), session.type_of(thing, name))


def _is_numeric(x: Atom) -> bool:
    return isinstance(x.type, Array) or is_number(x.type)


def _bound(x: Atom, name: str) -> Any:
    """What a call of an array's method does, where the method went through a name."""

    def call(frame: Frame, args: list[Atom], keywords: dict[str, Atom]) -> Atom:
        from chainrule.frontend.calls import call_numeric_method

        return call_numeric_method(frame, frame.again(x), name, args, keywords)

    return call


def _field(frame: Frame, x: Value, name: str, key: Any) -> Atom:
    """A field of a namedtuple or dataclass instance that came out of a container or a branch."""
    function = operator.getitem if key != name else getattr
    assert isinstance(x.type, Struct)
    result = frame.builder.op(
        function, x, constant(key), type=x.type.part(key), spelling=Attribute(name)
    )
    assert isinstance(result, Value)
    frame.session.memory.relate(result, x)
    return result


def field_names(t: Struct) -> tuple[Any, ...]:
    return getattr(t.kind, "_fields", ()) or (t.keys if t.kind not in (tuple, list, dict) else ())


def _static_attribute(frame: Frame, x: Const, name: str) -> Atom:
    try:
        thing = getattr(x.known, name)
    except AttributeError:
        raise errors.UnsupportedExpression(
            f"{x.text} has no attribute {name}", frame.builder.place
        ) from None
    text = f"{x.text}.{name}" if x.text is not None else None
    if isinstance(x.known, type) and isinstance(thing, types.MethodType):
        return objects.of_class_method(frame, x, thing, name)
    if is_static(thing):
        frame.session.looked_up(x.known, name, thing)
        return Const(thing, Static(thing, text), text)
    if isinstance(x.known, types.ModuleType) and x.known.__name__ in ("numpy", "math"):
        return Const(thing, constant(thing).type, text)
    if frame.session.root is None and isinstance(thing, (int, float, complex, str, tuple)):
        return constant(thing)
    if x.text is None or not x.text.isidentifier():
        raise errors.UnsupportedExpression(f"{text} is not understood", frame.builder.place)
    path = (("attribute", name),)
    value = frame.session.leaf(x.text, path, frame.session.type_of(thing, name), True, thing)
    return frame.session.memory.read(value, frame.builder)


def _object_attribute(frame: Frame, x: Value, example: Any, name: str) -> Atom:
    """An attribute of an object of a class that is not the user's, which came in as an argument."""
    of_class = getattr(type(example), name, MISSING)
    if callable(of_class) or isinstance(of_class, property):
        frame.session.looked_up(type(example), name, of_class)
    if isinstance(of_class, property):
        assert of_class.fget is not None
        from chainrule.frontend.calls import inline

        return inline(frame, of_class.fget, (x,), {})
    try:
        thing = getattr(example, name)
    except AttributeError:
        if frame.session.attempts:
            spelling = Attribute(name)
            return frame.builder.op(getattr, x, constant(name), type=NEVER, spelling=spelling)
        raise errors.UnsupportedExpression(
            f"{type(example).__name__} has no attribute {name}", frame.builder.place
        ) from None
    if callable(thing) and of_class is not MISSING:
        return Const(thing, Opaque(type(thing)), name)
    return part(frame, x, ("attribute", name), frame.session.type_of(thing, name))


def named(text: str | None) -> Named | None:
    return Named(text) if text else None
