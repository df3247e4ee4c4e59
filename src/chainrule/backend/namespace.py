"""What stands above the adjoints of a built module: imports, constants, copies of functions."""

from __future__ import annotations

import ast
import builtins
import dis
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import gast

from chainrule import at_run_time, errors
from chainrule.backend import layout
from chainrule.backend.constants import Module, Unfit
from chainrule.backend.copies import copied
from chainrule.backend.head import import_of
from chainrule.frontend import source
from chainrule.ir.form import MISSING, Leaf

PASS_IT = "pass it as an argument"


class Need(NamedTuple):
    """A name that the text of a function reads, what it means there, and where it is read."""

    name: str
    thing: Any
    of: types.FunctionType
    place: Any


class Namespace:
    """What stands above the adjoints, by name."""

    def __init__(self, adjoints: Iterable[str]) -> None:
        self.imports: dict[str, str] = {}
        self.constants: dict[str, ast.expr] = {}
        self.copies: dict[str, types.FunctionType] = {}
        self.helpers: dict[Any, str] = {}
        self.renamed: dict[Any, dict[str, str]] = {}
        self.things: dict[str, Any] = dict.fromkeys(adjoints, "adjoint")
        self.modules: dict[str, Module] = {}

    def fill(self, needs: Sequence[Need]) -> None:
        """Take in what texts need: the user's names first, since those cannot change."""
        for need in needs:
            if not is_ours(need.thing):
                self.user(*need)
        for need in needs:
            if need.thing in at_run_time.FUNCTIONS:
                raise errors.CannotBuild(
                    "a function is called that is known only when it runs, and chainrule would differentiate it then",
                    need.place,
                    help=["call it by the name under which it was defined"],
                )
            if is_ours(need.thing):
                self.helper(need.thing, need.name)

    # The user's

    def user(self, name: str, thing: Any, of: types.FunctionType, place: Any) -> None:
        """Something that a function reads by name: imported, or copied with all that it needs."""
        if getattr(builtins, name, MISSING) is thing or thing is None:
            return
        if name in of.__code__.co_freevars or isinstance(thing, types.CellType):
            raise errors.CannotBuild(
                f"{name} is a variable of the function around", place, help=[PASS_IT]
            )
        is_data = isinstance(thing, Leaf) or not (
            isinstance(thing, types.ModuleType | type) or callable(thing)
        )
        value = of.__globals__[name] if isinstance(thing, Leaf) else thing
        if not self.claim(name, (id(of.__globals__), name) if is_data else id(value), place):
            return
        if isinstance(value, types.ModuleType):
            self.imports[name] = self.module_import(name, value, of, place)
            return
        home = self.home(of)
        line = home.import_of(name)
        if line is not None and _is_free(sys.modules.get(line.split()[1])):
            self.imports[name] = line
        elif is_data:
            self.constant(name, home, of, place)
        elif (line := _foreign_import(name, value, of)) is not None:
            self.imports[name] = line
        elif type(value) is types.FunctionType:
            self.copy(name, value, place)
        else:
            self.refuse_code(name, value, place)

    def claim(self, name: str, key: Any, place: Any) -> bool:
        """Whether a name is new; it cannot mean two things."""
        if name not in self.things:
            self.things[name] = key
            return True
        if self.things[name] != key:
            raise errors.CannotBuild(
                f"{name} means two things", place, help=["build the derivatives into two files"]
            )
        return False

    def home(self, of: types.FunctionType) -> Module:
        file = of.__code__.co_filename
        if file not in self.modules:
            self.modules[file] = Module(of.__globals__, file)
        return self.modules[file]

    def module_import(
        self, name: str, module: types.ModuleType, of: types.FunctionType, place: Any
    ) -> str:
        if not _is_free(module):
            top = module.__name__.partition(".")[0]
            what = (
                "chainrule is called"
                if top == "chainrule"
                else f"the module {module.__name__} imports chainrule"
            )
            raise errors.CannotBuild(
                f"{what}, which a built module does without",
                place,
                help=[
                    "move what is used of it to a module of its own"
                    if top != "chainrule"
                    else PASS_IT
                ],
            )
        line = import_of(name, module, of)
        assert line is not None
        return line

    def constant(self, name: str, home: Module, of: types.FunctionType, place: Any) -> None:
        try:
            value, names = home.constant(name)
        except Unfit as reason:
            raise errors.CannotBuild(
                f"the global {name} {reason}, so no copy of it would stay true",
                place,
                help=[f"{PASS_IT}: {name}"],
            ) from None
        for inner in sorted(set(names)):
            self.user(inner, of.__globals__[inner], of, place)
        self.constants[name] = value

    def copy(self, name: str, function: types.FunctionType, place: Any) -> None:
        plain = function.__closure__ is None and not _decorated(function)
        if not plain or function.__name__ == "<lambda>":
            raise errors.CannotBuild(
                f"{name} is called, and is no plain function of a module that could be copied",
                place,
                help=["define it with def at the top of a module, without decorators", PASS_IT],
            )
        self.copies[name] = function
        for inner, thing in _reads(function):
            if inner != name:
                self.user(inner, thing, function, place)

    def refuse_code(self, name: str, value: Any, place: Any) -> None:
        kind = (
            f"the class {name} is"
            if isinstance(value, type)
            else f"{name} (a {type(value).__name__}) is"
        )
        raise errors.CannotBuild(
            f"{kind} defined beside the function, and has no text that could be copied",
            place,
            help=["move it to a module of its own, and import it from there", PASS_IT],
        )

    # Ours

    def helper(self, thing: Any, wanted: str) -> str:
        """The name of a function of chainrule in the module, which gets a copy of it."""
        if thing in self.helpers:
            name = self.helpers[thing]
            if name != wanted and self.claim(wanted, id(thing), None):
                self.constants[wanted] = ast.Name(name)
            return name
        self.claim(wanted, id(thing), None)
        self.helpers[thing] = wanted
        self.renamed[thing] = {inner: self.inner(inner, needed) for inner, needed in _reads(thing)}
        return wanted

    def inner(self, name: str, thing: Any) -> str:
        """The name of what a copy of ours reads, one that nothing else has."""
        if isinstance(thing, types.ModuleType):
            return self.inner_module(name, thing)
        if thing in self.helpers:
            return self.helpers[thing]
        free = name
        while free in self.things:
            free = f"_{free}"
        if isinstance(thing, types.FunctionType):
            return self.helper(thing, free)
        self.things[free] = name
        self.constants[free] = ast.Constant(thing)
        return free

    def inner_module(self, name: str, module: types.ModuleType) -> str:
        for known, key in self.things.items():
            if key == id(module):
                return known
        while name in self.things:
            name = f"_{name}"
        self.things[name] = id(module)
        self.imports[name] = f"import {module.__name__}" + (
            f" as {name}" if name != module.__name__ else ""
        )
        return name

    # The text

    def assignments(self) -> Iterator[str]:
        for name, value in self.constants.items():
            if not isinstance(value, ast.Name) or value.id not in self.helpers.values():
                yield from layout.statement(ast.Assign([ast.Name(name)], value))

    def functions(self) -> Iterator[list[str]]:
        """The copies, ours before the user's, each by name."""
        for function, name in sorted(self.helpers.items(), key=lambda item: item[1]):
            yield copied(
                _text_of(function), name, self.renamed[function] | {function.__name__: name}
            )
        aliases = [
            (n, v)
            for n, v in self.constants.items()
            if isinstance(v, ast.Name) and v.id in self.helpers.values()
        ]
        for name, value in aliases:
            yield layout.statement(ast.Assign([ast.Name(name)], value))
        for name, function in sorted(self.copies.items()):
            yield copied(_text_of(function), name, {})


