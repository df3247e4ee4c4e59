"""`try` and `with` in the form: branches whose spelling says so.

An exception is an outcome like any other, and which outcome it was is a *mark*: a boolean that is false at first, and
true once the text has come to a point. ``attempt`` makes the marks of a `try`. What follows it is

    if mark:                 [SEGMENT]    one for each stretch of the body, up to a name that a handler may read
        …
    if done:                 [Try]        the last stretch, then the `else` clause, behind ``completed``
        …; completed(); …
    else:                                 the handlers, one in the other: `if mark_of_the_first: … else: …`
        error = caught(); …

so that whoever reads the form as branches reads it right: a stretch that was left half-way has not run, and what a
handler sees is what the stretches before it have left. Only the evaluator and emission, which run it, know more.

A `with` is a branch of one side (`WITH`), its test the manager, and so are `try … finally` (`FINALLY`) and, right
behind it, what stands in the `finally` clause (`FINAL`). Their other side is never taken, and gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from chainrule.ir.form import Block, Const, If, Op, Statement, Value, blocks, walk

SEGMENT, WITH, FINALLY, FINAL, HANDLER = "segment", "with", "finally", "final", "handler"


class Handler(NamedTuple):
    """What an `except` clause catches: no class at all is every exception."""

    classes: tuple[Const, ...]
    is_tuple: bool = False


class Try(NamedTuple):
    """The spelling of the branch between a body and its handlers; ``swallows``: of a `with`, which has none."""

    handlers: tuple[Handler, ...]
    swallows: bool = False


def attempt() -> tuple[bool, ...]:
    """The marks of a `try`: whether its body is done, then one for each stretch before, and each handler but the last."""
    raise NotImplementedError("marks belong to a run: see ir.evaluate")


def completed() -> None:
    """The end of the body of a `try`."""


def enter(manager: Any, given: Any = None) -> Any:
    """What a context manager gives for `as`; of a `nullcontext` what it was given itself."""
    raise NotImplementedError("a manager is entered by its with: see ir.evaluate")


def caught() -> Any:
    """The exception that a handler has caught."""
    raise NotImplementedError("an exception belongs to a run: see ir.evaluate")


def ends_attempt(s: Statement) -> bool:
    """Whether the body of a `try` has come to its end."""
    return isinstance(s, Op) and s.function is completed


def is_one_sided(s: Statement) -> bool:
    """Whether a branch only stands around statements that always run."""
    return isinstance(s, If) and s.spelling in (WITH, FINALLY, FINAL)


def is_attempted(s: Statement) -> bool:
    """Whether an exception may end the first side of a branch and not the function."""
    return isinstance(s, If) and (s.spelling == SEGMENT or isinstance(s.spelling, Try))


def half_bound(block: Block) -> Iterator[Value]:
    """What stands between the stretches of a `try`: in the text, it is not bound if the body did not come to it."""
    is_open = False
    for s in block.statements:
        if is_open and isinstance(s, Op):
            yield from s.results
        is_open = (
            isinstance(s, Op)
            and s.function is attempt
            or is_open
            and not isinstance(s.spelling, Try)
        )


def half_bound_in(body: Block) -> Iterator[Value]:
    """The same, in a block and those inside."""
    yield from half_bound(body)
    for s in walk(body):
        for inner in blocks(s):
            yield from half_bound(inner)


def is_region(s: Statement) -> bool:
    """Whether a branch is part of a `try` or a `with`, and stays whatever stands in it."""
    return is_one_sided(s) or is_attempted(s) or s.spelling == HANDLER


def sides(s: If) -> tuple[Block, ...]:
    """The blocks that control may come through."""
    return (s.then,) if is_one_sided(s) else (s.then, s.orelse)
