"""The chain rule of each backward statement, as a formula: ``∂h/∂e = ∂h/∂f · exp(e)``."""

from __future__ import annotations

import ast
import operator
from typing import Any, NamedTuple

from chainrule import runtime
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Const, Function, Op, Value, operands
from chainrule.show import formula
from chainrule.show.formula import derivative, product, substitute
from chainrule.show.partials import partial
from chainrule.show.recording import Answer

ADDING = (operator.add, runtime.add, runtime.add_at, primitives.accumulate)
"""What adds a contribution to a cotangent that has some already."""

OPERANDS = "xyz"
"""The names of operands in the table of local derivatives."""


class Chain(NamedTuple):
    """One use of the chain rule: ``left`` is, or with ``adds`` grows by, ``right``."""

    left: ast.expr
    adds: bool
    right: ast.expr

    @property
    def sign(self) -> str:
        return "+=" if self.adds else "="

    def __str__(self) -> str:
        return f"{formula.plain(self.left)} {self.sign} {formula.plain(self.right)}"


def chain(statement: Op, answer: Answer, root: ast.expr) -> Chain:
    """The chain rule that a backward statement is."""
    step, operand = answer.step, answer.operand
    x: ast.expr = spelled(operand)
    upstream = derivative(root, spelled(step.results[0]))
    adds = statement.function in ADDING and _grows(statement)
    if step.function is operator.getitem:
        return Chain(derivative(root, _subscript(step, x)), adds, upstream)
    if step.function is primitives.store:
        return _of_store(step, answer, root, adds)
    return Chain(derivative(root, x), adds, _contribution(step, answer.position, upstream))


def passed_on(statement: Op, prefix: str, root: ast.expr) -> Chain | None:
    """The chain rule where a value has only gone on: out of a branch, or into a loop as an item."""
    adds = statement.function in ADDING
    if not adds and statement.function is not primitives.assign:
        return None
    target = _primal_name(statement.results[0], prefix)
    source = _primal_name(statement.args[adds], prefix)
    if target is None or source is None or adds and not _grows(statement):
        return None
    left: ast.expr = ast.Name(target)
    if len(statement.args) > 2:
        left = ast.Subscript(left, _position(statement.args[2]))
    return Chain(derivative(root, left), adds, derivative(root, ast.Name(source)))


def _grows(statement: Op) -> bool:
    return _is_same(statement.args[0], statement.results[0])


def _primal_name(cotangent: Atom, prefix: str) -> str | None:
    """The name of the value that a cotangent is of."""
    name = cotangent.name if isinstance(cotangent, Value) else ""
    return name.removeprefix(prefix) if name.startswith(prefix) and name != prefix else None


def _position(index: Atom) -> ast.expr:
    """An index; the position of an item has no name of the user's."""
    return spelled(index) if index.known is not MISSING or _is_named(index) else ast.Name("at")


def _is_named(atom: Atom) -> bool:
    return isinstance(atom, Value) and bool(atom.name)


def _is_same(before: Atom, after: Value) -> bool:
    return isinstance(before, Value) and before.name == after.name


def _contribution(step: Op, position: int, upstream: ast.expr) -> ast.expr:
    atoms = operands(step)
    template = partial(step.function, position)
    if template is None:
        return product(upstream, derivative(_call(step), spelled(atoms[position])))
    named = {letter: spelled(atom) for letter, atom in zip(OPERANDS, atoms)}
    named |= {"r": spelled(step.results[0]), "g": upstream}
    local = substitute(template, named)
    whole = any(isinstance(n, ast.Name) and n.id == "g" for n in ast.walk(formula.parse(template)))
    return local if whole else product(upstream, local)


def _call(step: Op) -> ast.expr:
    """A step as a call of its function."""
    name = getattr(step.function, "__name__", "f").strip("_")
    return ast.Call(ast.Name(name), [spelled(a) for a in step.args], [])


def _subscript(step: Op, x: ast.expr) -> ast.expr:
    """``x[i]``, in the words of the user where they are to be had."""
    if step.place is not None:
        try:
            written = formula.parse(step.place.segment)
        except SyntaxError:
            written = x
        if isinstance(written, ast.Subscript):
            return ast.Subscript(x, written.slice)
    return ast.Subscript(x, spelled(step.args[1]))


def _of_store(step: Op, answer: Answer, root: ast.expr, adds: bool) -> Chain:
    """A store passes on the cotangent of what it stored, and leaves none for what was there."""
    base = spelled(step.results[0])
    path = step.args[3:]
    place = ast.Subscript(base, spelled(path[-1])) if path else base
    if answer.position == 0:
        return Chain(derivative(root, place), False, ast.Constant(0))
    return Chain(derivative(root, spelled(answer.operand)), adds, derivative(root, place))


def spelled(atom: Atom) -> ast.expr:
    """An atom as it stands in a formula."""
    if isinstance(atom, Value) and atom.name:
        return ast.Name(atom.name)
    if atom.known is not MISSING:
        return _constant(atom.known, atom.text if isinstance(atom, Const) else None)
    if atom.parts is not None:
        return ast.Tuple([spelled(p) for p in atom.parts])
    return ast.Name("…")


def _constant(known: Any, text: str | None) -> ast.expr:
    if isinstance(known, slice):
        ends = [
            None if e is None else _constant(e, None) for e in (known.start, known.stop, known.step)
        ]
        return ast.Slice(*ends)
    if isinstance(known, tuple):
        return ast.Tuple([_constant(k, None) for k in known])
    if callable(known):
        return ast.Name(getattr(known, "__name__", "f"))
    return formula.parse(text or repr(known))


def root_of(primal: Function) -> ast.expr:
    """What is differentiated, as formulas name it: the result's name, else that of the function."""
    result = primal.body.results[0]
    named = isinstance(result, Value) and result.name
    return ast.Name(result.name if named else primal.name)  # type: ignore[union-attr]
