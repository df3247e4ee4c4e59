"""Atoms and operations as expressions of Python, in the user's words where there are any."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import inspect
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeGuard

import numpy as np

from chainrule import errors
from chainrule.backend.fold import Folding
from chainrule.backend.layout import literal
from chainrule.backend.names import Names
from chainrule.ir import primitives
from chainrule.ir.form import (
    MISSING,
    Atom,
    Const,
    Function,
    If,
    Leaf,
    Op,
    Tape,
    Value,
    operands,
    walk,
)
from chainrule.ir.primitives import SILENT, Again, Attribute, Bracketed, Method, Named
from chainrule.ir.routine import Callee, Routine
from chainrule.ir.types import BRACKETS, Array

BINARY: dict[Any, ast.operator] = {
    operator.add: ast.Add(),
    operator.sub: ast.Sub(),
    operator.mul: ast.Mult(),
    operator.truediv: ast.Div(),
    operator.floordiv: ast.FloorDiv(),
    operator.mod: ast.Mod(),
    operator.pow: ast.Pow(),
    operator.matmul: ast.MatMult(),
    operator.and_: ast.BitAnd(),
    operator.or_: ast.BitOr(),
    operator.xor: ast.BitXor(),
    operator.lshift: ast.LShift(),
    operator.rshift: ast.RShift(),
}
UNARY: dict[Any, ast.unaryop] = {
    operator.neg: ast.USub(),
    operator.pos: ast.UAdd(),
    operator.invert: ast.Invert(),
    operator.not_: ast.Not(),
}
COMPARE: dict[Any, ast.cmpop] = {
    operator.eq: ast.Eq(),
    operator.ne: ast.NotEq(),
    operator.lt: ast.Lt(),
    operator.le: ast.LtE(),
    operator.gt: ast.Gt(),
    operator.ge: ast.GtE(),
    operator.is_: ast.Is(),
    operator.is_not: ast.IsNot(),
    primitives.contained: ast.In(),
    primitives.not_contained: ast.NotIn(),
}


Place = ast.Name | ast.Attribute | ast.Subscript
"""An expression that can be assigned to."""


class Imports:
    """What a text needs beside the names of the user's own module: by name, the module and the name there."""

    def __init__(self, function: Function) -> None:
        scope = function.source.function.__globals__ if function.source is not None else {}
        self.scope: dict[str, Any] = scope
        self.statics: dict[str, Any] = function.facts.get("statics", {})
        self.taken: frozenset[str] = function.facts["names"] | {function.name}
        self.bound = (
            frozenset(function.source.function.__code__.co_varnames)
            if function.source is not None
            else frozenset()
        )
        self.needed: dict[str, Any] = {}

    def module(self, module: Any, usual: str) -> str:
        """The name of a module in the text."""
        for name, thing in self.statics.items():
            if thing is module:
                return self.static(name, module)
        for name, thing in self.scope.items():
            if thing is module and (name == usual or usual not in self.scope):
                return self.static(name, module)
        return self.static(usual if usual not in self.taken else f"_{usual}", module)

    def builtin(self, name: str) -> ast.expr:
        """A function of Python's own, by another name where the user has one of that name."""
        return self.function(getattr(builtins, name))

    def static(self, name: str, thing: Any) -> str:
        """A name under which a function or module can be read."""
        self.needed[name] = thing
        return name

    def function(self, function: Any) -> ast.expr:
        """A function that no text of the user's names."""
        module = getattr(function, "__module__", None) or ""
        name = getattr(function, "__name__", "")
        if isinstance(function, np.ufunc) or module.partition(".")[0] == "numpy":
            return numpy_path(self.module(np, "np"), function, name)
        if (
            getattr(builtins, name, None) is function
            and name not in self.bound
            and name not in self.scope
        ):
            return ast.Name(name)
        if module == "math":
            return ast.Attribute(ast.Name(self.module(sys.modules["math"], "math")), name)
        return ast.Name(
            self.static(name if name not in self.taken | self.bound else f"_{name}", function)
        )


