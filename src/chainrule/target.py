"""The callable that was given, and the Python function that runs when it is called."""

from __future__ import annotations

import functools
import inspect
import linecache
import sys
import types
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chainrule.lazily import Lazily

if TYPE_CHECKING:
    from chainrule import diagnostics, errors
else:
    diagnostics, errors = Lazily("diagnostics"), Lazily("errors")


_spelled: weakref.WeakSet[types.FunctionType] = weakref.WeakSet()
"""The functions that `spelled_out` made."""


class Target:
    """A callable taken apart.

    Attributes
    ----------
    given
        The callable.
    function
        The function that it runs, and `before` and `keywords` the arguments that it puts in.
    inner
        The derivative that is called, if one is.
    """

    def __init__(
        self,
        given: Callable[..., Any],
        function: types.FunctionType,
        before: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] = types.MappingProxyType({}),
        inner: Any = None,
    ) -> None:
        self.given, self.function, self.before, self.keywords, self.inner = (
            given,
            function,
            before,
            keywords,
            inner,
        )

    @functools.cached_property
    def own(self) -> inspect.Signature:
        """The signature of the function."""
        return inspect.signature(self.function, follow_wrapped=False)

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """The signature of the callable given."""
        inner = self.inner
        if inner is not None and inner is self.given:
            return inner.target.signature  # type: ignore[attr-defined, no-any-return]
        if self.given is self.function:
            return self.own
        if self.function in _spelled:  # whose parameters have names of ours
            return inspect.signature(
                functools.partial(self.function, *self.before, **self.keywords)
            )
        return inspect.signature(self.given, follow_wrapped=False)

    @property
    def hidden(self) -> list[str]:
        """The function's parameters that the callable fills itself."""
        names = list(self.own.parameters)
        return [*names[: len(self.before)], *self.keywords]

    @property
    def name(self) -> str:
        given = self.given
        while not hasattr(given, "__qualname__"):
            inner = getattr(given, "func", None) or getattr(given, "primal", None)
            if inner is None:
                break
            given = inner
        module = getattr(given, "__module__", None)
        name = getattr(given, "__qualname__", None) or type(given).__qualname__
        return name if module in (None, "__main__", "builtins") else f"{module}.{name}"

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The value of each parameter of the function in a call, defaults included.

        Raises
        ------
        TypeError
            As the call itself would.
        """
        bound = self.own.bind(*self.before, *args, **{**self.keywords, **kwargs})
        bound.apply_defaults()
        return dict(bound.arguments)

    def run(self, bound: dict[str, Any]) -> Any:
        """What the callable returns, from the value of each parameter of the function."""
        if self.inner is not None:
            return self.inner._of(bound)
        positional, named = split(self.own, bound)
        return self.function(*positional, **named)


def split(
    function: Callable[..., Any] | inspect.Signature, bound: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """The bound arguments as a call passes them."""
    signature = function if isinstance(function, inspect.Signature) else inspect.signature(function)
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for p in signature.parameters.values():
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


def target_of(given: Any) -> Target:
    """Take a callable apart.

    Raises
    ------
    errors.NotAFunction
        If nothing that could be differentiated was given.
    """
    if isinstance(given, functools.partial):
        inner = target_of(given.func)
        return Target(
            given,
            inner.function,
            (*inner.before, *given.args),
            {**inner.keywords, **given.keywords},
            inner.inner,
        )
    if isinstance(given, types.MethodType):
        inner = target_of(given.__func__)
        before = (*inner.before, given.__self__)
        return Target(given, inner.function, before, inner.keywords, inner.inner)
    if isinstance(given, types.FunctionType):
        return Target(given, spelled_out(given) if _has_rule(given) else _plain(given))
    if hasattr(given, "primal") and hasattr(given, "target"):
        of = given.target
        return Target(given, of.function, of.before, of.keywords, given)
    if isinstance(given, type):
        raise errors.NotAFunction(
            f"{given.__name__} is a class, not a function",
            diagnostics.definition(given),
            help=["give one of its methods"],
        )
    if isinstance(given, staticmethod | classmethod | functools.partialmethod):
        kind = type(given).__name__
        raise errors.NotAFunction(
            f"{kind} makes a function only where it is read from its class",
            diagnostics.definition(getattr(given, "__func__", None)),
            help=[f"put the other decorator below @{kind}, next to the def"],
        )
    from chainrule.rules import adjoint_of, is_nondifferentiable

    if adjoint_of(given) is not None or is_nondifferentiable(given):
        return Target(given, spelled_out(given))
    if type(given).__module__.partition(".")[0] == "chainrule":
        raise errors.NotAFunction(
            f"{given!r} cannot be differentiated", help=["differentiate the function itself"]
        )
    call = vars_of_class(type(given), "__call__")
    if isinstance(call, types.FunctionType):
        return Target(given, _plain(call), (given,))
    name = getattr(given, "__name__", repr(given))
    if callable(given):
        raise errors.NoRule(
            f"no derivative rule for {name}, which has no Python source",
            help=[f"register one: @chainrule.adjoint({name})"],
        )
    raise errors.NotAFunction(f"{name} cannot be called", help=["give a function or a method"])


def vars_of_class(cls: type, name: str) -> Any:
    """An attribute of a class itself, wherever in its bases it stands."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def _has_rule(function: types.FunctionType) -> bool:
    """Whether a Python function has a rule: one of NumPy's or, once a user gave rules, any."""
    is_of_numpy = str(function.__module__).partition(".")[0] == "numpy"
    if not is_of_numpy and "chainrule.rules.registry" not in sys.modules:
        return False
    from chainrule.rules import adjoint_of

    return adjoint_of(function) is not None


def _plain(function: types.FunctionType) -> types.FunctionType:
    flags = function.__code__.co_flags
    if flags & inspect.CO_COROUTINE or flags & inspect.CO_ASYNC_GENERATOR:
        raise errors.NotAFunction(
            f"{function.__qualname__} is a coroutine",
            diagnostics.definition(function),
            help=["give a plain function that computes what is awaited"],
        )
    if flags & inspect.CO_GENERATOR:
        raise errors.NotAFunction(
            f"{function.__qualname__} is a generator",
            diagnostics.definition(function),
            help=["return a list or an array"],
        )
    return function


def spelled_out(primitive: Any) -> types.FunctionType:
    """A function that calls a primitive, for one that is differentiated by itself."""
    name = getattr(primitive, "__name__", "function")
    shown = ", ".join(_parameters(primitive))
    text = f"def {name}({shown}):\n    return primitive({shown})\n"
    filename = f"<{getattr(primitive, '__module__', 'builtins')}.{name}>"
    namespace: dict[str, Any] = {"primitive": primitive, "__name__": "__main__"}
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec", dont_inherit=True), namespace)
    made = namespace[name]
    assert isinstance(made, types.FunctionType)
    if isinstance(primitive, types.FunctionType):
        made.__defaults__ = primitive.__defaults__
    _spelled.add(made)
    return made


def _parameters(primitive: Any) -> list[str]:
    """The parameters of a function that calls a primitive: those that must be given, then whatever else it takes."""
    from chainrule.rules import adjoint_of

    if isinstance(primitive, types.FunctionType):
        return list(inspect.signature(primitive).parameters)
    rule = adjoint_of(primitive)
    if rule is None:
        return ["x", "*args", "**kwargs"]
    of_rule = list(inspect.signature(rule).parameters.values())[2:]
    names = [p.name for p in of_rule if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
    return names if len(names) == len(of_rule) else [*names, "*args", "**kwargs"]
