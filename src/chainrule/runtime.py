"""What generated code may call where the types do not decide; `build` copies what it uses.

Everything here imports NumPy alone and is plain enough to be read inside somebody else's module.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np


def unbroadcast(g: Any, x: Any) -> Any:
    """A cotangent for ``x`` in the shape, dtype and kind of ``x``: summed over the axes that broadcasting stretched.

    That of an integer is a float: it is a step on the way, if it is anything.

    Raises
    ------
    TypeError
        If ``x`` is not a number or an array.
    """
    if type(x) is float:
        return float(np.sum(g))
    if isinstance(x, int):
        return float(np.sum(g))
    is_container = isinstance(x, (dict, list, tuple))
    if is_container and (not isinstance(g, (dict, list, tuple)) or len(g) != len(x)):
        raise TypeError(f"a {type(x).__name__} is computed with: call the derivative itself")
    if is_container or hasattr(x, "__dataclass_fields__"):
        return g  # made part by part, each in the shape of its own
    if not isinstance(x, (float, complex, np.generic, np.ndarray)):
        raise TypeError(f"a {type(x).__name__} cannot have a gradient")
    shape = np.shape(x)
    g = np.asarray(g)
    if g.shape != shape:
        lead = max(g.ndim - len(shape), 0)
        stretched = [i for i in range(lead, g.ndim) if shape[i - g.ndim] == 1 and g.shape[i] != 1]
        g = np.sum(g, axis=(*range(lead), *stretched), keepdims=True)
        g = g.reshape(g.shape[lead:])
        if g.shape != shape:
            g = np.broadcast_to(g, shape).copy()
    if not isinstance(x, (np.generic, np.ndarray)):
        return type(x)(g)
    dtype = x.dtype if x.dtype.kind in "fc" else g.dtype
    return g.astype(dtype, copy=False) if isinstance(x, np.ndarray) else dtype.type(g)


def cotangent(found: Any, i: int) -> Any:
    """The cotangent of an argument among what a rule returned: a tuple, of which trailing ones may be left off, or one."""
    every = found if type(found) is tuple else (found,)
    return 0.0 if i >= len(every) or every[i] is None else every[i]


def as_gradient(d: Any, x: Any) -> Any:
    """A cotangent as the gradient that is returned for ``x``: of its kind, None where there can be none."""
    if isinstance(x, dict):
        return {key: as_gradient(d[key], value) for key, value in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return rebuild(type(x), map(as_gradient, d, x))
    if hasattr(x, "__dataclass_fields__") and not isinstance(x, type):
        return rebuild(type(x), {n: as_gradient(getattr(d, n), getattr(x, n)) for n in held(x)})
    if isinstance(x, (list, tuple)):
        return type(x)(map(as_gradient, d, x))
    if (
        isinstance(x, (float, complex))
        or isinstance(x, (np.generic, np.ndarray))
        and x.dtype.kind in "fc"
    ):
        return unbroadcast(d, x)
    return None


def zeros_like(x: Any) -> Any:
    """The zero cotangent of a number, an array, or a tuple, list or dict of them; None for anything else."""
    if isinstance(x, np.ndarray):
        return np.zeros_like(x) if x.dtype.kind in "fc" else np.zeros(x.shape)
    if isinstance(x, (np.floating, np.complexfloating)):
        return x.dtype.type(0)
    if isinstance(x, (float, complex)):
        return type(x)(0)
    if isinstance(x, (int, np.integer)):
        return 0.0
    if isinstance(x, dict):
        return {key: zeros_like(value) for key, value in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return rebuild(type(x), map(zeros_like, x))
    if isinstance(x, (list, tuple)):
        return type(x)(map(zeros_like, x))
    if hasattr(x, "__dataclass_fields__") and not isinstance(x, type):
        return rebuild(type(x), {n: zeros_like(getattr(x, n)) for n in held(x)})
    return None


def zeros_of(x: Any, names: Any) -> Any:
    """The zero cotangent of what may hold objects: that of an object is a dict of those of its attributes of these names."""
    if isinstance(x, dict):
        return {key: zeros_of(value, names) for key, value in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return rebuild(type(x), [zeros_of(value, names) for value in x])
    if isinstance(x, (list, tuple)):
        return type(x)([zeros_of(value, names) for value in x])
    if hasattr(type(x), "__dataclass_fields__") and {*held(x)} >= {
        n for n in names if hasattr(x, n)
    }:
        return rebuild(type(x), {n: zeros_of(getattr(x, n), names) for n in held(x)})
    if isinstance(x, (int, float, complex, str, np.generic, np.ndarray, type(None))):
        return zeros_like(x)
    return {name: zeros_of(getattr(x, name), names) for name in names if hasattr(x, name)}


def add(a: Any, b: Any) -> Any:
    """The sum of two cotangents of one value, part by part."""
    if a is None:
        return b
    if b is None:
        return a
    if isinstance(a, dict):
        return {key: add(a[key], b[key]) for key in a}
    if isinstance(a, tuple) and hasattr(a, "_fields"):
        return rebuild(type(a), map(add, a, b))
    if isinstance(a, (list, tuple)):
        return type(a)(map(add, a, b))
    if hasattr(a, "__dataclass_fields__"):
        return rebuild(type(a), {n: add(getattr(a, n), getattr(b, n)) for n in held(a)})
    return a + b


def add_at(d: Any, g: Any, index: Any, *more: Any) -> Any:
    """A buffer of cotangents with one added to what an index reads of it, repeated integers included.

    Further indices lead into the parts of nested containers. Arrays, lists and dicts are updated in place.
    """
    if more:
        g, d = add_at(d[index], g, *more), d
        if isinstance(d, tuple):
            parts = list(d)
            parts[index] = g
            return rebuild(type(d), parts) if hasattr(d, "_fields") else type(d)(parts)
        d[index] = g
        return d
    if isinstance(d, np.ndarray):
        np.add.at(d, index, g)
    elif isinstance(d, tuple):
        parts = add_at(list(d), g, index)
        return rebuild(type(d), parts) if hasattr(d, "_fields") else type(d)(parts)
    elif isinstance(index, slice):
        d[index] = map(add, d[index], g)
    elif d[index] is not None:  # what has no gradient keeps none
        d[index] = add(d[index], g)
    return d


def add_to_attribute(d: Any, g: Any, name: str) -> Any:
    """The cotangent of a namedtuple or dataclass instance with one added to that of an attribute.

    Raises
    ------
    TypeError
        If it is an object of another kind.
    """
    if isinstance(d, tuple) and hasattr(d, "_fields"):
        return d._replace(**{name: add(getattr(d, name), g)})  # type: ignore[attr-defined]
    if not hasattr(d, "__dataclass_fields__"):
        raise TypeError(
            f"an object with an attribute {name} that is no dataclass cannot have a gradient"
        )
    made = object.__new__(type(d))
    for key in d.__dataclass_fields__:
        if hasattr(d, key):
            object.__setattr__(made, key, getattr(d, key))
    if getattr(d, name) is not None:  # what has no gradient keeps none
        object.__setattr__(made, name, add(getattr(d, name), g))
    return made


def of_attribute(d: Any, name: str) -> Any:
    """The cotangent of an attribute in that of an object, zero where there is none."""
    found = getattr(d, name, None)
    return 0.0 if found is None else found


def lasting(d: Any, index: Any) -> Any:
    """Where what was stored at an index stayed: of an element that was stored to repeatedly, the last one."""
    order = np.zeros(np.shape(d), int)
    count = np.arange(np.size(order[index])).reshape(np.shape(order[index]))
    order[index] = count
    return order[index] == count


def order_of(keys: Any, reverse: Any = False) -> Any:
    """The positions of the items of a list in the order in which sorting leaves them."""
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def arranged(items: Any, order: Any) -> Any:
    """The list of the items at these positions."""
    return [items[i] for i in order]


def put_back(items: Any, order: Any) -> Any:
    """The list of which these items are those at these positions."""
    result = list(items)
    for i, item in zip(order, items):
        result[i] = item
    return result


def own(x: Any) -> Any:
    """A copy of an array, of the same layout, or of each in a tuple, list or dict; anything else as it is."""
    if isinstance(x, np.ndarray):
        return x.copy(order="K")
    if isinstance(x, dict):
        return {key: own(value) for key, value in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return rebuild(type(x), map(own, x))
    if isinstance(x, (list, tuple)):
        return type(x)(map(own, x))
    if hasattr(x, "__dataclass_fields__") and not isinstance(x, type):
        return rebuild(type(x), {n: own(getattr(x, n)) for n in held(x)})
    return x


def kind_of(x: Any) -> str:
    """The short name of a value's type: ``float``, ``f8[:, 1]``, with 1 for an axis of that length."""
    if type(x) is np.ndarray:
        return f"{x.dtype.str.lstrip('<>|=')}[{', '.join('1' if n == 1 else ':' for n in x.shape)}]"
    if isinstance(x, np.generic):
        return f"np.{x.dtype.name}"
    if type(x) is dict:
        return "{" + ", ".join(f"{key!r}: {kind_of(value)}" for key, value in x.items()) + "}"
    if isinstance(x, (list, tuple)):
        return f"{type(x).__name__}({', '.join(map(kind_of, x))})"
    if hasattr(x, "__dataclass_fields__"):
        return f"{type(x).__name__}({', '.join(kind_of(getattr(x, name)) for name in held(x))})"
    return type(x).__name__


