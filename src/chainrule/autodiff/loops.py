"""The mirror of a loop: it walks the same turns from the last to the first."""

from __future__ import annotations

import operator

from chainrule.analysis.builder import Builder, constant
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.specials import scatter
from chainrule.autodiff.state import ZERO, Cotangents, Reverse
from chainrule.autodiff.sums import (
    contribute,
    contribute_joined,
    cotangent_of,
    flat,
    name_of,
    zero_of,
)
from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Block,
    Const,
    Loop,
    Op,
    Value,
    blocks,
    operands,
    walk,
)
from chainrule.ir.types import (
    BOOL,
    INT,
    Range,
    Scalar,
)


def mirror_loop(r: Reverse, s: Loop, scope: Scope, cots: Cotangents) -> None:
    count = len(s.carries)
    gs = [cots.pop(v, None) for v in s.results]
    gs = [None if g is ZERO else g for g in gs]
    carried = [
        i for i, pair in enumerate(zip(s.carries, s.results)) if any(v in r.active for v in pair)
    ]
    if all(g is None for g in gs) and not any(
        isinstance(x, Op) and x.function is primitives.keep for x in walk(s.body)
    ):
        return
    inner = Scope(s.body, scope, Builder(s.place, answers=s.place))
    own: Cotangents = {}
    mirrored: list[
        tuple[Value, Atom, Value]
    ] = []  # the value, the initial cotangent, the carry of the mirror
    for i in carried:
        result = s.results[i]
        g = gs[i]
        init = flat(r, scope.builder, result, g) if g is not None else zero_of(r, scope, result)
        following = s.body.results[i]
        like = following if following in r.active else s.carries[i]
        mirrored.append(
            (s.carries[i], init, Value(name_of(r, result), like.type, "cotangent", s.place))
        )
    outer = invariants(r, s)
    for v in outer:
        before = cotangent_of(r, scope.builder, cots, v)
        init = zero_of(r, scope, v) if before is None or before is ZERO else before
        mirrored.append((v, init, Value(name_of(r, v), v.type, "cotangent", s.place)))
    for v, _, carry in mirrored[len(carried) :]:
        own[v] = carry
    for i, (_, _, carry) in zip(carried, mirrored):
        following = s.body.results[i]
        if isinstance(following, Value) and following in r.active:
            contribute_joined(r, inner, own, following, carry, s.results[i])
    for following, g in zip(s.body.results[count:-1], gs[count:-1]):
        if g is not None and isinstance(following, Value):
            contribute(r, inner.builder, own, following, g)
    items, sources = mirror_items(r, s, scope, inner)
    r.block(s.body, inner, own)
    item_cotangents(r, s, inner, own, items)
    ends = []
    for v, _, _ in mirrored:
        c = cotangent_of(r, inner.builder, own, v)
        ends.append(zero_of(r, inner, v) if c is None or c is ZERO else c)
    code = constant(0)
    results = tuple(Value(c.name, v.type, "cotangent", s.place) for v, _, c in mirrored)
    last = Value("", INT, "code", s.place)
    limit = turns_of(r, s, scope)
    flags = flag_carries(r, s, scope, inner)
    inits = (*(i for _, i, _ in mirrored), *(first for _, first in flags))
    gone = tuple(Value("", BOOL, "code", s.place) for _ in flags)
    body = Block(
        (*items, *(c for _, _, c in mirrored), *(flag for flag, _ in flags)),
        (*inner.takes, *inner.builder.statements),
        (*ends, *(constant(False) for _ in flags), code),
    )
    scope.builder.add(
        Loop(
            sources,
            inits,
            None,
            body,
            (*results, *gone, last),
            Value("", INT, "count", s.place),
            limit,
            not s.backward,
            s.place,
            None,
            s.place,
        )  # fmt: skip
    )
    for v, result in zip(outer, results[len(carried) :]):
        cots[v] = result
    for i, result in zip(carried, results):  # a value may be both, read inside and carried in
        init = s.inits[i]
        if isinstance(init, Value):
            contribute_joined(r, scope, cots, init, result, s.carries[i])


def invariants(r: Reverse, s: Loop) -> list[Value]:
    """The values from outside whose cotangents a loop's body adds to."""
    found: dict[Value, None] = {}
    inside = {s.body, *(b for x in walk(s.body) for b in blocks(x))}
    atoms = [a for x in walk(s.body) for a in operands(x)]
    atoms += [a for b in inside for a in b.results]
    for atom in atoms:
        if isinstance(atom, Value) and atom in r.active and r.keeper.home[atom] not in inside:
            found[atom] = None
    for source, item in zip(s.sources, s.items):
        if item in r.active and isinstance(source, Value):
            found[source] = None
    return list(found)


def mirror_items(
    r: Reverse, s: Loop, scope: Scope, inner: Scope
) -> tuple[list[Value], tuple[Atom, ...]]:
    items: list[Value] = []
    sources: list[Atom] = []
    for source, item in zip(s.sources, s.items):
        fetched = r.keeper.fetch(source, scope)
        copy = Value(item.name, item.type, item.role, item.place)
        inner.have[item] = copy
        items.append(copy)
        sources.append(fetched)
    for source, item in zip(s.sources, s.items):
        if item in r.active:
            position = Value("", Scalar(int), "position", s.place)
            items.append(position)
            sources.append(scope.builder.op(primitives.indices, r.keeper.fetch(source, scope, True),
                                            role="temporary", type=Range()))  # fmt: skip
    return items, tuple(sources)


def item_cotangents(r: Reverse, s: Loop, inner: Scope, own: Cotangents, items: list[Value]) -> None:
    positions = iter(items[len(s.items) :])
    for source, item in zip(s.sources, s.items):
        if item not in r.active or not isinstance(source, Value):
            continue
        position = next(positions)
        c = cotangent_of(r, inner.builder, own, item)
        if c is not None and c is not ZERO:
            scatter(r, inner, own, source, c, (position,), item)


def turns_of(r: Reverse, s: Loop, scope: Scope) -> Atom | None:
    codes = r.function.facts.get("exits", {}).get(s.code) or {
        s.code.known if isinstance(s.code, Const) else 1
    }
    exits = max(codes) > 0
    if s.limit is not None and not exits:
        return r.keeper.fetch(s.limit, scope)
    if s.test is not None or exits or len(s.sources) > 1:
        if s.count is None:  # nobody read it so far
            s.count = Value("", INT, "count", s.place)
            r.keeper.home[s.count] = r.keeper.home[s.results[-1]]
            r.keeper.maker[s.count] = s
        return r.keeper.fetch(s.count, scope)
    return None


def flag_carries(r: Reverse, s: Loop, scope: Scope, inner: Scope) -> list[tuple[Value, Atom]]:
    """The flags that the mirror of a loop carries, with what they are in its first turn."""
    out = []
    code = r.keeper.fetch(s.results[-1], scope)
    for left, flag in inner.flags.items():
        first = scope.builder.op(operator.eq, code, constant(left), role="code")
        r.function.facts.setdefault("exits", {})[flag] = r.function.facts["exits"].get(
            s.results[-1]
        )
        out.append((flag, first))
    return out
