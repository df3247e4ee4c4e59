"""A derivative for one key of types: found in memory or on disk, or made."""

from __future__ import annotations

import ast
import gc
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chainrule.backend import cache
from chainrule.backend.keys import Key
from chainrule.backend.load import keep_defaults, load, register, revived, revived_together
from chainrule.backend.plan import Plan

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

    __slots__ = ("_guarded", "d", "is_placed", "keys", "lean", "plan", "seed")

    def __init__(
        self,
        d: Derivative[Any, Any],
        plan: Plan,
        keys: Mapping[str, Key],
        seed: Key,
        lean: types.FunctionType | None = None,
    ) -> None:
        self.d, self.plan, self.keys, self.seed = d, plan, keys, seed
        self.lean: Any = self.loaded(True) if lean is None else lean
        self.is_placed = False
        self._guarded: Any = None

    @property
    def imports(self) -> Mapping[str, Any]:
        """What names of the text stand for; its refusals name the function."""
        found = self.plan.imports
        if not any(
            getattr(thing, "__name__", "") in ("apart", "expect", "match_seed")
            for thing in found.values()
        ):
            return found
        from chainrule.seeds import checked

        return checked(found, self.d.target.name)

    @property
    def guarded(self) -> Any:
        """The function as its text has it: it tests the types, and has the text as ``source``."""
        if self._guarded is None:
            from chainrule.backend.emit import Text
            from chainrule.backend.head import with_head

            plan = self.plan
            self._guarded = self.loaded(False)
            primal = self.d.target.function
            scope = primal.__globals__
            read = {n.id for n in ast.walk(ast.parse(plan.text)) if isinstance(n, ast.Name)}
            roots = [o.root for o in plan.outside if o.place is scope and o.root in read]
            imports = {**plan.imports, **{root: scope[root] for root in roots}}
            text = with_head(Text(plan.name, plan.text, imports), primal)
            self._guarded.source = text
        return self._guarded

    def loaded(self, lean: bool) -> types.FunctionType:
        from chainrule.describe import title

        plan, primal = self.plan, self.d.target.function
        made = load(
            plan.text, plan.name, primal, self.imports, title(self.d), lean=lean, guards=plan.guards
        )
        keep_defaults(made, primal)
        return made


def found_or_made(
    d: Derivative[Any, Any],
    keys: Mapping[str, Key],
    seed: Key,
    bound: Mapping[str, Any],
    make: Callable[[], Plan],
    options: str = "",
    is_anew: bool = False,
) -> Specialization:
    """The specialization for these keys: from disk unless wanted anew, or made from the source."""
    function = d.target.function
    on_disk = cache.key_of_call(d, keys, seed, options) if cache.directory() is not None else None
    found = (
        cache.find(on_disk, function.__name__, function, bound)
        if on_disk is not None and not is_anew
        else None
    )
    if found is not None:
        return _from_disk(d, keys, seed, found)
    with collector_paused():
        made = Specialization(d, make(), keys, seed)
    if on_disk is not None:
        cache.store(
            on_disk,
            function.__name__,
            made.plan,
            function,
            made.lean,
            codes_in(tuple(keys.values())),
        )
    return made


def _from_disk(
    d: Derivative[Any, Any], keys: Mapping[str, Key], seed: Key, found: cache.Found
) -> Specialization:
    primal = d.target.function
    made = Specialization(d, found.plan, keys, seed, primal)
    injected = {**made.imports, **revived_together(found.beside, primal, made.imports)}
    made.lean = revived(found.code, primal, injected, found.keywords)
    keep_defaults(made.lean, primal)
    register(found.plan.text, found.code.co_filename)
    return made


def codes_in(key: Key) -> list[types.CodeType]:
    """The code of the functions in a key."""
    if not isinstance(key, tuple):
        return [key] if isinstance(key, types.CodeType) else []
    return [code for part in key for code in codes_in(part)]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the garbage collector: forms are many objects, and none is garbage before the end."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
