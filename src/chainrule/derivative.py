"""The derivative of a callable: made at its first call, for the types that it meets, and kept."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar

from chainrule import errors, pipeline
from chainrule.annotations import annotated
from chainrule.autodiff.reverse import Asked, Options
from chainrule.backend.dispatch import dispatcher
from chainrule.backend.emit import Text
from chainrule.backend.head import with_head
from chainrule.backend.load import load
from chainrule.describe import docstring, title
from chainrule.frontend import source
from chainrule.frontend.frame import type_of_value
from chainrule.ir.form import Function
from chainrule.ir.printer import show_function
from chainrule.ir.types import FLOAT, UNKNOWN, Type
from chainrule.runtime import accumulate
from chainrule.seeds import checked
from chainrule.autodiff.nest import at_one, gradient_form
from chainrule.target import Target, target_of
from chainrule.wrt import Request, Wrt, asked, request

P = ParamSpec("P")
R = TypeVar("R")
LIMIT = 64
"""How many specializations a derivative keeps; the oldest goes."""


class Kind(NamedTuple):
    """What a derivative returns."""

    value: bool = False
    has_aux: bool = False


class Specialization(NamedTuple):
    """The generated function for one key of types, and what must hold beside the key for it to be used."""

    types: Mapping[str, Type]
    seed: Type | None
    form: Function
    run: types.FunctionType
    text: str


class Derivative(Generic[P, R]):
    """The gradient of a function, with exactly its signature.

    Made by `grad` and `value_and_grad`. Calling it returns the gradient; see there.
    """

    def __init__(self, f: Callable[P, Any], wrt: Wrt, kind: Kind, seed: Any = None, has_seed: bool = False) -> None:
        self._given, self._wrt, self._kind = f, wrt, kind
        self._seed, self._has_seed = seed, has_seed
        self._found: dict[Any, Specialization] = {}
        functools.update_wrapper(self, f, assigned=("__module__", "__name__", "__qualname__"), updated=())
        del self.__wrapped__
        self.__doc__ = title(self)

    # What users ask

    @property
    def primal(self) -> Callable[P, Any]:
        """The function that is differentiated."""
        return self._given

    @property
    def source(self) -> str:
        """The text of the adjoint, made from the function's annotations; generic where they leave types open."""
        return self._texts[0]

    @property
    def textbook(self) -> str:
        """The text with one chain-rule step a statement, in the letters of the steps."""
        return self._texts[1]

    @property
    def ir(self) -> str:
        """The printed form of the adjoint."""
        return show_function(self._annotated[1])

    def specialize(self, *args: P.args, **kwargs: P.kwargs) -> types.FunctionType:
        """The plain generated function for arguments of these types, ``(…, *, seed=1.0) → (value, gradients)``.

        It carries its text as the attribute ``source``.
        """
        return self._specialization(self.target.bind(args, kwargs)).run

    def seeded(self, seed: Any) -> Derivative[P, R]:
        """This derivative with a seed: a cotangent of the result, in its structure and shape.

        Parameters
        ----------
        seed
            ``None`` inside a structure stands for zero, and costs nothing.
        """
        return derivative(self._given, self._wrt, self._kind, seed, True)

    def into(self, buffers: Any) -> Callable[P, Any]:
        """A derivative that adds the gradient to what the buffers hold, and returns them.

        Arrays are updated in place, floats replaced: use what is returned.

        Raises
        ------
        errors.BufferOverlap
            If a buffer shares memory with an argument.
        """

        @functools.wraps(self._given)
        def accumulated(*args: P.args, **kwargs: P.kwargs) -> Any:
            errors_of_overlap(buffers, [args, kwargs])
            found: Any = self(*args, **kwargs)  # type: ignore[operator]
            if self._kind.value:
                return found[0], accumulate(buffers, found[1])
            if self._kind.has_aux:
                return accumulate(buffers, found[0]), found[1]
            return accumulate(buffers, found)

        del accumulated.__wrapped__  # type: ignore[attr-defined]
        return accumulated

    def trace(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """What happens in a call: the textbook form with numbers in it."""
        from chainrule.show.trace import trace

        primal, adjoint, examples = self._forms(args, kwargs)
        return trace(primal, adjoint, examples, self._text(adjoint, True, False))

    def graph(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The graph of the computation, with values and gradients where arguments are given."""
        from chainrule.show.graph import graph

        if not args and not kwargs:
            primal, adjoint = self._annotated
            return graph(primal, adjoint)
        primal, adjoint, examples = self._forms(args, kwargs)
        return graph(primal, adjoint, examples)

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
        return request(self._wrt, self.target.signature, self.target.hidden)

    def _slow(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call for whose types no inline test stands in the dispatcher."""
        bound = self.target.bind(args, kwargs)
        found = self._specialization(bound)
        keywords = {"seed": self._seed} if self._has_seed else {}
        name = found.form.params[-1].value.name
        positional, named = split(found.run, bound)
        value, gradients = found.run(*positional, **named, **{name: s for s in keywords.values()})
        return self._answer(value, gradients)

    def _answer(self, value: Any, gradients: Any) -> Any:
        if self._kind.value:
            return value, gradients
        return (gradients, value[1]) if self._kind.has_aux else gradients

    def _specialization(self, bound: dict[str, Any]) -> Specialization:
        types_ = {name: type_of_value(v, name) for name, v in bound.items()}
        seed = type_of_value(self._seed, "seed") if self._has_seed else None
        key = (*types_.values(), seed)
        found = self._found.get(key)
        if found is None or not holds(found.form, bound):
            found = self._make(types_, bound, seed)
            while len(self._found) >= LIMIT:
                del self._found[next(iter(self._found))]
            self._found[key] = found
            type(self).__call__ = dispatcher(self, list(self._found.values()))  # type: ignore[method-assign]
        return found

    def _make(self, types_: Mapping[str, Type], bound: dict[str, Any], seed: Type | None) -> Specialization:
        primal, adjoint = self._pair(types_, bound, seed)
        adjoint = pipeline.optimized(adjoint)
        adjoint.facts["typed"] = set(types_)
        text = pipeline.text(adjoint, docstring(self, adjoint), guarded=True)
        lean = pipeline.text(adjoint, "", guarded=False)
        run = load(text.body, text.name, self.target.function, checked(text.imports, self.target.name), title(self))
        run.source = with_head(text, self.target.function)  # type: ignore[attr-defined]
        run.lean = load(lean.body, lean.name, self.target.function, checked(lean.imports, self.target.name), title(self))  # type: ignore[attr-defined]
        for function in (run, run.lean):  # type: ignore[attr-defined]
            keep_defaults(function, self.target.function)
        return Specialization(types_, seed, adjoint, run, text.body)

    def _pair(
        self, types_: Mapping[str, Type], examples: dict[str, Any], seed: Type | None, of_any_shape: bool = False
    ) -> tuple[Function, Function]:
        """The form of the function and that of its adjoint, one chain-rule step a statement."""
        primal = self._primal_form(types_, examples)
        primal, wanted = asked(primal, self.request, examples)
        default = UNKNOWN if of_any_shape else FLOAT
        options = Options(wanted, self.request.bare, self._kind.has_aux, default if seed is None else seed)
        return primal, pipeline.textbook(primal, options)

    def _primal_form(self, types_: Mapping[str, Type], examples: dict[str, Any]) -> Function:
        inner = self.target.inner
        if inner is None:
            return pipeline.primal(source.find(self.target.function), types_, examples)
        primal, adjoint = inner._pair(types_, examples, None)
        return gradient_form(pipeline.optimized(at_one(adjoint)), inner._kind.value, inner._kind.has_aux)

    def _forms(self, args: Any, kwargs: Any) -> tuple[Function, Function, dict[str, Any]]:
        bound = self.target.bind(args, kwargs)
        types_ = {name: type_of_value(v, name) for name, v in bound.items()}
        seed = type_of_value(self._seed, "seed") if self._has_seed else None
        primal, adjoint = self._pair(types_, bound, seed)
        if self._has_seed:
            bound = {**bound, adjoint.params[-1].value.name: self._seed}
        return primal, adjoint, bound

    @functools.cached_property
    def _annotated(self) -> tuple[Function, Function]:
        """The forms for the types that annotations promise."""
        return self._ahead({})

    def _ahead(self, stated: Mapping[str, Type]) -> tuple[Function, Function]:
        """The forms ahead of a call: for these types, and those that annotations promise for the rest."""
        types_ = {**annotated(self.target.function), **stated}
        names = inspect.signature(self.target.function, follow_wrapped=False).parameters
        known = dict(zip(names, self.target.before)) | dict(self.target.keywords)
        types_ |= {name: type_of_value(v, name) for name, v in known.items()}
        return self._pair(types_, known, None)

    @functools.cached_property
    def _texts(self) -> tuple[str, str]:
        _, adjoint = self._annotated
        textbook = self._text(adjoint, True, False)
        return self._text(pipeline.optimized(adjoint), False, True), textbook

    def _text(self, adjoint: Function, is_textbook: bool, guarded: bool) -> str:
        return with_head(self._written(adjoint, is_textbook, guarded), self.target.function)

    def _written(self, adjoint: Function, is_textbook: bool, guarded: bool) -> Text:
        adjoint.facts["typed"] = {p.value.name for p in adjoint.params[:-1]}
        return pipeline.text(adjoint, docstring(self, adjoint), is_textbook=is_textbook, guarded=guarded)

    # Manners

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{title(self)}>"

    def __reduce__(self) -> Any:
        import sys

        place: Any = sys.modules.get(self.__module__)
        for part in self.__qualname__.split("."):
            place = getattr(place, part, None)
        if place is self:
            return self.__qualname__
        return derivative, (self._given, self._wrt, self._kind, self._seed, self._has_seed)


def derivative(f: Any, wrt: Wrt, kind: Kind, seed: Any = None, has_seed: bool = False) -> Derivative[Any, Any]:
    """A derivative, of a class of its own: the dispatcher is its ``__call__``, so that a call costs no more than one."""
    own = type("Derivative", (Derivative,), {"__module__": Derivative.__module__, "__call__": _first_call})
    made: Derivative[Any, Any] = own(f, wrt, kind, seed, has_seed)
    return made


def _first_call(self: Derivative[Any, Any], /, *args: Any, **kwargs: Any) -> Any:
    return self._slow(args, kwargs)


def keep_defaults(made: types.FunctionType, primal: types.FunctionType) -> None:
    """Give a generated function the very default objects of its primal."""
    made.__defaults__ = primal.__defaults__
    made.__kwdefaults__ = {**(primal.__kwdefaults__ or {}), **(made.__kwdefaults__ or {})}
    if primal.__kwdefaults__:
        made.__kwdefaults__.update(primal.__kwdefaults__)


def split(function: types.FunctionType, bound: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The bound arguments as a call passes them."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for p in inspect.signature(function).parameters.values():
        if p.name not in bound:
            continue
        if p.kind is p.VAR_POSITIONAL:
            positional += bound[p.name]
        elif p.kind is p.VAR_KEYWORD:
            named.update(bound[p.name])
        elif p.kind is p.KEYWORD_ONLY:
            named[p.name] = bound[p.name]
        else:
            positional.append(bound[p.name])
    return positional, named


def holds(form: Function, bound: Mapping[str, Any]) -> bool:
    """Whether the free names that a text was made for are still what they were, in kind or in person."""
    for place, name, thing in form.facts["depends"]:
        now = place.get(name) if isinstance(place, dict) else place.cell_contents
        if now is not thing or getattr(now, "__code__", None) is not form.facts["codes"].get(id(thing)):
            return False
    return all(type_of_value(read(leaf, form, bound), leaf.value.name) == leaf.value.type for leaf in outside(form))


def outside(form: Function) -> list[Any]:
    """The leaves whose types the key of a call does not tell."""
    return [leaf for leaf in form.leaves if leaf.free or any(kind == "attribute" for kind, _ in leaf.path)]


def read(leaf: Any, form: Function, bound: Mapping[str, Any]) -> Any:
    """What stands at the end of a leaf's path now."""
    function = form.source.function
    if not leaf.free:
        thing = bound[leaf.root]
    elif leaf.root in function.__code__.co_freevars:
        thing = function.__closure__[function.__code__.co_freevars.index(leaf.root)].cell_contents
    else:
        thing = form.facts["statics"].get(leaf.root, function.__globals__.get(leaf.root))
    for kind, key in leaf.path:
        thing = getattr(thing, key) if kind == "attribute" else thing[key]
    return thing


def errors_of_overlap(buffers: Any, arguments: Any) -> None:
    """Refuse buffers that share memory with an argument."""
    import numpy as np

    from chainrule.trees import leaves

    arrays = [a for a in leaves(arguments) if isinstance(a, np.ndarray)]
    for buffer in leaves(buffers):
        if isinstance(buffer, np.ndarray) and any(np.shares_memory(buffer, a) for a in arrays):
            raise errors.BufferOverlap("a buffer shares memory with an argument", help=["make it by zero_grad(…)"])


__all__ = ["Asked", "Derivative", "derivative"]
