"""From a running function to its syntax tree, exactly: by comparing code objects, never by guessing from a line number."""

from __future__ import annotations
import __future__

import ast
import functools
import io
import linecache
import operator
import tokenize
import types
from collections.abc import Iterator
from typing import Any

import gast

from chainrule import errors
from chainrule.depth import deeply
from chainrule.records import fresh, record


@record
class Sentence:
    """A statement of the user's: its first line, and the comments above and beside it."""

    text: str
    above: tuple[str, ...] = ()
    beside: str | None = None


@record
class Place:
    """Where in the user's file something stands; columns count characters from 1 (`chainrule.diagnostics.Place`)."""

    source: Source
    line: int
    column: int
    end_line: int
    last_column: int
    sentence: Sentence | None = None

    @property
    def file(self) -> str:
        return self.source.file

    @property
    def end_column(self) -> int | None:
        return self.last_column if self.end_line == self.line else None

    @property
    def text(self) -> str:
        return self.source.lines[self.line - 1]

    @property
    def segment(self) -> str:
        """What stands there, on one line."""
        lines = self.source.lines[self.line - 1 : self.end_line]
        if len(lines) == 1:
            return lines[0][self.column - 1 : self.last_column - 1]
        inner = [line.strip() for line in lines[1:-1]]
        return " ".join(
            [lines[0][self.column - 1 :].strip(), *inner, lines[-1][: self.last_column - 1].strip()]
        )


