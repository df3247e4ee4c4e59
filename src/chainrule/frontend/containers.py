"""Methods of lists, tuples and dicts."""

from __future__ import annotations

from chainrule.frontend.frame import Frame
from chainrule.frontend.items import changing_method
from chainrule.ir.form import Atom


def container_method(
    frame: Frame, holder: Atom, name: str, args: list[Atom], keywords: dict[str, Atom]
) -> Atom | None:
    """A call of a method of a list, tuple or dict, None where it is not understood."""
    return changing_method(frame, holder, name, args, keywords)
