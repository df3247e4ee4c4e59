"""What is asked: names, positions and paths, turned into the values of a form."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from types import EllipsisType
from typing import Any, NamedTuple, TypeAlias

from chainrule import errors
from chainrule.autodiff.reverse import Asked
from chainrule.ir.form import MISSING, Function, Leaf, Value
from chainrule.ir.rewrite import with_body
from chainrule.ir.types import UNKNOWN, Opaque, Scalar, Struct, Type, Uniform, differentiable, show

Wrt: TypeAlias = int | str | EllipsisType | Sequence[int | str] | None
Step = tuple[str, Any]


class Path(NamedTuple):
    """A parameter, and the steps from it to a part of it."""

    root: str
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return self.root + "".join(f".{k}" if kind == "attribute" else f"[{k!r}]" for kind, k in self.steps)


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
        first = next((n for n in names if n not in ("self", "cls")), None)
        if first is None:
            raise errors.UnknownArgument("the function has no parameter to differentiate", help=["name one: wrt=…"])
        return Request((Path(first),), True)
    if wrt is ...:
        return Request(tuple(Path(n) for n in names if n not in ("self", "cls")), False, True)
    if isinstance(wrt, (int, str)) and not isinstance(wrt, bool):
        return Request((_path(wrt, names, hidden),), True)
    if isinstance(wrt, Sequence) and wrt and not isinstance(wrt, (bytes, str)):
        return Request(tuple(_path(w, names, hidden) for w in wrt), False)
    raise errors.UnknownArgument(f"wrt={wrt!r} names nothing", help=["a name, a position, a path, a tuple of these, or ..."])


def _path(wrt: Any, names: list[str], hidden: Sequence[str]) -> Path:
    if isinstance(wrt, int) and not isinstance(wrt, bool):
        if not -len(names) <= wrt < len(names):
            raise errors.UnknownArgument(f"there is no parameter {wrt}: the function has {len(names)}")
        return Path(names[wrt])
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
        raise errors.UnknownArgument(f"{text!r} is no path", help=["""write it as in Python: 'params["head"]'"""]) from None
    steps: list[Step] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.append(("attribute", node.attr))
        elif isinstance(node, ast.Subscript):
            try:
                steps.append(("item", ast.literal_eval(node.slice)))
            except ValueError:
                raise errors.UnknownArgument(f"{text!r}: an index of a path is a constant") from None
        else:
            raise errors.UnknownArgument(f"{text!r} is no path")
        node = node.value
    return Path(node.id, tuple(reversed(steps)))


def asked(function: Function, wanted: Request, examples: dict[str, Any]) -> tuple[Function, tuple[Asked, ...]]:
    """The values of a form that a request asks for, and the form with leaves for those it never reads.

    Raises
    ------
    errors.NotDifferentiable
        If what is asked cannot have a gradient.
    """
    finder = _Finder(function, examples)
    found = []
    for path in wanted.paths:
        one = finder.find(path)
        if one.value is None and one.kind is None and not wanted.every:
            raise _refusal(path, finder.type_at(path), finder.example(path))
        found.append(one)
    extended = with_body(function, function.body)
    extended.leaves = tuple(finder.leaves.values())
    return extended, tuple(found)


def _refusal(path: Path, t: Type, example: Any) -> errors.NotDifferentiable:
    if isinstance(t, Scalar) and t.kind is int:
        shown = "" if example is MISSING else f": write {float(example)!r} for {example!r}"
        return errors.NotDifferentiable(f"{path} is an int, which has no gradient{shown}")
    if getattr(getattr(t, "dtype", None), "kind", "") in "iu":
        return errors.NotDifferentiable(f"{path} is an integer array ({show(t)}): write {path}.astype(float)")
    return errors.NotDifferentiable(f"{path} is a {show(t)}, which has no gradient", help=["name another: wrt=…"])


class _Finder:
    def __init__(self, function: Function, examples: dict[str, Any]) -> None:
        self.examples = examples
        self.params = {p.value.name: p.value for p in function.params}
        self.leaves = {(leaf.root, leaf.path): leaf for leaf in function.leaves}

    def example(self, path: Path) -> Any:
        thing = self.examples.get(path.root, MISSING)
        for kind, key in path.steps:
            if thing is MISSING:
                return MISSING
            thing = getattr(thing, key, MISSING) if kind == "attribute" else thing[key]
        return thing

    def type_at(self, path: Path) -> Type:
        if (path.root, path.steps) in self.leaves:
            return self.leaves[path.root, path.steps].value.type
        t = self.params[path.root].type
        for i, (kind, key) in enumerate(path.steps):
            inner = Path(path.root, path.steps[: i + 1])
            if isinstance(t, Struct):
                t = self._part(t, kind, key, inner)
            elif self.example(inner) is not MISSING:
                from chainrule.frontend.frame import type_of_value

                t = type_of_value(self.example(inner), str(inner))
            else:
                t = UNKNOWN
        return t

    def _part(self, t: Struct, kind: str, key: Any, path: Path) -> Type:
        if kind == "attribute" and hasattr(t.kind, "_fields") and key in t.kind._fields:
            key = t.kind._fields.index(key)
        if key not in t.keys:
            raise errors.UnknownArgument(f"there is no {path}", help=[f"there are {', '.join(map(repr, t.keys))}"])
        return t.part(key)

    def find(self, path: Path) -> Asked:
        t = self.type_at(path)
        if isinstance(t, Struct):
            keys = getattr(t.kind, "_fields", t.keys)
            kind = "item" if t.kind in (tuple, list, dict) else "attribute"
            parts = tuple(self.find(Path(path.root, (*path.steps, (kind, k)))) for k in keys)
            return Asked(self._value(path, t, False), t.kind, t.keys, parts)
        if isinstance(t, Opaque | Uniform) and not differentiable(t) or not differentiable(t):
            return Asked(None)
        return Asked(self._value(path, t, True))

    def _value(self, path: Path, t: Type, make: bool) -> Value | None:
        if not path.steps:
            return self.params[path.root]
        at = (path.root, path.steps)
        if at not in self.leaves:
            if not make:
                return None
            last = str(path.steps[-1][1])
            name = last if last.isidentifier() else f"{path.root}_{last}"
            value = Value(name if name.isidentifier() else path.root, t, "user")
            self.leaves[at] = Leaf(value, path.root, path.steps)
        return self.leaves[at].value
