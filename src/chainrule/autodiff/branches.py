"""The mirror of a branch."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.analysis.builder import Builder
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.state import ZERO, Cotangents, Overlay, Reverse
from chainrule.autodiff.sums import contribute_joined, cotangent_of, name_of, zero_of
from chainrule.ir import primitives
from chainrule.ir.form import (
    MISSING,
    UNBOUND,
    Atom,
    Block,
    If,
    Loop,
    Op,
    Value,
)
from chainrule.ir.regions import WITH, is_one_sided
from chainrule.ir.types import BOOL, Type, is_number, join


def passed_side(s: If) -> Block | None:
    """The side that control comes out of, where the other one raises, or is none."""
    if is_one_sided(s):
        return s.then
    sides = (s.then, s.orelse)
    raising = [
        bool(b.statements) and getattr(b.statements[-1], "function", None) is primitives.raise_
        for b in sides
    ]
    return sides[raising.index(False)] if any(raising) and not all(raising) else None


def mirror_branch(r: Reverse, s: If, scope: Scope, cots: Cotangents) -> None:
    gs = [cots.pop(v, None) for v in s.results]
    if under_errstate(r, s, gs, scope, cots):
        return
    if (passed := passed_side(s)) is not None:
        only_side(r, s, passed, gs, scope, cots)
        return
    sides = []
    for block in (s.then, s.orelse):
        inner = Scope(block, scope, Builder(s.place, answers=s.place))
        own: Cotangents = Overlay(cots)
        for result, atom, g in zip(s.results, block.results, gs):
            if g is not None and g is not ZERO and result in r.active and isinstance(atom, Value):
                contribute_joined(r, inner, own, atom, g, result)
        r.block(block, inner, own)
        sides.append((inner, own))
    join_sides(r, s, scope, cots, sides)


def under_errstate(r: Reverse, s: If, gs: list[Any], scope: Scope, cots: Cotangents) -> bool:
    """Mirror a `with np.errstate(…)` under the same settings; whether that is what the branch is."""
    made = r.keeper.maker.get(s.test) if isinstance(s.test, Value) else None
    if s.spelling != WITH or not isinstance(made, Op) or made.function is not np.errstate:
        return False
    inner = Scope(s.then, scope, Builder(s.place, answers=s.place))
    own: Cotangents = Overlay(cots)
    for result, atom, g in zip(s.results, s.then.results, gs):
        if g is not None and g is not ZERO and result in r.active and isinstance(atom, Value):
            contribute_joined(r, inner, own, atom, g, result)
    r.block(s.then, inner, own)
    results: list[Value] = []
    ends: list[Atom] = []
    for v in [v for v in own if is_outside(r, v, [(inner, own)])]:
        c = cotangent_of(r, inner.builder, own, v)
        if c is None or c is ZERO:
            cots[v] = ZERO
            continue
        results.append(Value(name_of(r, v), c.type, "cotangent", s.place))
        ends.append(c)
        cots[v] = results[-1]
    if inner.takes or inner.builder.statements:
        settings = tuple((k, r.keeper.fetch(a, scope)) for k, a in made.kwargs)
        again = scope.builder.op(
            np.errstate, *made.args, kwargs=settings, spelling=made.spelling, role="temporary",
            type=made.results[0].type,
        )  # fmt: skip
        then = Block((), (*inner.takes, *inner.builder.statements), tuple(ends))
        orelse = Block((), (), (UNBOUND,) * len(ends))
        scope.builder.add(If(again, then, orelse, tuple(results), s.place, WITH, s.place))
    else:
        cots.update(zip([v for v in own if cots.get(v) in results], ends))
    return True


def only_side(
    r: Reverse, s: If, side: Block, gs: list[Any], scope: Scope, cots: Cotangents
) -> None:
    """Mirror a branch whose other side raises: who comes to the mirror came this way."""
    for result, atom, g in zip(s.results, side.results, gs):
        if g is not None and g is not ZERO and result in r.active and isinstance(atom, Value):
            contribute_joined(r, scope, cots, atom, g, result)
    inner = Scope(side, scope, scope.builder)
    r.block(side, inner, cots)
    scope.takes += inner.takes


def join_sides(r: Reverse, s: If, scope: Scope, cots: Cotangents, sides: list[Any]) -> None:
    changed = [v for v in dict.fromkeys([*sides[0][1], *sides[1][1]]) if is_outside(r, v, sides)]
    results: list[Value] = []
    ends: list[list[Atom]] = [[], []]
    joined: dict[Value, Any] = {}
    for v in changed:
        cs = [cotangent_of(r, inner.builder, own, v) for inner, own in sides]
        cs = [None if c is ZERO else c for c in cs]
        if cs[0] is cs[1]:
            joined[v] = cs[0] if cs[0] is not None else ZERO
            continue
        filled = [c if c is not None else zero_of(r, inner, v) for c, (inner, _) in zip(cs, sides)]
        result = Value(name_of(r, v), joined_type(r, v, filled), "cotangent", s.place)
        results.append(result)
        for end, c in zip(ends, filled):
            end.append(c)
        joined[v] = result
    mirrors = [
        Block((), (*inner.takes, *inner.builder.statements), tuple(end))
        for (inner, _), end in zip(sides, ends)
    ]
    if results or any(b.statements for b in mirrors):
        test = decided(r, s, scope)
        spelling = s.spelling if s.spelling in ("ternary",) else None
        scope.builder.add(
            If(test, mirrors[0], mirrors[1], tuple(results), s.place, spelling, s.place)
        )
    cots.update(joined)


def joined_type(r: Reverse, v: Value, cs: list[Atom]) -> Type:
    one, other = (c.type for c in cs)
    if is_number(one) and is_number(other):
        return join(one, other)
    return one if one == other else v.type


def is_outside(r: Reverse, v: Value, sides: list[Any]) -> bool:
    block = r.keeper.home[v]
    inner = {s.block for s, _ in sides}
    while block not in inner:
        if block not in r.keeper.holder:
            return True
        block = r.keeper.holder[block][0]
    return False


def decided(r: Reverse, s: If, scope: Scope) -> Atom:
    """The test of a branch: decided again where all that it reads is at hand, else its outcome kept."""
    test = s.test
    if not isinstance(test, Value) or r.keeper.is_at_hand(test, scope):
        return r.keeper.fetch(test, scope)
    left = leaving(r, s, scope)
    return left if left is not None else r.keeper.keep(test, scope)


def leaving(r: Reverse, s: If, scope: Scope) -> Atom | None:
    """A flag that is true in the first turn of the mirror, for a branch that is taken where its loop is left."""
    holder = r.keeper.holder.get(scope.block, (None, None))[1]
    if not isinstance(holder, Loop) or holder.code not in s.results:
        return None
    i = s.results.index(holder.code)
    left, stays = s.then.results[i].known, s.orelse.results[i]
    codes = r.function.facts.get("exits", {}).get(stays, frozenset([stays.known]))
    if left is MISSING or left <= 0 or left in codes:
        return None
    if left not in scope.flags:
        scope.flags[left] = Value("", BOOL, "code", s.place)
    return scope.flags[left]
