"""Functions that a loop's turns hand on: none of them is a value of the text, so each must be the same in every turn."""

from __future__ import annotations

from chainrule.frontend.functions import is_function, of_type
from chainrule.ir.form import Atom
from chainrule.ir.types import Static, Type


def type_of(atom: Atom) -> Type:
    """The type of what a loop hands on, which of a function says which it is."""
    if is_function(atom) and not isinstance(atom.type, Static):
        return Static(atom.known)
    return atom.type


def function_of(t: Type) -> Atom | None:
    """The function that a carry of this type would be, if it is one; a `Lost` one where it is now this, now that."""
    return of_type(t)
