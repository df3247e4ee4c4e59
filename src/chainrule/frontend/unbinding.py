"""Names that are taken away with `del`, and names of the module that a function assigns with `global`."""

from __future__ import annotations

from typing import Any

import gast

from chainrule import errors
from chainrule.frontend.assigned import assigned_names
from chainrule.frontend.dispatch import FALL, expression, lowers_statement
from chainrule.frontend.expressions import index
from chainrule.frontend.frame import Frame
from chainrule.frontend.items import delete_item
from chainrule.frontend.setting import delete_attribute
from chainrule.ir.form import DELETED, Atom


@lowers_statement(gast.Delete)
def _delete(frame: Frame, node: Any) -> Atom:
    targets = list(node.targets)
    while targets:
        target = targets.pop(0)
        if isinstance(target, gast.Tuple | gast.List):
            targets[:0] = target.elts
        elif isinstance(target, gast.Name):
            frame.at(target)
            frame.lookup(target.id)
            frame.env[target.id] = DELETED
        elif isinstance(target, gast.Subscript):
            holder = expression(frame, target.value)
            delete_item(frame, frame.again(holder), index(frame, target.slice))
        elif isinstance(target, gast.Attribute):
            holder = expression(frame, target.value)
            frame.at(target)
            delete_attribute(frame, frame.again(holder), target.attr)
        else:
            raise errors.UnsupportedStatement("del of this is not understood", frame.at(target))
    return FALL


@lowers_statement(gast.Global)
def _global(frame: Frame, node: Any) -> Atom:
    bound = assigned_names(frame.source.node.body)
    for name in node.names:
        if name in bound:
            raise errors.UnsupportedStatement(
                f"{name} is a name of the module, and assigned here: its derivative would outlive the call",
                frame.at(node),
                help=[f"return {name}, and assign it where the function is called"],
            )
    return FALL
