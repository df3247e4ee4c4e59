"""Runs a function of the form as it stands: what the written text is compared with.

Nothing here knows a derivative or a spelling. Every write gives a new array, so that no alias can
matter, and the arguments stay as they were.

A block is run by a generator that yields the blocks inside it; `_run` keeps them on a stack of its
own, so that nesting is bounded by memory alone.
"""

from __future__ import annotations

import copy
import inspect
import types
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, TypeAlias

from chainrule import runtime
from chainrule.ir import primitives, regions
from chainrule.ir.form import (
    MISSING,
    Atom,
    Block,
    Function,
    If,
    Leaf,
    Loop,
    Op,
    Param,
    Statement,
    Tape,
    Value,
)
from chainrule.ir.regions import WITH, Try
from chainrule.ir.types import Undefined

Listener: TypeAlias = Callable[[Statement | Block, tuple[Any, ...]], None]
"""Told of each statement that has run, with the values of `form.defined`, and of the body of a loop
where a turn begins, with the values of its params."""

Task: TypeAlias = Generator["Task", Any, Any]

UNDEFINED_VALUE: Any = type("UndefinedValue", (), {"__repr__": lambda self: "undefined"})()
"""What a name holds that is not bound yet: it may be handed on, and never read."""


def evaluate(function: Function, args: Mapping[str, Any], listen: Listener | None = None) -> Any:
    """What a function returns for these arguments, by parameter; absent ones have their defaults.

    Raises
    ------
    TypeError
        If an argument without a default is missing.
    UnboundLocalError
        If a name is read that is not bound.
    """
    evaluation = _Evaluation(listen)
    values = {p.value.name: _argument(function, p, args) for p in function.params}
    for p in function.params:
        evaluation.env[p.value] = values[p.value.name]
    for leaf in function.leaves:
        evaluation.env[leaf.value] = read_leaf(function, leaf, values)
    try:
        return _run(evaluation.block(function.body))[0]
    except Stopped as stopped:
        raise stopped.error from None


def _run(task: Task) -> Any:
    """What a task returns, with every task that it yields run before it goes on."""
    stack, value = [task], None
    raised: Exception | None = None
    while stack:
        try:
            inner = stack[-1].send(value) if raised is None else stack[-1].throw(raised)
        except StopIteration as stop:
            stack.pop()
            value, raised = stop.value, None
        except Exception as error:
            stack.pop()
            raised = error
        else:
            stack.append(inner)
            value = raised = None
    if raised is not None:
        raise raised
    return value


def _argument(function: Function, param: Param, args: Mapping[str, Any]) -> Any:
    name = param.value.name
    if name in args:
        return args[name]
    if param.default is not MISSING:
        return param.default
    if param.kind is inspect.Parameter.VAR_POSITIONAL:
        return ()
    if param.kind is inspect.Parameter.VAR_KEYWORD:
        return {}
    raise TypeError(f"{function.name} misses the argument {name}")


def read_leaf(function: Function, leaf: Leaf, values: Mapping[str, Any]) -> Any:
    found = free_value(function, leaf.root) if leaf.free else values[leaf.root]
    for kind, key in leaf.path:
        found = found[key] if kind == "item" else getattr(found, key)
    return found


def free_value(function: Function, name: str) -> Any:
    """What a free name of the user's function means now.

    Raises
    ------
    NameError
        If it means nothing.
    """
    user = function.source.function
    cells = dict(zip(user.__code__.co_freevars, user.__closure__ or ()))
    if name in cells:
        return cells[name].cell_contents
    for scope in (function.facts.get("statics", {}), user.__globals__):
        if name in scope:
            found = scope[name]
            return found.cell_contents if isinstance(found, types.CellType) else found
    raise NameError(f"the name {name} is not defined")


class Stopped(Exception):
    """A `StopIteration` of the function's, on its way through the generators that run it."""

    def __init__(self, error: StopIteration) -> None:
        super().__init__()
        self.error = error


class Swallowed(Exception):
    """A manager has swallowed an exception: what stands behind its `with` goes on."""


