"""Loops: the body is lowered until the types of what it carries settle."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import gast

from chainrule import errors
from chainrule.analysis.aliases import may_hold
from chainrule.analysis.builder import Builder, constant
from chainrule.analysis.infer import infer
from chainrule.frontend import iterating, turns
from chainrule.frontend.assigned import assigned_names, target_names, updated_only
from chainrule.frontend.branches import branch, guard, may_leave, possible, values_in
from chainrule.frontend.cells import Cell, label
from chainrule.frontend.dispatch import FALL, expression, lowers_branching, statements
from chainrule.frontend.expressions import item
from chainrule.frontend.frame import Frame
from chainrule.frontend.functions import has_inner
from chainrule.frontend.holding import carry_parts, join_parts, moved_parts, relate_crossing
from chainrule.frontend.memory import Memory
from chainrule.frontend.operators import truth
from chainrule.frontend.paths import Path, Step
from chainrule.frontend.statements import bind
from chainrule.frontend.unrolled import functions_in, objects_in, unroll
from chainrule.frontend.walrus import binds, leaves_a_loop
from chainrule.ir.form import MISSING, UNBOUND, Atom, Block, Const, Loop, Value, is_lost
from chainrule.ir.primitives import indices, make_tuple
from chainrule.ir.types import (
    INT,
    UNKNOWN,
    Array,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    Uniform,
    has_memory,
    join_as,
    of_a_turn,
    origins,
)
from chainrule.records import fresh, record
from chainrule.records import value as compared


@record
class Walked:
    """What a `for` walks: its sources, and the targets that their items are bound to."""

    sources: list[Atom]
    targets: list[Any]
    spelling: str | None = None
    live: dict[int, Atom] = fresh(dict)
    """The arrays that the body writes to, by the number of the source, which walks their positions."""


@lowers_branching(gast.For)
def _for(frame: Frame, node: Any, rest: Sequence[Any]) -> Atom:
    if frame.session.builder.fold and not may_leave(node.body) and not node.orelse:
        items = static_items(frame, node.iter)
        if items is not None:
            return _unrolled(frame, node, items, rest)
    functions = functions_in(frame, node.iter)
    if functions is not None:
        return unroll(frame, node, functions, rest)
    from chainrule.frontend.comprehensions import (
        changes_items,
        dict_items,
        is_of_words,
        known_items,
    )

    items = dict_items(frame, node.iter)
    if items is None and (changes_items(node) or is_of_words(node.iter)):
        items = known_items(frame, node.iter, 32)
    if items is not None:
        return unroll(frame, node, items, rest)
    walked = sources_of(frame, node)
    names = [*assigned_names(node.body), *target_names(node.target)]
    memory, problems = frame.session.memory, len(frame.session.problems)
    poisoned = set(memory.poisoned)
    relatives = {base: set(others) for base, others in memory.relatives.items()}
    try:
        return _loop(frame, node, walked, names, None, rest)
    except ItemsChange:
        memory.poisoned, memory.relatives = poisoned, relatives
        del frame.session.problems[problems:]
        items = objects_in(frame, walked)
        if items is None:
            raise errors.UnknownStore(
                "the body changes the objects that the loop walks, of which nothing says which they are",
                frame.at(node),
                help=["make new objects instead"],
            ) from None
        return unroll(frame, node, items, rest)


def refuse_inner(written: Iterable[Atom], place: Any) -> None:
    """Refuse to change what holds a nested function: no text can hand it from turn to turn."""
    if any(has_inner(atom.type) for atom in written):
        raise errors.UnsupportedStatement(
            "an object that holds a nested function is changed in this loop",
            place,
            help=["define the function at the top of the module"],
        )


class ItemsChange(Exception):
    """The body of a loop changes the objects that it walks: each turn changes another one."""


def static_items(frame: Frame, node: Any) -> list[Atom] | None:
    """The items of a loop in a rule, where their number is known: such a loop is written out."""
    builder = frame.builder
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and not node.keywords:
        callee = expression(frame, node.func).known
        if callee is range:
            ends = [expression(frame, a).known for a in node.args]
            return None if MISSING in ends else [constant(i) for i in range(*ends)]
        if callee in (zip, enumerate, reversed):
            inner = [static_items(frame, a) for a in node.args]
            if any(i is None for i in inner):
                return None
            lists = [i for i in inner if i is not None]
            if callee is reversed:
                return lists[0][::-1]
            if callee is enumerate:
                lists = [[constant(i) for i in range(len(lists[0]))], *lists]
            return [builder.op(make_tuple, *row) for row in zip(*lists)]
    atom = expression(frame, node)
    if atom.parts is not None:
        return list(atom.parts)
    if isinstance(atom.known, tuple):
        return [constant(k) for k in atom.known]
    if isinstance(atom.type, Struct) and atom.type.kind in (tuple, list):
        return [item(frame, atom, constant(i)) for i in range(len(atom.type.parts))]
    return None


def _unrolled(frame: Frame, node: Any, items: list[Atom], rest: Sequence[Any]) -> Atom:
    for one in items:
        bind(frame, node.target, one)
        statements(frame, node.body)
    return statements(frame, rest)


@lowers_branching(gast.While)
def _while(frame: Frame, node: Any, rest: Sequence[Any]) -> Atom:
    if binds(node.test) or turns.changes_something(frame, node.test):
        if leaves_a_loop(node.orelse):
            raise errors.UnsupportedStatement(
                "a break or continue in the else of a loop whose test binds or changes something is not understood",
                frame.at(node),
                help=["bind the name in the loop: while True: …; if not …: break"],
            )
        return statements(frame, [turns.asked_inside(node), *rest])
    return _loop(frame, node, Walked([], []), assigned_names(node.body), node.test, rest)


def sources_of(frame: Frame, node: Any) -> Walked:
    """The sources of a `for` statement: ``zip`` and ``enumerate`` are taken apart."""
    iterable, target = node.iter, node.target
    call = iterable if isinstance(iterable, gast.Call) and not iterable.keywords else None
    callee = (
        expression(frame, call.func).known if call and isinstance(call.func, gast.Name) else None
    )
    if call is None:
        return Walked([_source(frame, iterable)], [target])
    if (
        callee is enumerate
        and len(call.args) == 1
        and isinstance(target, gast.Tuple)
        and len(target.elts) == 2
    ):
        inner = gast.For(target.elts[1], call.args[0], [], [], None)
        walked = sources_of(frame, gast.copy_location(inner, node))
        counted = frame.builder.op(indices, walked.sources[0], type=Range())
        return Walked([counted, *walked.sources], [target.elts[0], *walked.targets], "enumerate")
    if callee is zip and isinstance(target, gast.Tuple) and len(target.elts) == len(call.args):
        sources = [_source(frame, a) for a in call.args]
        return Walked(sources, list(target.elts), "zip")
    return Walked([_source(frame, iterable)], [target])


def _source(frame: Frame, node: Any) -> Atom:
    atom = iterating.walked(frame, node)
    t = atom.type
    if atom in frame.session.one_shot:
        raise errors.UnsupportedExpression(
            "a loop over an iterator is not understood: it can be walked only once",
            frame.at(node),
            help=["loop over list(...) of it"],
        )
    if (
        isinstance(t, Range | Array | Uniform)
        or isinstance(t, Struct)
        and t.kind in (list, tuple)
        or t == UNKNOWN
    ):
        return atom
    if isinstance(atom, Const) and isinstance(atom.known, tuple | list | range):
        return atom
    raise errors.UnsupportedExpression(
        "a loop over this is not understood",
        frame.at(node),
        help=["loop over a range, an array, a list or a tuple: for x in list(...)"],
    )


def item_type(source: Atom) -> Type:
    t = source.type
    if isinstance(t, Range):
        return INT
    if isinstance(t, Struct):
        joined = t.parts[0] if t.parts else UNKNOWN
        for part in t.parts[1:]:
            joined = join_as(joined, part, object())
        return joined
    if isinstance(t, Uniform):
        return t.item
    if isinstance(t, Array) and t.rank:
        return infer(operator.getitem, (Value("", t), constant(0)))
    return UNKNOWN


@compared
class Belief:
    """What is believed of a loop's carries: their types, which may share memory, and which hold what nobody knows."""

    types: dict[Any, Type]
    shared: set[tuple[Any, Any]] = fresh(set)
    poisoned: set[Any] = fresh(set)
    moved: dict[tuple[Any, Any], frozenset[Value]] = fresh(dict)
    """The parts of carried containers that are not the same object at every turn, with what each may be."""


