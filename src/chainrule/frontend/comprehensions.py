"""Comprehensions and generator expressions: the loops that they are, in a scope of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend import dispatch
from chainrule.frontend.assigned import target_names
from chainrule.frontend.dispatch import expression, lowers
from chainrule.frontend.expressions import container, item
from chainrule.frontend.frame import Frame
from chainrule.frontend.items import METHODS
from chainrule.frontend.statements import bind
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom
from chainrule.ir.types import Struct

MOST = 8
"""How many items of known types are written out; of more, a loop is."""


@lowers(gast.ListComp)
def _list(frame: Frame, node: Any) -> Atom:
    return listed(frame, node)


def listed(frame: Frame, node: Any) -> Atom:
    """The list of what a comprehension or a generator expression gives."""
    found = _in_own_scope(frame, node, lambda: _written_out(frame, node.generators, [node.elt]))
    if found is not None:
        return container(frame, primitives.make_list, [row[0] for row in found])
    return _loop(frame, node, gast.List([], gast.Load()), lambda name: _append(node, name))


@lowers(gast.DictComp)
def _dict(frame: Frame, node: Any) -> Atom:
    parts = [node.key, node.value]
    found = _in_own_scope(frame, node, lambda: _written_out(frame, node.generators, parts, 64))
    if found is None or any(row[0].known is MISSING for row in found):
        raise errors.UnsupportedExpression(
            "a dict comprehension is understood where its keys are known", frame.at(node)
        )
    return container(frame, primitives.make_dict, [a for row in found for a in row])


@lowers(gast.GeneratorExp)
def _generator(frame: Frame, node: Any) -> Atom:
    raise errors.UnsupportedExpression(
        "a generator expression is understood in sum, max, min, any, all, tuple, list and sorted",
        frame.at(node),
        help=["write a list: [...]"],
    )


def _in_own_scope(frame: Frame, node: Any, lower: Callable[[], Any]) -> Any:
    """Lower with the targets of a comprehension bound inside it alone."""
    names = [n for g in node.generators for n in target_names(g.target)]
    before = {n: frame.env[n] for n in names if n in frame.env}
    try:
        return lower()
    finally:
        for name in names:
            frame.env.pop(name, None)
        for name, atom in before.items():
            frame.env[name] = atom


def _written_out(
    frame: Frame, generators: list[Any], elements: list[Any], most: int = MOST
) -> list[list[Atom]] | None:
    """The items of a comprehension over known items, None if their number or a condition is not known."""
    if not generators:
        return [[expression(frame, e) for e in elements]]
    first, *rest = generators
    items = known_items(frame, first.iter, most)
    if items is None:
        return None
    found: list[list[Atom]] = []
    for one in items:
        bind_known(frame, first.target, one)
        tests = [expression(frame, t).known for t in first.ifs]
        if MISSING in tests:
            return None
        if all(tests):
            inner = _written_out(frame, rest, elements, most)
            if inner is None:
                return None
            found += inner
    return found


def bind_known(frame: Frame, target: Any, one: Atom) -> None:
    """Bind a target to an item, without a statement of the text where there can be none."""
    if isinstance(target, gast.Name):
        frame.env[target.id] = one
    elif isinstance(target, gast.Tuple) and len(one.parts or ()) == len(target.elts):
        for inner, part in zip(target.elts, one.parts or ()):
            bind_known(frame, inner, part)
    else:
        bind(frame, target, one)


def known_items(frame: Frame, node: Any, most: int = MOST) -> list[Atom] | None:
    """The items of an iterable of known parts; of ranges too where more than a few may be written out."""
    call = node if isinstance(node, gast.Call) and not node.keywords else None
    name = call.func.id if call is not None and isinstance(call.func, gast.Name) else None
    if name in ("zip", "enumerate", "reversed") and call is not None and call.args:
        lists = [known_items(frame, a, most) for a in call.args]
        if any(one is None for one in lists) or name != "zip" and len(lists) > 1:
            return None
        known = [one for one in lists if one is not None]
        if name == "reversed":
            return known[0][::-1]
        if name == "enumerate":
            known = [[constant(i) for i in range(len(known[0]))], *known]
        return [frame.builder.op(primitives.make_tuple, *row) for row in zip(*known)]
    if name == "range" and call is not None:
        ends = [expression(frame, a).known for a in call.args]
        if MISSING in ends or most <= MOST or len(range(*ends)) > most:
            return None
        return [constant(i) for i in range(*ends)]
    walked = dict_items(frame, node)
    if walked is not None or name is not None:
        return walked
    count = len(frame.builder.statements)
    atom = expression(frame, node)
    t = atom.type
    if isinstance(t, Struct) and t.kind in (tuple, list) and len(t.parts) <= most:
        return [item(frame, atom, constant(i)) for i in range(len(t.parts))]
    del frame.builder.statements[count:]
    return None


def dict_items(frame: Frame, node: Any) -> list[Atom] | None:
    """The items of ``d``, ``d.items()``, ``d.values()`` and ``d.keys()`` of a dict whose keys are known."""
    way, holder = "keys", node
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and not node.args:
        way, holder = node.func.attr, node.func.value
    if way not in ("keys", "values", "items") or not isinstance(
        holder, gast.Name | gast.Subscript | gast.Attribute | gast.Dict
    ):
        return None
    count = len(frame.builder.statements)
    atom = expression(frame, holder)
    t = atom.type
    if not isinstance(t, Struct) or t.kind is not dict:
        del frame.builder.statements[count:]
        return None
    keys = [constant(k) for k in t.keys]
    if way == "keys":
        return list(keys)
    values = [item(frame, atom, k) for k in keys]
    if way == "values":
        return values
    return [frame.builder.op(primitives.make_tuple, *pair) for pair in zip(keys, values)]


def is_of_words(node: Any) -> bool:
    """Whether an iterable is a display of strings, which are keys of something."""
    items = node.elts if isinstance(node, gast.Tuple | gast.List) else []
    words = [isinstance(e, gast.Constant) and isinstance(e.value, str) for e in items]
    return bool(words) and all(words)


def changes_items(node: Any) -> bool:
    """Whether the body of a `for` changes what its target names: what ``p["w"] = …`` and ``p.append(…)`` write to."""
    targets = set(target_names(node.target))
    for inner in (n for s in node.body for n in gast.walk(s)):
        is_store = isinstance(getattr(inner, "ctx", None), gast.Store | gast.Del)
        if isinstance(inner, gast.Subscript | gast.Attribute) and is_store:
            place: Any = inner
        elif isinstance(inner, gast.Call) and isinstance(inner.func, gast.Attribute):
            place = inner.func if inner.func.attr in {name for _, name in METHODS} else None
        else:
            continue
        while isinstance(place, gast.Subscript | gast.Attribute):
            place = place.value
        if isinstance(place, gast.Name) and place.id in targets:
            return True
    return False


def _append(node: Any, name: str) -> Any:
    target = gast.Name(name, gast.Load(), None, None)
    return gast.Expr(gast.Call(gast.Attribute(target, "append", gast.Load()), [node.elt], []))


def _loop(frame: Frame, node: Any, empty: Any, step: Callable[[str], Any]) -> Atom:
    """The loop that fills a container, and the container."""
    name = fresh_name(frame, "items")
    body = step(name)
    for generator in reversed(node.generators):
        for test in reversed(generator.ifs):
            body = gast.If(test, [body], [])
        body = gast.For(generator.target, generator.iter, [body], [], None)
    run(frame, node, [gast.Assign([gast.Name(name, gast.Store(), None, None)], empty, None), body])
    found = frame.lookup(name)
    del frame.env[name]
    return found


def run(frame: Frame, node: Any, written: list[Any]) -> None:
    """Lower statements that stand for an expression, in its place and its scope."""

    def lower() -> None:
        for statement in written:
            for inner in gast.walk(statement):
                if not hasattr(inner, "lineno"):
                    gast.copy_location(inner, node)
                inner.sentence = frame.sentence
        sentence, problems = frame.sentence, len(frame.session.problems)
        dispatch.statements(frame, written)
        frame.sentence = sentence
        if len(frame.session.problems) > problems:
            problem = frame.session.problems[problems]
            del frame.session.problems[problems:]
            raise problem

    _in_own_scope(frame, node, lower)


def fresh_name(frame: Frame, base: str) -> str:
    """A name that the function does not use."""
    code = frame.source.function.__code__
    taken = {*code.co_varnames, *code.co_names, *code.co_freevars, *code.co_cellvars}
    root = frame.session.root
    if root is not None:
        taken |= {*root.__code__.co_varnames, *root.__code__.co_names, *root.__code__.co_freevars}
    name, count = base, 1
    while name in taken or name in frame.env:
        count += 1
        name = f"{base}_{count}"
    return name


def called_on_generator(frame: Frame, node: Any) -> Atom | None:
    """A call of a function that walks a generator expression, None if this is none."""
    if len(node.args) < 1 or not isinstance(node.args[0], gast.GeneratorExp):
        return None
    callee = expression(frame, node.func)
    inner = node.args[0]
    if callee.known in (any, all) and len(node.args) == 1:
        return _until(frame, inner, callee.known is any)
    if callee.known not in CONSUMERS:
        return None
    from chainrule.frontend.calls import call

    items = listed(frame, inner)
    more = [expression(frame, a) for a in node.args[1:]]
    keywords = {k.arg: expression(frame, k.value) for k in node.keywords}
    if callee.known is list:
        return items
    frame.at(node)
    return call(frame, callee, [frame.again(items), *more], keywords)


CONSUMERS = (sum, max, min, tuple, list, sorted)


def _until(frame: Frame, node: Any, is_any: bool) -> Atom:
    """``any`` and ``all``, which stop where they know."""
    name = fresh_name(frame, "found" if is_any else "holds")

    def told(value: bool) -> Any:
        target = gast.Name(name, gast.Store(), None, None)
        return gast.Assign([target], gast.Constant(value, None), None)

    test = node.elt if is_any else gast.UnaryOp(gast.Not(), node.elt)
    stop: list[Any] = [told(is_any), gast.Break()]
    body: Any = gast.If(test, stop, [])
    if len(node.generators) > 1:
        raise errors.UnsupportedExpression(
            "any and all over several loops are not understood", frame.at(node)
        )
    for generator in node.generators:
        for condition in reversed(generator.ifs):
            body = gast.If(condition, [body], [])
        body = gast.For(generator.target, generator.iter, [body], [], None)
    run(frame, node, [told(not is_any), body])
    found = frame.lookup(name)
    del frame.env[name]
    return found
