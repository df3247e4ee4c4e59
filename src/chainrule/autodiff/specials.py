"""Primitives whose adjoint speaks of memory or containers, and so is no rule."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule import runtime
from chainrule.analysis.builder import Builder, constant
from chainrule.autodiff import cotangents
from chainrule.autodiff.apply import no_rule
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.sequences import of_arranged, of_put_back, of_sequence
from chainrule.autodiff.settle import settle
from chainrule.autodiff.state import ZERO, Cotangents, Parts, Reverse
from chainrule.autodiff.sums import (
    contribute,
    cotangent_of,
    flat,
    name_of,
    of_any_kind,
    packed,
    select,
    zero_of,
)
from chainrule.autodiff.updates import of_update
from chainrule.frontend.expressions import is_basic, is_list
from chainrule.ir import primitives, regions
from chainrule.ir.form import (
    MISSING,
    Atom,
    Const,
    Op,
    Tape,
    Value,
)
from chainrule.ir.types import (
    UNKNOWN,
    Array,
    Opaque,
    Recursive,
    Scalar,
    Struct,
    Type,
    differentiable,
)


def without_new_axes(index: Atom) -> Const | None:
    """The index that undoes one which only adds axes."""
    known = index.known if isinstance(index.known, tuple) else (index.known,)
    if (
        not all(k is None or k is Ellipsis or k == slice(None) for k in known if k is not MISSING)
        or MISSING in known
    ):
        return None
    return constant(tuple(0 if k is None else k for k in known))


def repeats(step: Atom) -> bool:
    """Whether an index may name an element twice."""
    entries = () if is_list(step) else step.parts or (step,)
    if not entries:
        return True
    masks = all(isinstance(e.type, Array) and e.type.dtype == bool for e in entries)
    return not (masks or is_basic(step) or callable(step.known))


def may_repeat(path: tuple[Atom, ...]) -> bool:
    """Whether an index may name an element twice, or is not known to be basic."""
    return not all(is_basic(p) or callable(p.known) for p in path)


def of_assign(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    g, x = gs[0], op.args[0]
    if isinstance(g, Parts) and isinstance(x.type, Recursive):
        g = packed(r, scope.builder, op.results[0], g)
    contribute(r, scope.builder, cots, x, g)


def of_enter(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    if len(op.args) != 2:  # of a manager nothing is known but that it may hold what it was made of
        raise no_rule(op, "what this with gives for as:")
    contribute(r, scope.builder, cots, op.args[1], gs[0])


def of_container(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    t = op.results[0].type
    items = op.args[1::2] if op.function is primitives.make_dict else op.args
    keys = t.keys if isinstance(t, Struct) else [a.known for a in op.args[::2]]
    for key, item in zip(keys, items):
        if not isinstance(item, Value) or item not in r.active:
            continue
        if isinstance(gs[0], Parts):
            contribute(r, scope.builder, cots, item, gs[0].get(key))
        else:
            c = scope.builder.op(
                operator.getitem,
                gs[0],
                constant(key),
                role="temporary",
                type=of_any_kind(item.type),
            )
            contribute(r, scope.builder, cots, item, c)


def of_save(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    if len(op.args) == 1:
        contribute(r, scope.builder, cots, op.args[0], gs[0])
    else:
        of_container(r, op, scope, cots, gs)


def of_construct(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    """What a field is filled with gets the cotangent of the field, a replaced object that of all others."""
    t = op.results[0].type
    assert isinstance(t, Struct)
    g = gs[0]
    if not isinstance(g, Parts):
        g = Parts({k: select(scope.builder, g, t, k) for k in t.keys})
    given = (*op.args[1:], *(a for _, a in op.kwargs))
    filled = [(key, item) for keys, item in zip(op.spelling.keys, given) for key in keys]
    for key, item in filled:
        contribute(r, scope.builder, cots, item, g.get(key))
    if op.function is primitives.replaced:
        rest = Parts({k: c for k, c in g.items() if k not in dict(filled)})
        if rest:
            contribute(r, scope.builder, cots, op.args[0], rest)


def of_unpack(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    x = op.args[0]
    if not isinstance(x, Value) or x not in r.active:
        return
    if isinstance(x.type, Struct):
        parts = Parts({k: g for k, g in zip(x.type.keys, gs) if g is not None})
        contribute(r, scope.builder, cots, x, parts)
        return
    for i, (result, g) in enumerate(zip(op.results, gs)):
        if g is not None:
            scatter(r, scope, cots, x, flat(r, scope.builder, result, g), (constant(i),), result)


def of_getitem(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    x, index = op.args
    if isinstance(x.type, Opaque) and any(a in r.active for a in (index, *(index.parts or ()))):
        raise no_rule(
            op
        )  # what these brackets mean is up to an object of a class that nobody knows
    if not isinstance(x, Value) or x not in r.active:
        return
    if isinstance(x.type, Struct) and index.known in x.type.keys and x.type.kind is not range:
        contribute(r, scope.builder, cots, x, Parts({index.known: gs[0]}))
        return
    if isinstance(x.type, Struct) and isinstance(index.known, slice):
        taken = dict(enumerate(x.type.keys[index.known]))
        contribute(r, scope.builder, cots, x, of_items(scope.builder, op.results[0], gs[0], taken))
        return
    g = flat(r, scope.builder, op.results[0], gs[0])
    squeezed = without_new_axes(index)
    if squeezed is not None and isinstance(x.type, Array) and isinstance(g.type, Array):
        c = scope.builder.op(operator.getitem, g, squeezed, role="temporary", type=x.type)
        contribute(r, scope.builder, cots, x, c)
        return
    scatter(r, scope, cots, x, g, (r.keeper.fetch(index, scope),), op.results[0])


def of_items(builder: Builder, sliced: Value, g: Any, taken: dict[int, Any]) -> Parts:
    """The cotangent of a list from that of a slice of it."""
    t = sliced.type
    assert isinstance(t, Struct)
    if isinstance(g, Parts):
        return Parts({taken[i]: c for i, c in g.items()})
    wanted = [i for i in t.keys if differentiable(t.part(i))]
    return Parts({taken[i]: select(builder, g, t, i) for i in wanted})


def scatter(
    r: Reverse,
    scope: Scope,
    cots: Cotangents,
    x: Value,
    g: Atom,
    path: tuple[Atom, ...],
    read: Value,
) -> None:
    """Add a cotangent to what a path reads of a buffer."""
    builder = scope.builder
    before = cotangent_of(r, builder, cots, x)
    if before is None:
        before = zero_of(r, scope, x)
    function: Any = primitives.accumulate
    if not isinstance(x.type, Array) or may_repeat(path):
        function = runtime.add_at
    d = builder.op(function, before, g, *path, name=name_of(r, x), role="cotangent", type=x.type)
    cots[x] = d


def of_store(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    value, *path = op.args[1:] if op.function is primitives.embed else op.args[2:]
    base = op.args[0]
    builder = scope.builder
    g = flat(r, builder, op.results[0], gs[0])
    path = [r.keeper.fetch(p, scope) for p in path]
    whole = not path
    read: Atom = g
    around: Atom = g
    into_itself: Atom | None = None  # `x[:] = x`: what is cleared below has it back
    for step in path:
        around = read
        read = builder.op(step.known, read, role="temporary") if callable(step.known) else builder.op(
            operator.getitem, read, step, role="temporary")  # fmt: skip
    if isinstance(value, Value) and value in r.active:
        same_choice(op, value, read)
        c: Atom = read
        if not whole and repeats(path[-1]):
            stays = builder.op(runtime.lasting, around, path[-1], role="temporary")
            c = builder.op(np.where, stays, read, constant(0.0), role="temporary", type=read.type)
        elif (
            not whole and isinstance(read.type, Array | Type) and not isinstance(read.type, Scalar)
        ):
            c = (
                builder.op(np.copy, read, role="temporary", type=read.type)
                if isinstance(read.type, Array)
                else read
            )
        scratch = Builder(op.place, answers=op.place)
        c = cotangents.conform(scratch, c, value, False)
        settle(r, scratch, scope, [c])
        if value is base:
            into_itself = c
        else:
            contribute(r, builder, cots, value, c)
    if isinstance(base, Value) and base in r.active:
        if whole:
            cots[base] = ZERO
        else:
            cleared = builder.op(
                primitives.store, g, g, constant(0.0, "0"), *path, name=name_of(r, base), role="cotangent",
                spelling=primitives.Store(len(path)), type=base.type,
            )  # fmt: skip
            cots[base] = cleared
        contribute(r, builder, cots, base, into_itself)


def same_choice(store: Op, value: Value, read: Atom) -> None:
    """Say that what a mask selects of the cotangent has the length of what it selected of the operands."""
    t = value.type
    call = store.spelling.call if isinstance(store.spelling, primitives.Store) else None
    if (
        call is not None
        and call.way == "masked"
        and isinstance(t, Array)
        and isinstance(read, Value)
    ):
        read.type = t


def of_accumulate(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    base, value, *path = op.args
    builder = scope.builder
    g = flat(r, builder, op.results[0], gs[0])
    read: Atom = g
    for step in (r.keeper.fetch(p, scope) for p in path):
        read = builder.op(operator.getitem, read, step, role="temporary")
    if isinstance(value, Value) and value in r.active:
        if isinstance(read.type, Array):
            read = builder.op(np.copy, read, role="temporary", type=read.type)
        scratch = Builder(op.place, answers=op.place)
        c = cotangents.conform(scratch, read, value, False)
        settle(r, scratch, scope, [c])
        contribute(r, builder, cots, value, c)
    contribute(r, builder, cots, base, g)


def of_add_to_attribute(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    base, value, name = op.args
    g = flat(r, scope.builder, op.results[0], gs[0])
    read = scope.builder.op(runtime.of_attribute, g, name, role="temporary", type=UNKNOWN)
    contribute(r, scope.builder, cots, value, conformed_to(r, scope, read, value))
    contribute(r, scope.builder, cots, base, g)


def conformed_to(r: Reverse, scope: Scope, c: Atom, x: Atom) -> Atom:
    """A cotangent in the kind and shape of what it is for, where that is known."""
    if x.type == UNKNOWN:
        return c
    scratch = Builder(scope.builder.place, answers=scope.builder.answers)
    c = cotangents.conform(scratch, c, x, False)
    settle(r, scratch, scope, [c])
    return c


def of_sum(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    """Each operand of a sum of containers has the cotangent of the sum."""
    for x in op.args:
        contribute(r, scope.builder, cots, x, gs[0])


def of_rebuild(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    t, x = op.results[0].type, op.args[1]
    assert isinstance(t, Struct)
    keys = t.keys if getattr(x.type, "kind", None) is dict else range(len(t.keys))
    if isinstance(gs[0], Parts):
        parts = Parts({i: gs[0][k] for i, k in zip(keys, t.keys) if k in gs[0]})
    else:
        parts = Parts({i: select(scope.builder, gs[0], t, k) for i, k in zip(keys, t.keys)})
    contribute(r, scope.builder, cots, x, parts)


def of_getattr(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    x, name, *default = op.args
    if any(isinstance(a, Value) and a in r.active for a in default):
        raise no_rule(op)
    if isinstance(x.type, Struct) and name.known in x.type.keys:
        contribute(r, scope.builder, cots, x, Parts({name.known: gs[0]}))
    elif isinstance(x, Value) and x in r.active and x.type == UNKNOWN and not default:
        g = flat(r, scope.builder, op.results[0], gs[0])
        scatter_attribute(r, scope, cots, x, g, name)
    elif isinstance(x, Value) and x in r.active:
        raise no_rule(op)


def scatter_attribute(
    r: Reverse, scope: Scope, cots: Cotangents, x: Value, g: Atom, name: Atom
) -> None:
    """Add a cotangent to that of an attribute of an object of which nothing is known."""
    before = cotangent_of(r, scope.builder, cots, x)
    if before is None:
        before = zero_of(r, scope, x)
    cots[x] = scope.builder.op(
        runtime.add_to_attribute,
        before,
        g,
        name,
        name=name_of(r, x),
        role="cotangent",
        type=x.type,
    )


def of_unbroadcast(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    c, x = op.args
    builder = scope.builder
    g = flat(r, builder, op.results[0], gs[0])
    if isinstance(c, Value) and c in r.active:
        if not isinstance(c.type, Scalar):
            like = r.keeper.fetch(c, scope, shape_only=True)
            shape = builder.op(np.shape, like, role="temporary")
            g = builder.op(np.broadcast_to, g, shape, role="temporary", type=c.type)
        contribute(r, builder, cots, c, g)


def of_match_seed(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    seed = op.args[0]
    if isinstance(seed, Value) and seed in r.active:
        g = flat(r, scope.builder, op.results[0], gs[0])
        contribute(r, scope.builder, cots, seed, cotangents.conform(scope.builder, g, seed, False))


def mirror_keep(r: Reverse, op: Op, scope: Scope, cots: Cotangents) -> None:
    """A kept value gets the cotangents of what was taken; a tape that came from outside gets them all."""
    value = op.args[0]
    take = primitives.take if op.function is primitives.keep else primitives.tape_out
    for tape in cotapes(r, op.spelling):
        if isinstance(value, Value) and value in r.active:
            c = Value(name_of(r, value), value.type, "cotangent", op.place)
            scope.builder.add(Op((c,), take, (), place=op.place, spelling=tape, answers=op.place))
            contribute(r, scope.builder, cots, value, c)


def cotapes(r: Reverse, tape: Tape) -> list[Tape]:
    return r.tapes.get(tape, [])


def mirror_take(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    tape: Tape = op.spelling
    cotape = Tape(r.prefix + tape.name, tape.type)
    r.tapes.setdefault(tape, []).append(cotape)
    g = packed(r, scope.builder, op.results[0], gs[0]) if isinstance(gs[0], Parts) else gs[0]
    keep = primitives.keep if op.function is primitives.take else primitives.tape_in
    scope.builder.add(Op((), keep, (g,), place=op.place, spelling=cotape, answers=op.place))


SPECIAL: dict[Any, Any] = {
    primitives.assign: of_assign,
    primitives.held: of_assign,
    regions.enter: of_enter,
    primitives.take: mirror_take,
    primitives.tape_out: mirror_take,
    primitives.save: of_save,
    primitives.make_tuple: of_container,
    primitives.make_list: of_container,
    primitives.make_dict: of_container,
    primitives.construct: of_construct,
    primitives.replaced: of_construct,
    primitives.unpack: of_unpack,
    operator.getitem: of_getitem,
    primitives.store: of_store,
    primitives.embed: of_store,
    primitives.accumulate: of_accumulate,
    primitives.update: of_update,
    list: of_sequence,
    runtime.arranged: of_arranged,
    runtime.put_back: of_put_back,
    tuple: of_sequence,
    runtime.unbroadcast: of_unbroadcast,
    runtime.add: of_sum,
    runtime.own: of_sum,
    runtime.add_at: of_accumulate,
    runtime.add_to_attribute: of_add_to_attribute,
    runtime.rebuild: of_rebuild,
    getattr: of_getattr,
    runtime.match_seed: of_match_seed,
    runtime.as_gradient: of_match_seed,
}