def numpy_path(module: str, function: Any, name: str) -> ast.expr:
    """``np.linalg.inv``."""
    name = {"absolute": "abs"}.get(name, name)
    if getattr(np, name, None) is function:
        return ast.Attribute(ast.Name(module), name)
    if getattr(np.linalg, name, None) is function:
        return ast.Attribute(ast.Attribute(ast.Name(module), "linalg"), name)
    return ast.Attribute(ast.Name(module), name)


def place_of(function: Function, atom: Atom) -> Any:
    """Where an atom is used first."""
    return next((s.place for s in walk(function.body) if atom in operands(s)), None)


class Speller:
    """Writes the expressions of one function."""

    def __init__(
        self, function: Function, folding: Folding, names: Names, imports: Imports
    ) -> None:
        self.folding, self.names, self.imports = folding, names, imports
        self.function = function
        self.exits: dict[Atom, frozenset[int]] = function.facts.get("exits", {})
        self.leaves = folding.leaves
        self.tape: Callable[[Tape], str]  # what the list of a tape is called

    def atom(self, atom: Atom) -> ast.expr:
        """The expression that gives an atom's value."""
        if isinstance(atom, Const):
            return self.constant(atom)
        if atom in self.leaves:
            return self.leaf(self.leaves[atom])
        made = self.folding.folded.get(atom)
        if made is None:
            return ast.Name(self.names[atom])
        if isinstance(made, If):
            return self.branch(made)
        assert isinstance(made, Op)
        return self.operation(made)

    def exit(self, code: Value, known: int) -> ast.expr:
        """An exit code: a flag where there is one way to leave."""
        return ast.Constant(bool(known) if is_flag(self.exits.get(code)) else known)

    def handed(self, receiver: Value, given: Atom) -> ast.expr:
        """What is assigned where a value is handed over; an exit code in the spelling of its receiver."""
        if receiver.role != "code":
            return self.atom(given)
        if given.known is not MISSING:
            return self.exit(receiver, given.known)
        text = self.atom(given)
        have, want = self.exits.get(given), self.exits.get(receiver)
        if have is None or is_flag(have) == is_flag(want):
            return text
        if is_flag(have):
            return ast.IfExp(text, ast.Constant(max(have, key=abs)), ast.Constant(0))
        return ast.Compare(text, [ast.NotEq()], [ast.Constant(0)])

    def leaf(self, leaf: Leaf) -> ast.expr:
        e: ast.expr = ast.Name(leaf.root)
        if leaf.free and leaf.root in self.imports.statics:
            self.imports.static(leaf.root, self.imports.statics[leaf.root])
        elif leaf.free:
            self.imports.static(leaf.root, leaf)
        for kind, key in leaf.path:
            e = ast.Attribute(e, key) if kind == "attribute" else ast.Subscript(e, constant_of(key))
        return e

    def constant(self, atom: Const) -> ast.expr:
        known = atom.known
        if (
            atom.text is not None
            and isinstance(known, (int, float, complex))
            and not isinstance(known, bool)
        ):
            return self._number(atom.text, known)
        if callable(known) or isinstance(known, (type(sys), *BRACKETS)):
            return self._static(atom)
        return constant_of(known, self.imports)

    def _number(self, text: str, known: Any) -> ast.expr:
        if "." in text and text.split(".")[0].isidentifier():  # np.pi
            head, *rest = text.split(".")
            e: ast.expr = ast.Name(self.imports.static(head, self.imports.scope.get(head)))
            for name in rest:
                e = ast.Attribute(e, name)
            return e
        sign = text.startswith("-")
        number = ast.Name(literal(text.lstrip("-").strip()))
        return ast.UnaryOp(ast.USub(), number) if sign else number

    def _static(self, atom: Const) -> ast.expr:
        if isinstance(atom.known, primitives.Inner):
            raise errors.UnsupportedExpression(
                "a nested function is kept where the text of the derivative would need it",
                place_of(self.function, atom),
                help=["define it at the top of the module", "call it where it is defined"],
            )
        if atom.text is None:
            return self.imports.function(atom.known)
        return self.words(atom.text)

    def words(self, text: str) -> ast.expr:
        """``np.linalg.inv`` as the user calls it."""
        head, *rest = text.split(".")
        thing = self.imports.statics.get(head, self.imports.scope.get(head))
        if thing is not None and (head not in self.imports.bound or head in self.imports.statics):
            self.imports.static(head, thing)
        e: ast.expr = ast.Name(head)
        for name in rest:
            e = ast.Attribute(e, name)
        return e

    def branch(self, s: If) -> ast.expr:
        """A branch that is one expression."""
        then, orelse = self.atom(s.then.results[0]), self.atom(s.orelse.results[0])
        test = self.atom(s.test)
        if s.spelling == "and":
            return joined(ast.And(), test, then)
        if s.spelling == "or":
            return joined(ast.Or(), test, orelse)
        if (
            s.spelling == "chain"
            and isinstance(test, ast.Compare)
            and isinstance(then, ast.Compare)
        ):
            return ast.Compare(
                test.left, [*test.ops, *then.ops], [*test.comparators, *then.comparators]
            )
        return ast.IfExp(test, then, orelse)

    def operation(self, op: Op) -> ast.expr:
        """The call, operator, subscript or attribute that an operation is."""
        function = op.function
        if isinstance(op.spelling, Again):
            return self.atom(op.spelling.view)
        if function in (primitives.assign, primitives.stop_gradient, primitives.embed):
            return self.atom(op.args[0])
        special = SPECIAL.get(function)
        if special is not None:
            return special(self, op)
        if isinstance(function, Routine):
            return _routine(self, op, function)
        if isinstance(op.spelling, Attribute):
            return ast.Attribute(self.atom(op.args[0]), op.spelling.name)
        args = [self.atom(a) for a in op.args]
        if function in BINARY and len(args) == 2:
            return ast.BinOp(args[0], BINARY[function], args[1])
        if function is operator.not_ and is_membership(args[0]):
            return ast.Compare(args[0].left, [ast.NotIn()], args[0].comparators)
        if function in UNARY and len(args) == 1:
            return ast.UnaryOp(UNARY[function], args[0])
        if function is operator.eq and is_flag(self.exits.get(op.args[0])):
            return args[0] if op.args[1].known else ast.UnaryOp(ast.Not(), args[0])
        if function in COMPARE:
            return ast.Compare(args[0], [COMPARE[function]], [args[1]])
        return self._call(op, args)

    def _call(self, op: Op, args: list[ast.expr]) -> ast.expr:
        keywords = [ast.keyword(k, self.atom(a)) for k, a in op.kwargs]
        if isinstance(op.spelling, Method):
            args = args[:1] + args[2:] if op.function is primitives.invoke else args
            return ast.Call(ast.Attribute(args[0], op.spelling.name), args[1:], keywords)
        if isinstance(op.spelling, Bracketed):
            items = [self.index(a) for a in op.args]
            return ast.Subscript(
                self.words(op.spelling.words), ast.Tuple(items) if len(items) > 1 else items[0]
            )
        if isinstance(op.spelling, Named) and op.spelling.words:
            return ast.Call(self.words(op.spelling.words), args, keywords)
        return ast.Call(self.imports.function(op.function), args, keywords)

    def index(self, atom: Atom) -> ast.expr:
        """What stands between square brackets."""
        made = self.folding.folded.get(atom) if isinstance(atom, Value) else None
        if isinstance(made, Op) and made.function is slice:
            ends = [self.atom(a) if a.known is not None else None for a in made.args]
            return slice_of([None, *ends, None] if len(ends) == 1 else [*ends, None][:3])
        if isinstance(made, Op) and made.function is primitives.make_tuple:
            return ast.Tuple([self.index(a) for a in made.args])
        if atom.known is not None and isinstance(atom, Const):
            return index_of(atom.known)
        return self.atom(atom)

    def path(self, base: ast.expr, steps: tuple[Atom, ...]) -> Place:
        """What lies at the end of a path that starts at a name."""
        for step in steps:
            if callable(step.known):
                base = ast.Attribute(base, "T")
            else:
                base = ast.Subscript(base, self.index(step))
        assert isinstance(base, ast.Name | ast.Attribute | ast.Subscript)
        return base


