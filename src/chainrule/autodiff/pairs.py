"""Calls of routines in reverse: the forward part of the routine's pair where it is called, the backward part in the mirror."""

from __future__ import annotations

from typing import Any

from chainrule import runtime
from chainrule.analysis.activity import active
from chainrule.analysis.builder import Builder
from chainrule.asked import asked
from chainrule.autodiff import cotangents
from chainrule.autodiff.expand import expand
from chainrule.autodiff.halves import halved
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.nest import plain
from chainrule.autodiff.options import Asked, Options
from chainrule.autodiff.settle import settle
from chainrule.autodiff.state import Cotangents, Reverse
from chainrule.autodiff.sums import contribute, flat
from chainrule.frontend.lengths import without_sizes
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Function, Op, Value, walk
from chainrule.ir.routine import Half, Mask, Pair, Routine
from chainrule.ir.types import (
    FLOAT,
    NONE,
    UNKNOWN,
    NumPyScalar,
    OneOf,
    Recursive,
    Scalar,
    Struct,
    Type,
    Uniform,
    differentiable,
    is_number,
    join,
)
from chainrule.wrt import Path, Request


def of_call(r: Reverse, op: Op, scope: Scope, cots: Cotangents, gs: list[Any]) -> None:
    """The call's cotangents from the backward part of its pair, whose forward part runs in the call's place."""
    routine, builder = op.function, scope.builder
    assert isinstance(routine, Routine)
    wanted = tuple(isinstance(a, Value) and a in r.active for a in op.args)
    if not any(wanted):
        return
    pair = pair_of(r, routine, wanted)
    dy = flat(r, builder, op.results[0], gs[0])
    saved = r.keeper.fetch(in_place_of(r, op, pair.forward, "saved"), scope)
    args = [r.keeper.fetch(a, scope) for a in op.args]
    at = [i for i, w in enumerate(pair.wanted) if w]
    params = [p.value for p in pair.of.primal.params]
    types = [_cotangent_type(params[i].type, op.args[i].type) for i in at]
    bare = len(types) == 1
    whole = types[0] if bare else Struct(tuple, tuple(range(len(types))), tuple(types))
    found = builder.op(pair.backward, saved, *args, dy, role="temporary", type=whole)
    parts: tuple[Atom, ...] = (found,)
    if not bare:
        parts = tuple(Value("", t, "temporary", op.place) for t in types)
        builder.add(Op(parts, primitives.unpack, (found,), (), op.place, None, builder.answers))  # type: ignore[arg-type]
    for i, d in zip(at, parts):
        if wanted[i]:
            contribute(r, builder, cots, op.args[i], conformed(r, scope, d, op.args[i]))


def in_place_of(r: Reverse, op: Op, forward: Any, name: str) -> Value:
    """Put a forward part in the place of a call; what it gives beside the value."""
    keeper, y = r.keeper, op.results[0]
    tape = forward.pair.of.name if isinstance(forward, Half) else name
    while name in r.function.facts["names"]:
        name += "_"
    saved = Value(name, UNKNOWN, "step", op.place)
    both = Value("", Struct(tuple, (0, 1), (y.type, UNKNOWN)), "step", op.place)
    call = Op((both,), forward, op.args, (), op.place, None, op.answers)
    unpacked = Op((y, saved), primitives.unpack, (both,), (), op.place, None, op.answers)
    keeper.instead[op] = [call, unpacked]
    home = keeper.home[y]
    keeper.home.update({both: home, saved: home})
    keeper.maker.update({both: call, saved: unpacked})
    keeper.tape_names[saved] = tape
    keeper.aliases.adopt(saved, y, op.args)
    return saved


def _cotangent_type(param: Type, argument: Type) -> Type:
    """The type of the cotangent that comes back for an argument."""
    if is_number(param):
        return FLOAT if isinstance(param, Scalar) else number_cotangent(param)
    if isinstance(argument, Struct | Uniform | Recursive):
        return argument if without_sizes(param) == without_sizes(argument) else UNKNOWN
    return argument if type(param) is type(argument) else param


