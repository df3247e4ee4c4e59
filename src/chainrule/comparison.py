"""Gradients compared with central differences: the engine behind ``check_grad``.

Everything here is a function of plain data. A gradient is never compared as a whole: it is
multiplied by a direction, and the product compared with the slope of the function along it.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import trees
from chainrule.differences import Slope, differences

_COORDINATES = 16  # an argument of so many elements is tried along each of them


@dataclass(frozen=True)
class Agreement:
    """How one gradient agrees with differences, where it does so least.

    Attributes
    ----------
    name
        The argument.
    error
        The relative error.
    where
        The element, or the direction, of the largest error.
    given, found
        The derivative along it: by the gradient, by differences.
    problem
        Why the two could not be compared, if they could not.
    """

    name: str
    error: float
    where: str = ""
    given: float = 0.0
    found: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Report:
    """How gradients agree with differences.

    Attributes
    ----------
    agreements
        One for each argument.
    tolerance
        The relative error that counts as agreement.
    """

    agreements: tuple[Agreement, ...]
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether all of them agree."""
        return not self._wrong

    @property
    def error(self) -> float:
        """The largest relative error."""
        return max((agreement.error for agreement in self.agreements), default=0.0)

    @property
    def _wrong(self) -> list[Agreement]:
        return [a for a in self.agreements if a.problem or not a.error <= self.tolerance]

    def __str__(self) -> str:
        count, wrong = len(self.agreements), self._wrong
        plural = "" if count == 1 else "s"
        if not wrong:
            agree = "agrees" if count == 1 else "agree"
            return f"{count} gradient{plural} {agree} to {_magnitude(self.error)}"
        does = "does" if len(wrong) == 1 else "do"
        head = f"{len(wrong)} of {count} gradient{plural} {does} not agree with differences:"
        return "\n".join([head, *(f"  {_line(agreement)}" for agreement in wrong)])


def compare(
    f: Callable[[Mapping[Any, Any]], Any],
    values: Mapping[Any, Any],
    gradients: Mapping[Any, Any],
    *,
    seed: Any = None,
    tolerance: float = 1e-6,
    directions: int = 2,
) -> Report:
    """Compare gradients with differences.

    Each argument is moved along random directions, and along each element if it has few.

    Parameters
    ----------
    f
        Maps the arguments that are differentiated, by name, to the result. It must leave them
        as they are: `on_copies` makes such a function.
    values
        The arguments, by name or position: floats, arrays, nested containers.
    gradients
        The gradient of each, by the same keys. ``None`` inside of one counts as zero.
    seed
        What the result is multiplied by, of its structure; ``None`` for a result of one element.
        `random_seed` makes one.
    tolerance
        The relative error that counts as agreement.
    directions
        How many random directions are tried.
    """
    rng = np.random.default_rng(0)
    agreements = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for key, value in values.items():
            gradient = gradients[key]
            problem = _unlike(value, gradient, str(key))
            if problem:
                agreements.append(Agreement(str(key), math.inf, problem=problem))
                continue

            def result(moved: Any, key: Any = key) -> Any:
                return f({**values, key: moved})

            probe = _Probe(str(key), value, gradient, result, seed, tolerance)
            agreements.append(probe.worst(directions, rng))
    return Report(tuple(agreements), tolerance)


def on_copies(
    f: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
) -> Callable[[Mapping[int | str, Any]], Any]:
    """Return a function that calls ``f`` with copies of its arguments, some replaced.

    Parameters
    ----------
    f
        May change its arguments.
    args, kwargs
        What it is called with.

    Returns
    -------
    function
        Of the replacements: by position in ``args``, or by name in ``kwargs``.
    """

    def call(values: Mapping[int | str, Any]) -> Any:
        new_args = [values.get(place, arg) for place, arg in enumerate(args)]
        new_kwargs = dict(kwargs or {})
        new_kwargs.update({key: value for key, value in values.items() if isinstance(key, str)})
        new_args, new_kwargs = copy.deepcopy((new_args, new_kwargs))
        return f(*new_args, **new_kwargs)

    return call


def random_seed(result: Any, rng: np.random.Generator | int = 0) -> Any:
    """Return a seed of the structure, kinds and shapes of a result, drawn at random."""
    generator = np.random.default_rng(rng)
    flat, unravel = trees.ravel(trees.zero_grad(result))
    return unravel(_draw(flat, generator))


def contract(seed: Any, result: Any) -> float:
    """Return the sum of a seed times a result; ``None`` in a seed is zero.

    Without a seed, the result is the number itself.
    """
    if seed is None:
        return float(np.real(np.asarray(result).item()))
    total = 0.0

    def add(weight: Any, number: Any) -> None:
        nonlocal total
        total += float(np.sum(np.real(np.multiply(weight, number))))

    trees.tree_map(add, seed, result)
    return total


