"""Comparison with differences."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Mapping
from typing import Any

from chainrule.asked import part_of
from chainrule.comparison import Report, compare, random_seed
from chainrule.derivative import Derivative, Kind, derivative
from chainrule.wrt import Path, Wrt


def check_grad(f: Callable[..., Any], *args: Any, wrt: Wrt = None, **kwargs: Any) -> Report:
    """Compare the gradient of a function with central differences.

    Parameters
    ----------
    f
        The function, or a derivative of it, which is compared as it is; a result of more than one element is contracted
        with a fixed random seed.
    args, kwargs
        Where to compare.
    wrt
        With respect to what, as in `grad`; without it, what a derivative is given for.

    Returns
    -------
    Report
        How well each gradient agrees.

    Raises
    ------
    AssertionError
        With the report, if one does not.
    """
    of: Any = f
    if isinstance(of, types.MethodType) and isinstance(of.__func__, Derivative):
        of, args = of.__func__, (of.__self__, *args)
    if not isinstance(of, Derivative):
        of = derivative(f, wrt, Kind())
    has_aux = of._kind.has_aux
    d: Any = derivative(of.primal, of._wrt if wrt is None else wrt, Kind(True, has_aux))
    target = d.target
    returned = of.primal(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    seed = of._seed if of._has_seed else random_seed(returned[0] if has_aux else returned)
    seeded = d if seed is None else d.seeded(seed)
    _, gradients = seeded(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    paths = d.request.paths
    found = (gradients,) if d.request.bare else gradients
    bound = target.bind(args, kwargs)
    values = {str(p): part_of(bound, p) for p in paths}
    asked = {str(p): g for p, g in zip(paths, found)}
    by_name = {str(p): p for p in paths}

    def at(moved: Mapping[Any, Any]) -> Any:
        arguments = copy.deepcopy(bound)
        for key, value in moved.items():
            _put(arguments, by_name[key], copy.deepcopy(value))
        returned = target.run(arguments)
        return returned[0] if has_aux else returned

    report = compare(at, values, asked, seed=seed)
    assert report.ok, str(report)
    return report


def _put(bound: dict[str, Any], path: Path, value: Any) -> None:
    if not path.steps:
        bound[path.root] = value
        return
    holder = part_of(bound, Path(path.root, path.steps[:-1]))
    kind, key = path.steps[-1]
    if kind == "attribute":
        object.__setattr__(holder, key, value)
    elif isinstance(holder, tuple):
        _put(bound, Path(path.root, path.steps[:-1]), (*holder[:key], value, *holder[key + 1 :]))
    else:
        holder[key] = value
