"""The functions that stand beside an adjoint: the forward and backward parts of what it calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.backend.emit import Text
from chainrule.ir.form import Function, Leaf
from chainrule.ir.rewrite import with_body
from chainrule.ir.routine import Callee, Half, Routine, routines_in


def companions(adjoint: Function) -> list[Routine]:
    """The parts that an adjoint comes to call, and nested functions, each with a name that nothing else in the text has."""
    found: dict[Routine, None] = {}
    waiting = [adjoint]
    taken = {*adjoint.facts["names"], *adjoint.facts.get("beside", ()), adjoint.name}
    while waiting:
        form = waiting.pop()
        taken |= form.facts["names"]
        called = [r for r in routines_in(form) if r not in found and _has_text(r)]
        for one in called:
            for routine in (
                (one.pair.forward, one.pair.backward) if isinstance(one, Half) else (one,)
            ):
                if routine in called:
                    found.setdefault(routine)
        waiting += [one.form for one in reversed(called)]
    for routine in found:
        routine.called = _free(routine.name, taken)
        taken.add(routine.called)
    return list(found)


def _has_text(routine: Routine) -> bool:
    """Whether a routine stands in the text: one of the user's module has its name there already."""
    return isinstance(routine, Half) or isinstance(routine, Callee) and routine.is_local


def _free(base: str, taken: set[str]) -> str:
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}{count}"
    return name


def together(texts: Sequence[Text], main: Text) -> Text:
    """One text of several functions, the main one last."""
    if not texts:
        return main
    imports: dict[str, Any] = {}
    for text in (*texts, main):
        for name, thing in text.imports.items():
            known = imports.setdefault(name, thing)
            both_read = isinstance(known, Leaf) and isinstance(thing, Leaf)
            assert known is thing or both_read, f"{name} means two things"
    body = "\n\n".join(text.body for text in (*texts, main))
    return Text(main.name, body, imports, main.guards, tuple(text.name for text in texts))


def with_companions(adjoint: Function, write: Callable[[Function, bool], Text]) -> Text:
    """The text of an adjoint below those of its companions.

    Parameters
    ----------
    write
        Writes the text of one function; the flag says whether it is the adjoint itself.
    """
    texts = []
    for routine in companions(adjoint):
        form = with_body(routine.form, routine.form.body)
        form.name = routine.called
        form.facts.setdefault("half", "whole")
        form.facts["names"] = routine.form.facts["names"] | adjoint.facts.get("avoid", frozenset())
        texts.append(write(form, False))
    return together(texts, write(adjoint, True))
