"""From a TARGET, ``package.module:function`` or ``file.py:Class.method``, to what it names."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
import traceback
import types
from pathlib import Path
from typing import Any

from chainrule import grad
from chainrule.command.console import Usage
from chainrule.command.options import wrt_of
from chainrule.derivative import Derivative, derivative
from chainrule.diagnostics import shown_path
from chainrule.errors import ChainruleError


def derivative_of(
    text: str, wrt: str | None = None, folder: Path | None = None
) -> Derivative[..., Any]:
    """The derivative that a TARGET names, or that of a function with respect to every parameter.

    Parameters
    ----------
    wrt
        What ``--wrt`` says.
    folder
        Where relative paths start, if not in the current folder.

    Raises
    ------
    Usage
        If there is no such thing.
    """
    thing = load(text, folder)
    asked = wrt_of(wrt)
    if isinstance(thing, Derivative):
        return (
            thing
            if asked is None
            else derivative(thing._given, asked, thing._kind, thing._seed, thing._has_seed)
        )
    if not callable(thing):
        kind = type(thing).__name__
        raise Usage(
            f"{text} is {'an' if kind[0] in 'aeiou' else 'a'} {kind}, which cannot be called"
        )
    made: Derivative[..., Any] = grad(thing, ... if asked is None else asked)
    return made


def load(text: str, folder: Path | None = None) -> Any:
    """The object that a TARGET names."""
    place, colon, path = text.rpartition(":")
    if not colon or not place or not path:
        raise Usage(f"{text!r} is no target: write file.py:function or package.module:function")
    thing: Any = module_of(place, folder or Path.cwd())
    shown = place
    for name in path.split("."):
        if not hasattr(thing, name):
            raise Usage(f"{shown} has no {name}{_like(name, thing)}")
        thing, shown = getattr(thing, name), name
    return thing


def _like(name: str, thing: Any) -> str:
    own = (
        [n for n, v in vars(thing).items() if callable(v) and not n.startswith("_")]
        if hasattr(thing, "__dict__")
        else []
    )
    if isinstance(thing, types.ModuleType):
        own = [n for n in own if getattr(getattr(thing, n), "__module__", None) == thing.__name__]
    near = difflib.get_close_matches(name, own, 1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; it has {', '.join(own[:8])}" if own else ""


def module_of(place: str, folder: Path) -> types.ModuleType:
    """The module of a file, or of a dotted name that Python finds from the folder."""
    try:
        if is_file(place):
            return _module_of_file((folder / place).resolve(), place)
        _findable(folder)
        return importlib.import_module(place)
    except (ChainruleError, Usage):
        raise
    except ModuleNotFoundError as error:
        if (
            error.name is not None
            and f"{place}.".startswith(f"{error.name}.")
            and not is_file(place)
        ):
            raise Usage(f"there is no module {error.name} (looked from {folder})") from None
        raise Usage(told(error)) from None
    except (Exception, SystemExit) as error:
        raise Usage(told(error)) from None


def is_file(place: str) -> bool:
    return place.endswith(".py") or "/" in place or "\\" in place


def _findable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _module_of_file(path: Path, place: str) -> types.ModuleType:
    if not path.is_file():
        raise Usage(f"there is no file {place}")
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(path):
            return module
    parts, folder = [path.stem] if path.stem != "__init__" else [], path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    _findable(folder)
    name = ".".join(parts)
    if (
        name not in sys.modules
        and parts
        and parts[0] not in sys.stdlib_module_names
        and all(p.isidentifier() for p in parts)
    ):
        module = importlib.import_module(name)
        if getattr(module, "__file__", None) == str(path):
            return module
    return _module_by_path(path)


def _module_by_path(path: Path) -> types.ModuleType:
    """A module whose name is taken by another: it gets one that is free."""
    name = "".join(c if c.isalnum() else "_" for c in path.stem)
    while name in sys.modules or name in sys.stdlib_module_names:
        name += "_"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Usage(f"{path.name} cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def told(error: BaseException) -> str:
    """An exception of the user's in one line, with its place: ``model.py:3: NameError: …``."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return f"{shown_path(error.filename)}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)]
    return f"{shown_path(frames[-1].filename)}:{frames[-1].lineno}: {said}" if frames else said


def is_users(file: str) -> bool:
    """Whether a file is neither ours nor the machinery of imports nor generated."""
    ours = Path(__file__).parent.parent
    return (
        not file.startswith("<")
        and ours not in Path(file).parents
        and Path(file).parent.name != "importlib"
    )
