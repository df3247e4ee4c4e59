"""Which function lowers which kind of node. The files beside this one register themselves, most when they are met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend.assigned import assigned_names
from chainrule.frontend.frame import Frame
from chainrule.frontend.source import Sentence
from chainrule.ir.form import Atom, Value

FALL = constant(0)
CONTINUE, BREAK, RETURN = constant(-1), constant(1), constant(2)

Expression = Callable[[Frame, Any], Atom]
Statement = Callable[[Frame, Any], Atom]
Branching = Callable[[Frame, Any, Sequence[Any]], Atom]

_expressions: dict[type, Expression] = {}
_statements: dict[type, Statement] = {}
_branching: dict[type, Branching] = {}


ROOMS = {
    "Lambda": "closures",
    "FunctionDef": "closures",
    "Nonlocal": "closures",
    "ListComp": "comprehensions",
    "DictComp": "comprehensions",
    "GeneratorExp": "comprehensions",
    "Import": "imports",
    "ImportFrom": "imports",
    "For": "loops",
    "While": "loops",
    "With": "managers",
    "Match": "matching",
    "JoinedStr": "texts",
    "Try": "trying",
    "Delete": "unbinding",
    "Global": "unbinding",
    "NamedExpr": "walrus",
}
"""The file that lowers a kind of node, for those that a plain function has none of: importing them takes time."""


def _load(node: Any) -> None:
    """Import the file that lowers a node."""
    room = ROOMS.get(type(node).__name__)
    if room is not None:
        import_module(f"{__package__}.{room}")


def lowers(*kinds: type) -> Callable[[Expression], Expression]:
    """Register the lowering of an expression: what it gives is the atom that holds it."""

    def register(handler: Expression) -> Expression:
        _expressions.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def lowers_statement(*kinds: type) -> Callable[[Statement], Statement]:
    """Register the lowering of a statement: what it gives is its exit code."""

    def register(handler: Statement) -> Statement:
        _statements.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def lowers_branching(*kinds: type) -> Callable[[Branching], Branching]:
    """Register the lowering of a statement that may leave, and so lowers what follows it too."""

    def register(handler: Branching) -> Branching:
        _branching.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def expression(frame: Frame, node: Any) -> Atom:
    """The atom that holds an expression's value."""
    if type(node) not in _expressions:
        _load(node)
    handler = _expressions.get(type(node))
    place = frame.at(node)
    if handler is None:
        raise errors.UnsupportedExpression(f"{_words(node)} is not understood", place)
    try:
        return handler(frame, node)
    finally:
        frame.builder.place = place


def statements(frame: Frame, nodes: Sequence[Any]) -> Atom:
    """Lower statements up to where they leave; the exit code of the whole."""
    for i, node in enumerate(nodes):
        frame.sentence = sentence(frame, node)
        if type(node) not in _branching and type(node) not in _statements:
            _load(node)
        handler = _branching.get(type(node))
        try:
            if handler is not None:
                return handler(frame, node, nodes[i + 1 :])
            plain = _statements.get(type(node))
            if plain is None:
                raise errors.UnsupportedStatement(
                    f"{_words(node)} is not understood", frame.at(node)
                )
            code = plain(frame, node)
        except errors.ChainruleError as problem:
            if frame.session.root is None:
                raise  # a rule that cannot be read is called
            frame.session.problems.append(problem)
            for name in assigned_names([node]):
                frame.env.setdefault(
                    name, Value(name)
                )  # or a second problem would be reported where it is read
            code = FALL
        if code is not FALL:
            return code
    return FALL


def sentence(frame: Frame, node: Any) -> Sentence:
    """The user's statement, with its comments."""
    given = getattr(node, "sentence", None)
    if given is not None:  # a statement that stands for a part of one
        return given  # type: ignore[no-any-return]
    if frame.inline_return is not None and type(node).__name__ == "Return":
        return frame.inline_return
    place = frame.source.place(node)
    comments = frame.source.comments
    above = []
    row = place.line - 1
    while comments.get(row, ("", False))[1] or (
        row > 0 and not frame.source.lines[row - 1].strip()
    ):
        if row in comments:
            above.append(comments[row][0])
        row -= 1
    body = getattr(node, "body", None)
    last = place.line if isinstance(body, list) else place.end_line
    beside = comments.get(last, (None, True))
    inner = [comments[r][0] for r in range(place.line, last) if r in comments]
    text = place.segment if not isinstance(body, list) else place.text.strip()
    return Sentence(text, tuple(reversed(above)) + tuple(inner), None if beside[1] else beside[0])


def _words(node: Any) -> str:
    return WORDS.get(type(node).__name__, f"this {type(node).__name__.lower()}")


WORDS = {
    "AsyncFunctionDef": "async def",
    "Await": "await",
    "ClassDef": "a class inside a function",
    "Delete": "del",
    "DictComp": "a dict comprehension",
    "FunctionDef": "a function inside a function",
    "GeneratorExp": "a generator expression",
    "Global": "global",
    "Import": "an import inside a function",
    "ImportFrom": "an import inside a function",
    "Lambda": "a lambda inside a function",
    "ListComp": "a list comprehension",
    "Match": "match",
    "Nonlocal": "nonlocal",
    "SetComp": "a set comprehension",
    "AsyncFor": "async for",
    "AsyncWith": "async with",
    "TryStar": "except*",
    "With": "with",
    "Yield": "yield",
}
