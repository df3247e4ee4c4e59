"""The values of a form that a request asks for."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule import errors
from chainrule.autodiff.options import OPEN, Asked
from chainrule.ir.form import MISSING, Function, Leaf, Value
from chainrule.ir.rewrite import with_body
from chainrule.ir.types import (
    UNKNOWN,
    Array,
    NumPyScalar,
    Opaque,
    Scalar,
    Struct,
    Type,
    Uniform,
    differentiable,
    field_names,
    is_object,
    show,
)
from chainrule.trees import has_gradient
from chainrule.wrt import Path, Request


def asked(
    function: Function,
    wanted: Request,
    examples: dict[str, Any],
    instance: Mapping[str, Type] = types.MappingProxyType({}),
) -> tuple[Function, tuple[Asked, ...]]:
    """The values of a form that a request asks for, and the form with leaves for the unread ones.

    Parameters
    ----------
    instance
        What ``self`` is where the form does not say it.

    Raises
    ------
    errors.NotDifferentiable
        If what is asked cannot have a gradient.
    """
    finder = _Finder(function, examples, instance)
    found = []
    for path in wanted.paths:
        one = finder.find(path)
        if one.value is None and one.kind is None and not wanted.every:
            raise _refusal(path, finder.type_at(path), finder.example(path))
        found.append(one._replace(above=finder.above(path)))
    extended = with_body(function, function.body)
    extended.leaves = tuple(finder.leaves.values())
    return extended, tuple(found)


def _refusal(path: Path, t: Type, example: Any) -> errors.NotDifferentiable:
    if is_odd(example):
        what = (
            type(example).__name__
            if type(example) is not np.ndarray
            else f"array of dtype {example.dtype}"
        )
        return errors.NotDifferentiable(
            f"{path} is {article(what)}, which is not understood",
            help=[f"pass np.asarray({path}, dtype=float)"],
        )
    if isinstance(t, Scalar) and t.kind is int:
        shown = "" if example is MISSING else f": write {float(example)!r} for {example!r}"
        return errors.NotDifferentiable(
            f"{path} is an int, which has no gradient{shown}", help=["pass a float"]
        )
    if isinstance(t, NumPyScalar) and t.dtype.kind in "iu":
        return errors.NotDifferentiable(
            f"{path} is {article(show(t))}, which has no gradient: write float({path})"
        )
    if isinstance(t, Array) and t.dtype is not None and t.dtype.kind in "iu":
        return errors.NotDifferentiable(
            f"{path} is an integer array ({show(t)}): write {path}.astype(float)"
        )
    held = getattr(example, "__dict__", {})
    inner = next((name for name in held if has_gradient(held[name])), None)
    other = "another: wrt=…" if inner is None else f"an attribute of it: wrt='{path}.{inner}'"
    return errors.NotDifferentiable(
        f"{path} is {article(show(t))}, which has no gradient", help=[f"name {other}"]
    )


def is_odd(example: Any) -> bool:
    """Whether an argument is an array of a kind whose arithmetic is not NumPy's own, or complex."""
    if isinstance(example, (np.ndarray, np.generic)) and example.dtype.kind in "cOV":
        return True
    return (
        isinstance(example, np.ndarray)
        and type(example) is not np.ndarray
        or isinstance(example, complex)
    )


def article(what: str) -> str:
    """``an int``, ``a float``."""
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


def part_of(bound: Mapping[str, Any], path: Path) -> Any:
    """What stands at a path in a call, MISSING where there is nothing."""
    try:
        thing = bound[path.root]
        for kind, key in path.steps:
            thing = getattr(thing, key) if kind == "attribute" else thing[key]
    except (AttributeError, LookupError, TypeError):
        return MISSING
    return thing


def fields_held(t: Struct) -> tuple[Any, ...]:
    """The keys of a container; of a dataclass instance those that are fields."""
    if not hasattr(t.kind, "__dataclass_fields__"):
        return t.keys
    return tuple(k for k in t.keys if k in field_names(t.kind))


