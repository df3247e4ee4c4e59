"""A statement on one line, however long: astor writes it, ruff's are the spaces.

What astor gets wrong or does not know goes through `ast.unparse`; what neither gets right is
refused.
"""

from __future__ import annotations

import ast
import copy
import functools
import warnings
from collections.abc import Callable
from typing import Any

from chainrule.backend.layout.compare import explicit, same
from chainrule.backend.layout.literals import literal
from chainrule.backend.layout.spacing import spaced

_COMPOUND = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def line_of(node: ast.stmt) -> tuple[str, ast.stmt]:
    """A simple statement, or the header of a compound one, and the tree of that text.

    The tree is the one that was read back: its columns are those of the text.

    Raises
    ------
    ValueError
        If there is no text that reads as this tree.
    """
    wanted = _shell(node)
    body = " pass" if wanted is not node else ""
    writers: list[Callable[[ast.stmt], str]] = [_astor, _unparse]
    for write in writers:
        found = _attempt(write, wanted, body)
        if found is not None:
            return found
    wanted = explicit(wanted)
    for write in writers:
        found = _attempt(write, wanted, body)
        if found is not None:
            return found
    raise ValueError(f"no text reads as this tree: {ast.dump(node)[:500]}")


def _unparse(node: ast.stmt) -> str:
    return ast.unparse(ast.fix_missing_locations(node))  # it asks assignments for their line


def _attempt(
    write: Callable[[ast.stmt], str], wanted: ast.stmt, body: str
) -> tuple[str, ast.stmt] | None:
    try:
        text = write(wanted).strip("\n")
        if body:
            text = text.rpartition("\n")[0]
        line = spaced(text)
        read = ast.parse(line + body).body
    except RecursionError:
        raise
    except Exception:  # astor and ast.unparse fail in many ways on what they do not know
        return None
    return (line, read[0]) if len(read) == 1 and same(read[0], wanted) else None


def _shell(node: ast.stmt) -> ast.stmt:
    """The statement itself, or a compound one with its header alone."""
    if isinstance(node, _COMPOUND):
        shell = copy.copy(node)
        shell.body = [ast.Pass()]
        if not isinstance(shell, (ast.With, ast.AsyncWith)):
            shell.orelse = []
        return shell
    if isinstance(node, _DEFINITION):
        definition = copy.copy(node)
        definition.body = [ast.Pass()]
        definition.decorator_list = []
        return definition
    return node


def _astor(node: ast.stmt) -> str:
    text = _generator()(node)
    assert isinstance(text, str)
    return text


def _string(value: Any, *_: Any, **__: Any) -> str:
    """A string as one literal on one line, where astor would split a long one."""
    return literal(repr(value))


@functools.cache
def _generator() -> Callable[..., Any]:
    """astor's code generator: imported when the first text is written, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import astor.code_gen

    class Generator(astor.code_gen.SourceGenerator):  # type: ignore[misc]
        def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
            raise NotImplementedError("astor breaks some, and asks `ast` for names that it lost")

    return functools.partial(
        astor.code_gen.to_source,
        pretty_string=_string,
        pretty_source="".join,
        source_generator_class=Generator,
    )
