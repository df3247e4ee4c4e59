"""From ARGs to the arguments of a call: literals, arrays, files, and numbers drawn at random."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import re
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from chainrule import trees
from chainrule.annotations import annotated
from chainrule.command.console import Usage
from chainrule.command.targets import told
from chainrule.derivative import Derivative
from chainrule.ir.types import Scalar

NAMED = re.compile(r"([^\W\d]\w*)=(?!=)", re.S)
DRAWN = re.compile(r"([fciu]\d{1,2})\[([\d,\s]*)\]")


class Call(NamedTuple):
    """The arguments of a call, and what the function returned for a copy of them."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any


def call_of(d: Derivative[..., Any], words: Sequence[str], say: Callable[[str], None]) -> Call:
    """The call that ARGs mean.

    An int for a parameter that is asked is read as a float. Where nobody said what is asked, every
    parameter is: an int that the function takes for an index or a count alone stays one.

    Raises
    ------
    Usage
        If the arguments do not fit the function, or it fails with them.
    """
    bound, floats = _bound(d, words)
    attempts = (
        [floats, *([n for n in floats if n != kept] for kept in floats), []]
        if d.request.every
        else [floats]
    )
    failure: Exception | None = None
    for attempt in attempts:
        given = dict(bound.arguments)
        given |= {name: _floats(given[name]) for name in attempt}
        made = inspect.BoundArguments(bound.signature, given)
        try:
            result = _result(d, made)
        except Exception as error:
            failure = failure or error
            if isinstance(error, TypeError | IndexError):
                continue
            break
        kept = [name for name in floats if name not in attempt]
        if kept:
            say(f"{' and '.join(kept)}: kept as int, as the function takes no float there")
        return Call(made.args, made.kwargs, result)
    assert failure is not None
    raise Usage(f"the function fails with these arguments: {told(failure)}")


def _result(d: Derivative[..., Any], made: inspect.BoundArguments) -> Any:
    bound = copy.deepcopy(d.target.bind(made.args, made.kwargs))
    return d.target.run(bound)


def _bound(
    d: Derivative[..., Any], words: Sequence[str]
) -> tuple[inspect.BoundArguments, list[str]]:
    """The arguments by parameter, ints as they are, and the names of those to be floats."""
    signature = d.target.signature
    named: dict[str, str] = {}
    plain: list[str] = []
    for word in words:
        match = NAMED.match(word)
        if match is None:
            plain.append(word)
        else:
            named[match[1]] = word[match.end() :]
    try:
        bound = signature.bind(*plain, **named)
    except TypeError as error:
        raise Usage(f"{error} (the parameters are {', '.join(signature.parameters)})") from None
    asked = {path.root for path in d.request.paths}
    types = annotated(d.target.function)
    for i, (name, words_) in enumerate(bound.arguments.items()):
        parameter, differentiated = signature.parameters[name], name in asked
        if parameter.kind is parameter.VAR_POSITIONAL:
            bound.arguments[name] = tuple(
                value_of(w, parameter, differentiated, 100 * i + j) for j, w in enumerate(words_)
            )
        elif parameter.kind is parameter.VAR_KEYWORD:
            bound.arguments[name] = {
                k: value_of(w, parameter, differentiated, i) for k, w in words_.items()
            }
        else:
            bound.arguments[name] = value_of(words_, parameter, differentiated, i)
    ints = [
        n
        for n, v in bound.arguments.items()
        if n in asked and not _is_int(types.get(n)) and _has_ints(v, signature.parameters[n])
    ]
    return bound, ints


def _has_ints(value: Any, parameter: inspect.Parameter) -> bool:
    """Whether an argument is an int, or one of those that a starred parameter takes."""
    if parameter.kind is parameter.VAR_POSITIONAL:
        return any(type(v) is int for v in value)
    if parameter.kind is parameter.VAR_KEYWORD:
        return any(type(v) is int for v in value.values())
    return type(value) is int


def _floats(value: Any) -> Any:
    """Floats for the ints of an argument."""
    if isinstance(value, tuple):
        return tuple(map(_floats, value))
    if isinstance(value, dict):
        return {k: _floats(v) for k, v in value.items()}
    return float(value) if type(value) is int else value