def _foreign_import(name: str, value: Any, of: types.FunctionType) -> str | None:
    """The import of a function or class that another module than the function's has at its top."""
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    own = getattr(value, "__name__", "")
    if module is None or vars(module) is of.__globals__ or getattr(module, own, None) is not value:
        return None
    renamed = f" as {name}" if own != name else ""
    return f"from {module.__name__} import {own}{renamed}" if _is_free(module) else None


def is_ours(thing: Any) -> bool:
    module = getattr(thing, "__module__", None) or ""
    return isinstance(thing, types.FunctionType) and module.partition(".")[0] == "chainrule"


def _is_free(module: types.ModuleType | None) -> bool:
    """Whether a module can be imported where chainrule is not, as far as can be seen."""
    if module is None:
        return True
    top = module.__name__.partition(".")[0]
    if top in sys.stdlib_module_names or top == "numpy":
        return True
    parts = [module, *vars(module).values()]
    names = [
        getattr(p, "__name__", "") if isinstance(p, types.ModuleType) else type(p).__module__
        for p in parts
    ]
    names += [
        getattr(p, "__module__", None) or ""
        for p in parts
        if isinstance(p, types.FunctionType | type)
    ]
    return not any(n.partition(".")[0] == "chainrule" for n in names)


def _text_of(function: types.FunctionType) -> str:
    found = source.find(function)
    node = found.node
    return "\n".join(found.lines[node.lineno - 1 : node.end_lineno]) + "\n"


def _decorated(function: types.FunctionType) -> bool:
    """Whether a function has a decorator that is none of chainrule's."""
    for decorator in source.find(function).node.decorator_list:
        root = decorator
        while hasattr(root, "func") or hasattr(root, "value"):
            root = root.func if hasattr(root, "func") else root.value
        thing = function.__globals__.get(getattr(root, "id", ""), MISSING)
        module = (
            thing.__name__
            if isinstance(thing, types.ModuleType)
            else getattr(thing, "__module__", "") or ""
        )
        if module.partition(".")[0] != "chainrule":
            return True
    return False


def _reads(function: types.FunctionType) -> list[tuple[str, Any]]:
    """The globals that a function and its defaults read, in the order of their names."""
    names: set[str] = set()
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        names.update(
            i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")
        )
        waiting += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    arguments = source.find(function).node.args
    for default in [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]:
        names.update(n.id for n in gast.walk(default) if isinstance(n, gast.Name))
    scope = function.__globals__
    return [(n, scope[n]) for n in sorted(names) if n in scope]
