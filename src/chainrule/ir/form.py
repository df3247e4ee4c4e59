"""The form that every stage reads and writes: SSA with structured control flow.

    function  = Function(name, params, leaves, body)
    block     = Block(params, statements, results)      results: atoms, read where the block ends
    statement = Op(results, function, args, kwargs)     one primitive each
              | If(test, then, orelse, results)
              | Loop(sources, inits, test, body, results, count, limit, backward)
    atom      = Value | Const

A **primitive** is a Python callable, so that any statement can be run as it stands; `ir.primitives` has those that
NumPy, `operator` and `builtins` lack. A value has one definition and is visible in its own block, below it, and in
the blocks inside.

An **if** has one result for each name that its sides leave different; each block's `results` line up with them.

A `with` and a `try` are ifs that are spelled so (`ir.regions`).

A **loop** walks its sources together (`for`), or asks its test before each turn (`while`, no sources). The body's
params are the items, one a source, then the carries. The body's results are the next carries, then exits, then the
code: 0 next turn, 1 break, 2 return (a `continue` is an `if` around the rest). The loop's results are the last
carries, the exits (what the exiting turn alone assigned, else undefined) and the code. `count` is the number of turns that
were begun. A `backward` loop walks its sources from the end, of which `limit`, if any, says how many items count.

A written array is a value a version: `store(base, index, v)` gives the next version, and emission writes in place.
What the backward part reads of a turn goes through `keep(tape, v)` and `take(tape)`: each other's adjoint, and ordered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from chainrule.ir.types import UNDEFINED, UNKNOWN, Recursive, Type
from chainrule.records import fresh, record

if TYPE_CHECKING:
    from chainrule.frontend.source import Place

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()


class Value:
    """One definition. ``name`` is how the text would like to call it, ``known`` its value where that is constant.

    ``role`` says whose it is: ``user`` (a name in the user's text, which stays), ``step`` (an unnamed value of the
    user's), ``cotangent``, or ``temporary`` (a value inside a rule).
    """

    __slots__ = ("cut", "known", "name", "parts", "place", "role", "type")

    def __init__(
        self,
        name: str,
        type: Type = UNKNOWN,
        role: str = "step",
        place: Place | None = None,
        known: Any = MISSING,
    ) -> None:
        if isinstance(type, Recursive) and not type.optional:
            type = type.shape  # what is looked at is known one level deep
        self.name, self.type, self.role, self.place, self.known = name, type, role, place, known
        self.parts: tuple[Atom, ...] | None = None  # of a tuple that was built here, its items
        self.cut: Place | None = None  # the `with no_grad()` that it was made in, if any

    def __repr__(self) -> str:
        return f"<{self.role} {self.name or '_'}>"


class Const:
    """A constant; ``text`` is the user's spelling of it."""

    __slots__ = ("known", "parts", "text", "type")

    def __init__(self, known: Any, type: Type, text: str | None = None) -> None:
        self.parts: tuple[Atom, ...] | None = None
        self.known, self.type, self.text = known, type, text

    def __repr__(self) -> str:
        return self.text or repr(self.known)


Atom: TypeAlias = Value | Const
UNBOUND = Const(None, UNDEFINED, "undefined")
DELETED = Const(None, UNDEFINED, "undefined")  # what a name holds after `del`
HALFWAY = Const(
    None, UNDEFINED, "undefined"
)  # what it holds where an exception may have come in between


def is_lost(atom: Atom) -> bool:
    """Whether a name holds nothing that may be read, though it was bound once."""
    return atom is DELETED or atom is HALFWAY


class Tape:
    """Where kept values go: one list in the text. ``name`` is that of the value kept."""

    __slots__ = ("name", "type")

    def __init__(self, name: str, type: Type) -> None:
        self.name, self.type = name, type

    def __repr__(self) -> str:
        return f"{self.name}_saved"


@record
class Op:
    """``results = function(*args, **kwargs)``.

    ``spelling`` says how the user wrote it where there are several ways (a method for a function, ``+=`` for ``+``),
    and carries what is not a value: a tape, the path of a store. ``answers`` is the statement of the primal that a
    backward statement belongs to.
    """

    results: tuple[Value, ...]
    function: Callable[..., Any]
    args: tuple[Atom, ...]
    kwargs: tuple[tuple[str, Atom], ...] = ()
    place: Place | None = None
    spelling: Any = None
    answers: Any = None


@record
class Block:
    params: tuple[Value, ...] = ()
    statements: tuple[Statement, ...] = ()
    results: tuple[Atom, ...] = ()


@record
class If:
    test: Atom
    then: Block
    orelse: Block
    results: tuple[Value, ...]
    place: Place | None = None
    spelling: Any = None
    answers: Any = None


@record
class Loop:
    sources: tuple[Atom, ...]
    inits: tuple[Atom, ...]
    test: Block | None
    body: Block
    results: tuple[Value, ...]
    count: Value | None = None
    limit: Atom | None = None
    backward: bool = False
    place: Place | None = None
    spelling: Any = None
    answers: Any = None

    @property
    def items(self) -> tuple[Value, ...]:
        return self.body.params[: len(self.sources)]

    @property
    def carries(self) -> tuple[Value, ...]:
        return self.body.params[len(self.sources) :]

    @property
    def code(self) -> Atom:
        return self.body.results[-1]


Statement: TypeAlias = Op | If | Loop


@record
class Param:
    """A parameter: its value, and ``kind``, ``default``, ``annotation`` as `inspect.Parameter` has them."""

    value: Value
    kind: Any
    default: Any = MISSING
    annotation: Any = MISSING


@record
class Leaf:
    """A value read through a path from a parameter or a free name: ``params["w"]``, ``self.w``, a global."""

    value: Value
    root: str
    path: tuple[tuple[str, Any], ...] = ()  # ("item", key) or ("attribute", name)
    free: bool = False


@record
class Function:
    name: str
    params: tuple[Param, ...]
    leaves: tuple[Leaf, ...]
    body: Block
    source: Any = None
    facts: dict[str, Any] = fresh(dict)


def blocks(statement: Statement) -> tuple[Block, ...]:
    """The blocks inside a statement, in the order in which they run."""
    if type(statement) is Op:
        return ()
    if isinstance(statement, If):
        return statement.then, statement.orelse
    if isinstance(statement, Loop):
        return (statement.test, statement.body) if statement.test else (statement.body,)
    return ()


def operands(statement: Statement) -> tuple[Atom, ...]:
    """The atoms that a statement itself reads, those of its blocks left out."""
    if isinstance(statement, Op):
        args, kwargs = statement.args, statement.kwargs
        return args + tuple([a for _, a in kwargs]) if kwargs else args
    if isinstance(statement, If):
        return (statement.test,)
    return statement.sources + statement.inits + ((statement.limit,) if statement.limit else ())


def defined(statement: Statement) -> tuple[Value, ...]:
    """The values that a statement defines for what follows it."""
    if type(statement) is Op:
        return statement.results
    if isinstance(statement, Loop) and statement.count is not None:
        return (*statement.results, statement.count)
    return statement.results


def walk(block: Block) -> Iterator[Statement]:
    """Every statement of a block and of the blocks inside, outer before inner, in the order of the text."""
    stack = [iter(block.statements)]
    while stack:
        statement = next(stack[-1], None)
        if statement is None:
            stack.pop()
            continue
        yield statement
        if type(statement) is not Op:
            for inner in reversed(blocks(statement)):
                stack.append(iter(inner.statements))