@dataclass
class _Probe:
    """One argument, its gradient, and the result as a function of it."""

    name: str
    value: Any
    gradient: Any
    result: Callable[[Any], Any]
    seed: Any
    tolerance: float

    def worst(self, directions: int, rng: np.random.Generator) -> Agreement:
        flat, unravel = trees.ravel(self.value)
        numbers, _ = trees.ravel(trees.tree_map(_zero_for_none, self.value, self.gradient))
        eps = max(_precision(self.value), _precision(self.result(unravel(flat))))
        worst = Agreement(self.name, 0.0)
        for where, direction in _directions(self.name, self.value, flat, directions, rng):
            given = float(np.sum(np.real(numbers * direction)))

            def along(step: float, direction: Any = direction) -> float:
                return contract(self.seed, self.result(unravel(flat + step * direction)))

            reach = float(np.max(np.abs(flat)) / np.max(np.abs(direction)))
            slope = differences(along, eps, reach)
            found = self._agreement(where, given, slope, min(1e8 * eps, 1e-3) * _size(along))
            if found.problem:
                return found
            worst = max(worst, found, key=lambda agreement: agreement.error)
        return worst

    def _agreement(self, where: str, given: float, slope: Slope, rounding: float) -> Agreement:
        larger = max(abs(given), abs(slope.value))
        problem = ""
        if math.isnan(given) != math.isnan(slope.value):
            problem = f"is {given:.10g} along {where}, where differences give {slope.value:.10g}"
        elif not slope.kink and slope.error > max(1e-3 * larger, rounding):
            problem = (
                f"cannot be compared along {where}: the function is too rough or noisy for "
                "differences (does it draw random numbers?)"
            )
        allowance = slope.error * (1.01 if slope.kink else 4)
        scale = max(larger, allowance / self.tolerance)
        error = abs(given - slope.value) / scale if scale else 0.0
        error = math.inf if math.isnan(error) else error
        return Agreement(self.name, error, where, given, slope.value, problem)


def _directions(
    name: str, value: Any, flat: Any, count: int, rng: np.random.Generator
) -> Iterator[tuple[str, Any]]:
    """Yield directions, each as large as the numbers that it moves, and what to call them."""
    size = np.max(np.abs(flat), initial=0.0) or 1.0
    if flat.size <= _COORDINATES:
        for index, label in enumerate(_labels(name, value)):
            direction = np.zeros_like(flat)
            direction[index] = abs(flat[index]) or size
            yield label, direction
            if flat.dtype.kind == "c":
                yield f"{label}, imaginary", direction * 1j
    if flat.size > 1:
        for number in range(count):
            yield f"direction {number + 1} of {name}", size * _draw(flat, rng)


def _draw(flat: Any, rng: np.random.Generator) -> Any:
    """Return numbers of either sign that are neither small nor large, like ``flat``."""

    def parts() -> Any:
        return rng.uniform(0.5, 1.5, flat.shape) * rng.choice([-1.0, 1.0], flat.shape)

    return parts() + 1j * parts() if flat.dtype.kind == "c" else parts()


def _labels(name: str, tree: Any) -> Iterator[str]:
    """Yield what each number of a tree is called, such as ``params["w"][0, 1]``."""
    parts = trees.children(tree)
    if parts is not None:
        for step, part in zip(trees.steps(tree), parts):
            yield from _labels(name + step, part)
    elif trees.has_gradient(tree):
        for index in np.ndindex(np.shape(tree)):
            yield f"{name}[{', '.join(map(str, index))}]" if index else name


def _unlike(value: Any, gradient: Any, name: str) -> str | None:
    """Say where a gradient does not have the structure or the shapes of its value."""
    problem = trees.mismatch(value, gradient, name)
    if problem:
        return f"has another structure: {problem}"
    shapes: list[str] = []

    def check(leaf: Any, part: Any) -> None:
        if part is not None and np.shape(leaf) != np.shape(part):
            shapes.append(f"has the shape {np.shape(part)}, not {np.shape(leaf)}")

    trees.tree_map(check, value, gradient)
    return shapes[0] if shapes else None


def _zero_for_none(leaf: Any, part: Any) -> Any:
    """Return the gradient of a leaf as numbers that lie as those of the leaf do."""
    if not trees.has_gradient(leaf):
        return None
    return trees.zero_grad(leaf) if part is None else np.asarray(part) * 1.0


def _precision(tree: Any) -> float:
    dtypes = [np.asarray(leaf).dtype for leaf in trees.leaves(tree) if trees.has_gradient(leaf)]
    return max((float(np.finfo(dtype).eps) for dtype in dtypes), default=2.0**-52)


def _size(f: Callable[[float], float]) -> float:
    """Return how large a function is about zero, where it may vanish itself."""
    return max(abs(f(step)) for step in (0.0, 1e-3, 0.02))


def _magnitude(error: float) -> str:
    return f"1e{max(math.ceil(math.log10(error)), -15) if error else -15:03d}"


def _line(agreement: Agreement) -> str:
    if agreement.problem:
        return f"{agreement.name} {agreement.problem}"
    return (
        f"{agreement.name}: {agreement.given:.10g} where differences give {agreement.found:.10g} "
        f"(along {agreement.where}; relative error {agreement.error:.1e})"
    )
