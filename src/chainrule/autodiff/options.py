"""What derivative is asked: of what, with how many results, from which seed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from chainrule.ir.form import (
    Tape,
    Value,
)
from chainrule.ir.routine import Mask, Routine
from chainrule.ir.types import (
    FLOAT,
    Type,
    differentiable,
)

OPEN: Any = type("Open", (), {})
"""The kind of a container of which nothing is known but some paths into it."""


class Asked(NamedTuple):
    """A gradient that is asked: a value, or a container of them; ``value`` None where there can be no gradient."""

    value: Value | None
    kind: type | None = None
    keys: tuple[Any, ...] = ()
    parts: tuple[Asked, ...] = ()
    above: tuple[tuple[Value, tuple[Any, ...]], ...] = ()
    """What holds it, and may be read whole: each container with the keys that lead from there to here."""

    def leaves(self) -> Iterable[Value]:
        if self.kind is None:
            return [] if self.value is None else [self.value]
        return [v for p in self.parts for v in p.leaves()]

    def within(self) -> list[Value]:
        """Every value of a part, containers included."""
        own = [p.value for p in self.parts if p.value is not None and p.leaves()]
        own += [value for value, _ in self.above]
        return own + [v for p in self.parts for v in p.within()]

    def unreached(self, active: Container[Value | Tape]) -> list[Value]:
        """The leaves that the result does not depend on."""
        if self.value is not None and self.value in active:
            return []
        if any(value in active for value, _ in self.above):
            return []
        if self.kind is OPEN:
            assert self.value is not None
            return [] if any(p.value in active for p in self.parts) else [self.value]
        if self.kind is None:
            return (
                [self.value] if self.value is not None and differentiable(self.value.type) else []
            )
        return [v for p in self.parts for v in p.unreached(active)]


class Options(NamedTuple):
    """What derivative is asked: of what, with how many results, from which seed.

    Attributes
    ----------
    is_inner
        Whether it is that of a routine: its seed is a cotangent already, of the kind and shape of the result.
    masks
        Which arguments are differentiated in the routines that it calls.
    """

    asked: tuple[Asked, ...]
    bare: bool = True
    has_aux: bool = False
    seed: Type = FLOAT
    is_inner: bool = False
    masks: Mapping[Routine, Mask] = MappingProxyType({})