class Attempt:
    """One lowering of a loop's body, under a belief about its carries."""

    def __init__(self, frame: Frame, carried: dict[Any, Value], items: list[Value]) -> None:
        self.frame, self.carried, self.items = frame, carried, items
        self.test: Block | None = None
        self.code: Atom = FALL
        self.next: dict[Any, Atom] = {}
        self.returned: Atom = UNBOUND
        self.builder = Builder()
        self.written: set[Value] = set()  # bases from outside that the body has written to
        self.changed: set[Value] = set()
        self.rebound: set[Cell] = set()  # shared variables that the body has assigned to
        self.known: dict[Any, Atom] = {}  # what is a function, and no carry
        self.stale: set[Any] = set()


def _loop(
    frame: Frame, node: Any, walked: Walked, names: list[str], test: Any, rest: Sequence[Any]
) -> Atom:
    session, memory = frame.session, frame.session.memory
    place, sentence = frame.at(node), frame.sentence
    turn = object()  # the origin of lengths that are the same in one turn
    outer = {o for a in frame.env.values() for o in origins(a.type)}
    stale: set[Any] = set()
    names = _rebound(frame, node, names)
    keys = dict.fromkeys(map(frame.env.key, names))
    inits: dict[Any, Atom] = {k: _seen(frame, k, stale) for k in keys}
    belief = Belief({k: turns.type_of(a) for k, a in inits.items()}, set(), stale)
    before = set(memory.poisoned)
    relatives = {base: set(others) for base, others in memory.relatives.items()}
    for _ in range(20):
        count = len(session.problems)
        attempt = _attempt(frame, node, walked, inits, belief, test)
        known = set(relatives) | frame.bases()
        rebound = [c for c in frame.env if c in attempt.rebound and c not in inits]
        if rebound:  # the body assigns to them by calls: begin again, as if it had said so
            memory.poisoned = set(before)
            memory.relatives = {base: set(others) for base, others in relatives.items()}
            del session.problems[count:]
            inits |= {c: _seen(frame, c, stale) for c in rebound}
            belief = Belief({k: turns.type_of(a) for k, a in inits.items()}, set(), stale)
            continue
        walked, live = _indexed(frame, walked, attempt)  # another walk may poison nothing
        new = {b: memory.current(b) for b in attempt.written if b not in inits}
        refuse_inner(new.values(), place)
        grown = Belief(
            {
                k: _next_type(belief.types[k], turns.type_of(attempt.next[k]), (turn, k), outer)
                for k in inits
            },
            belief.shared | _shared(memory, attempt, inits, known),
            belief.poisoned
            | attempt.stale
            | (set() if live else (memory.poisoned - before) & known),
            moved_parts(memory, attempt, inits, belief.moved, known),
        )
        if not new and not live and grown == belief:
            break
        inits |= new
        grown.types.update((k, turns.type_of(a)) for k, a in new.items())
        belief = grown
        memory.poisoned = set(before)
        memory.relatives = {base: set(others) for base, others in relatives.items()}
        del session.problems[count:]
    else:
        raise errors.UnsupportedStatement(
            "what this loop hands on from turn to turn cannot be followed", place
        )
    code = _finish(frame, attempt, inits, walked, place)
    frame.sentence = sentence
    return _after(frame, node, code, rest)


