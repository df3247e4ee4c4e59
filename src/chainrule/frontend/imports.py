"""Imports inside functions: what they bind is known, and the text imports it at its top."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import gast

from chainrule import errors
from chainrule.frontend.dispatch import FALL, lowers_statement
from chainrule.frontend.frame import Frame, is_static
from chainrule.frontend.functions import function_atom
from chainrule.ir.form import Atom


@lowers_statement(gast.Import)
def _import(frame: Frame, node: Any) -> Atom:
    for alias in node.names:
        module = _module(frame, node, alias.name, 0)
        name = alias.asname
        if name is None:  # `import a.b` binds a
            name = alias.name.partition(".")[0]
            module = sys.modules[name]
        frame.env[name] = _named(frame, name, module)
    return FALL


@lowers_statement(gast.ImportFrom)
def _import_from(frame: Frame, node: Any) -> Atom:
    module = _module(frame, node, node.module or "", node.level or 0)
    for alias in node.names:
        if alias.name == "*":
            raise errors.UnsupportedStatement("import * is not understood", frame.at(node))
        name = alias.asname or alias.name
        thing = _attribute(frame, node, module, alias.name)
        if is_static(thing):
            frame.session.looked_up(module, alias.name, thing)
            frame.env[name] = _named(frame, name, thing)
        else:
            frame.env[name] = _data(frame, module, alias.name, thing)
    return FALL


def _module(frame: Frame, node: Any, name: str, level: int) -> Any:
    """The module, imported now: as it is by the first call of the function."""
    scope = frame.source.function.__globals__
    package = scope.get("__package__") or str(scope.get("__name__", "")).rpartition(".")[0]
    try:
        return importlib.import_module("." * level + name, package)
    except ImportError as problem:
        raise errors.UnsupportedStatement(f"this import fails: {problem}", frame.at(node)) from None


def _attribute(frame: Frame, node: Any, module: Any, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        return _module(frame, node, f"{module.__name__}.{name}", 0)


def _named(frame: Frame, name: str, thing: Any) -> Atom:
    """A module, function or class under the name that the user gives it, unless that is taken in the text."""
    text = frame.session.alias(name, thing, imported=_only_imported(frame, name))
    frame.session.read_names.add(text)
    return function_atom(thing, text)


def _only_imported(frame: Frame, name: str) -> bool:
    """Whether nothing else is assigned to a name in the function that the text is of."""
    if frame.outer is not None:
        return False
    node = frame.source.node
    bound = [
        n.id
        for n in gast.walk(node)
        if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
    ]
    return name not in bound


def _data(frame: Frame, module: Any, name: str, thing: Any) -> Atom:
    """A number or an array of another module, read live."""
    session = frame.session
    text = session.alias(module.__name__.rpartition(".")[2], module)
    session.read_names.add(text)
    value = session.leaf(text, (("attribute", name),), session.type_of(thing, name), True, thing)
    return session.memory.read(value, frame.builder)
