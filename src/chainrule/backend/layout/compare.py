"""Whether a text that was read back is the tree that was meant."""

from __future__ import annotations

import ast
import copy
from typing import Any

from chainrule.backend.layout.literals import is_number

_IGNORED = frozenset(("ctx", "kind", "simple", "type_comment"))


def same(read: ast.AST, wanted: ast.AST) -> bool:
    """Are these one tree, where a name whose id is a literal stands for its value?"""
    pairs: list[tuple[Any, Any]] = [(read, wanted)]
    while pairs:
        one, other = pairs.pop()
        if one is other:
            continue
        if isinstance(one, ast.AST):
            if type(one) is not type(other):
                if not (isinstance(one, ast.Constant) and _spells(other, one.value)):
                    return False
                continue
            for name in one._fields:
                if name not in _IGNORED:
                    pairs.append((getattr(one, name, None), getattr(other, name, None)))
        elif isinstance(one, list):
            others = other or []
            if len(one) != len(others):
                return False
            pairs += zip(one, others)
        elif type(one) is not type(other) or repr(one) != repr(other):
            return False
    return True


def is_literal(name: ast.expr) -> bool:
    """Is this a name whose id is the text of a number or string?"""
    return isinstance(name, ast.Name) and (is_number(name.id) or name.id[-1] in "\"'")


def explicit(node: ast.stmt) -> ast.stmt:
    """The same statement, negative and complex constants written as expressions."""
    explicit_node = _Explicit().visit(copy.deepcopy(node))
    assert isinstance(explicit_node, ast.stmt)
    return explicit_node


def _spells(name: Any, value: object) -> bool:
    if not isinstance(name, ast.expr) or not is_literal(name):
        return False
    assert isinstance(name, ast.Name)
    spelled = ast.literal_eval(name.id)
    return type(spelled) is type(value) and repr(spelled) == repr(value)


class _Explicit(ast.NodeTransformer):
    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and is_literal(node.value):
            node.value = ast.Constant(ast.literal_eval(node.value.id))  # `1.real` would not read
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, complex) and repr(value) == repr(-(1j * abs(value.imag))):
            return ast.UnaryOp(ast.USub(), ast.Constant(1j * abs(value.imag)))
        if isinstance(value, complex) and repr(value.real) != "0.0":
            sign = ast.Sub() if repr(value.imag)[0] == "-" else ast.Add()
            real = self.visit_Constant(ast.Constant(value.real))
            return ast.BinOp(real, sign, ast.Constant(1j * abs(value.imag)))
        if isinstance(value, int | float) and repr(value)[0] == "-":
            return ast.UnaryOp(ast.USub(), ast.Constant(-value))
        return node
