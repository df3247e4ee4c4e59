"""What a text opens with: the test of the types that it was made for, and of arguments that must not overlap.

Run on other types it must not return a number.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Sequence

from chainrule import runtime
from chainrule.backend.spell import Imports, constant_of, index_of
from chainrule.ir.form import Atom, Function, Leaf, Value
from chainrule.ir.types import UNKNOWN, Array, Opaque, Scalar, Static, Type, show


def guard_for(function: Function, imports: Imports) -> Sequence[ast.stmt]:
    """Statements that raise `TypeError` unless the arguments have the types that the text was made for."""
    typed = [p.value for p in function.params if p.value.name in function.facts.get("typed", ())]
    numbers = [v for v in typed if isinstance(v.type, Scalar)]
    others = [v for v in typed if v not in numbers and says_something(v.type)]
    guard: list[ast.stmt] = [_numbers(function.name, numbers, imports)] if numbers else []
    expect = [_expectation(v, imports) for v in others]
    return [*guard, *expect]


def says_something(t: Type) -> bool:
    """Whether there is anything to test."""
    return (
        t != UNKNOWN
        and not isinstance(t, Static)
        and not (isinstance(t, Opaque) and t.cls is not type(None))
    )


def _numbers(name: str, values: list[Value], imports: Imports) -> ast.stmt:
    tests: list[ast.expr] = [
        ast.Compare(_type(v, imports), [ast.Is()], [imports.builtin(v.type.kind.__name__)])  # type: ignore[attr-defined]
        for v in values
    ]
    test: ast.expr = ast.UnaryOp(ast.Not(), ast.BoolOp(ast.And(), tests))
    if len(values) == 1:
        first = tests[0]
        assert isinstance(first, ast.Compare)
        test = ast.Compare(first.left, [ast.IsNot()], first.comparators)
    kinds = ", ".join(f"{v.name}: {show(v.type)}" for v in values)
    error = ast.Call(
        imports.builtin("TypeError"), [ast.Constant(f"{name} was made for {kinds}")], []
    )
    return ast.If(test, [ast.Raise(error, None)], [])


def _type(v: Value, imports: Imports) -> ast.expr:
    return ast.Call(imports.builtin("type"), [ast.Name(v.name)], [])


def _expectation(v: Value, imports: Imports) -> ast.stmt:
    arguments: list[ast.expr] = [ast.Constant(v.name), ast.Name(v.name), ast.Constant(show(v.type))]
    return ast.Expr(ast.Call(imports.function(runtime.expect), arguments, []))


def distinct_for(function: Function, imports: Imports) -> Sequence[ast.stmt]:
    """Statements that refuse two objects of the arguments which are one, where one is written to."""
    found: list[ast.stmt] = []
    for group in function.facts.get("apart", ()):
        lists: list[ast.expr] = [
            ast.List([_at(x, imports) for x in leaves]) for leaves in (group.written, group.others)
        ]
        found.append(ast.Expr(ast.Call(imports.function(runtime.distinct), lists, [])))
    return found


def _at(leaf: Leaf, imports: Imports) -> ast.expr:
    """What lies at a path from an argument or a free name."""
    if leaf.free:
        imports.static(leaf.root, imports.statics.get(leaf.root, leaf))
    e: ast.expr = ast.Name(leaf.root)
    for kind, key in leaf.path:
        e = ast.Attribute(e, key) if kind == "attribute" else ast.Subscript(e, constant_of(key))
    return e


def _lying(
    x: Value, base: Value, index: Atom | None, function: Function, imports: Imports
) -> ast.stmt:
    """The statement that tests where in the memory of others an argument lies."""
    leaf = next((leaf for leaf in function.leaves if leaf.value is base), None)
    place: ast.expr = ast.Name(base.name if leaf is None else leaf.root)
    if leaf is not None:
        place = ast.Attribute(place, "base")
    if index is not None:
        place = ast.Subscript(place, index_of(index.known))
    check = imports.function(runtime.lies)
    return ast.Expr(ast.Call(check, [ast.Constant(x.name), ast.Name(x.name), place], []))


def apart_for(function: Function, imports: Imports) -> Sequence[ast.stmt]:
    """Statements that refuse an array which is written to and shares memory with another."""
    shared = function.facts.get("shared", {})
    written = set(function.facts.get("written", ()))
    written |= {x for x in shared if shared[x][0] in written}
    bases = {base for base, _ in shared.values()}
    params = [p.value for p in function.params if isinstance(p.value.type, Array)]
    places: dict[Value, Leaf | None] = dict.fromkeys(params)
    places |= {
        leaf.value: leaf
        for leaf in function.leaves
        if isinstance(leaf.value.type, Array) and leaf.value not in bases
    }
    lie = [
        _lying(x, base, index, function, imports)
        for x, (base, index) in shared.items()
        if x is not base
    ]
    return lie + [
        _apart((x, places[x]), (y, places[y]), imports)
        for x, y in itertools.combinations(places, 2)
        if (x in written or y in written)
        and (x not in shared or y not in shared or shared[x][0] is not shared[y][0])
    ]


def _apart(
    x: tuple[Value, Leaf | None], y: tuple[Value, Leaf | None], imports: Imports
) -> ast.stmt:
    places = [_place(value, leaf, imports) for value, leaf in (x, y)]
    names = " and ".join(map(ast.unparse, places))
    return ast.Expr(ast.Call(imports.function(runtime.apart), [ast.Constant(names), *places], []))


def _place(value: Value, leaf: Leaf | None, imports: Imports) -> ast.expr:
    """Where the text finds an array of the caller's."""
    return ast.Name(value.name) if leaf is None else _at(leaf, imports)