def is_flag(codes: frozenset[int] | None) -> bool:
    """Whether an exit code says only whether a loop was left, not how."""
    return codes is not None and len(codes) == 2 and 0 in codes


def is_membership(e: ast.expr) -> TypeGuard[ast.Compare]:
    """Whether an expression is ``x in y``."""
    return isinstance(e, ast.Compare) and len(e.ops) == 1 and isinstance(e.ops[0], ast.In)


def joined(op: ast.boolop, first: ast.expr, second: ast.expr) -> ast.expr:
    """``a and b and c`` as one chain."""
    values = (
        [*second.values]
        if isinstance(second, ast.BoolOp) and type(second.op) is type(op)
        else [second]
    )
    return ast.BoolOp(op, [first, *values])


def constant_of(known: Any, imports: Imports | None = None) -> ast.expr:
    """A constant as an expression, those that are negative or not finite written as such."""
    if isinstance(known, tuple):
        return ast.Tuple([constant_of(k, imports) for k in known])
    if isinstance(known, slice):
        ends = [constant_of(k, imports) for k in (known.start, known.stop, known.step)]
        return ast.Call(ast.Name("slice"), ends, [])
    if isinstance(known, np.generic) and imports is not None:
        kind = ast.Attribute(ast.Name(imports.module(np, "np")), type(known).__name__)
        return ast.Call(kind, [constant_of(known.item())], [])
    if isinstance(known, float) and not np.isfinite(known):
        text = ast.Call(ast.Name("float"), [ast.Constant(str(abs(known)))], [])
        return ast.UnaryOp(ast.USub(), text) if known < 0 else text
    if isinstance(known, (int, float)) and not isinstance(known, bool) and known < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-known))
    return ast.Constant(known)


