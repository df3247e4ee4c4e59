"""From text to a function that runs in the user's own module: its globals and closure are read live."""

from __future__ import annotations

import ast
import linecache
import types
from collections.abc import Mapping
from itertools import count
from typing import Any

_numbers = count(1)


def load(
    text: str, name: str, primal: types.FunctionType, injected: Mapping[str, Any], title: str = ""
) -> types.FunctionType:
    """Compile the source of one function.

    Parameters
    ----------
    text
        The source, which holds the function ``name`` and perhaps imports above it.
    primal
        The function whose globals and closure the text reads.
    injected
        What the text's other free names stand for.
    title
        What tracebacks call the file.
    """
    filename = f"<{title or name} {next(_numbers)}>"
    tree = ast.parse(text, filename)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    cells = dict(zip(primal.__code__.co_freevars, primal.__closure__ or ()))
    cells |= {n: types.CellType(thing) for n, thing in injected.items() if n not in cells}
    factory = ast.parse(f"def _factory({', '.join(cells)}): return {name}", filename)
    assert isinstance(factory.body[0], ast.FunctionDef)
    factory.body[0].body.insert(0, function)
    namespace: dict[str, Any] = {}
    exec(compile(factory, filename, "exec"), namespace)
    made = namespace["_factory"](**dict.fromkeys(cells))
    closure = tuple(cells[n] for n in made.__code__.co_freevars)
    loaded = types.FunctionType(made.__code__, primal.__globals__, name, made.__defaults__, closure)
    loaded.__kwdefaults__ = made.__kwdefaults__
    loaded.__doc__ = made.__doc__
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    return loaded
