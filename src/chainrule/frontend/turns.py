"""What turns of a loop hand on beside values of the text.

A function is none, so it must be the same in every turn. What a test does to a variable, by a call, outlives the test.
"""

from __future__ import annotations

from typing import Any

import gast

from chainrule.frontend.dispatch import expression
from chainrule.frontend.frame import Frame
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


def changes_something(frame: Frame, test: Any) -> bool:
    """Whether a test assigns to a variable that it shares, or writes to memory."""
    session = frame.session
    if not any(isinstance(inner, gast.Call) for inner in gast.walk(test)):
        return False
    memory, count = session.memory, len(session.problems)
    env, versions, poisoned = dict(frame.env), dict(memory.versions), set(memory.poisoned)
    with session.block():
        expression(frame, test)
    changed = versions != memory.versions or any(
        session.cells.get(k) is not a for k, a in env.items() if k in session.cells
    )
    frame.env, memory.versions, memory.poisoned = env, versions, poisoned
    del session.problems[count:]
    return changed


def asked_inside(node: Any) -> Any:
    """A `while` that asks where its turn begins: what its test binds or changes outlives the test."""
    negated = gast.copy_location(gast.UnaryOp(gast.Not(), node.test), node.test)
    leave = gast.copy_location(gast.Break(), node.test)
    ask = gast.copy_location(gast.If(negated, [*node.orelse, leave], []), node.test)
    forever = gast.copy_location(gast.Constant(True, None), node.test)
    return gast.copy_location(gast.While(forever, [ask, *node.body], []), node)
