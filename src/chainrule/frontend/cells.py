"""The variables that nested functions share, beside the names that a frame has for itself.

A variable that a nested function reads or writes is one place for the frame that has it and for all functions made
there, for as long as one of them lives: a `Cell`. The session holds what is in each, so that branches join, and loops
carry, what a nested function does to a name of the frame around it, as they do with the frame's own names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, TypeAlias

from chainrule.ir.form import Atom

Key: TypeAlias = Any
"""The name of a frame's own variable, or the `Cell` of one that is shared."""


class Cell:
    """A variable that nested functions share, of one activation of a function."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Names(MutableMapping[Key, Atom]):
    """What the names of a frame hold: under its own names, those that are shared too; all cells under themselves."""

    def __init__(self, shared: dict[Cell, Atom], cells: dict[str, Cell]) -> None:
        self.own: dict[str, Atom] = {}
        self.shared, self.cells = shared, cells

    def key(self, name: Key) -> Key:
        """The cell of a name that is shared, any other name itself."""
        return self.cells.get(name, name) if isinstance(name, str) else name

    def replace(self, all_: Mapping[Key, Atom]) -> None:
        """Go back to what was held once."""
        self.own = {k: a for k, a in all_.items() if not isinstance(k, Cell)}
        self.shared.clear()
        self.shared.update((k, a) for k, a in all_.items() if isinstance(k, Cell))

    def __getitem__(self, name: Key) -> Atom:
        key = self.key(name)
        return self.shared[key] if isinstance(key, Cell) else self.own[key]

    def __setitem__(self, name: Key, atom: Atom) -> None:
        key = self.key(name)
        if isinstance(key, Cell):
            self.shared[key] = atom
        else:
            self.own[key] = atom

    def __delitem__(self, name: Key) -> None:
        key = self.key(name)
        if isinstance(key, Cell):
            del self.shared[key]
        else:
            del self.own[key]

    def __iter__(self) -> Iterator[Key]:
        yield from self.own
        yield from self.shared

    def __len__(self) -> int:
        return len(self.own) + len(self.shared)


def label(key: Key) -> str:
    """The name in the user's text."""
    return key if isinstance(key, str) else key.name
