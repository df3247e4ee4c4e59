"""Stores whose value may lie in the very memory that they write: NumPy copies it first, but not everywhere."""

from __future__ import annotations

from chainrule import errors
from chainrule.analysis.sizes import listed
from chainrule.frontend.frame import Frame
from chainrule.ir.form import Atom, Value
from chainrule.ir.types import Array


def refuse_overlap(frame: Frame, holder: Value, index: Atom, value: Atom) -> None:
    """Refuse a store behind a mask of what shares the memory: it reads what it has written.

    Raises
    ------
    errors.UnknownStore
        If the value may be a view of what is written to.
    """
    t = listed(index.type) or index.type
    if not isinstance(t, Array) or t.dtype is not None and t.dtype.kind != "b":
        return
    memory = frame.session.memory
    is_itself = isinstance(value, Value) and memory.place_of(value) == memory.place_of(holder)
    if not is_itself:  # then each element is stored where it lies
        refuse_shared(frame, holder, value)


def refuse_shared(frame: Frame, holder: Value, value: Atom) -> None:
    """Refuse a value that may share the memory of what is written to."""
    memory = frame.session.memory
    if isinstance(value.type, Array) and memory.root(holder) in memory.reach(value):
        raise errors.UnknownStore(
            "NumPy writes this while it reads the same memory: what it stores depends on the order",
            frame.builder.place,
            help=["copy the value first: np.copy(...)"],
        )
