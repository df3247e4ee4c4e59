"""``functools.partial`` objects from outside: a function, and arguments that are read live as any other data is."""

from __future__ import annotations

import functools

from chainrule.analysis.builder import constant
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import Partial, function_atom
from chainrule.ir.form import Atom, Value
from chainrule.ir.types import Struct


def unfolded(frame: Frame, atom: Atom) -> Atom:
    """What is known of a partial that came from outside; anything else is itself."""
    if not isinstance(atom.type, Struct) or atom.type.kind is not functools.partial:
        return atom
    if not isinstance(atom, Value) or atom not in frame.session.rooted:
        return atom
    from chainrule.frontend.expressions import item, part

    function, args, keywords = (
        part(frame, atom, ("attribute", name), atom.type.part(name)) for name in atom.type.keys
    )
    assert isinstance(args.type, Struct) and isinstance(keywords.type, Struct)
    return function_atom(
        Partial(
            unfolded(frame, function),
            tuple(item(frame, args, constant(i)) for i in args.type.keys),
            {name: item(frame, keywords, constant(name)) for name in keywords.type.keys},
        )
    )