class _Finder:
    def __init__(
        self, function: Function, examples: dict[str, Any], instance: Mapping[str, Type]
    ) -> None:
        self.examples, self.instance = examples, instance
        self.params = {p.value.name: p.value for p in function.params}
        self.leaves = {(leaf.root, leaf.path): leaf for leaf in function.leaves}

    def example(self, path: Path) -> Any:
        return part_of(self.examples, path)

    def is_missing(self, path: Path) -> bool:
        """Whether a call is known, and its arguments have no such part."""
        return path.root in self.examples and self.example(path) is MISSING

    def type_at(self, path: Path) -> Type:
        if (path.root, path.steps) in self.leaves:
            return self.leaves[path.root, path.steps].value.type
        t = self.params[path.root].type
        if t == UNKNOWN and not path.steps:
            return self.instance.get(path.root, t)
        for i, (kind, key) in enumerate(path.steps):
            inner = Path(path.root, path.steps[: i + 1])
            if isinstance(t, Struct) and (key in t.keys or not is_object(t)):
                t = self._part(t, kind, key, inner)
            elif isinstance(t, Scalar | NumPyScalar | Array):
                raise errors.UnknownArgument(
                    f"{inner} is no argument or part of one, but what is computed from one",
                    help=[f"name the whole: wrt={str(Path(path.root, path.steps[:i]))!r}"],
                )
            elif self.is_missing(inner):
                raise errors.UnknownArgument(
                    f"there is no {inner}", help=[f"wrt={str(Path(path.root, path.steps[:i]))!r}"]
                )
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
            raise errors.UnknownArgument(
                f"there is no {path}", help=[f"there are {', '.join(map(repr, t.keys))}"]
            )
        return t.part(key)

    def canonical(self, path: Path) -> Path:
        """The path as the form spells it: a field of a namedtuple by its name."""
        steps: tuple[Any, ...] = ()
        for kind, key in path.steps:
            t = self.type_at(Path(path.root, steps))
            fields = getattr(t.kind, "_fields", ()) if isinstance(t, Struct) else ()
            if kind == "item" and fields and key in range(len(fields)):
                kind, key = "attribute", fields[key]
            steps = (*steps, (kind, key))
        return Path(path.root, steps)

    def find(self, path: Path) -> Asked:
        path = self.canonical(path)
        t = self.type_at(path)
        if is_odd(self.example(path)):
            raise _refusal(path, t, self.example(path))
        if is_object(t):
            return Asked(None)
        if isinstance(t, Struct):
            own = fields_held(t)
            keys = getattr(t.kind, "_fields", own)
            kind = "item" if t.kind in (tuple, list, dict) else "attribute"
            parts = tuple(self.find(Path(path.root, (*path.steps, (kind, k)))) for k in keys)
            return Asked(self._value(path, t, False), t.kind, own, parts)
        if isinstance(t, Opaque | Uniform) and not differentiable(t) or not differentiable(t):
            return Asked(None)
        if t == UNKNOWN:
            return self._open(path, t)
        return Asked(self._value(path, t, True))

    def above(self, path: Path) -> tuple[tuple[Value, tuple[Any, ...]], ...]:
        """The containers around a part that the function may read whole, such as a list that it loops over."""
        path = self.canonical(path)
        found = []
        for depth in range(len(path.steps)):
            t = self.type_at(Path(path.root, path.steps[:depth]))
            at = (path.root, path.steps[:depth])
            value = self.leaves[at].value if at in self.leaves else None
            value = self.params[path.root] if not depth else value
            if value is not None and isinstance(t, Struct):
                found.append((value, self._keys(path, depth)))
        return tuple(found)

    def _keys(self, path: Path, depth: int) -> tuple[Any, ...]:
        """The keys of the types from a container on the way down to the end of a path."""
        keys = []
        for i in range(depth, len(path.steps)):
            t = self.type_at(Path(path.root, path.steps[:i]))
            fields = getattr(t.kind, "_fields", ()) if isinstance(t, Struct) else ()
            key = path.steps[i][1]
            keys.append(fields.index(key) if key in fields else key)
        return tuple(keys)

    def _open(self, path: Path, t: Type) -> Asked:
        """A value of which nothing is known, but that parts of it are read."""
        depth = len(path.steps)
        below = [
            leaf
            for leaf in self.leaves.values()
            if leaf.root == path.root and leaf.path[:depth] == path.steps and len(leaf.path) > depth
        ]
        keys = tuple(leaf.path[depth:] for leaf in below)
        value = self._value(path, t, True)
        return Asked(
            value, OPEN if below else None, keys, tuple(Asked(leaf.value) for leaf in below)
        )

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