class _Evaluation:
    """One run: what each value is by now, and what lies on the tapes."""

    def __init__(self, listen: Listener | None) -> None:
        self.env: dict[Value, Any] = {}
        self.listen = listen
        self.tapes: dict[Tape, list[Any]] = {}
        self.readers: dict[Op, _Reader] = {}
        self.entered: list[Any] = []
        self.caught: list[Exception] = []

    def atom(self, atom: Atom) -> Any:
        """What an atom holds, which may be undefined."""
        if isinstance(atom, Value):
            return self.env[atom]
        return UNDEFINED_VALUE if isinstance(atom.type, Undefined) else atom.known

    def read(self, atom: Atom) -> Any:
        """What an atom holds, where something is computed from it."""
        value = self.atom(atom)
        if value is UNDEFINED_VALUE:
            raise UnboundLocalError(f"{atom!r} is read and not bound")
        return value

    def tell(self, what: Statement | Block, values: tuple[Any, ...]) -> None:
        if self.listen is not None:
            self.listen(what, values)

    def block(self, block: Block) -> Task:
        statements = iter(block.statements)
        for statement in statements:
            if isinstance(statement, Op) and statement.function is regions.attempt:
                yield self.attempt(statement, statements)
            elif isinstance(statement, Op):
                self.op(statement)
            elif isinstance(statement, If):
                yield (
                    self.with_(statement) if statement.spelling == WITH else self.branch(statement)
                )
            else:
                yield self.loop(statement)
        return tuple(self.atom(a) for a in block.results)

    def op(self, op: Op) -> None:
        try:
            values = self.results(op)
        except StopIteration as error:  # a generator may not raise it
            raise Stopped(error) from None
        if len(values) != len(op.results):
            raise ValueError(f"{len(op.results)} values are unpacked from {len(values)}")
        self.env.update(zip(op.results, values))
        self.tell(op, values)

    def results(self, op: Op) -> tuple[Any, ...]:
        """What an operation gives, a value a result."""
        if op.function is primitives.take:
            return (self.take(op),)
        if op.function is primitives.keep:
            self.tapes.setdefault(op.spelling, []).append(self.atom(op.args[0]))
            return ()
        if op.function is primitives.tape_out:
            return (list(self.tapes.get(op.spelling, [])),)
        if op.function is primitives.tape_in:
            self.tapes[op.spelling] = list(self.read(op.args[0]))
            return ()
        if op.function is primitives.save:
            return (primitives.save(*map(self.atom, op.args)),)
        args = [self.read(a) for a in op.args]
        if op.function is primitives.interpolate:
            return (_interpolate(op.spelling, iter(args)),)
        if op.function in (regions.enter, regions.caught):
            return ((self.entered if op.function is regions.enter else self.caught)[-1],)
        if op.function is regions.completed:
            return ()
        if op.function is primitives.raise_ and not op.args:
            raise self.caught[-1] if self.caught else RuntimeError("No active exception to reraise")
        function = FUNCTIONAL.get(op.function, op.function)
        result = function(*args, **{k: self.read(a) for k, a in op.kwargs})
        if op.function is primitives.unpack:
            return tuple(result)
        if op.function is primitives.update:
            return tuple(result)[: len(op.results)]
        return (result,) if op.results else ()

    def take(self, op: Op) -> Any:
        if op not in self.readers:
            self.readers[op] = _Reader(self.tapes.setdefault(op.spelling, []))
        return self.readers[op].take()

    def branch(self, s: If) -> Task:
        values = yield self.block(s.then if self.read(s.test) else s.orelse)
        self.env.update(zip(s.results, values))
        self.tell(s, values)

    def with_(self, s: If) -> Task:
        is_done = False
        with self.read(s.test) as entered:
            self.entered.append(entered)
            try:
                values = yield self.block(s.then)
            finally:
                self.entered.pop()
            is_done = True
        if not is_done:
            raise Swallowed
        self.env.update(zip(s.results, values))
        self.tell(s, values)

    def attempt(self, op: Op, statements: Iterator[Statement]) -> Task:
        """A `try`: its stretches up to the branch that ends it, and whatever stands between."""
        marks = op.results
        self.env.update(dict.fromkeys(marks, False))
        raised: Exception | None = None
        lengths = self.lengths()
        for s in statements:
            if isinstance(s, If) and isinstance(s.spelling, Try):
                yield self.last_stretch(s, marks, raised, lengths)
                return
            if isinstance(s, If):
                block = s.then if raised is None else s.orelse
                try:
                    values = yield self.block(block)
                    self.env[s.test] = raised is None  # type: ignore[index]
                    lengths = self.lengths() if raised is None else lengths
                except Exception as error:
                    raised, values = error, tuple(map(self.atom, s.orelse.results))
                self.env.update(zip(s.results, values))
                self.tell(s, values)
            elif raised is None:
                assert isinstance(s, Op)
                self.op(s)

    def lengths(self) -> dict[Tape, int]:
        return {tape: len(kept) for tape, kept in self.tapes.items()}

    def last_stretch(
        self,
        s: If,
        marks: tuple[Value, ...],
        raised: Exception | None,
        lengths: dict[Tape, int],
    ) -> Task:
        at = next(
            (i for i, x in enumerate(s.then.statements) if regions.ends_attempt(x)),
            len(s.then.statements),
        )
        if raised is None:
            try:
                yield self.block(Block((), s.then.statements[:at]))
                self.env[marks[0]] = True
            except Exception as error:
                raised = error
        if raised is None:
            values = yield self.block(Block((), s.then.statements[at:], s.then.results))
        else:
            raised = raised.error if isinstance(raised, Stopped) else raised
            self.choose(s, marks, raised)
            for tape, kept in self.tapes.items():
                del kept[lengths.get(tape, 0) :]
            self.caught.append(raised)
            values = yield self.block(s.orelse)
            self.caught.pop()
        self.env.update(zip(s.results, values))
        self.tell(s, values)

    def choose(self, s: If, marks: tuple[Value, ...], raised: Exception) -> None:
        """Set the mark of the handler that takes an exception."""
        handlers = s.spelling.handlers
        if s.spelling.swallows and isinstance(raised, Swallowed):
            return
        for i, handler in enumerate(handlers):
            if not handler.classes or isinstance(raised, tuple(c.known for c in handler.classes)):
                if i + 1 < len(handlers):
                    self.env[marks[len(marks) - len(handlers) + 1 + i]] = True
                return
        raise raised

    def loop(self, s: Loop) -> Task:
        carried = tuple(self.atom(a) for a in s.inits)
        exits = (UNDEFINED_VALUE,) * (len(s.results) - len(carried) - 1)
        code = count = 0
        for items in self.turns(s):
            self.env.update(zip(s.body.params, (*items, *carried)))
            if s.test is not None and not (yield self.block(s.test))[0]:
                break
            self.tell(s.body, (*items, *carried))
            count += 1
            ends = yield self.block(s.body)
            carried, code = ends[: len(carried)], max(ends[-1], 0)
            if code:
                exits = ends[len(carried) : -1]
                break
        values = (*carried, *exits, code)
        self.env.update(zip(s.results, values))
        if s.count is not None:
            self.env[s.count] = count
            values = (*values, count)
        self.tell(s, values)

    def turns(self, s: Loop) -> Any:
        """The items of each turn, in the order in which the turns run."""
        limit = self.read(s.limit) if s.limit is not None else None
        if not s.sources:
            return _without_end() if limit is None else [()] * limit
        turns = zip(*(self.read(a) for a in s.sources))
        if limit is None and not s.backward:
            return turns
        listed = list(turns)[:limit]
        return listed[::-1] if s.backward else listed


