"""What lowering carries along: one session for a function and all that is inlined into it, one frame a call."""

from __future__ import annotations

import builtins
import functools
import sys
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule import errors
from chainrule.analysis.builder import Builder, constant
from chainrule.analysis.infer import type_of_sample
from chainrule.frontend.cells import Cell, Names
from chainrule.frontend.memory import Memory
from chainrule.frontend.source import Place, Sentence, Source
from chainrule.ir.form import MISSING, UNBOUND, Atom, Const, Leaf, Value
from chainrule.ir.types import (
    BRACKETS,
    NONE,
    UNKNOWN,
    Array,
    Scalar,
    Size,
    Static,
    Struct,
    Type,
    field_names,
)

TypeOf = Callable[[Any, str], Type]


class Session:
    """The lowering of one function: its memory, its leaves, what it depends on, and what is wrong with it."""

    def __init__(
        self, root: types.FunctionType | None, type_of: TypeOf, examples: dict[str, Any]
    ) -> None:
        self.root = root
        self.type_of = type_of
        self.demands: Demands = NO_DEMANDS
        self.examples = examples
        self.memory = Memory()
        self.loosened: set[tuple[str, tuple[Any, ...]]] = set()  # arguments that are restructured
        self.leaves: dict[tuple[str, tuple[Any, ...]], Leaf] = {}
        self.rooted: dict[Value, tuple[str, tuple[Any, ...], bool]] = {}
        self.told: dict[tuple[str, tuple[Any, ...]], Leaf] = {}  # compared at dispatch, never read
        self.memory.roots, self.memory.parts_of = self.rooted, self.written_parts
        self.statics: dict[str, Any] = {}
        self.read_names: set[str] = set()  # the names from outside that the text will read
        self.depends: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        self.inlined: dict[
            types.FunctionType, None
        ] = {}  # the functions whose text went into this one
        self.codes: dict[Atom, frozenset[int]] = {}
        self.jumps: dict[Atom, Sentence] = {}  # the user's `break` and `continue`, by exit code
        self.result_name = "result"  # what a returned value is called that has no name
        self.problems: list[errors.ChainruleError] = []
        self.calls: list[types.FunctionType] = []
        self.entered: list[Any] = []  # the same, each with the nested functions that it was given
        self.held: frozenset[Atom] = frozenset()  # what a rule may take for constant
        self.cut: Place | None = None  # the `with no_grad()` around
        self.nested: dict[Any, Source] = {}  # of each nested function's node, its source
        self.assumed: dict[Atom, bool] = {}  # tests, as they came out on the side that is lowered
        self.implied: dict[Atom, tuple[Atom, bool]] = {}  # tests that say as much as another
        self.cells: dict[Cell, Atom] = {}  # what the variables that nested functions share hold
        self.builder = Builder()
        self.table: Any = None  # the functions that are called, not inlined (`frontend.recursion`)
        self.host: types.FunctionType | None = (
            None  # the one of them that is lowered, if not the root
        )
        self.root_source: Source | None = None
        self.unfold: Callable[[Frame, Atom], Atom] = lambda frame, atom: atom

    @property
    def root_name(self) -> str:
        return "the rule" if self.root is None else self.root.__name__

    def alias(self, name: str, thing: Any, imported: bool = False) -> str:
        """A name for a function or module that the root function's own names do not reach.

        Parameters
        ----------
        imported
            Whether the root function binds the name itself, to this alone.
        """
        root = self.root
        assert root is not None
        code = root.__code__
        own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        while (
            self.statics.get(name, thing) is not thing
            or name in own
            and not imported
            or root.__globals__.get(name, thing) is not thing
        ):
            name += "_"
        self.statics[name] = thing
        return name

    def looked_up(self, holder: Any, name: str, thing: Any) -> None:
        """Record that a module or class gave this for a name; for those of Python and NumPy nobody asks again."""
        of = (
            holder.__name__
            if isinstance(holder, types.ModuleType)
            else getattr(holder, "__module__", None)
        )
        if self.root is not None and str(of).partition(".")[0] not in (
            "numpy",
            "math",
            "builtins",
            "operator",
        ):
            self.depends[id(holder), name] = (holder, name, thing)

    @contextmanager
    def block(self) -> Iterator[Builder]:
        """Write the statements of an inner block."""
        outer = self.builder
        self.builder = Builder(outer.place, outer.fold, outer.answers)
        try:
            yield self.builder
        finally:
            self.builder = outer

    def leaf(
        self, root: str, path: tuple[Any, ...], type: Type, free: bool, example: Any = MISSING
    ) -> Value:
        """The value that a path from a parameter or a free name leads to, the same at every reading."""
        found = self.leaves.get((root, path))
        if found is None:
            name = str(path[-1][1]) if path else root
            name = (
                name
                if name.isidentifier()
                else f"{root}_{name}"
                if f"{root}_{name}".isidentifier()
                else root
            )
            value = Value(name, type, "user")
            if type == NONE:
                value.known = None
            if isinstance(type, Static):
                value.known = type.thing
            found = self.leaves[root, path] = Leaf(value, root, path, free)
            self.root_at(value, root, path, free, example)
        return found.value

    def root_at(
        self, value: Value, root: str, path: tuple[Any, ...], free: bool, example: Any = MISSING
    ) -> None:
        """Record that a value is what a path leads to, and the object that was there at the call."""
        self.rooted[value] = root, path, free
        if example is not MISSING:
            self.examples[repr((root, path))] = example

    def written_parts(self, whole: Value) -> tuple[Atom, ...] | None:
        """The parts of an argument's container, if anything below it was written to."""
        t = whole.type
        if whole not in self.rooted or not isinstance(t, Struct) or hasattr(t.kind, "_fields"):
            return None
        root, path, free = self.rooted[whole]
        below = [
            leaf.value
            for (r, p), leaf in self.leaves.items()
            if r == root and len(p) > len(path) and p[: len(path)] == path
        ]
        if not any(v in self.memory.versions for v in below):
            return None
        kind = "item" if t.kind in (list, tuple, dict) else "attribute"
        return tuple(
            self.leaf(root, (*path, (kind, key)), part, free) for key, part in zip(t.keys, t.parts)
        )

    def is_fixed(self, value: Value) -> bool:
        """Whether a value is what a path leads to, whose parts stay what they were at the call."""
        return value in self.rooted and self.rooted[value][:2] not in self.loosened

    def example(self, value: Atom) -> Any:
        """The object that a rooted value was at the call that lowering serves, or MISSING."""
        if not isinstance(value, Value) or value not in self.rooted:
            return MISSING
        root, path, _ = self.rooted[value]
        return self.examples.get(repr((root, path)), MISSING)


