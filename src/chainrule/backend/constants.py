"""The constants of a user's module: what their text is, and whether it will stay true."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import linecache
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

SAFE = (
    ast.Constant,
    ast.UnaryOp,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Name,
    ast.Attribute,
    ast.Call,
    ast.keyword,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
)
"""What the text of a constant may be made of."""


class Unfit(Exception):
    """Why a name of a module cannot be copied."""


class Module:
    """The text of a user's module, asked for what it binds."""

    def __init__(self, scope: dict[str, Any], file: str) -> None:
        self.scope, self.file = scope, file
        self.tree = ast.parse("".join(linecache.getlines(file, scope)))
        self.bindings: dict[str, list[ast.stmt]] = {}
        for statement in _own_statements(self.tree):
            for name in _bound(statement):
                self.bindings.setdefault(name, []).append(statement)

    @property
    def name(self) -> str:
        return str(self.scope.get("__name__", "__main__"))

    def import_of(self, name: str) -> str | None:
        """The statement by which the module itself imports a name, with no dots in front."""
        for statement in self.bindings.get(name, ()):
            for alias in getattr(statement, "names", ()):
                if (
                    not isinstance(alias, ast.alias)
                    or (alias.asname or alias.name.partition(".")[0]) != name
                ):
                    continue
                renamed = f" as {alias.asname}" if alias.asname not in (None, alias.name) else ""
                if isinstance(statement, ast.ImportFrom):
                    return f"from {self._absolute(statement)} import {alias.name}{renamed}"
                return f"import {alias.name}{renamed}"
        return None

    def _absolute(self, statement: ast.ImportFrom) -> str:
        relative = "." * statement.level + (statement.module or "")
        package = self.scope.get("__package__") or self.name.rpartition(".")[0]
        return importlib.util.resolve_name(relative, package) if statement.level else relative

    def constant(self, name: str) -> tuple[ast.expr, list[str]]:
        """The expression that a constant is, and the names that it reads.

        Raises
        ------
        Unfit
            If it is no constant, or has no text that stays true.
        """
        value = self.scope[name]
        if isinstance(value, np.ndarray):
            raise Unfit("is an array")
        if not _is_data(value):
            raise Unfit(f"is a {type(value).__name__}")
        bindings = self.bindings.get(name, [])
        if len(bindings) > 1 or not all(
            isinstance(b, ast.Assign | ast.AnnAssign) for b in bindings
        ):
            raise Unfit("is bound more than once")
        if isinstance(value, dict | list) and self._is_written(name):
            raise Unfit(f"is a {type(value).__name__} that the module changes")
        for binding in bindings:
            node = getattr(binding, "value", None)
            found = (
                self._text(name, node, value) if node is not None and _is_plain(binding) else None
            )
            if found is not None:
                return found
        if _is_literal(value):
            from chainrule.backend.spell import constant_of

            return constant_of(value), []
        raise Unfit(f"is a {type(value).__name__}")

    def _text(self, name: str, node: ast.expr, value: Any) -> tuple[ast.expr, list[str]] | None:
        """The module's own expression, if it is plain and still gives the value."""
        if not all(isinstance(n, SAFE) for n in ast.walk(node)):
            return None
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in self.scope]
        for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
            if not self._is_library(call.func):
                return None
        if any(
            not self._is_module(n) and isinstance(self.scope[n], types.FunctionType | np.ndarray)
            for n in names
        ):
            return None
        again = eval(compile(ast.Expression(node), self.file, "eval"), dict(self.scope))
        if type(again) is not type(value) or repr(again) != repr(value):
            raise Unfit("does not have the value that its line gives it")
        return _own_numbers(node, linecache.getlines(self.file, self.scope)), names

    def _is_library(self, function: ast.expr) -> bool:
        while isinstance(function, ast.Attribute):
            function = function.value
        if not isinstance(function, ast.Name):
            return False
        thing = self.scope.get(function.id, getattr(builtins, function.id, None))
        module = (
            thing.__name__
            if isinstance(thing, types.ModuleType)
            else getattr(thing, "__module__", None) or ""
        )
        top = module.partition(".")[0]
        return (
            top == "numpy"
            and not isinstance(thing, np.ndarray)
            or top in sys.stdlib_module_names
            and top != "random"
        )

    def _is_module(self, name: str) -> bool:
        return isinstance(self.scope.get(name), types.ModuleType)

    def _is_written(self, name: str) -> bool:
        """Whether the module stores in what a name holds, or calls a method that may."""
        reads = ("get", "items", "keys", "values", "index", "count", "copy")
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Subscript)
                and not isinstance(node.ctx, ast.Load)
                and _root(node) == name
            ):
                return True
            if isinstance(node, ast.Call):
                f = node.func
                if isinstance(f, ast.Attribute) and f.attr not in reads and _root(f.value) == name:
                    return True
        return False


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_plain(binding: ast.stmt) -> bool:
    targets = (
        binding.targets if isinstance(binding, ast.Assign) else [getattr(binding, "target", None)]
    )
    return all(isinstance(t, ast.Name) for t in targets)


def _is_literal(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(_is_literal, value))
    return value is None or type(value) in (int, float, complex, bool, str, bytes)


def _is_data(value: Any) -> bool:
    """Whether a value is made of numbers and strings alone."""
    if type(value) is dict:
        return all(_is_data(k) and _is_data(v) for k, v in value.items())
    if type(value) in (tuple, list):
        return all(map(_is_data, value))
    return _is_literal(value) or isinstance(value, np.generic)


def _own_numbers(node: ast.expr, lines: list[str]) -> ast.expr:
    """An expression with its numbers as they were spelled."""
    from chainrule.backend.copies import numbers_kept

    return numbers_kept(node, "".join(lines))


def _own_statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements of a module, and those in its functions that say `global`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop(0)
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.stmt):
                yield inner
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from (n for n in ast.walk(inner) if isinstance(n, ast.Global))
            elif isinstance(inner, ast.stmt | ast.excepthandler | ast.match_case):
                waiting.append(inner)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement itself binds."""
    if isinstance(statement, ast.Global):
        yield from (name for name in statement.names for _ in range(2))  # whoever says so, rebinds
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (a.asname or a.name.partition(".")[0] for a in statement.names)
    elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id
    else:
        for node in _expressions(statement):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                yield node.id


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement that are not in the statements inside it."""
    waiting: list[ast.AST] = [
        n for n in ast.iter_child_nodes(statement) if not isinstance(n, ast.stmt)
    ]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.stmt)]
