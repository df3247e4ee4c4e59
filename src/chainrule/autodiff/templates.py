"""What a rule gave for some types is what it gives for them again: its text is lowered once for each kind of call.

A template is the statements that a rule came to, and what it returned, for operands of certain types. To use it is to
write them again with other operands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from chainrule.ir.form import MISSING, Atom, Op, Value

Key: TypeAlias = tuple[Any, ...]

MOST = 4096
"""How many templates are kept."""


class Template(NamedTuple):
    operands: tuple[Atom, ...]
    ops: tuple[Op, ...]
    items: tuple[Atom | None, ...]


_templates: dict[Key, Template] = {}


def key_of(
    rule: Callable[..., Any], operands: Sequence[Atom], names: Sequence[str], held: Any
) -> Key | None:
    """All that a rule can ask of its operands; None if that cannot be said in short, or the rule is a user's."""
    if not rule.__module__.startswith("chainrule.rules."):
        return None
    parts = []
    for atom in operands:
        if atom.parts is not None:
            return None
        known = atom.known
        parts.append(
            (
                type(atom),
                atom.type,
                type(known),
                None if known is MISSING else repr(known) if isinstance(known, float) else known,
                atom in held,
            )
        )
    same = tuple(next(i for i, b in enumerate(operands) if b is a) for a in operands)
    key = (rule, len(operands), tuple(names), tuple(parts), same)
    try:
        hash(key)
    except TypeError:
        return None
    return key


def find(key: Key | None) -> Template | None:
    return _templates.get(key) if key is not None else None


def keep(
    key: Key | None,
    operands: Sequence[Atom],
    statements: Sequence[Any],
    items: Sequence[Atom | None],
) -> None:
    """Keep what a rule came to, apart from what becomes of it now."""
    if key is None or not all(isinstance(s, Op) for s in statements):
        return
    if len(_templates) >= MOST:
        _templates.clear()
    # The operands know their places, and so the user's function: what is kept here must not keep it alive.
    given: dict[Atom, Atom] = {}
    for atom in operands:
        if isinstance(atom, Value):
            given[atom] = Value("", atom.type, "temporary", None, atom.known)
    ops, mapped = copies(statements, given, None, None)
    kept = tuple(given.get(a, a) for a in operands)
    _templates[key] = Template(kept, tuple(ops), tuple(_of(i, mapped) for i in items))


def write(
    template: Template, operands: Sequence[Atom], place: Any, answers: Any
) -> tuple[list[Op], list[Atom | None]]:
    """The statements of a template, and what it returns, for other operands."""
    given = dict(zip(template.operands, operands))
    ops, mapped = copies(template.ops, given, place, answers)
    return ops, [_of(i, mapped) for i in template.items]


def copies(
    ops: Sequence[Op], given: dict[Atom, Atom], place: Any, answers: Any
) -> tuple[list[Op], dict[Atom, Atom]]:
    mapped = dict(given)
    made = []
    for op in ops:
        args = tuple([mapped.get(a, a) for a in op.args])
        kwargs = tuple([(k, mapped.get(a, a)) for k, a in op.kwargs]) if op.kwargs else ()
        results = tuple([_copy(v, mapped, place) for v in op.results])
        made.append(Op(results, op.function, args, kwargs, place, op.spelling, answers))
    return made, mapped


def _copy(value: Value, mapped: dict[Atom, Atom], place: Any) -> Value:
    new = Value("", value.type, "temporary", place, value.known)
    if value.parts is not None:
        new.parts = tuple([mapped.get(p, p) for p in value.parts])
    mapped[value] = new
    return new


def _of(item: Atom | None, mapped: dict[Atom, Atom]) -> Atom | None:
    return None if item is None else mapped.get(item, item)
