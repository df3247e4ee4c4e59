"""The module that `build` writes: adjoints with all that they need, chainrule left out."""

from __future__ import annotations

import ast
import builtins
import dis
import textwrap
import types
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from chainrule import errors
from chainrule.analysis.builder import is_literal
from chainrule.backend.emit import Text
from chainrule.backend.head import imports
from chainrule.backend.namespace import Namespace, Need, is_ours
from chainrule.frontend import source
from chainrule.ir.form import MISSING, Function, Leaf, operands, walk


class Part(NamedTuple):
    """One adjoint of a module: its form, the function it belongs to, and what writes its text."""

    adjoint: Function
    primal: Any  # a FunctionType, which as a field would be bound
    write: Callable[[Function], Text]


def build(parts: Sequence[Part], command: str) -> str:
    """The text of a module with these adjoints.

    Parameters
    ----------
    command
        What makes it again.

    Raises
    ------
    errors.CannotBuild
        If an adjoint needs what no text can hold: an array, a global that is rebound, a variable
        of a closure, a class.
    """
    texts = _written(parts)
    namespace = Namespace(name for text in texts for name in (text.name, *text.companions))
    for part in parts:
        _check_defaults(part)
    namespace.fill(
        [
            Need(name, thing, part.primal, _place(part, thing))
            for part, text in zip(parts, texts)
            for name, thing in text.imports.items()
        ]
    )
    above = [
        f'# Made by chainrule. To make it again:\n#\n#     {command}\n"""{_title(parts)}"""',
        imports(namespace.imports.values()).rstrip(),
        "\n".join(namespace.assignments()),
    ]
    blocks = ["\n\n".join(block for block in above if block)]
    blocks += ["\n".join(lines) for lines in namespace.functions()]
    blocks += [text.body.rstrip() for text in texts]
    made = "\n\n\n".join(blocks) + "\n"
    _check_names(made)
    return made


def _title(parts: Sequence[Part]) -> str:
    names = [part.adjoint.name.removesuffix("_adjoint") for part in parts]
    if len(names) == 1:
        return f"The derivative of {names[0]}."
    text = f"Derivatives of {', '.join(names[:-1])} and {names[-1]}."
    return text if len(text) < 80 else "\n".join([*textwrap.wrap(text, 80), ""])


def _written(parts: Sequence[Part]) -> list[Text]:
    """The texts, in which no name of ours is one that another text has for something else."""
    names = [part.adjoint.name for part in parts]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise errors.CannotBuild(
            f"two derivatives would be called {twice}",
            help=["build them into two files, or name the functions apart"],
        )
    _avoid(parts, set(names))
    texts = _written_apart(parts)
    own = {n for text in texts for n, thing in text.imports.items() if is_ours(thing)}
    theirs = {n for text in texts for n, thing in text.imports.items() if not is_ours(thing)}
    if not own & theirs:
        return texts
    _avoid(parts, own & theirs)
    return _written_apart(parts)


def _written_apart(parts: Sequence[Part]) -> list[Text]:
    """The texts, in which the functions beside an adjoint are called otherwise than those beside the ones before."""
    texts: list[Text] = []
    for part in parts:
        part.adjoint.facts["beside"] = {name for text in texts for name in text.companions}
        texts.append(part.write(part.adjoint))
    return texts


def _avoid(parts: Sequence[Part], names: set[str]) -> None:
    for part in parts:
        part.adjoint.facts["names"] = frozenset(part.adjoint.facts["names"] | names)
        part.adjoint.facts["avoid"] = frozenset({*part.adjoint.facts.get("avoid", ()), *names})


def _place(part: Part, thing: Any) -> Any:
    """Where an adjoint's function reads something, or else where it begins."""
    if isinstance(thing, Leaf):
        for s in walk(part.adjoint.body):
            if thing.value in operands(s) and s.place is not None:
                return s.place
    found = source.find(part.primal)
    return found.place(found.node)


def _check_defaults(part: Part) -> None:
    for p in part.adjoint.params:
        if p.default is not MISSING and not is_literal(p.default):
            raise errors.CannotBuild(
                f"the default of {p.value.name} is a {type(p.default).__name__}, which has no text",
                _place(part, None),
                help=["give it no default, or None and replace that in the function"],
            )


def _check_names(text: str) -> None:
    """A module that lacks a name would be our fault: it must not be written."""
    bound = set(vars(builtins))
    for s in ast.parse(text).body:
        if isinstance(s, ast.Import | ast.ImportFrom):
            bound.update(a.asname or a.name.partition(".")[0] for a in s.names)
        elif isinstance(s, ast.FunctionDef):
            bound.add(s.name)
        elif isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name):
            bound.add(s.targets[0].id)
    waiting = [compile(text, "<built>", "exec")]
    while waiting:
        code = waiting.pop()
        missing = [
            i.argval
            for i in dis.get_instructions(code)
            if i.opname == "LOAD_GLOBAL" and i.argval not in bound
        ]
        assert not missing, f"the module lacks {missing[0]}"
        waiting += [c for c in code.co_consts if isinstance(c, types.CodeType)]
