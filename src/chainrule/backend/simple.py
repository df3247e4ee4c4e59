"""Primitives that are statements of their own in the text: stores, tapes, unpacking, raising."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule import runtime
from chainrule.backend.into import call_of
from chainrule.backend.spell import BINARY
from chainrule.backend.updating import statement_of
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Op, Value
from chainrule.ir.primitives import Store

if TYPE_CHECKING:
    from chainrule.backend.emit import Writer


def _store(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    base, through, value, *path = op.args
    spelling: Store = op.spelling
    shown = path[len(path) - spelling.depth :] if spelling.depth else []
    if spelling.call is not None:
        call = call_of(w.speller, op, spelling.call, w.speller.atom(through))
        if call is not None:
            w.put(ast.Expr(call), depth, comment)
            return
    target = w.speller.path(w.speller.atom(through), tuple(shown))
    made = w.folding.folded.get(value) if isinstance(value, Value) else None
    if (
        isinstance(made, Op)
        and made.function is spelling.operator
        and _reads_in_place(w, made, shown)
    ):
        w.put(
            ast.AugAssign(target, BINARY[spelling.operator], w.speller.atom(made.args[1])),
            depth,
            comment,
        )
        return
    if not shown or callable(shown[-1].known):
        target = ast.Subscript(target, ast.Constant(...))
    w.put(ast.Assign([target], w.speller.atom(value)), depth, comment)


def _update(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    given = op.results[1] if len(op.results) > 1 else None
    is_read = given is not None and given in w.names and w.folding.uses[given]
    target = ast.Name(w.names[given]) if given is not None and is_read else None
    w.put(statement_of(w.speller, op, target), depth, comment)


def _reads_in_place(w: Writer, update: Op, shown: list[Atom]) -> bool:
    """Whether an update reads its target where it writes it: else the target was read before."""
    return not shown or update.args[0] in w.folding.folded


def _accumulate(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    base, value, *path = op.args
    target = w.speller.path(ast.Name(w.names[op.results[0]]), tuple(path))
    made = w.folding.folded.get(value) if isinstance(value, Value) else None
    if isinstance(made, Op) and made.function is operator.neg:
        w.put(ast.AugAssign(target, ast.Sub(), w.speller.atom(made.args[0])), depth, comment)
        return
    w.put(ast.AugAssign(target, ast.Add(), w.speller.atom(value)), depth, comment)


def _add_at(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    args = [
        w.speller.atom(op.args[0]),
        w.speller.atom(op.args[1]),
        *map(w.speller.atom, op.args[2:]),
    ]
    call = ast.Call(w.imports.function(runtime.add_at), args, [])
    w.put(ast.Assign([ast.Name(w.names[op.results[0]])], call), depth, comment)


def _keep(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    tape = ast.Name(w.tapes.name(op.spelling))
    w.put(
        ast.Expr(ast.Call(ast.Attribute(tape, "append"), [w.speller.atom(op.args[0])], [])),
        depth,
        comment,
    )


def _take(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    call = ast.Call(w.imports.builtin("next"), [ast.Name(w.tapes.cursor(op))], [])
    w.put(ast.Assign([ast.Name(w.names[op.results[0]])], call), depth, comment)


def _unpack(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    targets: list[ast.expr] = [ast.Name(w.names[r] if r in w.names else "_") for r in op.results]
    w.put(ast.Assign([ast.Tuple(targets)], w.speller.atom(op.args[0])), depth, comment)


def _raise(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    parts = [w.speller.atom(a) for a in op.args]
    w.put(
        ast.Raise(parts[0] if parts else None, parts[1] if len(parts) > 1 else None), depth, comment
    )


def _assert(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    parts = [w.speller.atom(a) for a in op.args]
    w.put(ast.Assert(parts[0], parts[1] if len(parts) > 1 else None), depth, comment)


def _tape_in(w: Writer, op: Op, depth: int, comment: str | None) -> None:
    """The value is the tape's list itself."""


STATEMENTS: dict[Any, Callable[[Writer, Op, int, str | None], None]] = {
    primitives.store: _store,
    primitives.update: _update,
    primitives.accumulate: _accumulate,
    runtime.add_at: _add_at,
    primitives.keep: _keep,
    primitives.take: _take,
    primitives.tape_in: _tape_in,
    primitives.unpack: _unpack,
    primitives.raise_: _raise,
    primitives.assert_: _assert,
}