@record
class Source:
    """A function's syntax tree, with what is needed to speak about it."""

    function: Any  # a function: annotated so, type-checkers would bind it as a method
    file: str
    lines: list[str]
    node: Any
    comments: dict[int, tuple[str, bool]] = fresh(dict)  # line -> (text, whether it stands alone)

    @property
    def name(self) -> str:
        return "function" if self.function.__name__ == "<lambda>" else self.function.__name__

    def place(self, node: Any, sentence: Sentence | None = None) -> Place:
        line, end_line = node.lineno, node.end_lineno or node.lineno
        return Place(
            self,
            line,
            self._characters(line, node.col_offset),
            end_line,
            self._characters(end_line, node.end_col_offset or node.col_offset),
            sentence,
        )

    def _characters(self, line: int, byte_offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return 1 + (
            byte_offset
            if text.isascii()
            else len(text.encode()[:byte_offset].decode(errors="ignore"))
        )


def find(function: types.FunctionType) -> Source:
    """The source of a function.

    Raises
    ------
    errors.SourceMissing
        If no file has it, or the file has changed since it was imported.
    """
    return _find(function, function.__code__)


@functools.lru_cache(maxsize=512)
def _find(function: types.FunctionType, code: types.CodeType) -> Source:
    node: Any
    lines = linecache.getlines(code.co_filename, function.__globals__)
    node = None
    if lines and (function.__module__ or "").startswith("chainrule.rules."):
        node = _sliced(lines, code)
    if lines and node is None:
        node = _node_of(_module("".join(lines), code.co_filename, code.co_flags & FUTURES), code)
    # What is no file cannot have changed: from 3.13 on, the text of `python -c` stands under
    # the name `<string>`, which is also that of everything that `exec` has compiled.
    if not lines or (node is None and code.co_filename.startswith("<")):
        raise errors.SourceMissing(
            f"the source of {function.__qualname__} cannot be found ({code.co_filename})",
            help=["define it in a file, a notebook or python -i"],
        )
    if node is None:
        raise errors.SourceChanged(
            f"{function.__qualname__} is not what stands in {code.co_filename}: the file has changed since it was imported"
        )
    with deeply():
        tree = gast.ast_to_gast(node)
    text = [line.rstrip("\n") for line in lines]
    return Source(
        function,
        code.co_filename,
        text,
        tree,
        _comments(text, node.lineno, node.end_lineno or node.lineno),
    )


def _sliced(lines: list[str], code: types.CodeType) -> ast.AST | None:
    """A rule of this package, read without the rest of its file: that takes a fiftieth of the time."""
    first = code.co_firstlineno
    last = max(end for _, end, _, _ in code.co_positions() if end is not None)
    try:
        found = ast.parse("\n" * (first - 1) + "".join(lines[first - 1 : last])).body
    except SyntaxError:
        return None
    return found[0] if len(found) == 1 and isinstance(found[0], ast.FunctionDef) else None


@record
class _Module:
    tree: ast.Module
    codes: dict[types.CodeType, None]


FUTURES = functools.reduce(
    operator.or_, (getattr(__future__, n).compiler_flag for n in __future__.all_feature_names)
)
"""The flags of a code object that say under which future statements it was compiled."""


@functools.lru_cache(maxsize=16)
def _module(text: str, filename: str, futures: int) -> _Module:
    try:
        tree = ast.parse(text, filename)
        with deeply():
            code = compile(tree, filename, "exec", futures, dont_inherit=True)
    except SyntaxError as error:
        raise errors.SourceChanged(f"{filename} cannot be compiled any more: {error}") from None
    return _Module(tree, dict.fromkeys(_codes(code)))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    stack = [code]
    while stack:
        current = stack.pop()
        yield current
        stack += [c for c in reversed(current.co_consts) if isinstance(c, types.CodeType)]


def _node_of(module: _Module, code: types.CodeType) -> ast.AST | None:
    if code not in module.codes and not _rewritten(code):
        return None
    lambdas = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if (
                node.name == code.co_name
                and first == code.co_firstlineno
                and _same_parameters(node, code)
            ):
                return node
        elif isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and _spans(node, code):
            lambdas.append(node)
    # Of nested ones, the innermost: the code of an outer one has an instruction that makes the inner.
    return lambdas[-1] if lambdas else None


def nested_code(code: types.CodeType, node: Any) -> types.CodeType:
    """The code of a nested function or lambda (a gast node), inside that of the function that makes it."""
    is_lambda = isinstance(node, gast.Lambda)
    name = "<lambda>" if is_lambda else node.name
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    a = node.args
    names = [x.id for x in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    found = [
        c
        for c in _codes(code)
        if c.co_name == name and c.co_firstlineno == first and _parameters(c) == names
    ]
    within = [c for c in found if is_lambda and _is_within(c, node.body)]
    # Lambdas of one line that are constants, and have no positions, read no names: any of them will do.
    return (within or found)[0]


def _is_within(code: types.CodeType, body: Any) -> bool:
    """Whether all that a code object's instructions come from stands in an expression, and some of them begin there."""
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    found: list[Any] = [p for p in code.co_positions() if None not in p and p[3] != 0]
    found = [p for p in found if (p[0], p[2]) != (code.co_firstlineno, 0) or p[2] >= start[1]]
    return bool(found) and all(start <= (p[0], p[2]) and (p[1], p[3]) <= end for p in found)


def _rewritten(code: types.CodeType) -> bool:
    """Whether pytest has rewritten the asserts of a function."""
    return any(name.startswith("@py") for name in code.co_names)


def _same_parameters(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, code: types.CodeType
) -> bool:
    a = node.args
    names = [x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    return _parameters(code) == names


def _parameters(code: types.CodeType) -> list[str]:
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def _spans(node: ast.Lambda, code: types.CodeType) -> bool:
    """Whether a lambda's body is around all that a code object's instructions come from."""
    body = node.body
    found: list[Any] = [p for p in code.co_positions() if None not in p]
    positions = [p for p in found if p[3] != 0 and p[0] >= body.lineno]
    start, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    inside = all(start <= (p[0], p[2]) and (p[1], p[3]) <= end for p in positions)
    is_constant = isinstance(body, ast.Constant) and body.value in code.co_consts
    return (
        bool(positions or is_constant)  # Python 3.12 gives the return of a constant no position
        and inside
        and node.lineno == code.co_firstlineno
        and _same_parameters(node, code)
    )


def _comments(lines: list[str], first: int, last: int) -> dict[int, tuple[str, bool]]:
    text = "\n".join(lines[first - 1 : last]) + "\n"
    if "#" not in text:
        return {}
    found: dict[int, tuple[str, bool]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                row = token.start[0] + first - 1
                found[row] = (token.string, not lines[row - 1][: token.start[1]].strip())
    except (tokenize.TokenError, IndentationError):
        pass  # a lambda's lines need not be whole: the tokens before the end have been read
    return found
