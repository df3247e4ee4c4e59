"""Parameters in nested containers: tuples, lists, dicts, namedtuples and dataclass instances.

Whatever else stands in a container is a leaf. ``None`` is an empty one: nothing is done to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import TreeMismatch

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def tree_map(fn: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """Apply a function to each leaf of a tree.

    Parameters
    ----------
    fn
        Is called with a leaf of ``tree`` and the leaves at its place in ``rest``.
    tree
        Nested containers. Where it holds ``None``, the result does too, and ``fn`` is not called.
    *rest
        Trees of the same structure. ``None`` may stand for any leaf, and is passed to ``fn``.

    Returns
    -------
    tree
        A new tree of the structure of ``tree``. Dataclass instances are made without running
        ``__init__`` or ``__post_init__``.

    Raises
    ------
    TreeMismatch
        If the structures differ. The message names the path.

    Examples
    --------
    >>> tree_map(lambda p, g: p - 0.1 * g, {"w": 2.0, "b": [1.0]}, {"w": 5.0, "b": [10.0]})
    {'w': 1.5, 'b': [0.0]}
    """
    for number, other in enumerate(rest, 2):
        problem = mismatch(tree, other)
        if problem:
            raise TreeMismatch(f"{problem} (tree {number} of tree_map)")
    return _map(fn, (tree, *rest))


def ravel(tree: Any) -> tuple[NDArray[np.inexact[Any]], Callable[[ArrayLike], Any]]:
    """Lay the numbers of a tree out in one flat array, as optimizers want them.

    Leaves that cannot have a gradient (`int`, `str`, `bool`, ``None``, arrays of these) are not
    in the array; ``unravel`` puts them back as they were. So a tree of parameters and that of
    their gradients have arrays of the same length.

    Parameters
    ----------
    tree
        Nested containers of floats, complex numbers and arrays of them.

    Returns
    -------
    flat
        An array of one axis that shares no memory with the tree, of the smallest dtype that
        holds all leaves (`float64` if there are none).
    unravel
        Makes a tree of the same structure, kinds, shapes and dtypes from such an array.

    Examples
    --------
    >>> flat, unravel = ravel({"w": np.array([[1.0, 2.0]]), "b": 3.0, "layers": 2})
    >>> flat
    array([1., 2., 3.])
    >>> unravel(flat + 1)
    {'w': array([[2., 3.]]), 'b': 4.0, 'layers': 2}
    """
    parts = [np.ravel(leaf) for leaf in leaves(tree) if has_gradient(leaf)]
    dtype = np.result_type(*parts) if parts else np.dtype(float)
    flat = np.concatenate([np.empty(0, dtype), *parts])

    def unravel(flat: ArrayLike) -> Any:
        numbers = np.asarray(flat)
        size = sum(part.size for part in parts)
        if numbers.shape != (size,):
            raise TreeMismatch(f"unravel takes an array of shape ({size},), not {numbers.shape}")
        return _filled(tree, numbers)

    return flat, unravel


def zero_grad(tree: Any, clear: bool = False) -> Any:
    """Make buffers for the gradient of a tree, or clear them.

    Parameters
    ----------
    tree
        The parameters; with ``clear``, the buffers.
    clear
        Clear the arrays of ``tree`` in place, and replace its floats.

    Returns
    -------
    tree
        Zeros of the structure of ``tree``, each of the kind, shape and dtype of its leaf, and
        ``None`` for a leaf that cannot have a gradient. With ``clear``, the arrays are those
        of ``tree``.

    Examples
    --------
    >>> zero_grad({"w": np.ones(2), "b": 3.0, "layers": 2})
    {'w': array([0., 0.]), 'b': 0.0, 'layers': None}
    """
    return _map(_cleared if clear else _zeros, (tree,))


def has_gradient(leaf: Any) -> bool:
    """Return whether a leaf is a float or complex number, or an array of them."""
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return isinstance(leaf, float | complex)


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the leaves in order, without the ``None``."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        parts = children(node)
        if parts is not None:
            waiting.extend(reversed(parts))
        elif node is not None:
            yield node


def children(tree: Any) -> Sequence[Any] | None:
    """Return what a container holds, in order, or ``None`` for a leaf."""
    if isinstance(tree, list | tuple):
        return tree
    if isinstance(tree, dict):
        return list(tree.values())
    if _is_record(tree):
        return [getattr(tree, name) for name in _names(tree)]
    return None


def rebuild(tree: Any, parts: Sequence[Any]) -> Any:
    """Return a container like ``tree`` that holds ``parts``."""
    if isinstance(tree, tuple):
        return tuple.__new__(type(tree), parts)
    if type(tree) is list:
        return list(parts)
    if type(tree) is dict:
        return dict(zip(tree, parts))
    if _is_record(tree):
        record = object.__new__(type(tree))
        for name, part in zip(_names(tree), parts):
            object.__setattr__(record, name, part)
        return record
    import copy  # seldom needed, and not free at import

    twin = copy.copy(tree)  # of a subclass of list or dict
    for key, part in zip(tree if isinstance(tree, dict) else range(len(parts)), parts):
        twin[key] = part
    return twin


def mismatch(tree: Any, other: Any, name: str = "tree") -> str | None:
    """Say where two trees differ in structure, or return ``None`` if they do not.

    Parameters
    ----------
    tree
        What says the structure. Its ``None`` goes with anything.
    other
        What should have it. ``None`` goes with any leaf.
    name
        What the path starts with: ``params`` gives ``params["head"][0]``.
    """
    found = _difference(tree, other)
    return None if found is None else f"{name}{found[0]} {found[1]}"


def _map(fn: Callable[..., Any], trees: tuple[Any, ...]) -> Any:
    tree = trees[0]
    if tree is None:
        return None
    parts = children(tree)
    if parts is None:
        return fn(*trees)
    columns = [parts, *(_like(tree, other) for other in trees[1:])]
    return rebuild(tree, [_map(fn, row) for row in zip(*columns)])


def _like(tree: Any, other: Any) -> Sequence[Any]:
    """Return the children of ``other`` in the order of those of ``tree``."""
    if isinstance(tree, dict):
        return [other[key] for key in tree]
    return children(other) or ()


def _difference(tree: Any, other: Any) -> tuple[str, str] | None:
    """Return the steps to the first difference, and what it is."""
    if tree is None:
        return None
    ours, theirs = children(tree), children(other)
    if ours is None:
        if theirs is None:
            return None
        return "", f"is {_kind(tree)}, not {_kind(other)}"
    if theirs is None or not _alike(tree, other):
        return "", f"is {_kind(tree)}, not {_kind(other)}"
    if isinstance(tree, dict) and tree.keys() != other.keys():
        return "", _keys(tree, other)
    if len(ours) != len(theirs):
        return "", f"holds {len(ours)}, not {len(theirs)}"
    for step, ours_, theirs_ in zip(steps(tree), ours, _like(tree, other)):
        found = _difference(ours_, theirs_)
        if found is not None:
            return step + found[0], found[1]
    return None


def _alike(tree: Any, other: Any) -> bool:
    if isinstance(tree, dict):
        return isinstance(other, dict)
    if type(tree) in (list, tuple):
        return type(other) is type(tree)
    return isinstance(other, type(tree))


def _keys(tree: dict[Any, Any], other: dict[Any, Any]) -> str:
    missing = [repr(key) for key in tree if key not in other]
    if missing:
        return f"has the key {missing[0]}, which the other lacks"
    surplus = [repr(key) for key in other if key not in tree]
    return f"lacks the key {surplus[0]}, which the other has"


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "an array"
    return "None" if value is None else f"a {type(value).__name__}"


def steps(tree: Any) -> Iterator[str]:
    """Yield how each child is reached, as one would write it."""
    if isinstance(tree, dict):
        for key in tree:
            plain = isinstance(key, str) and key.isprintable() and not set(key) & set("\"'\\")
            yield f'["{key}"]' if plain else f"[{key!r}]"
    elif _is_record(tree) or hasattr(tree, "_fields"):
        yield from (f".{name}" for name in _names(tree))
    else:
        yield from (f"[{index}]" for index in range(len(tree)))


def _is_record(tree: Any) -> bool:
    return hasattr(type(tree), "__dataclass_fields__")


def _names(tree: Any) -> Sequence[str]:
    """Return the names of a namedtuple, or of the fields of a dataclass that are set."""
    if isinstance(tree, tuple):
        return tree._fields  # type: ignore[attr-defined, no-any-return]
    from dataclasses import fields  # seldom needed, and not free at import

    return [field.name for field in fields(tree) if hasattr(tree, field.name)]


def _zeros(leaf: Any) -> Any:
    if not has_gradient(leaf):
        return None
    if isinstance(leaf, np.ndarray):
        return np.zeros_like(leaf, subok=False)
    return _scalar_like(leaf, 0.0)


def _cleared(leaf: Any) -> Any:
    if not has_gradient(leaf):
        return leaf
    if isinstance(leaf, np.ndarray):
        leaf[...] = 0
        return leaf
    return _scalar_like(leaf, 0.0)


def _filled(tree: Any, numbers: NDArray[Any]) -> Any:
    """Return a tree like ``tree`` with its numbers replaced, in order."""
    start = 0

    def fill(leaf: Any) -> Any:
        nonlocal start
        if not has_gradient(leaf):
            return leaf
        part = numbers[start : start + np.size(leaf)]
        start += part.size
        if not np.iscomplexobj(leaf):
            part = part.real
        if isinstance(leaf, np.ndarray):
            return part.astype(leaf.dtype).reshape(leaf.shape)
        return _scalar_like(leaf, part[0])

    return _map(fill, (tree,))


def _scalar_like(leaf: Any, number: Any) -> Any:
    """Return a number of the kind of ``leaf``, a Python or NumPy scalar."""
    if isinstance(leaf, np.generic):
        return type(leaf)(number)
    return complex(number) if isinstance(leaf, complex) else float(number)
