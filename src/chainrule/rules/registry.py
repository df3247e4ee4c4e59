"""Which function has which rule: the only state of this room, filled as functions are met.

A rule of `f(x, y)` is an ordinary function `rule(g, ans, x, y)` of the cotangent `g` of the result,
the result `ans` and the arguments of `f`. It returns the cotangents of the arguments in order: one
value if only the first has one, else a tuple with `None` for an argument that has none; trailing
ones may be left off.

- A call of `f` that `rule(g, ans, ...)` would not bind is refused, so a rule leaves out the options
  that it does not support, and a parameter that follows one left out is keyword-only.
- Where `f` has several results, `g` holds a cotangent for each, in order. For one that nothing
  reads it is zeros, or None if the rule is marked `takes_none`.
- The cotangent of a list or tuple of arrays is a tuple in the returned one: `return (pieces,)`.
- A rule never speaks of broadcasting, kinds or dtypes: its caller gives each cotangent the shape
  and kind of its value.
- A rule that raises in a branch refuses the calls that lead there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from chainrule.rules.families import load_all, load_family

Function = Callable[..., Any]
Rule = TypeVar("Rule", bound=Function)

_adjoints: dict[Function, Function] = {}
_nondifferentiable: set[Function] = set()
_rules: set[Function] = set()
_static: set[Function] = set()
_takes_none: set[Function] = set()

users: dict[Function, Function] = {}
"""The rules that users gave: they come before those of this package."""

methods: dict[str, Function] = {}
"""Array method name to the function of the array and then the method's own arguments."""

attributes: dict[str, Function] = {}
"""Array attribute name to the function of the array that it stands for."""


def adjoint(*functions: Function) -> Callable[[Rule], Rule]:
    """Register the decorated rule for each of the functions, and return it unchanged."""

    def register(rule: Rule) -> Rule:
        _rules.add(rule)
        is_own = rule.__module__.startswith(f"{__package__}.")
        for function in functions:
            if not is_own:
                users[function] = rule
            if function not in users or not is_own:
                _adjoints[function] = rule
        return rule

    return register


def nondifferentiable(*functions: Function) -> None:
    """Declare that the results of the functions are piecewise constant, or no numbers."""
    _nondifferentiable.update(functions)


def adjoint_of(function: Function) -> Function | None:
    """The rule of a function, or None if it has none."""
    try:
        if function in _adjoints or load_family(function):
            return _adjoints.get(function)
    except TypeError:  # an unhashable callable has no rule
        pass
    return None


def is_rule(function: Function) -> bool:
    """Whether a function is itself a rule."""
    try:
        return function in _rules
    except TypeError:
        return False


def is_nondifferentiable(function: Function) -> bool:
    """Whether nothing that the function returns depends smoothly on its arguments."""
    try:
        return (
            function in _nondifferentiable
            or load_family(function)
            and function in _nondifferentiable
        )
    except TypeError:
        return False


def differentiable_functions() -> tuple[Function, ...]:
    """Every function that has a rule, in the order of registration."""
    load_all()
    return tuple(_adjoints)


def nondifferentiable_functions() -> frozenset[Function]:
    """Every function whose result is piecewise constant or no number."""
    load_all()
    return frozenset(_nondifferentiable)


def static(function: Rule) -> Rule:
    """Mark a pure function of axes, ranks or strings: once they are known, it may be called."""
    _static.add(function)
    return function


def takes_none(rule: Rule) -> Rule:
    """Mark a rule whose `g` may hold None, for a result that nothing reads: much work may fall away."""
    _takes_none.add(rule)
    return rule


def may_take_none(rule: Function) -> bool:
    """Whether the cotangent of a result that nothing reads may be None."""
    return rule in _takes_none


def is_static(function: Function) -> bool:
    """Whether a call of the function may be replaced by its result once the arguments are known."""
    return function in _static


def constant(x: Any) -> bool:
    """Whether x is held constant: a marker for rules, True where x is not differentiated."""
    return False
