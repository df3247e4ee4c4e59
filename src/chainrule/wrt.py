"""What is asked: names, positions and paths of parameters."""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from chainrule.lazily import Lazily

if TYPE_CHECKING:
    from chainrule import errors
else:
    errors = Lazily("errors")

Wrt: TypeAlias = int | str | EllipsisType | Sequence[int | str] | None
Step = tuple[str, Any]


class Path(NamedTuple):
    """A parameter, and the steps from it to a part of it."""

    root: str
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return self.root + "".join(
            f".{k}" if kind == "attribute" else f"[{k!r}]" for kind, k in self.steps
        )


class Request(NamedTuple):
    """The paths that are asked; ``bare`` for one gradient rather than a tuple, ``every`` for whatever can have one."""

    paths: tuple[Path, ...]
    bare: bool
    every: bool = False


def request(wrt: Wrt, signature: inspect.Signature, hidden: Sequence[str] = ()) -> Request:
    """The paths that a `wrt` names, of a callable with this signature.

    Parameters
    ----------
    hidden
        Parameters of the function behind the callable that the signature lacks, such as a bound ``self``.

    Raises
    ------
    errors.UnknownArgument
        If a name or position is none of the callable's.
    """
    names = list(signature.parameters)
    if wrt is None:
        first = next((i for i, n in enumerate(names) if n not in ("self", "cls")), None)
        if first is None:
            raise errors.UnknownArgument(
                "the function has no parameter to differentiate", help=["name one: wrt=…"]
            )
        return Request((_at(first, signature),), True)
    if wrt is ...:
        return Request(tuple(map(Path, names)), False, True)
    if isinstance(wrt, str) or position_of(wrt) is not None:
        return Request((_path(wrt, signature, hidden),), True)
    if isinstance(wrt, Sequence) and wrt and not isinstance(wrt, (bytes, str)):
        return Request(tuple(_path(w, signature, hidden) for w in wrt), False)
    raise errors.UnknownArgument(
        f"wrt={wrt!r} names nothing", help=["a name, a position, a path, a tuple of these, or ..."]
    )


def _at(position: int, signature: inspect.Signature) -> Path:
    """What stands at a position of a call: from `*args` on, one of these."""
    parameters = list(signature.parameters.values())
    for i, p in enumerate(parameters):
        if p.kind is p.VAR_POSITIONAL and position >= i:
            return Path(p.name, (("item", position - i),))
    if not -len(parameters) <= position < len(parameters):
        raise errors.UnknownArgument(
            f"there is no parameter {position}: the function has {len(parameters)}"
        )
    return Path(parameters[position].name)


def position_of(wrt: Any) -> int | None:
    """An integer of any kind as one of Python's, None for anything else."""
    try:
        return None if isinstance(wrt, bool) else operator.index(wrt)
    except TypeError:
        return None


def positions(argnums: Any) -> int | tuple[int, ...]:
    """What ``argnums`` says: a position, or a sequence of them.

    Raises
    ------
    errors.UnknownArgument
        If it says anything else.
    """
    at = position_of(argnums)
    if at is not None:
        return at
    every = (
        argnums
        if isinstance(argnums, Sequence) and not isinstance(argnums, (str, bytes))
        else [None]
    )
    found = [at for at in map(position_of, every) if at is not None]
    if len(found) < len(every):
        raise errors.UnknownArgument(
            f"argnums={argnums!r} is no position: positions are integers",
            help=[f"names, paths and ... go by wrt={argnums!r}"],
        )
    return tuple(found)


def _path(wrt: Any, signature: inspect.Signature, hidden: Sequence[str]) -> Path:
    names = list(signature.parameters)
    at = position_of(wrt)
    if at is not None:
        return _at(at, signature)
    if not isinstance(wrt, str):
        raise errors.UnknownArgument(f"wrt={wrt!r} is no name, position or path")
    path = _parsed(wrt)
    if path.root not in names and path.root not in hidden:
        raise errors.UnknownArgument(
            f"there is no parameter {path.root}", help=[f"the parameters are {', '.join(names)}"]
        )
    return path


def _parsed(text: str) -> Path:
    try:
        node: Any = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise errors.UnknownArgument(
            f"{text!r} is no path", help=["""write it as in Python: 'params["head"]'"""]
        ) from None
    steps: list[Step] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.append(("attribute", node.attr))
        elif isinstance(node, ast.Subscript):
            try:
                steps.append(("item", ast.literal_eval(node.slice)))
            except ValueError:
                raise errors.UnknownArgument(
                    f"{text!r}: an index of a path is a constant"
                ) from None
        else:
            raise errors.UnknownArgument(f"{text!r} is no path")
        node = node.value
    return Path(node.id, tuple(reversed(steps)))
