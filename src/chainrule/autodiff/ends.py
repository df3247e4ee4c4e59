"""Where the backward part begins and ends: the seed of the result, and the gradients that are returned."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from chainrule import errors, runtime
from chainrule.analysis.builder import Builder, constant
from chainrule.autodiff import cotangents
from chainrule.autodiff.kept import Scope
from chainrule.autodiff.options import OPEN, Asked
from chainrule.autodiff.state import ZERO, Cotangents, Parts, Reverse
from chainrule.autodiff.sums import (
    contribute,
    cotangent_of,
    flat,
    make,
    merged,
    name_of,
    select,
)
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Op, Value
from chainrule.ir.types import (
    NONE,
    UNKNOWN,
    Array,
    NumPyScalar,
    Scalar,
    Struct,
    Type,
    Uniform,
    differentiable,
    show,
)

if TYPE_CHECKING:
    from chainrule.diagnostics import Place


def article(t: Type) -> str:
    return "None" if t == NONE else f"{'an' if show(t)[0] in 'aeiou' else 'a'} {show(t)}"


def seed_result(r: Reverse, top: Scope, cots: Cotangents, result: Atom, seed: Value) -> None:
    if not isinstance(result, Value) or result not in r.active:
        if not differentiable(result.type):
            raise errors.ResultNotNumeric(
                f"the result is {article(result.type)}, which has no derivative",
                getattr(result, "place", None),
                help=["return a float, an array, or a tuple, list or dict of them"],
            )
        return
    seed_part(r, top.builder, cots, result, seed)


def seed_part(r: Reverse, builder: Builder, cots: Cotangents, result: Atom, seed: Atom) -> None:
    t = result.type
    if not isinstance(result, Value) or seed.type == NONE:
        return
    name = name_of(r, result)
    check_structure(seed.type, t, result.place)
    if isinstance(t, Struct):
        seed_struct(r, builder, cots, result, seed)
        return
    if (
        r.options.is_inner
        or isinstance(t, Scalar)
        or isinstance(seed.type, Scalar)
        and not isinstance(t, Array)
        and t != UNKNOWN
    ):
        c = builder.op(primitives.assign, seed, name=name, role="cotangent")
    else:
        c = builder.op(runtime.match_seed, seed, result, name=name, role="cotangent", type=t)
    contribute(r, builder, cots, result, c)


def check_structure(seed: Type, t: Type, place: Place | None) -> None:
    """Refuse a seed of another structure than the result's; None goes with anything."""
    if isinstance(t, Struct) and isinstance(seed, Scalar | NumPyScalar | Array):
        raise errors.SeedMissing(
            f"the result is a {t.kind.__name__} of {len(t.keys)}: a seed of that structure is needed",
            place,
            help=["give one: grad(f).seeded(…), with None for what does not count"],
        )
    if not isinstance(seed, Struct):
        has_axes = isinstance(seed, Array) and seed.rank != 0
        if has_axes and isinstance(t, Scalar | NumPyScalar):
            raise _misfit(seed, t, place)
    elif isinstance(t, Struct) and t.kind is seed.kind and set(seed.keys) == set(t.keys):
        for key in t.keys:
            check_structure(seed.part(key), t.part(key), place)
    elif isinstance(t, Uniform) and t.kind is seed.kind:
        for part in seed.parts:
            check_structure(part, t.item, place)
    elif t != UNKNOWN:
        raise _misfit(seed, t, place)


def _misfit(seed: Type, t: Type, place: Place | None) -> errors.SeedMismatch:
    return errors.SeedMismatch(
        f"the seed is {article(seed)}, and the result {article(t)}",
        place,
        help=["give a seed of the structure of the result, with None for what does not count"],
    )


def seed_struct(r: Reverse, builder: Builder, cots: Cotangents, result: Value, seed: Atom) -> None:
    parts = Parts()
    cots[result] = parts
    t = result.type
    assert isinstance(t, Struct)
    for key, part in zip(t.keys, t.parts):
        inner = item(r, builder, result, t, key)
        s = select(builder, seed, seed.type if isinstance(seed.type, Struct) else t, key)
        if s.type == NONE:
            continue
        if differentiable(part):
            parts[key] = matched(r, builder, s, inner, part)


def item(r: Reverse, builder: Builder, whole: Atom, t: Struct, key: Any) -> Atom:
    """A part of a result."""
    parts = r.keeper.parts_of(whole)
    if parts is not None:
        return parts[t.keys.index(key)]
    return select(builder, whole, t, key, False)


def is_saved(r: Reverse, part: Atom) -> bool:
    """Whether a value is what a forward part hands to its backward part."""
    made = r.keeper.maker.get(part)  # type: ignore[arg-type]
    return isinstance(made, Op) and made.function is primitives.save and len(made.args) > 1


def matched(r: Reverse, builder: Builder, seed: Atom, part: Atom, t: Type) -> Any:
    if r.options.is_inner and not is_saved(r, part):
        return seed  # a container may be unbound on some way: only there it is taken apart
    if isinstance(t, Struct):
        parts = Parts()
        for key, inner in zip(t.keys, t.parts):
            s = select(builder, seed, seed.type if isinstance(seed.type, Struct) else t, key)
            if s.type != NONE and differentiable(inner):
                parts[key] = matched(r, builder, s, item(r, builder, part, t, key), inner)
        return parts
    if isinstance(t, Scalar) and isinstance(seed.type, Scalar):
        return seed
    return builder.op(runtime.match_seed, seed, part, role="temporary", type=t)