class Frame:
    """One activation of a function that is lowered: its names, and where it stands in its text."""

    def __init__(
        self,
        session: Session,
        source: Source,
        outer: Frame | None = None,
        around: Frame | None = None,
    ) -> None:
        self.session, self.source, self.outer = session, source, outer
        self.around = around  # of a nested function, the frame that it was made in
        code = source.function.__code__
        cells = {name: Cell(name) for name in code.co_cellvars}
        if around is not None:
            cells |= {n: around.names.cells[n] for n in code.co_freevars if n in around.names.cells}
        self.names: Names = Names(session.cells, cells)
        self.scope = {
            name: cell
            for name, cell in zip(code.co_freevars, source.function.__closure__ or ())
            if name not in cells
        }
        self.locals = frozenset(
            source.function.__code__.co_varnames + source.function.__code__.co_cellvars
        )
        self.sentence: Sentence | None = None
        self.returned: Atom = UNBOUND
        self.inline_return: Sentence | None = None

    @property
    def builder(self) -> Builder:
        return self.session.builder

    @property
    def env(self) -> Names:
        """What names hold at this point."""
        return self.names

    @env.setter
    def env(self, all_: Mapping[Any, Atom]) -> None:
        self.names.replace(all_)

    def at(self, node: Any) -> Place:
        """Say that what is written from now on comes from this node."""
        place = self.source.place(node, self.sentence)
        self.builder.place = place
        return place

    def read_again(self, atoms: list[Atom]) -> list[Atom]:
        """Operands as they are once the last of them is evaluated, which may have written to the others."""
        return [self.again(a) for a in atoms]

    def lookup(self, name: str) -> Atom:
        """What a name means here."""
        atom = self.env.get(name)
        if atom is not None:
            return self.session.unfold(self, self.session.memory.read(atom, self.builder))
        if name in self.scope:
            return self._free(name, self.scope[name])
        if name in self.locals or name in self.env.cells:
            raise errors.UnsupportedExpression(
                f"{name} is read before it is bound", self.builder.place
            )
        scope = self.source.function.__globals__
        if name in scope:
            return self._outside(name, scope[name], (scope, name), self._same_globals)
        if hasattr(builtins, name):
            return self._static(name, getattr(builtins, name), True)
        raise errors.UnsupportedExpression(f"the name {name} is not defined", self.builder.place)

    def bases(self) -> set[Value]:
        """The memory that names hold here and around, and that of what comes from outside."""
        memory = self.session.memory
        found = set(memory.versions) | {leaf.value for leaf in self.session.leaves.values()}
        around: Frame | None = self
        while around is not None:
            found |= {root for a in around.env.values() if (root := memory.root(a)) is not None}
            around = around.outer
        return found

    def again(self, atom: Atom) -> Atom:
        """What an operand is after those beside it have been evaluated, which may have written to it."""
        return self.session.memory.read(atom, self.builder)

    def _free(self, name: str, cell: types.CellType) -> Atom:
        try:
            contents = cell.cell_contents
        except ValueError:
            raise errors.UnsupportedExpression(
                f"{name} is not bound yet", self.builder.place
            ) from None
        root = self.session.root
        own = (
            dict(zip(root.__code__.co_freevars, root.__closure__ or ())) if root is not None else {}
        )
        return self._outside(name, contents, (cell, "cell_contents"), own.get(name) is cell)

    @property
    def _same_globals(self) -> bool:
        root = self.session.root
        return root is not None and self.source.function.__globals__ is root.__globals__

    def _outside(self, name: str, contents: Any, where: tuple[Any, str], in_reach: bool) -> Atom:
        """An object from outside the function: code, which is compared by identity, or data, which is an input.

        ``in_reach`` says whether the text, which runs where the root function does, may call it by the same name.
        """
        if is_static(contents):
            if self.session.root is not None:
                self.session.depends[id(where[0]), where[1]] = (*where, contents)
            return self._static(name, contents, in_reach)
        if self.session.root is None and isinstance(contents, (int, float, complex, str, tuple)):
            return constant(contents)  # in a rule, which is read when it is applied
        return self._data(name, contents, where, in_reach and not self._is_hidden(name))

    def _is_hidden(self, name: str) -> bool:
        """Whether a name of a callee's is another thing in the root function, whose text it will stand in."""
        host = self.session.host or self.session.root
        return (
            self.outer is not None
            and host is not None
            and name in host.__code__.co_varnames + host.__code__.co_cellvars
        )

    def _static(self, name: str, thing: Any, in_reach: bool) -> Atom:
        if self.session.root is None:
            return Const(thing, Static(thing))
        text = name if in_reach and not self._is_hidden(name) else self.session.alias(name, thing)
        self.session.read_names.add(text)
        return Const(thing, Static(thing, text), text)

    def _data(self, name: str, contents: Any, where: tuple[Any, str], in_reach: bool) -> Atom:
        t = self.session.type_of(contents, name)
        if in_reach:
            self.session.read_names.add(name)
            value = self.session.leaf(name, (), t, True, contents)
        elif isinstance(where[0], types.CellType):
            text = self.session.alias(name, where[0])  # the text has the very variable
            self.session.read_names.add(text)
            value = self.session.leaf(text, (), t, True, contents)
        else:
            text, step = self._module_of_its_own(name)
            self.session.read_names.add(text)
            value = self.session.leaf(text, (step,), t, True, contents)
        return self.session.unfold(self, self.session.memory.read(value, self.builder))

    def _module_of_its_own(self, name: str) -> tuple[str, tuple[str, str]]:
        """How the text reaches a global of another module, live: by the module, or by the function's own globals."""
        scope = self.source.function.__globals__
        module = sys.modules.get(str(scope.get("__name__")))
        if module is not None and vars(module) is scope:
            text = self.session.alias(module.__name__.rpartition(".")[2], module)
            return text, ("attribute", name)
        return self.session.alias(f"{self.source.name}_globals", scope), ("item", name)