def _rebound(frame: Frame, node: Any, names: list[str]) -> list[str]:
    """The names that a loop binds anew: one that holds an array and is only updated holds that array ever after."""
    updated = updated_only(node.body)
    return [
        n
        for n in names
        if n not in updated or not isinstance(frame.env.get(n, UNBOUND).type, Array)
    ]


def _seen(frame: Frame, name: Any, stale: set[Any]) -> Atom:
    """What a name holds now; what nobody knows is noted as stale, and refused where it is read."""
    atom = frame.env.get(name, UNBOUND)
    if is_lost(atom):
        stale.add(name)
        return UNBOUND
    try:
        return frame.again(atom)
    except (errors.UnknownStore, errors.UnsupportedExpression):
        stale.add(name)
        return UNBOUND


def _attempt(
    frame: Frame,
    node: Any,
    walked: Walked,
    inits: dict[Any, Atom],
    belief: Belief,
    test: Any,
) -> Attempt:
    session, memory = frame.session, frame.session.memory
    env, versions, returned = dict(frame.env), dict(memory.versions), frame.returned
    known = {k: f for k in inits if (f := turns.function_of(belief.types[k])) is not None}
    carried = {k: _carry(k, belief.types[k], frame) for k in inits if k not in known}
    items = [_item(frame, walked, i) for i in range(len(walked.sources))]
    attempt = Attempt(frame, carried, items)
    attempt.known = known
    for key, function in known.items():
        frame.env[key] = function
    for key, value in carried.items():
        if not isinstance(key, Value):
            frame.env[key] = value
            memory.relate(value, inits[key])
        else:
            memory.versions[key] = value
            memory.owner[value] = key
    for one, other in belief.shared:
        if one in carried:
            memory.relate(carried[one], carried.get(other, other), inherits=False)
    memory.poisoned |= {
        k if isinstance(k, Value) else carried[k]
        for k in belief.poisoned
        if isinstance(k, Value) or k in carried
    }
    if test is not None:
        with session.block() as builder:
            asked = truth(frame, expression(frame, test))
            attempt.test = builder.block((asked,))
    with session.block() as builder:
        for key, value in carried.items():
            carry_parts(memory, builder, value, inits[key], key, belief.moved)
        relate_crossing(memory, carried, belief.moved)
        for i, (target, one) in enumerate(zip(walked.targets, items)):
            if i in walked.live:
                bind(frame, target, item(frame, frame.again(walked.live[i]), one))
                continue
            memory.relate(one, walked.sources[i])
            if isinstance(target, gast.Name):
                frame.env[target.id] = one
            else:
                bind(frame, target, one)
        attempt.code = statements(frame, node.body)
        attempt.returned = frame.returned
        for key in inits:
            attempt.next[key] = _next(frame, key, attempt.stale)
        attempt.builder = builder
    if any(may_hold(i.type) and memory.current(i) is not i for i in items):
        frame.env, memory.versions, frame.returned = env, versions, returned
        raise ItemsChange
    inner = values_in(attempt.builder) | set(items) | set(carried.values())
    attempt.written = {
        b for b, v in memory.versions.items() if v is not versions.get(b, b) and b not in inner
    }
    attempt.changed = {
        b for b in inits if isinstance(b, Value) and attempt.next[b] is not carried[b]
    }
    attempt.rebound = {
        c for c, a in env.items() if isinstance(c, Cell) and session.cells.get(c, a) is not a
    }
    frame.env, memory.versions, frame.returned = env, versions, returned
    return attempt


