"""The module that `build` writes: adjoints with all that they need, importable where chainrule is not installed."""

from __future__ import annotations

import ast
import builtins
import dis
import sys
import textwrap
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from chainrule import errors
from chainrule.backend import layout
from chainrule.backend.constants import Module, Unfit
from chainrule.backend.copies import copied
from chainrule.backend.emit import Text
from chainrule.backend.head import import_of, imports
from chainrule.frontend import source
from chainrule.ir.form import MISSING, Function, Leaf, operands, walk

PASS_IT = "pass it as an argument"


class Part(NamedTuple):
    """One adjoint of a module: its form, the function that it belongs to, and what writes its text."""

    adjoint: Function
    primal: types.FunctionType
    write: Callable[[Function], Text]


def build(parts: Sequence[Part], command: str) -> str:
    """The text of a module with these adjoints.

    Parameters
    ----------
    command
        What makes it again.

    Raises
    ------
    errors.CannotBuild
        If an adjoint needs what no text can hold: an array or a rebound global, a closure's variable, a class.
    """
    texts = _written(parts)
    namespace = _Namespace({text.name for text in texts})
    namespace.fill([(name, thing, part) for part, text in zip(parts, texts) for name, thing in text.imports.items()])
    for part in parts:
        _check_defaults(part)
    body = "\n\n\n".join(["\n".join(lines) for lines in namespace.functions()] + [text.body.rstrip() for text in texts])
    head = [f"# Made by chainrule. To make it again:\n#\n#     {command}", f'"""{_title(parts)}"""\n']
    above = [block for block in (imports(namespace.imports.values()), "\n".join(namespace.assignments())) if block.strip()]
    made = "\n".join([*head, "\n".join(block if block.endswith("\n") else f"{block}\n" for block in above)])
    made = f"{made.rstrip()}\n\n\n{body}\n"
    _check_names(made)
    return made


def _title(parts: Sequence[Part]) -> str:
    names = [part.adjoint.name.removesuffix("_adjoint") for part in parts]
    if len(names) == 1:
        return f"The derivative of {names[0]}."
    text = f"Derivatives of {', '.join(names[:-1])} and {names[-1]}."
    return text if len(text) < 80 else "\n".join(["Derivatives.", "", *textwrap.wrap(text[15:], 80), ""])


def _written(parts: Sequence[Part]) -> list[Text]:
    """The texts, in which no name of ours is one that another text has for something else."""
    names = [part.adjoint.name for part in parts]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise errors.CannotBuild(
            f"two derivatives would be called {twice}", help=["build them into two files, or name the functions apart"]
        )
    _avoid(parts, set(names))
    texts = [part.write(part.adjoint) for part in parts]
    own = {n for text in texts for n, thing in text.imports.items() if _is_ours(thing)}
    theirs = {n for text in texts for n, thing in text.imports.items() if not _is_ours(thing)}
    if not own & theirs:
        return texts
    _avoid(parts, own & theirs)
    return [part.write(part.adjoint) for part in parts]


def _avoid(parts: Sequence[Part], names: set[str]) -> None:
    for part in parts:
        part.adjoint.facts["names"] = frozenset(part.adjoint.facts["names"] | names)