def _without_end() -> Generator[tuple[()], None, None]:
    while True:
        yield ()


class _Reader:
    """One place that takes from a tape: each gives the last item that it has not given before."""

    def __init__(self, tape: list[Any]) -> None:
        self.tape, self.seen = tape, 0
        self.pending: list[Any] = []

    def take(self) -> Any:
        self.pending += self.tape[self.seen :]
        self.seen = len(self.tape)
        return self.pending.pop()


def _add_at(d: Any, g: Any, index: Any) -> Any:
    return runtime.add_at(copy.copy(d), g, index)


def _interpolate(template: Any, parts: Iterator[Any]) -> str:
    """An f-string, of which the template has the texts, and for each part conversion and format."""
    return "".join(
        t if isinstance(t, str) else _format(next(parts), t[0], t[1], parts) for t in template
    )


def _format(value: Any, conversion: int, spec: Any, parts: Iterator[Any]) -> str:
    convert = CONVERSIONS.get(conversion)
    return format(value if convert is None else convert(value), _interpolate(spec, parts))


CONVERSIONS: dict[int, Callable[[Any], str]] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}
"""The conversions of an f-string, by the code that the syntax tree has for them."""

FUNCTIONAL: dict[Callable[..., Any], Callable[..., Any]] = {runtime.add_at: _add_at}
"""What writes in place, by what gives a new value instead."""
