"""Which values carry a derivative: those that depend on what is asked, and that the result depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chainrule.ir import primitives
from chainrule.ir.form import (
    Atom,
    Block,
    Function,
    If,
    Loop,
    Op,
    Statement,
    Tape,
    Value,
    operands,
    walk,
)
from chainrule.ir.types import differentiable
from chainrule.rules import is_nondifferentiable

Edge = tuple[Atom, Value]
Node = Value | Tape


def active(function: Function, inputs: Iterable[Value], outputs: Iterable[Atom]) -> set[Node]:
    """The values between the inputs and the outputs, along differentiable steps alone."""
    edges = list(dependencies(function.body))
    forward: dict[Node, list[Node]] = {}
    backward: dict[Node, list[Node]] = {}
    for source, result in edges:
        forward.setdefault(source, []).append(result)
        backward.setdefault(result, []).append(source)
    varied = reach(inputs, forward)
    useful = reach((a for a in outputs if isinstance(a, Value)), backward)
    return varied & useful


def reach(start: Iterable[Node], edges: dict[Node, list[Node]]) -> set[Node]:
    """What can be reached from the start, itself included, if it may have a derivative."""
    found: set[Node] = set()
    stack = [v for v in start if may_vary(v)]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += edges.get(node, [])
    return found


def may_vary(node: Node) -> bool:
    return differentiable(node.type) and (isinstance(node, Tape) or node.cut is None)


def dependencies(block: Block) -> Iterator[tuple[Node, Node]]:
    """Each pair of a value and one that is computed from it by a differentiable step."""
    for statement in walk(block):
        for source, result in _pairs(statement):
            if isinstance(source, Value | Tape) and may_vary(source) and may_vary(result):
                yield source, result


def _pairs(statement: Statement) -> Iterator[tuple[Atom | Tape, Node]]:
    if isinstance(statement, Op):
        yield from _through(statement)
    elif isinstance(statement, If):
        for i, result in enumerate(statement.results):
            yield statement.then.results[i], result
            yield statement.orelse.results[i], result
    else:
        yield from _around(statement)


def _through(op: Op) -> Iterator[tuple[Atom | Tape, Node]]:
    if op.function is primitives.keep:
        yield op.args[0], op.spelling
    elif op.function is primitives.tape_in:
        yield op.args[0], op.spelling
    elif op.function in (primitives.take, primitives.tape_out):
        yield op.spelling, op.results[0]
    elif op.function is not primitives.stop_gradient and not is_nondifferentiable(op.function):
        for result in op.results:
            for atom in operands(op):
                yield atom, result


def _around(loop: Loop) -> Iterator[tuple[Atom | Tape, Node]]:
    yield from zip(loop.sources, loop.items)
    count = len(loop.carries)
    for carry, init, following, result in zip(
        loop.carries, loop.inits, loop.body.results, loop.results
    ):
        yield init, carry
        yield following, carry
        yield following, result
        yield init, result
    for following, result in zip(loop.body.results[count:-1], loop.results[count:-1]):
        yield following, result
