"""The primitives that NumPy, `operator` and `builtins` lack, as functions that can be run.

A step of a path is an index, or a function that gives a view (``np.transpose``).
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, NoReturn


class OfNumPy(NamedTuple):
    """The spelling of a function that a rule calls, by its path from NumPy: ``add.at``."""

    path: str


class Into(NamedTuple):
    """The words of a call that writes into an array: ``np.add(x, y, out=z)``, ``np.put(y, i, v)``, ``y.fill(v)``.

    ``way`` says what of the call the store has. ``out``: the stored value is the result of the same call without its
    output, which stands ``at`` a position or keyword. ``masked``: it is the result for the elements behind a mask, and
    the store has the call's own arguments beside. ``first``: it is what a function of the array and the other arguments
    gives. ``value``: it is the second argument. ``item``: it is the third, and the path the second. ``at``: the third
    is an operand of it.
    """

    words: Named | Method | OfNumPy
    way: str
    at: int | str = 0


class Store(NamedTuple):
    """The spelling of a store: how many steps of the path stand in the text, and the operator of ``x[i] += v``.

    ``call`` has the words of a call that writes.
    """

    depth: int
    operator: Callable[[Any, Any], Any] | None = None
    call: Into | None = None


class Updated(NamedTuple):
    """The spelling of an `update`: ``x.name(…)``, else ``x[i] = v``, ``x.name = v`` or ``x += v`` by what is called.

    ``operator`` is that of ``x[i] += v``. ``is_idle`` says that nobody outside sees what changes.
    """

    method: str | None = None
    operator: Callable[[Any, Any], Any] | None = None
    is_idle: bool = False


class Method(NamedTuple):
    """The spelling of a call as the method of its first argument."""

    name: str


class Attribute(NamedTuple):
    """The spelling of a call as an attribute of its only argument."""

    name: str


class Named(NamedTuple):
    """The spelling of a function by the words that the user has for it: ``np.exp``, ``exp``, ``xp.exp``."""

    words: str


class Bracketed(NamedTuple):
    """The spelling of a call that the user wrote as an index: ``np.r_[a, b]``."""

    words: str


SILENT = "silent"
"""The spelling of a statement that Python does not need: a view that sees what was written through another name."""


LOADED = "loaded"
"""The spelling of an assignment of ours: what an argument's container holds, read before it holds something else."""


class Again(NamedTuple):
    """The spelling of a view that is read once more after a write: Python needs nothing, its name is there."""

    view: Any


AUGMENTED = "augmented"
"""The spelling of a binary operation that updates its first operand's name."""


class Inner:
    """A function that lowering knows and no name of the text reaches: it is lowered where it is called."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError("a function that is known to lowering alone")

    def with_held(self, change: Callable[[Any], Any]) -> Inner:
        """The function with other atoms in place of those that it holds."""
        return self

    def parts(self) -> Iterable[Any]:
        """The atoms that it holds, and the variables that it reads."""
        return ()


class Bound(Inner):
    """A method with the value that it is bound to."""

    __slots__ = ("function", "instance")

    def __init__(self, function: Callable[..., Any], instance: Any) -> None:
        self.function, self.instance = function, instance

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Bound)
            and self.function is other.function
            and self.instance is other.instance
        )

    def __hash__(self) -> int:
        return hash((self.function, id(self.instance)))

    def with_held(self, change: Callable[[Any], Any]) -> Bound:
        return Bound(self.function, change(self.instance))

    def parts(self) -> Iterable[Any]:
        return (self.instance,)


def contained(item: Any, container: Any) -> bool:
    """``item in container``."""
    return item in container


def not_contained(item: Any, container: Any) -> bool:
    """``item not in container``."""
    return item not in container


def invoke(instance: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """A call of a method of which nothing is known."""
    return getattr(instance, name)(*args, **kwargs)


def stop_gradient(x: Any) -> Any:
    """The identity, whose derivative is zero."""
    return x


def indices(x: Any) -> range:
    """The positions of a sequence: what `enumerate` counts."""
    return range(len(x))


def held(part: Any, container: Any, key: Any) -> Any:
    """What a container holds at a key, which is known to be ``part``: the text reads it from there."""
    return part


def assign(x: Any) -> Any:
    """A plain assignment of the user's: another name for a value, or a name for a constant."""
    return x


