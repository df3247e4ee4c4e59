"""What else has a say in what a derivative is: versions, files, and the rules that users gave."""

from __future__ import annotations

import marshal
import os
import sys
import types
from typing import Any

from chainrule.backend.identity import Unknown, described_thing, digest, function_of

ROOMS = ("analysis", "autodiff", "backend", "frontend", "ir", "layout", "optimize", "rules")
"""The folders of this package that have a say in what a derivative is."""
_versions: tuple[Any, ...] = ()


def versions() -> tuple[Any, ...]:
    """The versions of all that has a say in what a derivative is."""
    global _versions
    if not _versions:
        import numpy as np

        python = (sys.implementation.cache_tag, sys.hexversion, sys.flags.optimize)
        _versions = (*python, np.__version__, own_version())
    return _versions


def own_version() -> tuple[Any, ...]:
    """The version of this package; of a working copy, the state of its files too."""
    from chainrule import __version__

    folder = os.path.dirname(os.path.dirname(__file__))
    if f"{os.sep}site-packages{os.sep}" in folder or f"{os.sep}dist-packages{os.sep}" in folder:
        return (__version__, stamp_of(__file__))
    states = []
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    states.append((entry.path, status.st_mtime_ns, status.st_size))
                elif entry.name in ROOMS and entry.is_dir():
                    folders.append(entry.path)
    return (__version__, digest(marshal.dumps(sorted(states), 2)))


def stamp_of(file: str) -> tuple[int, int]:
    try:
        status = os.stat(file)
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def are_unchanged(sources: tuple[tuple[str, tuple[int, int]], ...]) -> bool:
    """Whether files are as they were, comments included."""
    return all(stamp_of(file) == stamp for file, stamp in sources)


def rules_of_users() -> tuple[Any, ...]:
    """The rules that users gave in this process: which functions have one, and its code.

    Raises
    ------
    Unknown
        If one of them calls what is not known here.
    """
    registry = sys.modules.get("chainrule.rules.registry")
    users = registry.users if registry is not None else {}
    return tuple((described_thing(function), rule_of(rule)) for function, rule in users.items())


def rule_of(rule: Any) -> Any:
    """A rule, which may read NumPy and Python alone."""
    code = rule.__code__
    if code.co_freevars:
        raise Unknown
    for name in code.co_names:
        thing = rule.__globals__.get(name)
        if callable(thing) or isinstance(thing, types.ModuleType):
            home = (
                thing.__name__
                if isinstance(thing, types.ModuleType)
                else getattr(thing, "__module__", None)
            )
            if str(home).partition(".")[0] not in ("numpy", "math", "builtins", "operator"):
                raise Unknown
        elif thing is not None:
            raise Unknown
    return function_of(rule)
