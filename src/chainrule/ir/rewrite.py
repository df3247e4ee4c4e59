"""Rebuilding a form statement by statement, with some values replaced by others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.ir.form import Atom, Block, Function, If, Loop, Op, Statement, Value

Replaced = dict[Value, Atom]
Rewrite = Callable[[Op, Replaced], Sequence[Statement]]


def rewrite(function: Function, op: Rewrite, replaced: Replaced | None = None) -> Function:
    """The function with each `Op` put through ``op``.

    Parameters
    ----------
    op
        Takes an operation whose operands are replaced already, and the replacements so far, to which it may add.
        It returns what stands in its place.
    replaced
        Replacements to begin with.
    """
    body = _block(function.body, op, {} if replaced is None else replaced)
    return with_body(function, body)


def with_body(function: Function, body: Block) -> Function:
    """The same function with another body."""
    return Function(
        function.name, function.params, function.leaves, body, function.source, dict(function.facts)
    )


def atoms(found: tuple[Atom, ...], replaced: Replaced) -> tuple[Atom, ...]:
    for atom in found:
        if atom in replaced:
            return tuple([replaced.get(a, a) for a in found])  # type: ignore[arg-type]
    return found


def _block(block: Block, op: Rewrite, replaced: Replaced) -> Block:
    out: list[Statement] = []
    for s in block.statements:
        if isinstance(s, Op):
            kwargs = tuple((k, atoms((a,), replaced)[0]) for k, a in s.kwargs)
            new = Op(
                s.results,
                s.function,
                atoms(s.args, replaced),
                kwargs,
                s.place,
                s.spelling,
                s.answers,
            )
            out += op(new, replaced)
        else:
            out.append(_control(s, op, replaced))
    return Block(block.params, tuple(out), atoms(block.results, replaced))


def _control(s: If | Loop, op: Rewrite, replaced: Replaced) -> Statement:
    if isinstance(s, If):
        test = atoms((s.test,), replaced)[0]
        then, orelse = _block(s.then, op, replaced), _block(s.orelse, op, replaced)
        return If(test, then, orelse, s.results, s.place, s.spelling, s.answers)
    sources, inits = atoms(s.sources, replaced), atoms(s.inits, replaced)
    limit = atoms((s.limit,), replaced)[0] if s.limit is not None else None
    test_block = _block(s.test, op, replaced) if s.test is not None else None
    body = _block(s.body, op, replaced)
    return Loop(
        sources,
        inits,
        test_block,
        body,
        s.results,
        s.count,
        limit,
        s.backward,
        s.place,
        s.spelling,
        s.answers,
    )
