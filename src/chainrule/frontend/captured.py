"""What nested functions read of the frames around them, where their bodies are lowered as functions of their own.

A nested function that calls itself, or that is given to a function which calls itself, has no cells in the text: what it
reads from around goes along as arguments, and the frames that it was made in are stood in for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import gast

from chainrule import errors
from chainrule.frontend.cells import Cell
from chainrule.frontend.frame import Frame, Session
from chainrule.frontend.functions import Closure, function_atom
from chainrule.ir.form import Atom, Const
from chainrule.ir.primitives import Inner


class Capture(NamedTuple):
    """A variable that a nested function reads or assigns, or a default that it was made with."""

    closure: Closure
    name: str
    atom: Atom
    is_default: bool
    is_assigned: bool = False

    @property
    def is_data(self) -> bool:
        return self.is_assigned or not isinstance(self.atom, Const)

    @property
    def cell(self) -> Cell | None:
        return None if self.is_default else self.closure.frame.env.cells.get(self.name)


def captured(session: Session, closures: Iterable[Closure], place: Any) -> list[Capture]:
    """What closures, and those that they read, read from around: in an order that is the same for every call."""
    found: list[Capture] = []
    seen: set[Any] = set()
    assigned: set[Cell] = set()
    waiting = list(closures)
    while waiting:
        closure = waiting.pop(0)
        if closure in seen:
            continue
        seen.add(closure)
        assigned |= _assigned_by(closure)
        for one in _read_by(session, closure):
            if one.cell is not None and one.cell in seen:
                continue
            seen.add(one.cell)
            found.append(one)
            if isinstance(one.atom.known, Closure):
                waiting.append(one.atom.known)
            elif isinstance(one.atom.known, Inner):
                raise refusal(closure.__name__, place)
    return [one._replace(is_assigned=_is_assigned(one, assigned, place)) for one in found]


def _read_by(session: Session, closure: Closure) -> list[Capture]:
    cells = closure.frame.env.cells
    held = [(n, session.cells.get(cells[n])) for n in closure.__code__.co_freevars if n in cells]
    found = [Capture(closure, n, a, False) for n, a in held if a is not None]
    return found + [Capture(closure, n, a, True) for n, a in closure.defaults.items()]


def _assigned_by(closure: Closure) -> set[Cell]:
    """The variables around a function that it assigns, or a function inside it does."""
    cells = closure.frame.env.cells
    nodes = [n for n in gast.walk(closure.source.node) if isinstance(n, gast.Nonlocal)]
    return {cells[name] for node in nodes for name in node.names if name in cells}


def _is_assigned(one: Capture, assigned: set[Cell], place: Any) -> bool:
    if one.cell not in assigned:
        return False
    if isinstance(one.atom.known, Inner):
        raise refusal(one.closure.__name__, place)
    return True


def refusal(name: str, place: Any) -> errors.ChainruleError:
    return errors.RecursionUnsupported(
        f"{name} calls itself, and what functions it goes along with is known only when it runs",
        place,
        help=["give it functions that are defined with def or lambda"],
    )


def mark(atom: Atom) -> Any:
    """What tells a known function or constant that goes along from another."""
    if isinstance(atom.known, Closure):
        return atom.known.__code__
    return (type(atom.known), repr(atom.known)) if isinstance(atom, Const) else None


class Stand:
    """The frames around nested functions, stood in for in another session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.frames: dict[Frame, Frame] = {}

    def frame(self, frame: Frame) -> Frame:
        if frame not in self.frames:
            around = self.frame(frame.around) if frame.around is not None else None
            self.frames[frame] = Frame(self.session, frame.source, None, around)
        return self.frames[frame]

    def atom(self, atom: Atom) -> Atom:
        """A nested function as it is known in the other session; what else is known is known there too."""
        known = atom.known
        if not isinstance(known, Closure):
            return atom
        inner = Closure(
            known.source, self.frame(known.frame), dict(known.defaults), known.is_no_grad
        )
        return function_atom(inner)

    def fill(self, captures: list[Capture], atoms: list[Atom]) -> dict[tuple[Any, str], Atom]:
        """Let the frames hold what was captured; the defaults, which the functions themselves hold."""
        defaults: dict[tuple[Any, str], Atom] = {}
        for one, atom in zip(captures, atoms):
            if one.is_default:
                defaults[one.closure.source, one.name] = atom
            else:
                self.frame(one.closure.frame).env[one.name] = atom
        for frame in self.frames.values():
            for held in frame.env.values():
                with_defaults(held, defaults)
        return defaults


def with_defaults(held: Atom, defaults: dict[tuple[Any, str], Atom]) -> None:
    """Give a nested function that is known in the other session its defaults there."""
    if isinstance(held.known, Closure):
        held.known.defaults.update(
            (n, a) for (source, n), a in defaults.items() if source is held.known.source
        )
