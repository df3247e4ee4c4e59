"""What users call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, ParamSpec, overload

from chainrule.derivative import Derivative, Kind, derivative
from chainrule.lazily import Lazily

if TYPE_CHECKING:
    from chainrule import errors
else:
    errors = Lazily("errors")

P = ParamSpec("P")
Wrt = int | str | EllipsisType | Sequence[int | str] | None


@overload
def grad(
    f: Callable[P, Any],
    wrt: Wrt = None,
    *,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
) -> Derivative[P, Any]: ...
@overload
def grad(
    f: None = None,
    wrt: Wrt = None,
    *,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
) -> Callable[[Callable[P, Any]], Derivative[P, Any]]: ...
def grad(
    f: Callable[..., Any] | None = None,
    wrt: Wrt = None,
    *,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
) -> Any:
    """The gradient of a function.

    Parameters
    ----------
    f
        The function. Without it, the result is a decorator.
    wrt
        With respect to what: a parameter's name, a position, a path (``'params["head"]'``), a tuple of these, or
        ``...`` for every parameter. Without it, the first parameter.
    argnums
        Positions, by the name that autograd and JAX have for them.
    has_aux
        Whether ``f`` returns ``(value, aux)``; the derivative then returns ``(gradient, aux)``.

    Returns
    -------
    Derivative
        A callable with the signature of ``f``. The gradient has the structure, shape and dtype of what was asked; for
        an int or a string it is bare, for a sequence a tuple.

    Raises
    ------
    errors.WrtAndArgnums
        If both ``wrt`` and ``argnums`` are given.
    errors.UnknownArgument
        If ``argnums`` is anything but integers; what is wrong with ``wrt`` is said at the first use.
    """
    return _derivative(f, wrt, argnums, Kind(False, has_aux))


@overload
def value_and_grad(
    f: Callable[P, Any],
    wrt: Wrt = None,
    *,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
) -> Derivative[P, Any]: ...
@overload
def value_and_grad(
    f: None = None,
    wrt: Wrt = None,
    *,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
) -> Callable[[Callable[P, Any]], Derivative[P, Any]]: ...
def value_and_grad(
    f: Callable[..., Any] | None = None,
    wrt: Wrt = None,
    *,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
) -> Any:
    """The value of a function and its gradient, ``(value, gradient)``; the parameters are those of `grad`."""
    return _derivative(f, wrt, argnums, Kind(True, has_aux))


def _derivative(f: Any, wrt: Wrt, argnums: Any, kind: Kind) -> Any:
    if wrt is not None and argnums is not None:
        raise errors.WrtAndArgnums(
            "wrt and argnums are two names for one thing", help=["give one of them"]
        )
    wanted = wrt
    if argnums is not None:
        from chainrule.wrt import positions  # seldom needed, and not free at import

        wanted = positions(argnums)
    if f is None:
        return lambda function: derivative(function, wanted, kind)
    return derivative(f, wanted, kind)
