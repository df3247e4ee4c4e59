"""Sizes across a call: what is known of lengths in the caller, in the words of the callee, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chainrule.ir.types import Array, Dim, Scalar, Size, Struct, Type, Uniform, not_one

Change = Callable[[Dim, str], Dim]


def in_own_words(types: Iterable[Type], names: Iterable[str]) -> list[Type]:
    """The types of parameters: lengths have the names of parameters, and those that are equal have one name."""
    known: dict[str, tuple[str, int]] = {}

    def change(d: Dim, name: str) -> Dim:
        if isinstance(d, Size) and d.axis in known:
            own, offset = known[d.axis]
            return Size(own, d.offset - offset, not_one(d))
        if isinstance(d, Size):
            known[d.axis] = name, d.offset
        return Size(name, 0, not_one(d))

    return [changed(t, n, change) for t, n in zip(types, names)]


def of_names(types: Iterable[Type], names: Iterable[str]) -> dict[str, Dim]:
    """What each length is that a callee may speak of, by the name that it has there."""
    found: dict[str, Dim] = {}

    def note(d: Dim, name: str) -> Dim:
        found[name] = d
        return d

    for t, n in zip(types, names):
        changed(t, n, note)
    return found


def in_words_of(t: Type, found: dict[str, Dim]) -> Type:
    """The type of a result, with lengths in the words of the caller; those that are not in terms of arguments go."""

    def change(d: Dim, _: str) -> Dim:
        if not isinstance(d, Size):
            return d
        of = found.get(d.axis)
        if isinstance(of, int):
            return of + d.offset
        return Size(of.axis, of.offset + d.offset, d.not_one) if isinstance(of, Size) else None

    return changed(t, "", change)


def changed(t: Type, name: str, change: Change) -> Type:
    """A type with each length changed; items of lists have lengths that nobody knows."""
    if isinstance(t, Scalar) and t.kind is int:
        return Scalar(int, change(t.size, name))
    if isinstance(t, Array) and t.rank is not None:
        dims = t.dims or (None,) * t.rank
        return Array(t.dtype, t.rank, tuple(change(d, f"{name}.{i}") for i, d in enumerate(dims)))
    if isinstance(t, Struct):
        parts = tuple(changed(p, f"{name}.{k}", change) for k, p in zip(t.keys, t.parts))
        return Struct(t.kind, t.keys, parts)
    return Uniform(t.kind, without_sizes(t.item)) if isinstance(t, Uniform) else t


def without_sizes(t: Type) -> Type:
    """A type that says nothing of lengths."""
    if isinstance(t, Scalar):
        return Scalar(t.kind)
    if isinstance(t, Array):
        return Array(t.dtype, t.rank)
    if isinstance(t, Struct):
        return Struct(t.kind, t.keys, tuple(map(without_sizes, t.parts)))
    return Uniform(t.kind, without_sizes(t.item)) if isinstance(t, Uniform) else t
