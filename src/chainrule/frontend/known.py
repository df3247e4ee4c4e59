"""Expressions of our own in a syntax tree: values that are known already."""

from __future__ import annotations

from typing import Any

import gast

from chainrule.frontend.dispatch import lowers
from chainrule.frontend.frame import Frame
from chainrule.ir.form import Atom


class Known(gast.AST):  # type: ignore[misc]
    """An expression of ours: a value that is known."""

    _fields = ()

    def __init__(self, atom: Atom, like: Any) -> None:
        super().__init__()
        self.atom = atom
        gast.copy_location(self, like)
        self.lineno, self.col_offset = like.lineno, like.col_offset
        self.end_lineno, self.end_col_offset = like.end_lineno, like.end_col_offset


@lowers(Known)
def _known(frame: Frame, node: Any) -> Atom:
    return frame.again(node.atom)