def is_static(thing: Any) -> bool:
    """Whether a free name's object is code rather than data: compared by identity, not typed."""
    return (
        isinstance(thing, (types.ModuleType, type, *BRACKETS))
        or callable(thing)
        and not isinstance(thing, functools.partial)
        and not is_instance_with_call(thing)
    )


def is_instance_with_call(thing: Any) -> bool:
    """Whether an object is of a class of the user's that has a method ``__call__``: data that can be called."""
    kind = type(thing)
    own = isinstance(getattr(kind, "__call__", None), types.FunctionType)  # noqa: B004
    return own and kind.__module__.partition(".")[0] not in ("chainrule", "numpy", "functools")


Demands = Mapping[type, Collection[str]]
"""The attributes that lowering reads of objects of a class where it knows no path to the object."""
NO_DEMANDS: Demands = types.MappingProxyType({})
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type, np.ufunc)


class Demand(Exception):
    """Lowering reads an attribute of an object that came out of a container: it begins again, and types that too."""

    def __init__(self, cls: type, name: str) -> None:
        super().__init__(cls, name)
        self.cls, self.name = cls, name


def type_of_value(
    value: Any, name: str, demands: Demands = NO_DEMANDS, around: frozenset[int] = frozenset()
) -> Type:
    """The type of an argument: what the key of a call says of it."""
    if isinstance(value, FUNCTIONS):
        return Static(value)
    t = type_of_sample(value) if not isinstance(value, (tuple, list, dict)) else UNKNOWN
    if isinstance(t, Scalar) and t.kind is int:
        return Scalar(int, Size(name))
    if isinstance(t, Array) and t.rank is not None:
        dims = tuple(
            1 if n == 1 else Size(f"{name}.{i}", 0, True) for i, n in enumerate(value.shape)
        )
        return Array(t.dtype, t.rank, dims)
    if isinstance(value, tuple) and (type(value) is tuple or hasattr(value, "_fields")):
        return _of_items(value, tuple(range(len(value))), value, name, demands, around)
    if type(value) is dict:
        return _of_items(value, tuple(value), value.values(), name, demands, around)
    if type(value) is list:
        return _of_items(value, tuple(range(len(value))), value, name, demands, around)
    if type(value) is functools.partial:
        fields = ("func", "args", "keywords")
        parts = (value.func, value.args, value.keywords)
        return _of_items(value, fields, parts, name, demands, around)
    names = attributes_of(value, demands)
    if names is not None and id(value) not in around:
        inner = around | {id(value)}
        return Struct(
            type(value),
            names,
            tuple(type_of_value(getattr(value, k), f"{name}.{k}", demands, inner) for k in names),
        )
    return t


def attributes_of(value: Any, demands: Demands) -> tuple[str, ...] | None:
    """The attributes by which an object is typed: the fields of a dataclass, and those that lowering asked for."""
    kind = type(value)
    if isinstance(value, type):
        return None
    fields = field_names(kind) if hasattr(kind, "__dataclass_fields__") else ()
    asked = demands.get(kind, ())
    if not fields and kind not in demands and not hasattr(kind, "__dataclass_fields__"):
        return None
    return tuple(k for k in dict.fromkeys([*fields, *asked]) if hasattr(value, k))


def _of_items(
    value: Any,
    keys: tuple[Any, ...],
    items: Iterable[Any],
    name: str,
    demands: Demands,
    around: frozenset[int],
) -> Type:
    parts = [type_of_value(v, f"{name}.{k}", demands, around) for k, v in zip(keys, items)]
    return Struct(type(value), keys, tuple(parts))
