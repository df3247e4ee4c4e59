"""Updates of containers and objects as the statements that the user wrote."""

from __future__ import annotations

import ast
import operator
import types
from collections.abc import Callable
from typing import Any

from chainrule.backend.spell import BINARY, Speller
from chainrule.ir.form import Atom, Op, Value
from chainrule.ir.primitives import Updated
from chainrule.ir.types import Type

Writer = Callable[[Speller, ast.expr, list[Atom], Updated], ast.stmt]


def statement_of(speller: Speller, op: Op, target: ast.expr | None) -> ast.stmt:
    """The statement of an update; ``target`` is what its result is assigned to, if that is read."""
    _, through, mutator, *arguments = op.args
    holder = speller.atom(through)
    spelling = op.spelling if isinstance(op.spelling, Updated) else Updated()
    if spelling.method is not None or mutator.known not in STATEMENTS:
        name = spelling.method or mutator.known.__name__
        keywords = [ast.keyword(k, speller.atom(a)) for k, a in op.kwargs]
        args = [speller.atom(a) for a in arguments]
        call = ast.Call(ast.Attribute(holder, name), args, keywords)
        return ast.Expr(call) if target is None else ast.Assign([target], call)
    if mutator.known is setattr and has_setter(op.args[0].type):
        name = ast.Constant(arguments[0].known)
        setter = ast.Attribute(ast.Name("object"), "__setattr__")
        return ast.Expr(ast.Call(setter, [holder, name, speller.atom(arguments[1])], []))
    write: Writer = STATEMENTS[mutator.known]
    return write(speller, holder, arguments, spelling)


def has_setter(t: Type) -> bool:
    """Whether a class says itself what setting an attribute does, or lets none be set."""
    kind = getattr(t, "kind", object)
    return kind.__setattr__ is not object.__setattr__ and kind is not types.SimpleNamespace


def _put(speller: Speller, holder: ast.expr, arguments: list[Atom], spelling: Updated) -> ast.stmt:
    return _stored(
        speller, ast.Subscript(holder, speller.index(arguments[0])), arguments[1], spelling
    )


def _put_attribute(
    speller: Speller, holder: ast.expr, arguments: list[Atom], spelling: Updated
) -> ast.stmt:
    return _stored(speller, ast.Attribute(holder, arguments[0].known), arguments[1], spelling)


def _stored(
    speller: Speller, target: ast.Subscript | ast.Attribute, value: Atom, spelling: Updated
) -> ast.stmt:
    made = speller.folding.folded.get(value) if isinstance(value, Value) else None
    if spelling.operator is not None and isinstance(made, Op):
        read = made.args[0]
        if made.function is spelling.operator and read in speller.folding.folded:
            return ast.AugAssign(target, BINARY[spelling.operator], speller.atom(made.args[1]))
    return ast.Assign([target], speller.atom(value))


def _delete(
    speller: Speller, holder: ast.expr, arguments: list[Atom], spelling: Updated
) -> ast.stmt:
    return ast.Delete([ast.Subscript(holder, speller.index(arguments[0]))])


def _delete_attribute(
    speller: Speller, holder: ast.expr, arguments: list[Atom], spelling: Updated
) -> ast.stmt:
    return ast.Delete([ast.Attribute(holder, arguments[0].known)])


def _augmented(sign: ast.operator) -> Writer:
    def write(
        speller: Speller, holder: ast.expr, arguments: list[Atom], spelling: Updated
    ) -> ast.stmt:
        assert isinstance(holder, ast.Name | ast.Attribute | ast.Subscript)
        return ast.AugAssign(holder, sign, speller.atom(arguments[0]))

    return write


STATEMENTS: dict[Any, Writer] = {
    operator.setitem: _put,
    setattr: _put_attribute,
    operator.delitem: _delete,
    delattr: _delete_attribute,
    operator.iadd: _augmented(ast.Add()),
    operator.imul: _augmented(ast.Mult()),
    operator.ior: _augmented(ast.BitOr()),
}
