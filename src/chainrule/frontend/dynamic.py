"""Calls of functions that lowering does not know: chosen, or handed over, when the text runs."""

from __future__ import annotations

from chainrule import errors
from chainrule.at_run_time import called
from chainrule.frontend.frame import Frame
from chainrule.ir.form import Atom, Const, Value
from chainrule.ir.primitives import Inner
from chainrule.ir.types import UNDEFINED, UNKNOWN, Undefined


def call_unknown(frame: Frame, callee: Atom, args: list[Atom], keywords: dict[str, Atom]) -> Atom:
    """``f(*args)``, differentiated at its first call."""
    if any(isinstance(a.type, Undefined) for a in (callee, *args)):
        return Value("", UNDEFINED)
    if keywords or isinstance(callee, Const):
        raise _refusal(frame)
    if any(isinstance(a.known, Inner) for a in args):
        raise _refusal(frame)
    result = frame.builder.op(called, callee, *args, type=UNKNOWN)
    for a in args:
        frame.session.memory.relate(result, a)  # type: ignore[arg-type]
    return result


def _refusal(frame: Frame) -> errors.ChainruleError:
    return errors.UnsupportedExpression(
        "which function is called here is known only when it runs: that is not understood yet",
        frame.builder.place,
        help=["call it by the name under which it was defined, with positional arguments"],
    )