def index_of(known: Any) -> ast.expr:
    if isinstance(known, tuple):
        return ast.Tuple([index_of(k) for k in known])
    if isinstance(known, slice):
        return slice_of(
            [None if k is None else constant_of(k) for k in (known.start, known.stop, known.step)]
        )
    return constant_of(known)


def slice_of(ends: list[ast.expr | None]) -> ast.expr:
    lower, upper, step = ends
    return ast.Slice(lower, upper, step)


def _routine(speller: Speller, op: Op, routine: Routine) -> ast.expr:
    """A call of a part of a derivative, or of a function of the user's by its own name."""
    args = [speller.atom(a) for a in op.args]
    if not isinstance(routine, Callee) or routine.is_local:
        return ast.Call(ast.Name(routine.called), args, [])
    positional: list[ast.expr] = []
    named: list[ast.keyword] = []
    parameters = inspect.signature(routine.function, follow_wrapped=False).parameters.values()
    for p, arg in zip(parameters, args):
        if p.kind is p.VAR_POSITIONAL:
            positional.append(ast.Starred(arg))
        elif p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD):
            named.append(ast.keyword(None if p.kind is p.VAR_KEYWORD else p.name, arg))
        else:
            positional.append(arg)
    return ast.Call(_users_name(speller.imports, routine), positional, named)


def _users_name(imports: Imports, routine: Callee) -> ast.expr:
    """What the user's module calls a function."""
    for name in (routine.name, *imports.scope):
        if imports.scope.get(name) is routine.function and name not in imports.bound:
            return ast.Name(imports.static(name, routine.function))
    name = routine.name
    while (
        name in imports.taken
        or name in imports.scope
        or imports.statics.get(name, routine.function) is not routine.function
    ):
        if imports.statics.get(name) is routine.function:
            break
        name = f"_{name}"
    imports.statics[name] = (
        routine.function
    )  # the functions beside this one have no other of that name
    return ast.Name(imports.static(name, routine.function))


def _save(speller: Speller, op: Op) -> ast.expr:
    if not op.args:
        return ast.Constant(None)
    atoms = [speller.atom(a) for a in op.args]
    return atoms[0] if len(atoms) == 1 else ast.Tuple(atoms)


def _tape(speller: Speller, op: Op) -> ast.expr:
    return ast.Name(speller.tape(op.spelling))