def finish(r: Reverse, builder: Builder, asked: Asked, cots: Cotangents) -> Atom:
    if asked.above:
        cots = dict(cots)  # another request may take from the same container
    for value, keys in asked.above:
        take_from_above(r, builder, asked, cots, value, keys)
    if asked.kind is not None:
        return finish_container(r, builder, asked, cots)
    if asked.value is None:
        return constant(None)
    base, index = r.function.facts.get("shared", {}).get(asked.value, (asked.value, None))
    c = cotangent_of(r, builder, cots, base)
    if c is not None and index is not None:  # its region of the cotangent of the memory
        t = asked.value.type
        c = builder.op(operator.getitem, c, index, role="temporary", type=t)
    if c is not None and r.options.is_inner and asked.value.type == UNKNOWN:
        return c  # a step on the way, which is no gradient yet
    if c is None and r.options.is_inner and not differentiable(asked.value.type):
        return constant(None)
    return cotangents.finish(builder, c, r.keeper.latest(asked.value), name_of(r, asked.value))


def take_from_above(
    r: Reverse,
    builder: Builder,
    asked: Asked,
    cots: Cotangents,
    whole: Value,
    keys: tuple[Any, ...],
) -> None:
    """Add what a container that was read whole says of a part of it."""
    piece, t = cots.get(whole), whole.type
    for key in keys:
        if piece is None or piece is ZERO:
            return
        if isinstance(piece, Parts):
            piece = piece.get(key)
        else:
            piece = select(builder, piece, t if isinstance(t, Struct) else piece.type, key)
        t = t.part(key) if isinstance(t, Struct) else UNKNOWN
    if piece is None or piece is ZERO:
        return
    if asked.kind is None or asked.kind is OPEN:
        if asked.value is not None:
            add_to(r, builder, cots, asked.value, piece)
    else:
        around = asked._replace(above=())
        holder = Parts({0: piece})
        hand_down(r, builder, Asked(None, tuple, (0,), (around,)), cots, holder)


def add_to(r: Reverse, builder: Builder, cots: Cotangents, value: Value, piece: Any) -> None:
    """Add a piece of a container's cotangent to that of the part."""
    before = cots.get(value)
    if before is None or before is ZERO:
        cots[value] = piece
    elif isinstance(before, Parts) and isinstance(piece, Parts):
        cots[value] = merged(r, builder, value, before, piece)
    else:
        one, other = (flat(r, builder, value, g) for g in (before, piece))
        cots[value] = builder.op(runtime.add, one, other, role="temporary")


def finish_open(r: Reverse, builder: Builder, asked: Asked, cots: Cotangents) -> Atom:
    """The gradient of a container from that of the whole and those of the parts that are read."""
    assert asked.value is not None
    name = name_of(r, asked.value)
    whole = cotangent_of(r, builder, cots, asked.value) or cotangents.zero(
        builder, asked.value, name
    )
    for path, part in zip(asked.keys, asked.parts):
        c = cotangent_of(r, builder, cots, part.value) if part.value is not None else None
        if c is None:
            continue
        if any(kind != "item" for kind, _ in path):
            raise errors.NotDifferentiable(
                f"nothing says what {asked.value.name} is, so that no gradient of its kind can be made",
                help=[
                    "annotate it with its dataclass",
                    f"ask for a part of it: wrt='{asked.value.name}.{path[0][1]}'",
                ],
            )
        steps = [constant(key) for _, key in path]
        whole = builder.op(
            runtime.add_at, whole, c, *steps, name=name, role="cotangent", type=UNKNOWN
        )
    return builder.op(runtime.as_gradient, whole, asked.value, role="temporary", type=UNKNOWN)


def finish_container(r: Reverse, builder: Builder, asked: Asked, cots: Cotangents) -> Atom:
    if asked.kind is OPEN:
        return finish_open(r, builder, asked, cots)
    if asked.value is not None and asked.value in cots:
        cots = dict(cots)
        whole = cots.pop(asked.value)
        has_objects = cotangents.attributes_within(asked.value.type)
        is_alone = not has_objects and not any(v in cots for v in asked.within())
        if isinstance(whole, Value) and is_alone and is_of_kind(whole.type, asked.value.type):
            return whole
        hand_down(r, builder, asked, cots, whole)
    parts = [finish(r, builder, p, cots) for p in asked.parts]
    return make(builder, asked.kind, asked.keys, parts)


def is_of_kind(t: Type, like: Type) -> bool:
    """Whether a cotangent of this type has the structure and the kinds of numbers that a gradient must have."""
    if isinstance(t, Struct) and isinstance(like, Struct):
        return t.keys == like.keys and all(map(is_of_kind, t.parts, like.parts))
    if isinstance(like, Array):
        return isinstance(t, Array) and t.dtype == like.dtype and t.rank == like.rank
    return t == like or not differentiable(like)


def hand_down(r: Reverse, builder: Builder, asked: Asked, cots: Cotangents, whole: Any) -> None:
    """Pass the cotangent of a container on to its parts."""
    for key, part in zip(asked.keys, asked.parts):
        if isinstance(whole, Parts):
            piece = whole.get(key)
        else:
            kind, keys = asked.kind or tuple, asked.keys
            of = asked.value.type if asked.value is not None else whole.type
            t = of if isinstance(of, Struct) else Struct(kind, keys, (UNKNOWN,) * len(keys))
            t = whole.type if getattr(whole.type, "keys", None) == keys else t
            piece = select(builder, whole, t, key)
        if piece is None:
            continue
        if part.kind is not None and (part.value is None or part.value not in cots):
            hand_down(r, builder, part, cots, piece)
        elif part.value is not None:
            add_to(r, builder, cots, part.value, piece)
