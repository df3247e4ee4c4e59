"""What derivatives say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.derivative import Derivative
    from chainrule.ir.form import Function


def asked_words(d: Derivative[..., object]) -> str:
    """``w``, ``w and b``."""
    names = [str(p) for p in d.request.paths]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def title(d: Derivative[..., object]) -> str:
    """``gradient of model.loss with respect to w``."""
    what = "value and gradient" if d._kind.value else "gradient"
    try:
        return f"{what} of {d.target.name} with respect to {asked_words(d)}"
    except Exception:  # decorating costs nothing and refuses nothing: the first use says what is wrong
        return f"{what} of {getattr(d._given, '__qualname__', d._given)!s}"


def docstring(d: Derivative[..., object], adjoint: Function) -> str:
    """What a generated function returns, and in which order."""
    name = adjoint.name.removesuffix("_adjoint")
    value = "(value, aux)" if d._kind.has_aux else "value"
    paths = [str(p) for p in d.request.paths]
    if d.request.bare:
        first = f"Return the {value} of {name} and its gradient with respect to {paths[0]}."
    else:
        first = f"Return the {value} of {name} and its gradients with respect to ({', '.join(paths)}{',' * (len(paths) == 1)})."
    unreached = [f"{v.name} never reaches the result: its gradient is zero." for v in adjoint.facts.get("unreached", ())]
    if not unreached and len(first) <= 78:
        return first
    return "\n".join([*_wrapped(first), "", *unreached, ""]) if unreached else "\n".join([*_wrapped(first), ""])


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 78)