def _getitem(speller: Speller, op: Op) -> ast.expr:
    return ast.Subscript(speller.atom(op.args[0]), speller.index(op.args[1]))


def _held(speller: Speller, op: Op) -> ast.expr:
    _, container, key = op.args
    if isinstance(op.spelling, Attribute):
        return ast.Attribute(speller.atom(container), op.spelling.name)
    return ast.Subscript(speller.atom(container), speller.index(key))


def _tuple(speller: Speller, op: Op) -> ast.expr:
    return ast.Tuple([speller.atom(a) for a in op.args])


def _list(speller: Speller, op: Op) -> ast.expr:
    return ast.List([speller.atom(a) for a in op.args])


def _construct(speller: Speller, op: Op) -> ast.expr:
    keywords = [ast.keyword(k, speller.atom(a)) for k, a in op.kwargs]
    function = speller.atom(op.args[0])
    return ast.Call(function, [speller.atom(a) for a in op.args[1:]], keywords)


def _blank(speller: Speller, op: Op) -> ast.expr:
    kind = speller.atom(op.args[0])
    return ast.Call(ast.Attribute(kind, "__new__"), [kind], [])


def _replaced(speller: Speller, op: Op) -> ast.expr:
    keywords = [ast.keyword(k, speller.atom(a)) for k, a in op.kwargs]
    whole = speller.atom(op.args[0])
    if op.spelling.method is not None:
        return ast.Call(ast.Attribute(whole, op.spelling.method.name), [], keywords)
    return ast.Call(speller.imports.function(dataclasses.replace), [whole], keywords)


def _dict(speller: Speller, op: Op) -> ast.expr:
    atoms = [speller.atom(a) for a in op.args]
    return ast.Dict(list(atoms[::2]), atoms[1::2])


def _interpolate(speller: Speller, op: Op) -> ast.expr:
    return _f_string(speller, op.spelling, iter(op.args))


def _f_string(speller: Speller, template: tuple[Any, ...], parts: Iterator[Atom]) -> ast.JoinedStr:
    """A string of texts and values; formats may hold values too, each after the value that it formats."""
    values: list[ast.expr] = []
    for piece in template:
        if isinstance(piece, str):
            values.append(ast.Constant(piece))
            continue
        conversion, spec = piece
        value = speller.atom(next(parts))
        format_spec = _f_string(speller, spec, parts) if spec else None
        values.append(ast.FormattedValue(value, conversion, format_spec))
    return ast.JoinedStr(values)


def _indices(speller: Speller, op: Op) -> ast.expr:
    length = ast.Call(speller.imports.builtin("len"), [speller.atom(op.args[0])], [])
    return ast.Call(speller.imports.builtin("range"), [length], [])


def _shape(speller: Speller, op: Op) -> ast.expr:
    if (
        isinstance(op.spelling, Attribute)
        or op.spelling is None
        and isinstance(op.args[0].type, Array)
    ):
        return ast.Attribute(speller.atom(op.args[0]), "shape")
    return speller._call(op, [speller.atom(op.args[0])])


def _transpose(speller: Speller, op: Op) -> ast.expr:
    if (
        len(op.args) == 1
        and not op.kwargs
        and op.spelling in (None, SILENT)
        and isinstance(op.args[0].type, Array)
    ):
        return ast.Attribute(speller.atom(op.args[0]), "T")
    if isinstance(op.spelling, Attribute):
        return ast.Attribute(speller.atom(op.args[0]), op.spelling.name)
    return speller._call(op, [speller.atom(a) for a in op.args])


SPECIAL: dict[Any, Callable[[Speller, Op], ast.expr]] = {
    operator.getitem: _getitem,
    primitives.held: _held,
    primitives.make_tuple: _tuple,
    primitives.make_list: _list,
    primitives.save: _save,
    primitives.tape_out: _tape,
    primitives.make_dict: _dict,
    primitives.construct: _construct,
    primitives.blank: _blank,
    primitives.replaced: _replaced,
    primitives.interpolate: _interpolate,
    primitives.indices: _indices,
    np.shape: _shape,
    np.transpose: _transpose,
}
