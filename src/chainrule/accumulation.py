"""Derivatives that add to buffers, and the buffers that they refuse."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, ParamSpec

import numpy as np

from chainrule import errors, trees
from chainrule.asked import part_of
from chainrule.runtime import accumulate

if TYPE_CHECKING:
    from chainrule.derivative import Derivative

P = ParamSpec("P")


class Accumulation(Generic[P]):
    """A derivative that adds its gradient to buffers, and returns them in its place."""

    __name__: str
    __qualname__: str

    def __init__(self, d: Derivative[P, Any], buffers: Any) -> None:
        self._of, self._buffers = d, buffers
        for name in ("__module__", "__name__", "__qualname__"):
            if hasattr(d, name):
                setattr(self, name, getattr(d, name))

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        d, buffers = self._of, self._buffers
        refuse_overlap(buffers, list(read_by(d, d.target.bind(args, kwargs))))
        found: Any = d(*args, **kwargs)
        if d._kind.value:
            return found[0], added(buffers, found[1])
        if d._kind.has_aux:
            return added(buffers, found[0]), found[1]
        return added(buffers, found)

    @property
    def __signature__(self) -> inspect.Signature:
        return self._of.target.signature

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"{repr(self._of)[:-1]}, added to buffers>"


def read_by(d: Derivative[..., Any], bound: dict[str, Any]) -> Iterator[Any]:
    """What a call reads: its arguments, what is asked, the seed, and what the function reads from outside."""
    yield bound
    yield d._seed
    yield from (part_of(bound, path) for path in d.request.paths)
    yield from (outside.thing(bound) for outside in d._found_for(bound).plan.outside)


def refuse_overlap(buffers: Any, read: Any) -> None:
    """Refuse buffers that share memory with what a call reads.

    Raises
    ------
    errors.BufferOverlap
        If they do.
    """
    arrays = [a for a in trees.leaves(read) if isinstance(a, np.ndarray)]
    for buffer in trees.leaves(buffers):
        if isinstance(buffer, np.ndarray) and any(np.shares_memory(buffer, a) for a in arrays):
            raise errors.BufferOverlap(
                "a buffer shares memory with an argument, or with what the function reads",
                help=["make it by zero_grad(…)"],
            )


def added(buffers: Any, gradients: Any) -> Any:
    """The buffers with gradients added.

    Raises
    ------
    errors.TreeMismatch, errors.UnfitBuffer
        If one does not fit. Then none has been written to.
    """
    problem = trees.mismatch(buffers, gradients, "the buffers") or trees.mismatch(
        gradients, buffers, "the gradient"
    )
    if problem is not None:
        raise errors.TreeMismatch(problem, help=["make them by zero_grad(…)"])
    trees.tree_map(_fit, gradients, buffers)
    return accumulate(buffers, gradients)


def _fit(gradient: Any, buffer: Any) -> None:
    """Refuse a buffer that a gradient cannot be added to."""
    if np.shape(buffer) != np.shape(gradient):
        shapes = f"a buffer has shape {np.shape(buffer)}, its gradient {np.shape(gradient)}"
        raise errors.TreeMismatch(shapes, help=["make them by zero_grad(…)"])
    problem = _problem_of(buffer)
    if problem is not None:
        raise errors.UnfitBuffer(f"a buffer is {problem}", help=["make it by zero_grad(…)"])


def _problem_of(buffer: Any) -> str | None:
    if not isinstance(buffer, np.ndarray):
        is_number = isinstance(buffer, float | int | np.floating | np.integer)
        kind = "None" if buffer is None else f"a {type(buffer).__name__}"
        return None if is_number and not isinstance(buffer, bool) else f"{kind}, not a float"
    if buffer.dtype.kind != "f":
        return f"an array of dtype {buffer.dtype}, which holds no gradient"
    return None if buffer.flags.writeable else "read-only"
