"""Seeds that do not fit, said in the words of the caller."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule import errors, runtime, trees


def checked(injected: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a text is loaded with, with refusals that name the function."""

    def match_seed(seed: Any, result: Any) -> Any:
        try:
            return runtime.match_seed(seed, result)
        except ValueError:
            raise refusal(name, seed, result) from None

    def apart(names: str, x: Any, y: Any) -> None:
        try:
            runtime.apart(names, x, y)
        except ValueError as problem:
            raise errors.BufferOverlap(
                f"in {name}, {problem}", help=["pass a copy of one: np.copy(…)"]
            ) from None

    def expect(argument: str, x: Any, kind: str) -> None:
        try:
            runtime.expect(argument, x, kind)
        except TypeError as problem:
            raise errors.WrongTypes(
                f"{name}: {problem}", help=["call the derivative itself: it serves all types"]
            ) from None

    own = {runtime.match_seed: match_seed, runtime.apart: apart, runtime.expect: expect}
    return {k: own.get(v, v) if callable(v) and v in own else v for k, v in injected.items()}


def check(seed: Any) -> None:
    """Refuse a seed that holds anything but real numbers, arrays of them, and None.

    Raises
    ------
    errors.SeedMismatch
        If it does.
    """
    for leaf in trees.leaves(seed):
        is_number = isinstance(leaf, float | int | np.ndarray | np.generic)
        if not is_number or np.asarray(leaf).dtype.kind not in "fiub":
            raise errors.SeedMismatch(
                f"a seed is made of real numbers, and {reprlib.repr(leaf)} is none",
                help=["give a float or an array, or a structure of these like the result"],
            )


def structure_of(result: Any) -> Any:
    """The containers of a result, with None for each array that they hold, and 0.0 for anything else."""
    parts = trees.children(result)
    if parts is None:
        return None if isinstance(result, np.ndarray) else 0.0
    return trees.rebuild(result, [structure_of(p) for p in parts])


def in_structure(seed: Any, structure: Any) -> Any:
    """A seed with None for each part of a container for which None stands.

    Raises
    ------
    errors.SeedMissing, errors.SeedMismatch
        If the seed is a number where the result is none, has another structure, or holds what is no number.
    """
    check(seed)
    return _filled(seed, structure)


def _filled(seed: Any, structure: Any) -> Any:
    parts = trees.children(structure)
    if parts is None:
        if trees.children(seed) is not None or structure is not None and np.ndim(seed):
            raise errors.SeedMismatch(
                f"the seed is {reprlib.repr(seed)}, and the result no such thing",
                help=["give a number for a number, and an array for an array"],
            )
        return seed
    if seed is not None:
        if trees.children(seed) is None:
            raise errors.SeedMissing(
                f"the result is a {type(structure).__name__} of {len(parts)}: a seed of that structure is needed",
                help=["give one to the pullback, with None for what does not count"],
            )
        problem = trees.mismatch(seed, structure, "the seed")
        if problem is not None:
            raise errors.SeedMismatch(
                problem, help=["give a seed of the structure of the result, with None for zeros"]
            )
    given = dict.fromkeys(structure) if isinstance(structure, dict) else [None] * len(parts)
    if seed is not None:
        given = seed if isinstance(seed, dict) else list(trees.children(seed) or ())
    keys = structure if isinstance(structure, dict) else range(len(parts))
    return trees.rebuild(structure, [_filled(given[k], p) for k, p in zip(keys, parts)])


def refusal(name: str, seed: Any, result: Any) -> errors.ChainruleError:
    """The error for a seed of another shape than the result's, or a missing one."""
    short = name.rpartition(".")[2]
    if np.shape(seed) == ():
        return errors.SeedMissing(
            f"the result of {short} has shape {np.shape(result)}: only a result of one element needs no seed",
            help=[
                f"give a cotangent of that shape: grad({short}).seeded(v)(…)",
                f"or return a scalar, and this beside it: grad({short}, has_aux=True)(…), with return scalar, array",
            ],
        )
    return errors.SeedMismatch(
        f"the seed has shape {np.shape(seed)}, and the result of {short} {np.shape(result)}",
        help=["give a seed of the shape of the result"],
    )
