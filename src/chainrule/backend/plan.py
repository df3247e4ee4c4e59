"""What is left of a form: enough to run its text, and to know whether it is still the right one."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule.backend.keys import Key, key_of

if TYPE_CHECKING:
    from chainrule.ir.form import Function

GONE: Any = object()


class Dependency:
    """A name that must still mean the same function, class or module, with the same code.

    ``place`` is where the name is looked up: globals, a closure cell, a module, or a class.
    """

    __slots__ = ("code", "name", "place", "thing")

    def __init__(self, place: Any, name: str, thing: Any, code: types.CodeType | None) -> None:
        self.place, self.name, self.thing, self.code = place, name, thing, code

    def holds(self) -> bool:
        now = look_up(self.place, self.name)
        return now is self.thing and code_of(now) is self.code


class Outside:
    """Data whose type no key of a call tells: a global, a captured variable, an attribute.

    ``place`` is where ``root`` is looked up, as for a `Dependency`; None if it is a parameter.
    """

    __slots__ = ("key", "path", "place", "root")

    def __init__(self, place: Any, root: str, path: tuple[tuple[str, Any], ...], key: Key) -> None:
        self.place, self.root, self.path, self.key = place, root, path, key

    def holds(self, bound: Mapping[str, Any]) -> bool:
        return bool(self.key_now(bound) == self.key)

    def thing(self, bound: Mapping[str, Any]) -> Any:
        """What is there, `GONE` if nothing is."""
        try:
            thing = bound[self.root] if self.place is None else look_up(self.place, self.root)
            for kind, name in self.path:
                thing = step(thing, kind, name)
        except (AttributeError, LookupError, TypeError):
            return GONE
        return thing

    def key_now(self, bound: Mapping[str, Any]) -> Key:
        """The key of what is there, `GONE` if nothing is."""
        thing = self.thing(bound)
        return GONE if thing is GONE else key_of(thing)


def step(thing: Any, kind: str, name: Any) -> Any:
    """What one step of a path leads to; ``own`` to what an object itself holds, whatever its class has."""
    if kind == "own":
        return thing.__dict__.get(name)
    return getattr(thing, name) if kind == "attribute" else thing[name]


class Plan:
    """A derivative for one key of types, without its form.

    Attributes
    ----------
    name, text
        The generated function. Its docstring and its guard, if any, stand before the body.
    guards
        How many statements at the beginning of the text test its types.
    seed
        The name of the parameter that takes the seed, if there is one.
    imports
        What names of the text stand for, beside the user's globals.
    depends, outside
        What must hold beside the key.
    companions
        The names of the functions that the text has beside the one that runs.
    inlined
        The functions of the user's whose text went into this one.
    sources
        The files that it was made from and how they were then, if it was read from disk.
    """

    __slots__ = (
        "companions",
        "depends",
        "guards",
        "imports",
        "inlined",
        "name",
        "outside",
        "seed",
        "sources",
        "text",
    )

    def __init__(
        self,
        name: str,
        text: str,
        guards: int,
        seed: str,
        imports: Mapping[str, Any],
        depends: tuple[Dependency, ...],
        outside: tuple[Outside, ...],
        inlined: tuple[types.FunctionType, ...] = (),
        companions: tuple[str, ...] = (),
    ) -> None:
        self.name, self.text, self.guards, self.seed = name, text, guards, seed
        self.imports, self.depends, self.outside, self.inlined = imports, depends, outside, inlined
        self.companions = companions
        self.sources: tuple[tuple[str, tuple[int, int]], ...] = ()

    @property
    def apart(self) -> list[tuple[str, str]]:
        """The arguments that must not overlap, as the text says below its guard."""
        found = []
        for line in self.text.splitlines():
            if line.startswith('    apart("'):
                x, _, y = line.split('"')[1].partition(" and ")
                found.append((x, y))
        return found

    def holds(self, bound: Mapping[str, Any]) -> bool:
        """Whether what the text was made for is still as it was, in kind or in person."""
        return all(d.holds() for d in self.depends) and all(o.holds(bound) for o in self.outside)


def look_up(place: Any, name: str) -> Any:
    """What a name means in the globals of a module, a closure cell, a module or a class; of a method, ``name.__func__``."""
    if isinstance(place, dict):
        return place.get(name, GONE)
    if isinstance(place, types.CellType):
        try:
            return place.cell_contents
        except ValueError:
            return GONE
    for part in name.split("."):
        place = getattr(place, part, GONE)
    return place


def code_of(thing: Any) -> types.CodeType | None:
    """The code that runs when a function, method or property is used."""
    if isinstance(thing, property):
        thing = thing.fget
    return getattr(thing, "__code__", None)


def plan_of(form: Function, text: Any, bound: Mapping[str, Any]) -> Plan:
    """The plan of a derivative's form and its text (`backend.emit.Text`)."""
    from chainrule.ir.form import Leaf

    function, facts = form.source.function, form.facts
    depends = tuple(
        Dependency(place, name, thing, code_of(thing)) for place, name, thing in facts["depends"]
    )
    leaves = [x for x in form.leaves if x.free or any(kind == "attribute" for kind, _ in x.path)]
    leaves += facts.get("told", ())
    outside = tuple(_outside(x, function, facts["statics"], bound) for x in leaves)
    seed = facts["split"].name if "split" in facts else form.params[-1].value.name
    imports = {name: thing for name, thing in text.imports.items() if not isinstance(thing, Leaf)}
    return Plan(
        text.name,
        text.body,
        text.guards,
        seed,
        imports,
        depends,
        outside,
        tuple(facts.get("inlined", ())),
        text.companions,
    )


def _outside(
    leaf: Any, function: types.FunctionType, statics: Mapping[str, Any], bound: Mapping[str, Any]
) -> Outside:
    place: Any = None
    root, path = leaf.root, leaf.path
    if leaf.free and root not in bound:  # what a class or module that is an argument has, is not
        free = function.__code__.co_freevars
        if root in free:
            place = (function.__closure__ or ())[free.index(root)]
        elif isinstance(statics.get(root), types.CellType):  # a variable around a callee
            place, root = statics[root], "cell_contents"
        elif root in statics:  # a module, under the name that the text has for it
            place, root, path = statics[root], path[0][1], path[1:]
        else:
            place = function.__globals__
    found = Outside(place, root, path, None)
    found.key = found.key_now(bound)
    return found