def expect(name: str, x: Any, kind: str) -> None:
    """Refuse a value of another kind than the text was made for.

    Raises
    ------
    TypeError
        If the kinds differ; in ``kind``, ``?`` stands for any length, ``...`` for any axes and ``unknown`` for anything.
    """
    found = kind_of(x)
    if found != kind:
        pattern = (
            re.escape(kind)
            .replace(r"\[\.\.\.\]", r"\[[^]]*\]")
            .replace(r"\?", "(1|:)")
            .replace("unknown", ".*")
        )
        if not re.fullmatch(
            pattern.replace(r"array\[", r"\w+\[").replace("array", r"\w+\[.*\]"), found
        ):
            raise TypeError(f"{name} is {found}, and this was made for {kind}")


def apart(names: str, x: Any, y: Any) -> None:
    """Refuse two arrays that share memory, where one is written to.

    Raises
    ------
    ValueError
        If they do.
    """
    if np.may_share_memory(x, y) and np.shares_memory(x, y):
        raise ValueError(f"{names} share memory, and one of them is written to")


def distinct(written: Any, others: Any) -> None:
    """Refuse objects or containers that are one, where one is written to.

    Raises
    ------
    ValueError
        If something that is written to is met twice.
    """
    seen = {id(x) for x in others}
    for x in written:
        if id(x) in seen:
            raise ValueError(
                f"two arguments share memory: a {type(x).__name__} that is written to is met twice"
            )
        seen.add(id(x))


