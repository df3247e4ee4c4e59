"""What derivatives say of themselves."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.derivative import Derivative
    from chainrule.ir.form import Function, Value
from chainrule.wrt import Path


def asked_words(d: Derivative[..., object]) -> str:
    """``w``, ``w and b``."""
    names = [str(p) for p in d.request.paths]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def title(d: Derivative[..., object]) -> str:
    """``gradient of model.loss with respect to w``."""
    what = "value and gradient" if d._kind.value else "gradient"
    try:
        return f"{what} of {d.target.name} with respect to {asked_words(d)}"
    except (
        Exception
    ):  # decorating costs nothing and refuses nothing: the first use says what is wrong
        return f"{what} of {getattr(d._given, '__qualname__', d._given)!s}"


def docstring(d: Derivative[..., object], adjoint: Function) -> str:
    """What a generated function returns, and in which order."""
    value = "(value, aux)" if d._kind.has_aux else "value"
    paths = [str(p) for p in d.request.paths]
    what = "gradient" if d.request.bare else "gradients"
    order = paths[0] if d.request.bare else f"({', '.join(paths)}{',' * (len(paths) == 1)})"
    first = textwrap.wrap(f"Return ({value}, {what}) with respect to {order}.", 78)
    notes = [
        f"{_path(v, adjoint)} never reaches the result: zeros."
        for v in adjoint.facts.get("unreached", ())
    ]
    if not notes and len(first) == 1:
        return first[0]
    return "\n".join([*first, *([""] if notes else []), *notes, ""])


def _path(value: Value, adjoint: Function) -> str:
    """What an argument, or a part of one, is called."""
    leaf = next((x for x in adjoint.leaves if x.value is value), None)
    return value.name if leaf is None else str(Path(leaf.root, leaf.path))
