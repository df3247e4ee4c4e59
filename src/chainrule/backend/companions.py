"""The functions that stand beside an adjoint: the forward and backward parts of what it calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.backend.emit import Text
from chainrule.ir.form import Function
from chainrule.ir.rewrite import with_body
from chainrule.ir.routine import Half, routines_in


def companions(adjoint: Function) -> list[Half]:
    """The parts that an adjoint comes to call, each with a name that nothing else in the text has."""
    found: dict[Half, None] = {}
    waiting = [adjoint]
    taken = {*adjoint.facts["names"], *adjoint.facts.get("beside", ()), adjoint.name}
    while waiting:
        form = waiting.pop()
        taken |= form.facts["names"]
        halves = [r for r in routines_in(form) if isinstance(r, Half) and r not in found]
        for half in halves:
            for one in (half.pair.forward, half.pair.backward):
                if one is half or one in halves:
                    found.setdefault(one)
        waiting += [half.form for half in reversed(halves)]
    for half in found:
        half.called = _free(half.name, taken)
        taken.add(half.called)
    return list(found)


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
    imports = {name: thing for text in (*texts, main) for name, thing in text.imports.items()}
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
    for half in companions(adjoint):
        form = with_body(half.form, half.form.body)
        form.name = half.called
        form.facts["names"] = half.form.facts["names"] | adjoint.facts.get("avoid", frozenset())
        texts.append(write(form, False))
    return together(texts, write(adjoint, True))
