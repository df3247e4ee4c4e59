"""The steps from a base to a view of it, and back: what a write through the view makes of the base.

A step is an index, a function of the array alone (`np.transpose`), or a `Step`: a call that gives a view. Where the
view has every element of the array, its inverse gives the array anew from the view as it was written to. That is exact
for any layout, so that backward code, whose buffers may have another one, is right too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.analysis.builder import Builder
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Value
from chainrule.ir.primitives import SILENT, Again

Inverse = Callable[[Builder, Atom, Value, Any], Atom]
"""Writes the array from the view's contents, given the array before and the spelling."""


class Step(NamedTuple):
    """A call that gives a view of the argument ``at`` a position; ``args`` are the others."""

    function: Callable[..., Any]
    args: tuple[Atom, ...] = ()
    kwargs: tuple[tuple[str, Atom], ...] = ()
    inverse: Inverse | None = None
    at: int = 0

    @property
    def atoms(self) -> tuple[Atom, ...]:
        return (*self.args, *(a for _, a in self.kwargs))


Path = tuple[Atom | Step, ...]


def last_call(path: Path) -> int:
    """Where the last `Step` of a path stands, -1 if there is none."""
    return max((i for i, step in enumerate(path) if isinstance(step, Step)), default=-1)


def indices(path: Path) -> tuple[Atom, ...]:
    """A path without calls."""
    assert last_call(path) < 0
    return path  # type: ignore[return-value]


def taken(builder: Builder, x: Atom, step: Atom | Step, spelling: Any = SILENT) -> Value:
    """What lies one step further."""
    if isinstance(step, Step):
        args = [*step.args[: step.at], x, *step.args[step.at :]]
        found = builder.op(step.function, *args, kwargs=step.kwargs, spelling=spelling)
    elif callable(step.known):
        found = builder.op(step.known, x, spelling=spelling)
    else:
        found = builder.op(operator.getitem, x, step, spelling=spelling)
    assert isinstance(found, Value)
    return found


def along(builder: Builder, start: Value, path: Path) -> Value:
    """What lies at the end of a path, without a text of its own."""
    for step in path:
        start = taken(builder, start, step)
    return start


def renewed(builder: Builder, now: Value, path: Path, contents: Atom) -> Atom:
    """The base of which what lies at the end of a path has these contents now: Python knows it already."""
    while path:
        at = last_call(path)
        if at == len(path) - 1:
            step, path = path[-1], path[:-1]
            assert isinstance(step, Step) and step.inverse is not None
            outer = along(builder, now, path)
            spelling = SILENT if path else Again(named(builder, now))
            contents = step.inverse(builder, contents, outer, spelling)
        else:
            rest, path = indices(path[at + 1 :]), path[: at + 1]
            outer = along(builder, now, path)
            contents = builder.op(
                primitives.embed, outer, contents, *rest, spelling=SILENT, type=outer.type
            )
    return contents


def named(builder: Builder, version: Value) -> Value:
    """The version under whose name another is read."""
    made = builder.makers.get(version)
    while made is not None:
        if isinstance(made.spelling, Again):
            version = made.spelling.view
        elif made.function is primitives.embed:
            assert isinstance(made.args[0], Value)
            version = made.args[0]
        else:
            break
        made = builder.makers.get(version)
    return version