def number_cotangent(t: Type) -> Type:
    """What the cotangent of a number is: of NumPy's kind, or a float."""
    dtypes = [
        o for o in (t.options if isinstance(t, OneOf) else (t,)) if isinstance(o, NumPyScalar)
    ]
    found: Type = FLOAT
    for option in dtypes:
        found = join(found, option)
    return found


def conformed(r: Reverse, scope: Scope, d: Atom, x: Atom) -> Atom:
    """What came back for an argument, in its kind."""
    if d.type == x.type:
        return d
    if cotangents.attributes_within(x.type):  # objects that are no records: by attribute
        return d
    if isinstance(x.type, Struct | Uniform | Recursive):  # as what the routine does not know
        like = r.keeper.fetch(x, scope)
        return scope.builder.op(runtime.as_gradient, d, like, role="temporary", type=x.type)
    scratch = Builder(scope.builder.place, answers=scope.builder.answers)
    c = cotangents.conform(scratch, d, x, True)
    settle(r, scratch, scope, [c])
    return c


# Pairs


def pair_of(r: Reverse, routine: Routine, wanted: Mask) -> Pair:
    """The pair of a routine for the arguments that are differentiated, made if it is new."""
    masks = r.options.masks
    mask = masks.get(routine)
    if mask is None or any(w and not m for w, m in zip(wanted, mask)):
        masks = widened(routine, wanted)
        mask = masks[routine]
    found = routine.pairs.get(mask)
    if found is None:
        found = routine.pairs[mask] = Pair(routine, mask, masks, halved, plain)
        try:
            found.adjoint = _adjoint(found, r)
        except Exception:
            del routine.pairs[mask]
            raise
    return found


def _adjoint(pair: Pair, r: Reverse) -> Function:
    primal = pair.of.primal
    form, wanted = _asked(primal, [p.value for p, w in zip(primal.params, pair.wanted) if w])
    seed = seed_type(primal.body.results[0].type)
    options = Options(wanted, len(wanted) == 1, False, seed, True, pair.masks)
    return r.again(form, options)


def _asked(form: Function, params: list[Value]) -> tuple[Function, tuple[Asked, ...]]:
    """What is asked of parameters: those that are read through a path have a gradient that is put together."""
    roots = {leaf.root for leaf in form.leaves if not leaf.free}
    found = []
    for v in params:
        if v.name in roots:
            form, (one,) = asked(form, Request((Path(v.name),), False, True), {})
            found.append(one)
        else:
            found.append(Asked(v))
    return form, tuple(found)


def seed_type(t: Type) -> Type:
    """The type of the cotangent of a result."""
    if isinstance(t, Struct):
        return Struct(t.kind, t.keys, tuple(map(seed_type, t.parts)))
    if not differentiable(t):
        return NONE
    if is_number(t):
        return FLOAT if isinstance(t, Scalar) else number_cotangent(t)
    return t


def widened(routine: Routine, wanted: Mask) -> dict[Routine, Mask]:
    """What must be differentiated of each routine that a call may reach, the recursion's own calls taken in."""
    masks = {routine: wanted}
    waiting = [routine]
    while waiting:
        one = waiting.pop()
        form = expand(one.primal)
        inputs = [p.value for p, w in zip(form.params, masks[one]) if w]
        inputs += [
            x.value for x in form.leaves if not x.free and x.root in {v.name for v in inputs}
        ]
        varied = active(form, inputs, [form.body.results[0]])
        for s in walk(form.body):
            if isinstance(s, Op) and isinstance(s.function, Routine) and s.results[0] in varied:
                now = tuple(isinstance(a, Value) and a in varied for a in s.args)
                before = masks.get(s.function, (False,) * len(now))
                both = tuple(a or b for a, b in zip(before, now))
                if both != before:
                    masks[s.function] = both
                    waiting.append(s.function)
    return masks