def _is_int(known: Any) -> bool:
    return isinstance(known, Scalar) and known.kind is int


def value_of(
    word: str, parameter: inspect.Parameter | None, differentiated: bool, number: int
) -> Any:
    """What one ARG means.

    Parameters
    ----------
    parameter
        Where it goes; one that is annotated as a list gets lists.
    differentiated
        Whether whole numbers in arrays are to be floats.
    number
        Which draw ``f8[3,4]`` is.
    """
    if word.startswith("@"):
        value = _file(Path(word[1:]))
    elif match := DRAWN.fullmatch(word.strip()):
        return _drawn(word, match, number)
    else:
        value = _literal(word)
    return (
        value
        if parameter is not None and _takes_lists(parameter.annotation)
        else _arrays(value, differentiated)
    )


class _Infinite(ast.NodeTransformer):
    """``inf`` and ``nan`` count as literals."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(float(node.id)) if node.id in ("inf", "nan") else node


def _literal(word: str) -> Any:
    try:
        return ast.literal_eval(_Infinite().visit(ast.parse(word.strip(), mode="eval")))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        quoted = f"""; a string needs quotes: "'{word}'\"""" if word.isidentifier() else ""
        raise Usage(f"{word!r} is no Python literal{quoted}") from None


def _drawn(word: str, match: re.Match[str], number: int) -> Any:
    rng = np.random.default_rng(number)
    shape = tuple(int(n) for n in match[2].split(",") if n.strip())
    try:
        dtype = np.dtype(match[1])
    except TypeError:
        raise Usage(f"{word}: there is no dtype {match[1]}") from None
    if dtype.kind in "iu":
        return rng.integers(0, 10, shape).astype(dtype)
    drawn = rng.normal(size=shape)
    return np.asarray(drawn + 1j * rng.normal(size=shape) if dtype.kind == "c" else drawn).astype(
        dtype
    )


def _file(path: Path) -> Any:
    try:
        if path.suffix == ".json":
            return json.loads(path.read_text(encoding="utf-8"))
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False)
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
    except OSError as error:
        raise Usage(f"@{path}: {error.strerror or error}") from None
    except (ValueError, EOFError) as error:
        raise Usage(f"@{path} cannot be read: {error}") from None
    raise Usage(f"@{path}: a file of arguments is .npy, .npz or .json")


def _takes_lists(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.startswith(("list", "List", "Sequence"))
    return (typing.get_origin(annotation) or annotation) in (list, typing.Sequence)


def _arrays(value: Any, differentiated: bool) -> Any:
    """A value with its lists of numbers as arrays."""
    if isinstance(value, dict):
        return {key: _arrays(v, differentiated) for key, v in value.items()}
    if isinstance(value, tuple):
        return tuple(_arrays(v, differentiated) for v in value)
    if isinstance(value, list):
        try:
            array = np.array(value)
        except ValueError:  # no rectangle
            return [_arrays(v, differentiated) for v in value]
        if array.dtype.kind not in "fcib":
            return [_arrays(v, differentiated) for v in value]
        return array.astype(float) if differentiated and array.dtype.kind == "i" else array
    return value


def seed_of(d: Derivative[..., Any], word: str | None) -> Any:
    """The seed that ``--seed`` gives, or None."""
    return None if word is None else value_of(word, None, True, 99)


def seeded(d: Derivative[..., Any], call: Call, word: str | None) -> Derivative[..., Any]:
    """The derivative with the seed that ``--seed`` gives, which some results need.

    Raises
    ------
    Usage
        If the result has more than one element, and nothing says how they are to be weighed.
    """
    if word is not None:
        return d.seeded(seed_of(d, word))
    value = call.result[0] if d._kind.has_aux else call.result
    if not d._has_seed and not is_scalar(value):
        what = (
            f"has the shape {np.shape(value)}" if isinstance(value, np.ndarray) else "is no number"
        )
        raise Usage(f"the result {what}: say by --seed what it is multiplied by")
    return d


def is_scalar(value: Any) -> bool:
    """Whether a result needs no seed."""
    return trees.children(value) is None and np.size(value) == 1