class _Namespace:
    """What stands above the adjoints, by name."""

    def __init__(self, adjoints: Iterable[str]) -> None:
        self.imports: dict[str, str] = {}
        self.constants: dict[str, ast.expr] = {}
        self.copies: dict[str, types.FunctionType] = {}
        self.helpers: dict[Any, str] = {}
        self.renamed: dict[Any, dict[str, str]] = {}
        self.things: dict[str, Any] = dict.fromkeys(adjoints, "adjoint")
        self.modules: dict[str, Module] = {}

    def fill(self, needs: Sequence[tuple[str, Any, Part]]) -> None:
        for name, thing, part in needs:
            if not _is_ours(thing):
                self.user(name, thing, part.primal, _place(part, thing), part)
        for name, thing, _ in needs:
            if _is_ours(thing):
                self.helper(thing, name)

    # The user's

    def user(self, name: str, thing: Any, of: types.FunctionType, place: Any, part: Part | None = None) -> None:
        """Something that a function reads under a name: imported, or copied with all that it needs itself."""
        if getattr(builtins, name, MISSING) is thing or thing is None:
            return
        if name in of.__code__.co_freevars:
            raise errors.CannotBuild(f"{name} is a variable of the function around", place, help=[PASS_IT])
        is_data = isinstance(thing, Leaf) or not (isinstance(thing, types.ModuleType | type) or callable(thing))
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
        elif isinstance(value, types.FunctionType):
            self.copy(name, value, place)
        else:
            self.refuse_code(name, value, place)

    def claim(self, name: str, key: Any, place: Any) -> bool:
        """Whether a name is new; it cannot mean two things."""
        if name not in self.things:
            self.things[name] = key
            return True
        if self.things[name] != key:
            raise errors.CannotBuild(f"{name} means two things", place, help=["build the derivatives into two files"])
        return False

    def home(self, of: types.FunctionType) -> Module:
        file = of.__code__.co_filename
        if file not in self.modules:
            self.modules[file] = Module(of.__globals__, file)
        return self.modules[file]

    def module_import(self, name: str, module: types.ModuleType, of: types.FunctionType, place: Any) -> str:
        if not _is_free(module):
            raise errors.CannotBuild(
                f"the module {module.__name__} imports chainrule, which a built module does without",
                place,
                help=["move what is used of it to a module of its own"],
            )
        line = import_of(name, module, of)
        assert line is not None
        return line

    def constant(self, name: str, home: Module, of: types.FunctionType, place: Any) -> None:
        try:
            value, names = home.constant(name)
        except Unfit as reason:
            raise errors.CannotBuild(
                f"the global {name} {reason}, so no copy of it would stay true", place, help=[f"{PASS_IT}: {name}"]
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
        kind = f"the class {name} is" if isinstance(value, type) else f"{name} (a {type(value).__name__}) is"
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
        self.imports[name] = f"import {module.__name__}" + (f" as {name}" if name != module.__name__ else "")
        return name

    # The text

    def assignments(self) -> Iterator[str]:
        for name, value in self.constants.items():
            if not isinstance(value, ast.Name) or value.id not in self.helpers.values():
                yield from layout.statement(ast.Assign([ast.Name(name)], value))

    def functions(self) -> Iterator[list[str]]:
        """The copies, ours before the user's, each by name."""
        for function, name in sorted(self.helpers.items(), key=lambda item: item[1]):
            yield copied(_text_of(function), name, self.renamed[function] | {function.__name__: name})
        aliases = [(n, v) for n, v in self.constants.items() if isinstance(v, ast.Name) and v.id in self.helpers.values()]
        for name, value in aliases:
            yield layout.statement(ast.Assign([ast.Name(name)], value))
        for name, function in sorted(self.copies.items()):
            yield copied(_text_of(function), name, {})


def _is_ours(thing: Any) -> bool:
    module = getattr(thing, "__module__", None) or ""
    return isinstance(thing, types.FunctionType) and module.partition(".")[0] == "chainrule"


def _is_free(module: types.ModuleType | None) -> bool:
    """Whether a module can be imported where chainrule is not installed, as far as it can be seen."""
    if module is None:
        return True
    top = module.__name__.partition(".")[0]
    if top in sys.stdlib_module_names or top == "numpy":
        return True
    parts = [module, *vars(module).values()]
    names = [getattr(p, "__name__", "") if isinstance(p, types.ModuleType) else type(p).__module__ for p in parts]
    names += [getattr(p, "__module__", None) or "" for p in parts if isinstance(p, types.FunctionType | type)]
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
        module = thing.__name__ if isinstance(thing, types.ModuleType) else getattr(thing, "__module__", "") or ""
        if module.partition(".")[0] != "chainrule":
            return True
    return False


def _reads(function: types.FunctionType) -> list[tuple[str, Any]]:
    """The globals that a function reads, those of its defaults included, in the order of their names."""
    names: set[str] = set()
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        names.update(i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
        waiting += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    arguments = source.find(function).node.args
    for default in [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]:
        names.update(n.id for n in _names(default))
    scope = function.__globals__
    return [(n, scope[n]) for n in sorted(names) if n in scope]


def _names(node: Any) -> Iterator[Any]:
    import gast

    return (n for n in gast.walk(node) if isinstance(n, gast.Name))


def _place(part: Part, thing: Any) -> Any:
    """Where an adjoint's function reads something, or else where it begins."""
    if isinstance(thing, Leaf):
        for s in walk(part.adjoint.body):
            if thing.value in operands(s) and s.place is not None:
                return s.place
    found = source.find(part.primal)
    return found.place(found.node)


def _check_defaults(part: Part) -> None:
    for p in part.adjoint.params:
        if p.default is not MISSING and not isinstance(p.default, int | float | str | bool | complex | tuple | None):
            raise errors.CannotBuild(
                f"the default of {p.value.name} is a {type(p.default).__name__}, which no text can hold",
                _place(part, None),
                help=["give it no default, or None and replace that in the function"],
            )


def _check_names(text: str) -> None:
    """A module that lacks a name would be our fault: it must not be written."""
    bound = set(vars(builtins))
    for s in ast.parse(text).body:
        if isinstance(s, ast.Import | ast.ImportFrom):
            bound.update(a.asname or a.name.partition(".")[0] for a in s.names)
        elif isinstance(s, ast.FunctionDef):
            bound.add(s.name)
        elif isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name):
            bound.add(s.targets[0].id)
    waiting = [compile(text, "<built>", "exec")]
    while waiting:
        code = waiting.pop()
        missing = [i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL" and i.argval not in bound]
        assert not missing, f"the module lacks {missing[0]}"
        waiting += [c for c in code.co_consts if isinstance(c, types.CodeType)]
