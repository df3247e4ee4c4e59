"""Loops over functions: what is called differs from turn to turn, so each turn is written out."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gast

from chainrule.analysis.builder import constant
from chainrule.frontend import objects
from chainrule.frontend.branches import branch, guard, possible
from chainrule.frontend.dispatch import FALL, RETURN, expression, statements
from chainrule.frontend.expressions import item
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import has_function, is_function
from chainrule.frontend.statements import bind
from chainrule.ir.form import Atom, Const
from chainrule.ir.primitives import make_tuple
from chainrule.ir.types import Opaque, Range, Struct, Type

if TYPE_CHECKING:
    from chainrule.frontend.loops import Walked

MOST = 1000
"""How many turns are written out."""


def functions_in(frame: Frame, node: Any) -> list[Atom] | None:
    """The items that a `for` walks, if they are known and there are functions among them."""
    call = node if isinstance(node, gast.Call) and not node.keywords else None
    if call is not None and isinstance(call.func, gast.Name):
        return _of_call(frame, expression(frame, call.func).known, call.args)
    if call is not None and isinstance(call.func, gast.Attribute) and not call.args:
        return _of_method(frame, call.func)
    if not isinstance(node, gast.Name | gast.List | gast.Tuple | gast.Attribute | gast.Subscript):
        return None
    with frame.session.block():  # whatever it is, it is lowered again where it is walked
        t = expression(frame, node).type
    if not is_told_apart(t) or not _is_known(t):
        return None
    return _items(frame, expression(frame, node))


def is_told_apart(t: Type) -> bool:
    """Whether the items of a container are functions, or objects of different classes: each has a turn of its own."""
    return has_function(t) or len(kinds_within(t)) > 1


def kinds_within(t: Type) -> set[type]:
    """The classes of the user's objects among the items of a container."""
    items = t.parts if isinstance(t, Struct) else ()
    kinds = {i.cls if isinstance(i, Opaque) else getattr(i, "kind", object) for i in items}
    return {k for k in kinds if objects.is_of_user(k)}


def objects_in(frame: Frame, walked: Walked) -> list[Atom] | None:
    """The items of a loop over objects that its body changes, if they are known one by one."""
    sources = [frame.again(a) for a in walked.sources]
    lengths = {len(a.type.parts) for a in sources if _is_known(a.type)}  # type: ignore[attr-defined]
    counted = [isinstance(a.type, Range) and i == 0 for i, a in enumerate(sources)]
    if walked.spelling != "enumerate":
        counted = [False for _ in sources]
    if len(lengths) != 1 or not all(c or _is_known(a.type) for c, a in zip(counted, sources)):
        return None
    rows = [
        [constant(i) if c else item(frame, a, constant(i)) for c, a in zip(counted, sources)]
        for i in range(lengths.pop())
    ]
    if len(sources) == 1:
        return [row[0] for row in rows]
    return [frame.builder.op(make_tuple, *row) for row in rows]


def _is_known(t: Any) -> bool:
    return isinstance(t, Struct) and len(t.parts) <= MOST and t.kind in (list, tuple, dict)


def _items(frame: Frame, atom: Atom) -> list[Atom]:
    t = atom.type
    assert isinstance(t, Struct)
    if t.kind is dict:
        return [constant(k) for k in t.keys]
    return [item(frame, atom, constant(i)) for i in range(len(t.parts))]


def _of_call(frame: Frame, callee: Any, args: Sequence[Any]) -> list[Atom] | None:
    """The items of ``zip``, ``enumerate`` and ``reversed`` of what is known."""
    if callee not in (zip, enumerate, reversed) or not args:
        return None
    with frame.session.block():
        types = [expression(frame, a).type for a in args]
    if not any(map(is_told_apart, types)) or not all(map(_is_known, types)):
        return None
    lists = [_items(frame, expression(frame, a)) for a in args]
    if callee is reversed:
        return lists[0][::-1]
    if callee is enumerate:
        if len(args) > 1:
            return None
        lists = [[constant(i) for i in range(len(lists[0]))], *lists]
    return [frame.builder.op(make_tuple, *row) for row in zip(*lists)]


def _of_method(frame: Frame, function: Any) -> list[Atom] | None:
    """The items of ``d.items()``, ``d.values()`` and ``d.keys()``."""
    if function.attr not in ("items", "values", "keys"):
        return None
    with frame.session.block():
        t = expression(frame, function.value).type
    if not (isinstance(t, Struct) and t.kind is dict and is_told_apart(t) and _is_known(t)):
        return None
    atom = expression(frame, function.value)
    keys = [constant(k) for k in t.keys]
    if function.attr == "keys":
        return list(keys)
    values = [item(frame, atom, k) for k in keys]
    if function.attr == "values":
        return values
    return [frame.builder.op(make_tuple, *pair) for pair in zip(keys, values)]


def unroll(frame: Frame, node: Any, items: Sequence[Atom], rest: Sequence[Any]) -> Atom:
    """Lower a `for` turn by turn, and what follows it."""
    sentence = frame.sentence
    code = _turn(frame, node, list(items))
    frame.sentence = sentence
    return guard(frame, code, rest)


def _turn(frame: Frame, node: Any, items: list[Atom]) -> Atom:
    """One turn and all that follow; the exit code is 2 if the function returns, else 0."""
    if not items:
        return statements(frame, node.orelse) if node.orelse else FALL
    _hand(frame, node.target, items[0])
    code = statements(frame, node.body)
    codes = possible(frame, code)
    if codes <= {0, -1}:
        return _turn(frame, node, items[1:])
    if codes == {1}:
        return FALL
    if codes == {2}:
        return RETURN
    goes_on = frame.builder.op(operator.le, code, constant(0), role="code")
    return branch(
        frame,
        goes_on,
        lambda: _turn(frame, node, items[1:]),
        lambda: _left(frame, code),
        frame.builder.place,
        "guard",
    )


def _hand(frame: Frame, target: Any, one: Atom) -> None:
    """Bind what a turn walks; what is known needs no statement."""
    if isinstance(target, gast.Name) and (isinstance(one, Const) or is_function(one)):
        frame.env[target.id] = one
    elif isinstance(target, gast.Tuple) and len(one.parts or ()) == len(target.elts):
        for inner, part in zip(target.elts, one.parts or ()):
            _hand(frame, inner, part)
    else:
        bind(frame, target, one)


def _left(frame: Frame, code: Atom) -> Atom:
    codes = possible(frame, code) - {0, -1}
    if codes == {1}:
        return FALL
    if codes == {2}:
        return RETURN
    returned = frame.builder.op(operator.eq, code, constant(2), role="code")
    return branch(frame, returned, lambda: RETURN, lambda: FALL, frame.builder.place, "guard")