def _item(frame: Frame, walked: Walked, i: int) -> Value:
    """The item of a source: its position, where the array is written to while it is walked."""
    place = frame.builder.place
    if i in walked.live:
        return Value("", INT, "position", place)
    t = item_type(walked.sources[i])
    if t == INT:
        t = Scalar(int, Size((object(), 0)))
    return Value(_target_name(walked.targets[i]), t, "user", place)


def _indexed(frame: Frame, walked: Walked, attempt: Attempt) -> tuple[Walked, bool]:
    """The sources with those that the body writes to walked by position: NumPy reads each item as its turn comes."""
    memory = frame.session.memory
    live = dict(walked.live)
    sources = list(walked.sources)
    for i, source in enumerate(walked.sources):
        if i in live or not isinstance(source, Value) or not isinstance(source.type, Array):
            continue
        base = memory.base(source)
        carried = {attempt.carried[k] for k in attempt.carried if k is base}
        if (
            base in attempt.written
            or base in memory.poisoned
            or carried & memory.poisoned
            or base in attempt.changed
        ):
            live[i] = source
            sources[i] = frame.builder.op(indices, source, type=Range())
    return Walked(sources, walked.targets, walked.spelling, live), len(live) > len(walked.live)


def _shared(
    memory: Memory, attempt: Attempt, inits: dict[Any, Atom], known: set[Value]
) -> set[tuple[Any, Any]]:
    """Which carries may hold the same memory in a later turn, and which buffers from outside each may come to hold.

    Two names that are swapped never hold the same: each takes the other's place.
    """
    keys = {carry: key for key, carry in attempt.carried.items()}
    roots = {
        k: memory.base(a)
        for k, a in attempt.next.items()
        if isinstance(a, Value) and has_memory(a.type)
    }
    reaches = {k: memory.kin(attempt.next[k]) for k in roots}
    found: set[tuple[Any, Any]] = set()
    for one, other in itertools.combinations(roots, 2):
        if roots[other] in reaches[one]:
            found.add((one, other))
    outer = {k: memory.kin(a) & known for k, a in inits.items()}
    for _ in range(len(outer)):
        for key, reach in reaches.items():
            outer[key] |= reach & known
            for root in reach & set(keys):
                outer[key] |= outer[keys[root]]
    found |= {(key, base) for key in roots for base in outer[key] if base is not key}
    return found


def _next_type(before: Type, after: Type, label: Hashable, outer: set[Hashable]) -> Type:
    """The type of a carry, given what it was believed to be and what a turn leaves."""
    return of_a_turn(join_as(before, after, label), outer, label)


def _carry(key: Any, t: Type, frame: Frame) -> Value:
    name, role = (key.name, key.role) if isinstance(key, Value) else (label(key), "user")
    return Value(name, t, role, frame.builder.place)


def _target_name(target: Any) -> str:
    return target.id if isinstance(target, gast.Name) else ""


