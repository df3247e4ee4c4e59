"""The derivative of a callable: made at its first call, for the types that it meets, and kept."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, TypeVar

import numpy as np

from chainrule.backend.keys import Key, key_of
from chainrule.backend.specialization import Specialization, found_or_made
from chainrule.lazily import Lazily
from chainrule.target import Target, split, target_of

if TYPE_CHECKING:
    from chainrule import errors
    from chainrule.accumulation import Accumulation
    from chainrule.backend.emit import Text
    from chainrule.forms import Forms
    from chainrule.ir.form import Function
    from chainrule.ir.types import Type
    from chainrule.wrt import Request, Wrt
else:
    errors = Lazily("errors")

P = ParamSpec("P")
R = TypeVar("R")
LIMIT = 64
"""How many specializations a derivative keeps; the oldest goes."""


class Kind(NamedTuple):
    """What a derivative returns."""

    value: bool = False
    has_aux: bool = False


class Derivative(Generic[P, R]):
    """The gradient of a function, with exactly its signature.

    Made by `grad` and `value_and_grad`. Calling it returns the gradient; see there.
    """

    __name__: str
    __qualname__: str

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...

    def __init__(
        self, f: Callable[P, Any], wrt: Wrt, kind: Kind, seed: Any = None, has_seed: bool = False
    ) -> None:
        self._given, self._wrt, self._kind = f, wrt, kind
        self._seed, self._has_seed = seed, has_seed
        self._found: dict[Key, Specialization] = {}
        for name in ("__module__", "__name__", "__qualname__"):
            if hasattr(f, name):
                setattr(self, name, getattr(f, name))

    # What users ask

    @property
    def primal(self) -> Callable[P, Any]:
        """The function that is differentiated."""
        return self._given

    @property
    def source(self) -> str:
        """The text of the adjoint, made from the function's annotations; generic where they leave types open."""
        return self.forms.texts[0]

    @property
    def textbook(self) -> str:
        """The text with one chain-rule step a statement, in the letters of the steps."""
        return self.forms.texts[1]

    @property
    def ir(self) -> str:
        """The printed form of the adjoint."""
        from chainrule.ir.printer import show_function

        return show_function(self.forms.annotated[1])

    def specialize(self, *args: P.args, **kwargs: P.kwargs) -> types.FunctionType:
        """The plain generated function for arguments of these types, ``(…, *, seed=1.0) → (value, gradients)``.

        It carries its text as the attribute ``source``.
        """
        from chainrule.backend.versions import are_unchanged

        bound = self.target.bind(args, kwargs)
        found = self._specialization(bound)
        if not are_unchanged(found.plan.sources):  # the comments of the text may be old
            self._found.clear()
            found = self._specialization(bound, True)
        return found.guarded  # type: ignore[no-any-return]

    def seeded(self, seed: Any) -> Derivative[P, R]:
        """This derivative with a seed: a cotangent of the result, in its structure and shape.

        Parameters
        ----------
        seed
            ``None`` inside a structure stands for zero, and costs nothing.

        Raises
        ------
        errors.SeedMismatch
            If it holds anything but real numbers. Whether it fits the result is known at the call.
        """
        from chainrule.seeds import check

        check(seed)
        return derivative(self._given, self._wrt, self._kind, seed, True)

    def into(self, buffers: Any) -> Accumulation[P]:
        """A derivative that adds the gradient to what the buffers hold, and returns them.

        Arrays are updated in place, floats replaced: use what is returned. Its calls refuse, before anything is
        written to, buffers that do not fit, and those that share memory with an argument or with what the function
        reads.
        """
        from chainrule.accumulation import Accumulation

        return Accumulation(self, buffers)

    def trace(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """What happens in a call: the textbook form with numbers in it."""
        from chainrule.show.trace import trace

        primal, adjoint, examples = self.forms.of_call(self.target.bind(args, kwargs))
        return trace(primal, adjoint, examples, self._text(adjoint, True, False))

    def graph(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The graph of the computation, with values and gradients where arguments are given."""
        from chainrule.show.graph import graph

        if not args and not kwargs:
            return graph(*self._annotated)
        return graph(*self.forms.of_call(self.target.bind(args, kwargs)))

    def why(self, path: str) -> Any:
        """Why a gradient is zero or a value constant, or the chain by which it reaches the result."""
        from chainrule.show.why import why

        return why(*self._annotated, path)

    def activity(self) -> Any:
        """Which values of the function carry a gradient."""
        from chainrule.show.activity import activity

        return activity(*self._annotated)

    # How it works

    @property
    def __signature__(self) -> inspect.Signature:
        return self.target.signature

    @functools.cached_property
    def target(self) -> Target:
        return target_of(self._given)

    @functools.cached_property
    def request(self) -> Request:
        from chainrule.wrt import request

        return request(self._wrt, self.target.signature, self.target.hidden)

    @functools.cached_property
    def forms(self) -> Forms:
        """What reads the source."""
        from chainrule.forms import Forms

        return Forms(self)

    def _slow(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call for whose types no inline test stands in the dispatcher."""
        try:
            return self._called(args, kwargs)
        except errors.ChainruleError as problem:
            self._locate(problem)
            raise

    def _locate(self, problem: errors.ChainruleError) -> None:
        """Say of a problem without a place that it is one of the function."""
        from chainrule.diagnostics import definition

        problem.locate(definition(inspect.unwrap(getattr(self._given, "primal", self._given))))

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._of(self.target.bind(args, kwargs))

    def _of(self, bound: dict[str, Any]) -> Any:
        """What a call returns, from the value of each parameter of the function."""
        found = self._specialization(bound)
        positional, named = split(self.target.own, bound)
        if self._has_seed:
            named[found.plan.seed] = self._seed
        value, gradients = found.lean(*positional, **named)
        if self._kind.value:
            return value, gradients
        return (gradients, value[1]) if self._kind.has_aux else gradients

    def _found_for(self, bound: dict[str, Any]) -> Specialization:
        try:
            return self._specialization(bound)
        except errors.ChainruleError as problem:
            self._locate(problem)
            raise

    def _specialization(self, bound: dict[str, Any], is_anew: bool = False) -> Specialization:
        keys = {name: key_of(v) for name, v in bound.items()}
        seed = key_of(self._seed) if self._has_seed else None
        overlap = overlap_of(bound)
        key = (*keys.values(), seed, overlap) if overlap else (*keys.values(), seed)
        found = self._found.get(key)
        if found is None or not found.plan.holds(bound):
            found = self._made(keys, seed, bound, is_anew, overlap)
            found.is_placed = bool(overlap)  # those are told apart here, never inline
            while len(self._found) >= LIMIT:
                del self._found[next(iter(self._found))]
            self._found.pop(key, None)
            self._found[key] = found
        elif (
            not found.is_placed
        ):  # the second call of its kind: from now on it is dispatched inline
            from chainrule.backend.dispatch import dispatcher

            found.is_placed = True
            plain = [s for k, s in self._found.items() if len(k) == len(keys) + 1]
            newest = sorted(plain, key=lambda s: s is found)
            type(self).__call__ = dispatcher(self, newest)  # type: ignore[method-assign]
        return found

    def _made(
        self, keys: Mapping[str, Key], seed: Key, bound: dict[str, Any], is_anew: bool, overlap: str
    ) -> Specialization:
        return found_or_made(
            self, keys, seed, bound, lambda: self.forms.plan(bound), overlap, is_anew
        )

    @property
    def _annotated(self) -> tuple[Function, Function]:
        return self.forms.annotated

    def _ahead(self, stated: Mapping[str, Type]) -> tuple[Function, Function]:
        return self.forms.ahead(stated)

    def _text(self, adjoint: Function, is_textbook: bool, guarded: bool) -> str:
        return self.forms.text(adjoint, is_textbook, guarded)

    def _written(self, adjoint: Function, is_textbook: bool, guarded: bool) -> Text:
        return self.forms.written(adjoint, is_textbook, guarded)

    # Manners

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{_title(self)}>"

    def __reduce__(self) -> Any:
        import sys

        place: Any = sys.modules.get(self.__module__)
        for part in self.__qualname__.split("."):
            place = getattr(place, part, None)
        if place is self:
            return self.__qualname__
        return derivative, (self._given, self._wrt, self._kind, self._seed, self._has_seed)


def derivative(
    f: Any, wrt: Wrt, kind: Kind, seed: Any = None, has_seed: bool = False
) -> Derivative[Any, Any]:
    """A derivative, of a class of its own: the dispatcher is its ``__call__``, so that a call costs no more than one."""
    own = type(
        "Derivative",
        (Derivative,),
        {"__module__": __name__, "__call__": _first_call, "__doc__": property(_title)},
    )
    made: Derivative[Any, Any] = own(f, wrt, kind, seed, has_seed)
    return made


def _title(d: Any) -> str:
    from chainrule.describe import title

    return title(d)


def _first_call(self: Derivative[Any, Any], /, *args: Any, **kwargs: Any) -> Any:
    return self._slow(args, kwargs)


def overlap_of(bound: Mapping[str, Any]) -> str:
    """How arguments of a call lie in each other's memory, empty if they do not."""
    if sum(type(x) is np.ndarray for x in bound.values()) < 2:
        return ""
    from chainrule.overlap import shared_arguments

    found = shared_arguments(bound)
    return repr(found) if found else ""


__all__ = ["Derivative", "Kind", "derivative"]
