"""What a row of the table is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Row(NamedTuple):
    """A program, and who else can differentiate it.

    Attributes
    ----------
    function, args, wrt
        What is differentiated, where, and with respect to which positions.
    by_hand
        The adjoint of an expert: ``(value, gradients)``, the gradients in a tuple.
    autograd, jax
        The same function in their words, given their NumPy; None if they cannot do it.
    """

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: tuple[int, ...]
    by_hand: Callable[..., Any]
    autograd: Callable[[Any], Callable[..., Any]] | None = None
    jax: Callable[[Any, Any], Callable[..., Any]] | None = None
