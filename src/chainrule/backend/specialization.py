"""A derivative for one key of types: found in memory or on disk, or made."""

from __future__ import annotations

import gc
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chainrule.backend import cache
from chainrule.backend.keys import Key
from chainrule.backend.load import keep_defaults, load, register, revived
from chainrule.backend.plan import Plan
from chainrule.describe import title

if TYPE_CHECKING:
    from chainrule.derivative import Derivative


class Specialization:
    """The generated function for one key of types.

    Attributes
    ----------
    keys, seed
        The key of each parameter, and of the seed if there is one.
    plan
        Its text, and what must hold beside the keys.
    lean
        The function that runs once they are known to hold.
    is_placed
        Whether a test of these types stands in the dispatcher.
    """

    __slots__ = ("_guarded", "is_placed", "keys", "lean", "name", "plan", "primal", "seed", "title")

    def __init__(
        self,
        plan: Plan,
        keys: Mapping[str, Key],
        seed: Key,
        primal: types.FunctionType,
        name: str,
        title: str,
        lean: types.FunctionType | None = None,
    ) -> None:
        self.plan, self.keys, self.seed, self.primal, self.name, self.title = plan, keys, seed, primal, name, title
        self.lean = self.loaded(True) if lean is None else lean
        self.is_placed = False
        self._guarded: types.FunctionType | None = None

    @property
    def guarded(self) -> types.FunctionType:
        """The function as it stands in its text: it tests the types itself, and carries the text as ``source``."""
        if self._guarded is None:
            from chainrule.backend.emit import Text
            from chainrule.backend.head import with_head

            plan = self.plan
            self._guarded = self.loaded(False)
            scope = self.primal.__globals__
            named = {o.root: scope[o.root] for o in plan.outside if o.place is scope}
            text = with_head(Text(plan.name, plan.text, {**plan.imports, **named}), self.primal)
            self._guarded.source = text  # type: ignore[attr-defined]
        return self._guarded

    def loaded(self, lean: bool) -> types.FunctionType:
        plan = self.plan
        injected = spoken(plan.imports, self.name)
        made = load(plan.text, plan.name, self.primal, injected, self.title, lean=lean, guarded=plan.guarded)
        keep_defaults(made, self.primal)
        return made


def spoken(imports: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What a text is loaded with: its refusals name the function."""
    if not any(getattr(thing, "__name__", "") in ("match_seed", "apart", "expect") for thing in imports.values()):
        return imports
    from chainrule.seeds import checked

    return checked(imports, name)


def found_or_made(
    d: Derivative[Any, Any],
    keys: Mapping[str, Key],
    seed: Key,
    bound: Mapping[str, Any],
    make: Callable[[], Plan],
    options: str = "",
) -> Specialization:
    """The specialization of a derivative for these keys: from disk, or made from the source."""
    function, name = d.target.function, d.target.name
    on_disk = cache.key_of_call(d, keys, seed, options) if cache.directory() is not None else None
    found = cache.find(on_disk, function.__name__, function, bound) if on_disk is not None else None
    if found is not None:
        return _from_disk(d, keys, seed, found)
    with collector_paused():
        made = Specialization(make(), keys, seed, function, name, title(d))
    if on_disk is not None:
        cache.store(on_disk, function.__name__, made.plan, function, made.lean, codes_in(tuple(keys.values())))
    return made


def _from_disk(d: Derivative[Any, Any], keys: Mapping[str, Key], seed: Key, found: cache.Found) -> Specialization:
    function, name, plan = d.target.function, d.target.name, found.plan
    lean = revived(found.code, function, spoken(plan.imports, name), found.keywords)
    keep_defaults(lean, function)
    register(plan.text, found.code.co_filename)
    return Specialization(plan, keys, seed, function, name, title(d), lean)


def codes_in(key: Key) -> list[types.CodeType]:
    """The code of the functions in a key."""
    if not isinstance(key, tuple):
        return [key] if isinstance(key, types.CodeType) else []
    return [code for part in key for code in codes_in(part)]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the garbage collector: forms are many small objects, and none of them is garbage until the end."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
