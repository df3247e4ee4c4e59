"""``map`` and ``filter`` where they are consumed at once: written out, or as the generator expression that they are."""

from __future__ import annotations

import builtins
from typing import Any

import gast

from chainrule.analysis.builder import constant
from chainrule.frontend.dispatch import expression, lowers
from chainrule.frontend.frame import Frame
from chainrule.ir.form import Atom
from chainrule.ir.types import Struct

CONSUMERS = {sum, list, tuple, max, min, sorted, set, frozenset, any, all}
LAZY = {any, all}
"""Consumers that may not ask for every item."""


class Held(gast.AST):  # type: ignore[misc]
    """A node for what has been evaluated."""

    _fields = ()
    _attributes = ("lineno", "col_offset", "end_lineno", "end_col_offset")

    def __init__(self, atom: Atom, at: Any) -> None:
        super().__init__()
        self.atom = atom
        gast.copy_location(self, at)


@lowers(Held)
def _held(frame: Frame, node: Any) -> Atom:
    return frame.again(node.atom)


def consumed(frame: Frame, consumer: Any, node: Any) -> Any:
    """The arguments of a call, or the items of an unpacking, with `map` and `filter` written out."""
    is_call = isinstance(node, gast.Call)
    if is_call and not _is_consumer(consumer):
        starred = [_starred(frame, a) for a in node.args]
        return _with_args(node, starred) if starred != node.args else node
    if not is_call:
        return node
    args = [_written_out(frame, a, consumer not in LAZY) for a in node.args[:1]]
    if args == node.args[:1]:
        return node
    if consumer in (max, min) and isinstance(args[0], gast.Tuple) and len(args[0].elts) > 1:
        args = args[0].elts  # the largest of so many arguments
    return _with_args(node, [*args, *node.args[1:]])


def _is_consumer(function: Any) -> bool:
    try:
        return function in CONSUMERS
    except TypeError:  # it cannot be hashed
        return False


def _with_args(node: Any, args: list[Any]) -> Any:
    return gast.copy_location(gast.Call(node.func, args, node.keywords), node)


def _starred(frame: Frame, node: Any) -> Any:
    if not isinstance(node, gast.Starred):
        return node
    value = unpacked(frame, node.value)
    return node if value is node.value else gast.copy_location(gast.Starred(value, node.ctx), node)


def unpacked(frame: Frame, node: Any) -> Any:
    """What is unpacked: of a `map` of what is known, each item by itself."""
    return _written_out(frame, node, True)


def _written_out(frame: Frame, node: Any, is_eager: bool) -> Any:
    if not isinstance(node, gast.Call) or node.keywords or len(node.args) < 2:
        return node
    if not isinstance(node.func, gast.Name) or node.func.id not in ("map", "filter"):
        return node
    callee = expression(frame, node.func).known
    if callee not in (map, filter) or any(isinstance(a, gast.Starred) for a in node.args):
        return node
    function, *iterables = (Held(expression(frame, a), a) for a in node.args)
    if callee is map and is_eager and all(_is_known(i.atom) for i in iterables):
        return _items(frame, node, function, iterables)
    return _generator(node, callee, function, iterables)


def _is_known(atom: Atom) -> bool:
    return isinstance(atom.type, Struct) and atom.type.kind in (list, tuple)


def _items(frame: Frame, node: Any, function: Held, iterables: list[Held]) -> Any:
    """A tuple of the calls."""
    from chainrule.frontend.expressions import item

    count = min(len(i.atom.type.parts) for i in iterables)  # type: ignore[attr-defined]
    rows = [[Held(item(frame, i.atom, constant(k)), i) for i in iterables] for k in range(count)]
    calls = [gast.copy_location(gast.Call(function, row, []), node) for row in rows]
    return gast.copy_location(gast.Tuple(calls, gast.Load()), node)


def _generator(node: Any, callee: Any, function: Held, iterables: list[Held]) -> Any:
    """``(function(item) for item in iterable)``, ``(item for item in iterable if function(item))``."""

    def at(made: Any) -> Any:
        return gast.copy_location(made, node)

    names = ["item"] if len(iterables) == 1 else [f"item_{i + 1}" for i in range(len(iterables))]
    loads = [at(gast.Name(n, gast.Load(), None, None)) for n in names]
    stores = [at(gast.Name(n, gast.Store(), None, None)) for n in names]
    target = stores[0] if len(stores) == 1 else at(gast.Tuple(stores, gast.Store()))
    zipped = at(gast.Call(Held(constant(builtins.zip), node), list(iterables), []))
    walked = iterables[0] if len(iterables) == 1 else zipped
    called = at(gast.Call(function, loads, []))
    if callee is map:
        return at(gast.GeneratorExp(called, [gast.comprehension(target, walked, [], 0)]))
    is_identity = function.atom.known is None
    test = loads[0] if is_identity else called
    return at(gast.GeneratorExp(loads[0], [gast.comprehension(target, walked, [test], 0)]))
