"""Vector-Jacobian products: the forward part now, the backward part as often as wanted."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from typing import Any

from chainrule import errors
from chainrule.backend.keys import key_of
from chainrule.backend.plan import Plan
from chainrule.backend.specialization import found_or_made
from chainrule.derivative import LIMIT, Kind, derivative, overlap_of
from chainrule.seeds import in_structure, structure_of
from chainrule.target import split, target_of

_made: weakref.WeakKeyDictionary[Any, dict[Any, tuple[Plan, Any]]] = weakref.WeakKeyDictionary()
"""For each function and key the forward part and its plan, neither of which may hold the function itself."""


def vjp(f: Callable[..., Any], *args: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of a function, and its pullback.

    Parameters
    ----------
    f
        The function; keyword arguments go in by `functools.partial`.
    args
        Its positional arguments.
    has_aux
        Whether ``f`` returns ``(value, aux)``.

    Returns
    -------
    tuple
        ``(y, pullback)``, or ``(y, pullback, aux)``. ``pullback(seed)`` gives a tuple with a cotangent for each
        positional argument, None where there is none; it may be called any number of times.
    """
    target = target_of(f)
    if not args:
        raise errors.UnknownArgument("vjp takes the arguments of the function too: vjp(f, x, …)")
    d = derivative(f, ..., Kind(False, has_aux))
    bound = target.bind(args, {})
    keys = {name: key_of(v) for name, v in bound.items()}
    made = _made.setdefault(target.function, {})
    overlap = overlap_of(bound)
    key = (tuple(keys.values()), has_aux, tuple(target.hidden), _name_of_inner(target), overlap)
    found = made.get(key)
    if found is None or not found[0].holds(bound):
        while len(made) >= LIMIT:
            del made[next(iter(made))]
        new = found_or_made(
            d, keys, None, bound, lambda: d.forms.plan_of_pair(bound), f"vjp{overlap}"
        )
        made[key] = found = new.plan, new.lean
    positional, named = split(target.own, bound)
    value, pull = found[1](*positional, **named)
    order = _order(d, target, args)
    structure = structure_of(value[0] if has_aux else value)

    def pullback(seed: Any = 1.0) -> tuple[Any, ...]:
        return order(pull(in_structure(seed, structure)))

    return (value[0], pullback, value[1]) if has_aux else (value, pullback)


def _name_of_inner(target: Any) -> Any:
    inner = target.inner
    return None if inner is None else (str(inner.request), inner._kind, repr(inner._seed))


def _order(d: Any, target: Any, args: tuple[Any, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """From gradients by parameter to gradients by positional argument."""
    paths = [p.root for p in d.request.paths]
    parameters = target.signature.parameters

    def order(gradients: Any) -> tuple[Any, ...]:
        by_name = dict(zip(paths, gradients))
        out: list[Any] = []
        for name, p in parameters.items():
            if p.kind is inspect.Parameter.VAR_POSITIONAL:
                out += list(by_name.get(name) or ())
            elif p.kind is not inspect.Parameter.KEYWORD_ONLY and len(out) < len(args):
                out.append(by_name.get(name))
        return tuple(out)

    return order