def lies(name: str, x: Any, place: Any) -> None:
    """Refuse an array that lies elsewhere in memory than the text was made for.

    Raises
    ------
    TypeError
        If it does.
    """
    own, made_for = x.__array_interface__, place.__array_interface__
    if (own["data"], x.shape, x.strides) != (made_for["data"], place.shape, place.strides):
        raise TypeError(f"{name} lies elsewhere in memory than this was made for")


def sees(name: str, view: Any, array: Any) -> None:
    """Refuse what is a view of an array in some layouts, where it is a copy: a write to one of them goes astray.

    Raises
    ------
    ValueError
        If it is one.
    """
    if np.size(array) and not np.may_share_memory(view, array):
        raise ValueError(
            f"{name} is a copy in this layout of memory, and a view in others: make the array contiguous first"
        )


def match_seed(seed: Any, result: Any) -> Any:
    """A seed in the shape and dtype of the result, which may be a number where the result has one element.

    Raises
    ------
    ValueError
        If the shapes differ, or the seed is a number and the result has more than one element.
    """
    if seed is None:
        return zeros_like(result)
    if isinstance(seed, (list, tuple)) and isinstance(result, (list, tuple)):
        if len(seed) != len(result):
            raise ValueError(f"the result has {len(result)} items, and the seed {len(seed)}")
        return type(seed)(map(match_seed, seed, result))
    if np.shape(seed) != np.shape(result) and not (np.shape(seed) == () and np.size(result) == 1):
        what = (
            "a seed of that shape is needed"
            if np.shape(seed) == ()
            else f"the seed has shape {np.shape(seed)}"
        )
        raise ValueError(f"the result has shape {np.shape(result)}: {what}")
    if isinstance(result, np.ndarray):
        return np.broadcast_to(np.asarray(seed, dtype=result.dtype), result.shape)
    return seed


def held(x: Any) -> list[str]:
    """The names of the fields of a dataclass instance that are set."""
    from dataclasses import fields

    return [f.name for f in fields(x) if hasattr(x, f.name)]


def rebuild(kind: Any, parts: Any) -> Any:
    """A namedtuple or dataclass instance of the cotangents of its fields, made without running its own code.

    The parts stand in the order of the fields, or in a dict by name.
    """
    if hasattr(kind, "_fields"):
        return tuple.__new__(kind, parts)
    if not isinstance(parts, dict):
        from dataclasses import fields

        parts = {f.name: part for f, part in zip(fields(kind), parts)}
    made = kind.__new__(kind)
    for name, part in parts.items():
        object.__setattr__(made, name, part)
    return made


def accumulate(buffers: Any, gradients: Any) -> Any:
    """Buffers with gradients added: arrays in place, numbers replaced; the containers are new."""
    if gradients is None:
        return buffers
    if isinstance(buffers, np.ndarray):
        buffers += gradients
        return buffers
    if isinstance(buffers, dict):
        return {key: accumulate(value, gradients[key]) for key, value in buffers.items()}
    if hasattr(buffers, "__dataclass_fields__"):
        summed = {n: accumulate(getattr(buffers, n), getattr(gradients, n)) for n in held(buffers)}
        return rebuild(type(buffers), summed)
    if isinstance(buffers, tuple) and hasattr(buffers, "_fields"):
        return rebuild(type(buffers), map(accumulate, buffers, gradients))
    if isinstance(buffers, (list, tuple)):
        return type(buffers)(map(accumulate, buffers, gradients))
    return buffers + gradients