def make_tuple(*items: Any) -> tuple[Any, ...]:
    return items


def make_list(*items: Any) -> list[Any]:
    return list(items)


def make_dict(*keys_and_values: Any) -> dict[Any, Any]:
    return dict(zip(keys_and_values[::2], keys_and_values[1::2]))


class Fields(NamedTuple):
    """The spelling of a call that fills fields: the keys of each operand behind the first, and the method if it is one."""

    keys: tuple[tuple[Any, ...], ...]
    method: Method | None = None


def blank(kind: Any) -> Any:
    """An instance of a class without any attributes."""
    return kind.__new__(kind)


def construct(kind: Any, *args: Any, **keywords: Any) -> Any:
    """An instance of a namedtuple or dataclass, which holds what it is given."""
    return kind(*args, **keywords)


def replaced(instance: Any, **changes: Any) -> Any:
    """A copy of a namedtuple or of a dataclass instance with some fields changed."""
    if isinstance(instance, tuple):
        return instance._replace(**changes)  # type: ignore[attr-defined]
    return dataclasses.replace(instance, **changes)


def follow(base: Any, path: tuple[Any, ...]) -> Any:
    """What lies at the end of a path."""
    for step in path:
        base = step(base) if callable(step) else base[step]
    return base


def end_of(base: Any, path: tuple[Any, ...]) -> tuple[Any, Any]:
    """What the last index of a path is applied to, and that index."""
    if path and not callable(path[-1]):
        return follow(base, path[:-1]), path[-1]
    return follow(base, path), ...


def store(base: Any, through: Any, value: Any, *path: Any, **words: Any) -> Any:
    """The next version of a base, with a value written at the end of a path.

    ``through`` is the name written through, ``words`` the arguments of a call that writes, for those who read the text.
    """
    base = copy.copy(base)
    place, last = end_of(base, path)
    place[last] = value
    return base


def embed(base: Any, value: Any, *path: Any) -> Any:
    """The next version of a base that was written to through a view, which has this value now."""
    return store(base, base, value, *path)


def accumulate(base: Any, value: Any, *path: Any) -> Any:
    """The next version of a buffer of cotangents, with a value added at the end of a path."""
    base = copy.copy(base)
    place, last = end_of(base, path)
    place[last] += value
    return base


def update(
    base: Any, through: Any, mutator: Callable[..., Any], *arguments: Any, **keywords: Any
) -> tuple[Any, Any]:
    """The next version of a list, dict or object after ``mutator(base, *arguments)``, and what that call gives.

    ``through`` is the name written through.
    """
    base = copy.copy(base)
    if mutator is setattr:
        mutator = object.__setattr__  # what the class says of it was lowered
    value = mutator(base, *arguments, **keywords)
    return base, value


def keep(value: Any) -> None:
    """Append a value to the tape that the spelling names."""
    raise NotImplementedError("a tape belongs to a call: see ir.evaluate")


def take() -> Any:
    """The last value on the tape that was not taken yet."""
    raise NotImplementedError("a tape belongs to a call: see ir.evaluate")


def tape_out() -> list[Any]:
    """All that was kept on the tape that the spelling names, handed to another function."""
    raise NotImplementedError("a tape belongs to a call: see ir.evaluate")


def tape_in(kept: list[Any]) -> None:
    """The tape that the spelling names, as another function handed it over."""
    raise NotImplementedError("a tape belongs to a call: see ir.evaluate")


def save(*values: Any) -> Any:
    """What a forward part hands to its backward part: a value alone, or a tuple; what is not bound goes along."""
    return values[0] if len(values) == 1 else values or None


def line() -> None:
    """The line between the forward and the backward part, which nothing crosses."""


def raise_(error: Any, cause: Any = None) -> NoReturn:
    raise error from cause


def assert_(test: Any, message: Any = None) -> None:
    assert test, message


def interpolate(*parts: Any) -> str:
    """An f-string, of which the spelling has the template."""
    return "".join(map(str, parts))


def unpack(value: Any) -> Any:
    """The items of an iterable, one a result."""
    return tuple(value)
