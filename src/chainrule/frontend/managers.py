"""`with`: managers are entered and left in the forward part, once; `no_grad()` alone leaves nothing of itself there."""

from __future__ import annotations

import contextlib
import inspect
import io
import types
import warnings
from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from chainrule import errors
from chainrule.frontend import source as sources
from chainrule.frontend.branches import guard
from chainrule.frontend.calls import _arguments
from chainrule.frontend.dispatch import expression, lowers_branching, statements
from chainrule.frontend.frame import Frame
from chainrule.frontend.regions import one_sided
from chainrule.frontend.statements import bind
from chainrule.frontend.trying import attempted
from chainrule.ir import regions
from chainrule.ir.form import MISSING, Atom, Const, Op, Statement, Value
from chainrule.ir.primitives import Named
from chainrule.ir.regions import WITH
from chainrule.ir.types import UNKNOWN, Opaque, Type, differentiable

HARMLESS = (np.errstate, contextlib.nullcontext, contextlib.closing, contextlib.redirect_stdout,
            contextlib.redirect_stderr, contextlib.chdir, warnings.catch_warnings, np.printoptions)  # fmt: skip
"""Managers that let every exception pass."""


@lowers_branching(gast.With)
def _with(frame: Frame, node: Any, rest: Sequence[Any]) -> Atom:
    first, *more = node.items
    inner = gast.copy_location(gast.With(more, node.body, None), node) if more else None
    body = [inner] if inner is not None else list(node.body)
    if _is_no_grad(frame, first):
        return guard(frame, _cut(frame, node, first, body), rest)
    place = frame.at(node)
    sentence = frame.sentence
    before = len(frame.builder.statements)
    manager, given = _manager(frame, first.context_expr)
    made = frame.builder.statements[before:]
    code = _managed(frame, first, manager, given, made, body, place)
    frame.sentence = sentence
    return guard(frame, code, rest)


def _is_no_grad(frame: Frame, item: Any) -> bool:
    call = item.context_expr
    if not isinstance(call, gast.Call) or not isinstance(call.func, gast.Name | gast.Attribute):
        return False
    callee = _known(frame, call.func)
    return isinstance(callee, type) and getattr(callee, "is_no_grad", False)


def _known(frame: Frame, node: Any) -> Any:
    """What a name or an attribute of a module is known to be."""
    if isinstance(node, gast.Attribute):
        holder = _known(frame, node.value)
        return expression(frame, node).known if isinstance(holder, types.ModuleType) else MISSING
    if not isinstance(node, gast.Name):
        return MISSING
    return expression(frame, node).known


def _cut(frame: Frame, node: Any, item: Any, body: Sequence[Any]) -> Atom:
    session = frame.session
    if item.optional_vars is not None:
        raise errors.UnsupportedStatement("no_grad() gives nothing for as", frame.at(node))
    outer, session.cut = session.cut, session.cut or frame.at(node)
    try:
        return statements(frame, body)
    finally:
        session.cut = outer


def _manager(frame: Frame, node: Any) -> tuple[Atom, Atom | None]:
    """A manager, and what it gives for `as` where that is known."""
    callee = _known(frame, node.func) if isinstance(node, gast.Call) else MISSING
    if not _is_opaque(callee):
        return expression(frame, node), None
    at = expression(frame, node.func)
    args, keywords = _arguments(frame, node)
    frame.at(node)
    words = Named(at.text) if isinstance(at, Const) and at.text else None
    made: Atom = frame.builder.op(
        callee, *args, kwargs=tuple(keywords.items()), spelling=words, type=_type_of(callee, args, keywords)
    )  # fmt: skip
    return made, args[0] if callee is contextlib.nullcontext and args else None


def _is_opaque(callee: Any) -> bool:
    """Whether a call makes a manager that is not looked into: a class, or a generator under `contextmanager`."""
    if isinstance(callee, type) or callee is open:
        return callee is open or hasattr(callee, "__exit__")
    return _generator_of(callee) is not None


def _generator_of(callee: Any) -> Any:
    inner = getattr(callee, "__wrapped__", None)
    own = getattr(callee, "__code__", None)
    is_helper = own is not None and own.co_filename == contextlib.__file__
    return inner if is_helper and inspect.isgeneratorfunction(inner) else None


def _type_of(callee: Any, args: list[Atom], keywords: dict[str, Atom]) -> Type:
    """A manager has no derivative, unless it is made of what has."""
    if callee not in HARMLESS and any(differentiable(a.type) for a in (*args, *keywords.values())):
        return UNKNOWN
    return Opaque(callee if isinstance(callee, type) else io.IOBase if callee is open else object)


def _managed(
    frame: Frame,
    item: Any,
    manager: Atom,
    given: Atom | None,
    made: list[Statement],
    body: Sequence[Any],
    place: Any,
) -> Atom:
    """Lower what stands in a `with`; ``made`` is how its manager was made."""

    def run() -> Atom:
        if item.optional_vars is not None:
            _enter(frame, item.optional_vars, manager, given)
        return statements(frame, body)

    if not may_swallow(frame, manager):
        return one_sided(frame, manager, run, place, WITH)
    del frame.builder.statements[len(frame.builder.statements) - len(made) :]

    def managed() -> Atom:
        frame.builder.statements += made
        return one_sided(frame, manager, run, place, WITH)

    return attempted(frame, managed, body, place)


def may_swallow(frame: Frame, manager: Atom) -> bool:
    """Whether an exception may end where a manager is left."""
    cls = manager.type.cls if isinstance(manager.type, Opaque) else object
    example = frame.session.example(manager)
    cls = type(example) if example is not MISSING else cls
    made = frame.builder.statements[-1] if frame.builder.statements else None
    function = made.function if isinstance(made, Op) and manager in made.results else None
    generator = _generator_of(function)
    if generator is not None:
        return _handles(sources.find(generator).node)
    cls = function if isinstance(function, type) else cls
    if (
        cls in HARMLESS
        or function is open
        or cls.__module__ in ("_thread", "threading", "_io", "io")
    ):
        return False
    leave = getattr(cls, "__exit__", None)
    if not isinstance(leave, types.FunctionType):
        return True
    try:
        return _gives_something(sources.find(leave).node)
    except errors.ChainruleError:
        return True


def _handles(node: Any) -> bool:
    """Whether a generator catches what is raised where it yields."""
    return any(
        isinstance(n, gast.Try) and n.handlers
        and any(isinstance(x, gast.Yield) for s in n.body for x in gast.walk(s))
        or isinstance(n, gast.With) and any(isinstance(x, gast.Yield) for s in n.body for x in gast.walk(s))
        for n in gast.walk(node)
    )  # fmt: skip


def _gives_something(node: Any) -> bool:
    """Whether an `__exit__` returns anything but nothing."""
    returned = [n.value for n in gast.walk(node) if isinstance(n, gast.Return) and n.value]
    return any(not isinstance(v, gast.Constant) or v.value for v in returned)


def _enter(frame: Frame, target: Any, manager: Atom, given: Atom | None) -> None:
    frame.at(target)
    known = isinstance(manager.type, Opaque) and given is None
    t = Opaque(object) if known else UNKNOWN if given is None else given.type
    value = frame.builder.op(
        regions.enter, manager, *([given] if given is not None else []), type=t
    )
    if given is not None and isinstance(value, Value):
        frame.session.memory.view(value, given, ())
    bind(frame, target, value)
