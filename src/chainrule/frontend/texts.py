"""F-strings: what stands in braces is evaluated once and in its order, a format that is computed after its value."""

from __future__ import annotations

from typing import Any

import gast

from chainrule.frontend.dispatch import expression, lowers
from chainrule.frontend.frame import Frame
from chainrule.ir import primitives
from chainrule.ir.form import Atom


@lowers(gast.JoinedStr)
def _f_string(frame: Frame, node: Any) -> Atom:
    parts: list[Atom] = []
    template = _template(frame, node, parts)
    return frame.builder.op(primitives.interpolate, *parts, spelling=template)


def _template(frame: Frame, node: Any, parts: list[Atom]) -> tuple[Any, ...]:
    """The texts of a string, and for each value its conversion and the template of its format."""
    template: list[Any] = []
    for piece in node.values:
        if isinstance(piece, gast.Constant):
            template.append(piece.value)
            continue
        parts.append(expression(frame, piece.value))
        spec = piece.format_spec
        template.append((piece.conversion, _template(frame, spec, parts) if spec else ()))
    return tuple(template)
