"""An adjoint cut at its line into two functions: the forward part gives the value and what the backward part reads."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Block,
    Function,
    If,
    Loop,
    Op,
    Param,
    Statement,
    Tape,
    Value,
    defined,
    operands,
    walk,
)
from chainrule.ir.rewrite import with_body
from chainrule.ir.types import NONE, Struct, Type, Uniform


def halved(adjoint: Function) -> tuple[Function, Function]:
    """The forward and the backward part of an adjoint.

    What is handed over is what was made in the forward part, and what it read through a path from outside: that may be
    something else by the time of the backward part. The arguments are passed again.
    """
    body = adjoint.body.statements
    at = next(i for i, s in enumerate(body) if isinstance(s, Op) and s.function is primitives.line)
    before, after = body[:at], body[at + 1 :]
    pair = after[-1]
    assert isinstance(pair, Op)
    value, gradients = pair.args
    kept = _handed_over(adjoint, before, after[:-1], gradients)
    tapes = {
        t: Value(f"{t.name}_saved", Uniform(list, t.type), "step") for t in _tapes(before, after)
    }
    return (
        _forward(adjoint, body[: at + 1], value, kept, tapes),
        _backward(adjoint, (body[at], *after[:-1]), gradients, kept, tapes),
    )


def _forward(
    adjoint: Function,
    statements: tuple[Statement, ...],
    value: Atom,
    kept: list[Value],
    tapes: dict[Tape, Value],
) -> Function:
    ends = {t: Value("", v.type, "temporary") for t, v in tapes.items()}
    out = [Op((v,), primitives.tape_out, (), spelling=t) for t, v in ends.items()]
    atoms = (*kept, *ends.values())
    saved = Value("", _type_of(atoms), "temporary")
    whole = Value("", Struct(tuple, (0, 1), (value.type, saved.type)), "temporary")
    end = [
        Op((saved,), primitives.save, atoms),
        Op((whole,), primitives.make_tuple, (value, saved)),
    ]
    made = with_body(adjoint, Block((), (*statements, *out, *end), (whole,)))
    made.name = adjoint.name.removesuffix("_adjoint") + "_forward"
    made.params = adjoint.params[:-1]
    made.facts["half"] = "forward"
    made.facts.pop("gradients", None)
    return made


def _backward(
    adjoint: Function,
    statements: tuple[Statement, ...],
    gradients: Atom,
    kept: list[Value],
    tapes: dict[Tape, Value],
) -> Function:
    atoms = (*kept, *tapes.values())
    name = "saved"
    while name in adjoint.facts["names"]:
        name += "_"
    saved = Value(name, _type_of(atoms), "user")
    line, *rest = statements
    start: list[Statement] = [line]
    if len(atoms) > 1:
        start.append(Op(atoms, primitives.unpack, (saved,)))
    elif atoms:
        start.append(Op(atoms, primitives.assign, (saved,)))
    start += [Op((), primitives.tape_in, (v,), spelling=t) for t, v in tapes.items()]
    made = with_body(adjoint, Block((), (*start, *rest), (gradients,)))
    made.name = adjoint.name.removesuffix("_adjoint") + "_backward"
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    seed = adjoint.params[-1].value
    made.params = (Param(saved, kind), *adjoint.params[:-1], Param(seed, kind))
    made.leaves = tuple(leaf for leaf in adjoint.leaves if leaf.value not in kept)
    made.facts["half"] = "backward"
    made.facts["names"] = adjoint.facts["names"] | {name}
    for fact in ("gradients", "value"):
        made.facts.pop(fact, None)
    return made


def _type_of(atoms: tuple[Value, ...]) -> Type:
    if len(atoms) == 1:
        return atoms[0].type
    keys = tuple(range(len(atoms)))
    return Struct(tuple, keys, tuple(a.type for a in atoms)) if atoms else NONE


def _handed_over(
    adjoint: Function, before: tuple[Statement, ...], after: tuple[Statement, ...], gradients: Atom
) -> list[Value]:
    """The values that the backward part reads, in the order in which they come to be."""
    read = {gradients, *_read(after)}
    made = [leaf.value for leaf in adjoint.leaves]
    made += [v for s in before for v in defined(s)]
    return [v for v in made if v in read]


def _read(statements: Iterable[Statement]) -> Iterable[Atom]:
    for s in walk(Block((), tuple(statements))):
        yield from operands(s)
        if isinstance(s, If):
            yield from (*s.then.results, *s.orelse.results)
        elif isinstance(s, Loop):
            yield from s.body.results
            yield from s.test.results if s.test is not None else ()


def _tapes(before: tuple[Statement, ...], after: tuple[Statement, ...]) -> list[Tape]:
    """The tapes that are kept on in the forward part and read in the backward part."""

    def on(statements: tuple[Statement, ...], *functions: object) -> dict[Tape, None]:
        return {
            s.spelling: None
            for s in walk(Block((), statements))
            if isinstance(s, Op) and s.function in functions
        }

    read = on(after, primitives.take, primitives.tape_out)
    return [t for t in on(before, primitives.keep, primitives.tape_in) if t in read]