def _next(frame: Frame, key: Any, stale: set[Any]) -> Atom:
    memory = frame.session.memory
    if isinstance(key, Value):
        return memory.with_parts(memory.current(key), frame.builder)
    return _seen(frame, key, stale)


def _finish(
    frame: Frame, attempt: Attempt, inits: dict[Any, Atom], walked: Walked, place: Any
) -> Atom:
    """Write the loop, and bind what it leaves."""
    session, memory = frame.session, frame.session.memory
    codes = possible(frame, attempt.code)
    leaves = frozenset(c for c in codes if c > 0)
    returns = attempt.returned if 2 in leaves else UNBOUND
    results = {
        k: _carry(k, join_as(inits[k].type, attempt.next[k].type, object()), frame)
        for k in attempt.carried
    }
    values = [*results.values()]
    ends = [attempt.next[k] for k in attempt.carried]
    if 2 in leaves:
        exit_value = Value(session.result_name, returns.type, "user", place)
        values.append(exit_value)
        ends.append(returns)
        memory.relate(exit_value, returns)
        frame.returned = exit_value
    code = Value("", INT, "code", place)
    session.codes[code] = leaves | {0}
    values.append(code)
    ends.append(attempt.code)
    for value in values:
        value.cut = session.cut if value.role != "code" else None
    body = Block(
        (*attempt.items, *attempt.carried.values()), tuple(attempt.builder.statements), tuple(ends)
    )
    spelling = walked.spelling
    frame.builder.add(
        Loop(
            tuple(walked.sources),
            tuple(inits[k] for k in attempt.carried),
            attempt.test,
            body,
            tuple(values),
            count=Value("", INT, "count", place),
            place=place,
            spelling=spelling,
            answers=frame.builder.answers,
        )
    )
    lasting = _lasting_views(memory, attempt, inits)
    for key, function in attempt.known.items():
        frame.env[key] = function
    for key, result in sorted(results.items(), key=lambda pair: may_hold(pair[1].type)):
        sides = [attempt.carried[key], attempt.next[key]]
        if not isinstance(key, Value):
            frame.env[key] = result
            if key in lasting:
                continue
            memory.relate(result, inits[key])
            memory.relate(result, attempt.next[key])
            if key in attempt.stale:
                memory.poisoned.add(result)
            for item_, source in zip(attempt.items, walked.sources):
                following = attempt.next[key]
                if isinstance(following, Value) and memory.base(following) is item_:
                    memory.relate(result, source)
        else:
            memory.change(key, result)
        join_parts(memory, frame.builder, result, sides)
    for name, (of, path) in lasting.items():
        memory.view(results[name], of, path)
    return code if leaves else FALL


def _lasting_views(
    memory: Memory, attempt: Attempt, inits: dict[Any, Atom]
) -> dict[Any, tuple[Value, Path]]:
    """The names that are bound to the same view of a buffer from outside in every turn, and before if at all."""
    inner = values_in(attempt.builder) | set(attempt.items) | set(attempt.carried.values())
    found: dict[Any, tuple[Value, Path]] = {}
    for key, following in attempt.next.items():
        if isinstance(key, Value) or not isinstance(following.type, Array) or key in attempt.stale:
            continue
        if not isinstance(following, Value):
            continue
        base, path = memory.place_of(following)
        atoms = [a for step in path for a in (step.atoms if isinstance(step, Step) else (step,))]
        if base in inner or inner.intersection(atoms):
            continue
        init = inits[key]
        if init is UNBOUND or isinstance(init, Value) and memory.place_of(init) == (base, path):
            found[key] = base, path
    return found


def _after(frame: Frame, node: Any, code: Atom, rest: Sequence[Any]) -> Atom:
    """The `else` of the loop, and what follows it."""
    if not node.orelse:
        codes = possible(frame, code)
        if 2 not in codes:
            return statements(frame, rest)
        left = frame.builder.op(operator.eq, code, constant(2), role="code")
        return branch(
            frame,
            left,
            lambda: constant(2),
            lambda: statements(frame, rest),
            frame.builder.place,
            "guard",
        )
    if code is FALL:
        return statements(frame, [*node.orelse, *rest])
    falls = frame.builder.op(operator.eq, code, constant(0), role="code")

    def broken() -> Atom:
        if possible(frame, code) == {0, 1}:
            return FALL
        left = frame.builder.op(operator.eq, code, constant(2), role="code")
        return branch(frame, left, lambda: constant(2), lambda: FALL, frame.builder.place, "guard")

    after = branch(
        frame, falls, lambda: statements(frame, node.orelse), broken, frame.builder.place, "else"
    )
    return guard(frame, after, rest)
