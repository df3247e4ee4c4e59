"""The imports that stand above a text, so that it can be read, checked and run on its own."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterable
from typing import Any

from chainrule.backend.emit import Text
from chainrule.backend.layout import statement
from chainrule.ir.form import Leaf


def with_head(text: Text, primal: types.FunctionType) -> str:
    """The text with what it needs imported above it."""
    found = [
        line for name, thing in text.imports.items() if (line := import_of(name, thing, primal))
    ]
    blocks = [imports(found)] if found else []
    around = [n for n, thing in text.imports.items() if isinstance(thing, types.CellType)]
    if around:
        are = "is a variable" if len(around) == 1 else "are variables"
        blocks.append(
            f"# {' and '.join(sorted(around))} {are} around what is called below, read live.\n"
        )
    return "\n\n".join([*blocks, text.body])


def imports(found: Iterable[str]) -> str:
    """Import statements in the order and the groups that linters want, a name from one module beside another."""
    lines = sorted(_merged(found), key=_order)
    blocks: list[str] = []
    for group in (0, 1, 2):
        own = [line for line in lines if _order(line)[0] == group]
        if own:
            blocks.append(
                "\n".join(part for line in own for part in statement(ast.parse(line).body[0]))
            )
    return "\n\n".join(blocks) + "\n"


def _merged(lines: Iterable[str]) -> list[str]:
    """One statement for all that comes from one module."""
    names: dict[str, set[str]] = {}
    for line in lines:
        head, _, name = line.partition(" import ")
        names.setdefault(head if name else line, set()).update([name] if name else [])
    return [f"{head} import {', '.join(sorted(of))}" if of else head for head, of in names.items()]


def _order(line: str) -> tuple[int, bool, str]:
    module = line.split()[1].partition(".")[0]
    group = (
        0
        if module in sys.stdlib_module_names and module != "__main__"
        else 1
        if module in ("numpy", "chainrule")
        else 2
    )
    return group, line.startswith("from"), line


def import_of(name: str, thing: Any, primal: types.FunctionType) -> str | None:
    """The statement that makes a name available."""
    if isinstance(thing, types.ModuleType):
        return (
            f"import {thing.__name__}" if thing.__name__ == name else _aliased(thing.__name__, name)
        )
    if name in primal.__code__.co_freevars:
        return None
    if isinstance(thing, Leaf) or primal.__globals__.get(name) is thing and thing is not None:
        return f"from {primal.__globals__.get('__name__', '__main__')} import {name}"
    own = getattr(thing, "__name__", name)
    module = getattr(thing, "__module__", None)
    if module is None or module == "builtins" and own == name:
        return None
    return f"from {module} import {own}" + (f" as {name}" if own != name else "")


def _aliased(module: str, name: str) -> str:
    parent, _, last = module.rpartition(".")
    if parent and last == name:
        return f"from {parent} import {last}"
    return f"import {module} as {name}"
