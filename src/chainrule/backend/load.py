"""From text to a function that runs in the user's own module, reading its names live."""

from __future__ import annotations

import ast
import linecache
import types
from collections.abc import Collection, Mapping
from typing import Any

from chainrule.backend.identity import digest
from chainrule.depth import deeply


def load(
    text: str,
    name: str,
    primal: types.FunctionType,
    injected: Mapping[str, Any],
    title: str = "",
    *,
    lean: bool = False,
    guards: int = 0,
) -> types.FunctionType:
    """Compile the source of one function.

    Parameters
    ----------
    text
        The source, which holds the function ``name`` and perhaps imports and functions that it calls above it.
    primal
        The function whose globals and closure the text reads.
    injected
        What the text's other free names stand for.
    title
        What tracebacks call the file.
    lean, guards
        Whether to leave out the docstring and the tests of types, and how many these are.
    """
    filename = f"<{title or name} {digest(text.encode()).hex()[:8]}>"
    function = function_in(text, name, filename)
    if lean:
        leave_out_head(function, guards)
    own = primal.__code__.co_freevars
    beside = functions_beside(text, name, filename)
    names = [
        *own,
        *(n for n, thing in injected.items() if n not in own and type(thing).__name__ != "Leaf"),
        *beside,
    ]
    codes = {n: compiled(f, names, filename).__code__ for n, f in beside.items()}
    made = compiled(function, names, filename)
    register(text, filename)
    injected = {**injected, **revived_together(codes, primal, injected)}
    return revived(
        made.__code__, primal, injected, made.__kwdefaults__, made.__defaults__, made.__doc__
    )


def functions_beside(text: str, name: str, filename: str) -> dict[str, ast.FunctionDef]:
    """The syntax trees of the other functions in a text, by name."""
    found = [n for n in ast.parse(text, filename).body if isinstance(n, ast.FunctionDef)]
    return {n.name: n for n in found if n.name != name}


def function_in(text: str, name: str, filename: str) -> ast.FunctionDef:
    """The syntax tree of the function in a text."""
    return next(
        n
        for n in ast.parse(text, filename).body
        if isinstance(n, ast.FunctionDef) and n.name == name
    )


def leave_out_head(function: ast.FunctionDef, guards: int) -> None:
    """Take the docstring away, and the statements that follow it and test types."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        del body[0]
    del body[:guards]


def compiled(function: ast.FunctionDef, names: list[str], filename: str) -> types.FunctionType:
    """A function from its tree, in which these names are free variables that have no value yet."""
    factory = ast.parse(f"def _factory({', '.join(names)}): return {function.name}", filename)
    assert isinstance(factory.body[0], ast.FunctionDef)
    factory.body[0].body.insert(0, function)
    for defaults in (function.args.defaults, function.args.kw_defaults):
        defaults[:] = map(_set_later, defaults)
    namespace: dict[str, Any] = {}
    with deeply():
        code = compile(factory, filename, "exec")
    exec(code, namespace)
    made: types.FunctionType = namespace["_factory"](**dict.fromkeys(names))
    return made


def _set_later(default: Any) -> Any:
    """A mark for a default that reads a name, none of which has a value yet."""
    if isinstance(default, ast.Call | ast.Tuple):
        return ast.copy_location(ast.Constant(...), default)
    return default


def revived(
    code: types.CodeType,
    primal: types.FunctionType,
    injected: Mapping[str, Any],
    keywords: dict[str, Any] | None,
    defaults: tuple[Any, ...] | None = None,
    doc: str | None = None,
) -> types.FunctionType:
    """The function that runs a code object where its primal runs."""
    cells = dict(zip(primal.__code__.co_freevars, primal.__closure__ or ()))
    closure = tuple(cells[n] if n in cells else _cell(injected[n]) for n in code.co_freevars)
    function = types.FunctionType(code, primal.__globals__, code.co_name, defaults, closure)
    function.__kwdefaults__ = keywords
    function.__doc__ = doc
    return function


def revived_together(
    codes: Mapping[str, types.CodeType], primal: types.FunctionType, injected: Mapping[str, Any]
) -> dict[str, types.FunctionType]:
    """The functions that run code objects which call each other by name."""
    cells: dict[str, types.CellType] = {n: types.CellType() for n in codes}
    own = dict(zip(primal.__code__.co_freevars, primal.__closure__ or ()))
    made = {}
    for name, code in codes.items():
        closure = tuple(cells.get(n) or own.get(n) or _cell(injected[n]) for n in code.co_freevars)
        made[name] = types.FunctionType(code, primal.__globals__, name, None, closure)
        cells[name].cell_contents = made[name]
    return made


def companions_of(function: types.FunctionType, names: Collection[str]) -> dict[str, Any]:
    """The functions of these names that a function comes to call."""
    found: dict[str, Any] = {}
    waiting = [function]
    while waiting:
        one = waiting.pop()
        for name, cell in zip(one.__code__.co_freevars, one.__closure__ or ()):
            if name in names and name not in found:
                found[name] = cell.cell_contents
                waiting.append(found[name])
    return found


def _cell(thing: Any) -> types.CellType:
    """The variable itself where a text reads one that is around a callee, else one that holds the thing."""
    return thing if isinstance(thing, types.CellType) else types.CellType(thing)


def register(text: str, filename: str) -> None:
    """Let tracebacks and debuggers show a text."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)


def keep_defaults(made: types.FunctionType, primal: types.FunctionType) -> None:
    """Give a generated function the very default objects of its primal."""
    made.__defaults__ = primal.__defaults__
    made.__kwdefaults__ = {**(made.__kwdefaults__ or {}), **(primal.__kwdefaults__ or {})}
