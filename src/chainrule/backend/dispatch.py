"""The dispatcher: text with the function's signature, tests of types inline, then the body.

It runs in the user's globals and closure, so that what is read live costs nothing. The newest
specialization is written out, the ones before it are called, and all else takes the slow path.
"""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.backend.keys import SAME, UNSET, Key, parts
from chainrule.backend.load import companions_of, compiled, function_in, leave_out_head, revived
from chainrule.backend.plan import GONE, Dependency, Outside
from chainrule.backend.specialization import Specialization

if TYPE_CHECKING:
    from chainrule.derivative import Derivative

INLINE = 4
"""How many specializations are tested inline, the newest first; the others take the slow path."""
FAILURES = "(AttributeError, LookupError, NameError, TypeError)"


def dispatcher(d: Derivative[Any, Any], found: Sequence[Specialization]) -> Any:
    """The ``__call__`` of a derivative that has these specializations, the newest last."""
    target = d.target
    positional = [p for p in target.own.parameters.values() if p.kind in POSITIONAL]
    if (
        len(target.before) > len(positional)
        or not target.own.parameters.keys() >= target.keywords.keys()
    ):
        return type(d).__call__  # what is put in goes into *args or **kwargs
    return _Dispatcher(d, list(reversed(found[-INLINE:]))).made()


class _Dispatcher:
    def __init__(self, d: Derivative[Any, Any], found: list[Specialization]) -> None:
        self.d, self.found = d, found
        self.signature = d.target.signature
        self.parameters = d.target.own.parameters
        self.prefix = self._unused("x_")
        self.injected: dict[str, Any] = {}
        self.count = 0
        newest = found[0].plan
        self.tree = function_in(newest.text, newest.name, found[0].lean.__code__.co_filename)
        stored = {
            n.id
            for n in ast.walk(self.tree)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        self.bound = stored | {*self.parameters, *self.signature.parameters, newest.seed}
        scope = d.target.function.__globals__
        self.live = {
            x.name for x in newest.depends if x.place is scope and x.name not in self.bound
        }

    def made(self) -> types.FunctionType:
        newest, primal = self.found[0], self.d.target.function
        plan, filename = newest.plan, newest.lean.__code__.co_filename
        text = f"def {plan.name}({self._parameters()}):\n" + "\n".join(self._lines())
        function = function_in(text, plan.name, filename)
        node: Any
        for node in ast.walk(function):
            if hasattr(node, "lineno"):
                node.lineno = node.end_lineno = self.tree.lineno
        function.body += self._body(newest)
        free = {n: thing for n, thing in newest.imports.items() if n not in self.live}
        free |= companions_of(newest.lean, plan.companions)
        own = primal.__code__.co_freevars
        made = compiled(
            function, [*own, *(n for n in (*free, *self.injected) if n not in own)], filename
        )
        loaded = revived(made.__code__, primal, {**free, **self.injected}, None)
        loaded.__qualname__ = getattr(self.d, "__qualname__", plan.name)
        self._set_defaults(loaded)
        return loaded

    def _set_defaults(self, function: types.FunctionType) -> None:
        given = [p for p in self.signature.parameters.values() if p.default is not p.empty]
        function.__defaults__ = tuple(p.default for p in given if p.kind in POSITIONAL)
        function.__kwdefaults__ = {p.name: p.default for p in given if p.kind is p.KEYWORD_ONLY}

    def _lines(self) -> list[str]:
        """The tests; what falls through has the types of the newest specialization."""
        slow = f"return {self.prefix}self._slow(({self._passed()}), {{{self._keywords()}}})"
        others = []
        for i, s in enumerate(self.found[1:], 1):
            run = self._inject(f"run{i}", s.lean)
            others += [f"        if {self._test(s)}:", f"            return {self._answer(s, run)}"]
        first, guarded = self._test(self.found[0]), any(s.plan.outside for s in self.found)
        if not guarded:
            return [f"    if not ({first}):", *others, f"        {slow}"]
        fits = f"{self.prefix}fits"
        return [
            "    try:",
            f"        {fits} = {first}",
            *others,
            f"    except {FAILURES}:",
            f"        {fits} = False",
            f"    if not {fits}:",
            f"        {slow}",
        ]

    # The body

    def _body(self, s: Specialization) -> list[ast.stmt]:
        """The statements of a specialization, which return what the derivative returns."""
        function = self.tree
        leave_out_head(function, s.plan.guards)
        last = function.body[-1]
        assert isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple)
        value, gradients = last.value.elts
        if self.d._kind.has_aux and not self.d._kind.value:
            aux = ast.Subscript(value, ast.Constant(1), ast.Load())
            last.value = ast.Tuple([gradients, aux], ast.Load())
        elif not self.d._kind.value:
            last.value = gradients
        before = [f"{n} = {e}" for n, e in self._expressions().items() if n != e]
        seed = self._inject("seed", self.d._seed) if self.d._has_seed else "1.0"
        before.append(f"{s.plan.seed} = {seed}")
        return [*ast.parse("\n".join(before)).body, *map(ast.fix_missing_locations, function.body)]

    def _expressions(self) -> dict[str, str]:
        """What each parameter of the function is in a call of the derivative."""
        target = self.d.target
        found = {n: n for n in self.parameters}
        for n, thing in zip(self.parameters, target.before):
            found[n] = self._inject(f"before_{n}", thing)
        for n, thing in target.keywords.items():
            if n not in self.signature.parameters:
                found[n] = self._inject(f"before_{n}", thing)
        return found

    # The signature

    def _parameters(self) -> str:
        """The parameters, with a mark where there is a default: it is set later."""
        shown = [
            p.replace(annotation=p.empty, default=p.empty if p.default is p.empty else None)
            for p in self.signature.parameters.values()
        ]
        own = inspect.Parameter(f"{self.prefix}self", inspect.Parameter.POSITIONAL_ONLY)
        return str(inspect.Signature([own, *shown]))[1:-1]

    def _passed(self) -> str:
        found = []
        for n, p in self.signature.parameters.items():
            if p.kind in POSITIONAL:
                found.append(f"{n},")
            elif p.kind is p.VAR_POSITIONAL:
                found.append(f"*{n},")
        return " ".join(found)

    def _keywords(self) -> str:
        found = []
        for n, p in self.signature.parameters.items():
            if p.kind is p.KEYWORD_ONLY:
                found.append(f"{n!r}: {n}")
            elif p.kind is p.VAR_KEYWORD:
                found.append(f"**{n}")
        return ", ".join(found)

    def _answer(self, s: Specialization, run: str) -> str:
        given = []
        for n, e in self._expressions().items():
            kind = self.parameters[n].kind
            star = (
                "*"
                if kind is inspect.Parameter.VAR_POSITIONAL
                else "**"
                if kind is inspect.Parameter.VAR_KEYWORD
                else ""
            )
            given.append(f"{n}={e}" if kind is inspect.Parameter.KEYWORD_ONLY else star + e)
        if self.d._has_seed:
            given.append(f"{s.plan.seed}={self._inject('seed', self.d._seed)}")
        call = f"{run}({', '.join(given)})"
        if self.d._kind.value:
            return call
        answer = f"{self.prefix}answer"
        return (
            f"(({answer} := {call})[1], {answer}[0][1])" if self.d._kind.has_aux else f"{call}[1]"
        )

    # The tests

    def _test(self, s: Specialization) -> str:
        """Whether arguments have the types of a specialization, and all it depends on holds."""
        expressions = self._expressions()
        tests = [t for n, key in s.keys.items() for t in self._of_key(expressions[n], key)]
        pairs = [p for p in s.plan.apart if self.parameters.keys() >= set(p)]
        tests += [self._of_pair(x, y) for x, y in pairs]
        tests += [t for d in s.plan.depends for t in self._of_dependency(d)]
        tests += [t for o in s.plan.outside for t in self._of_outside(o, expressions)]
        return " and ".join(tests) or "True"

    def _of_pair(self, x: str, y: str) -> str:
        """Whether two arrays, of which one is written to, certainly lie apart."""
        one, other = self._expressions()[x], self._expressions()[y]
        share = self._inject("may_share_memory", np.may_share_memory)
        apart = f"{one} is not {other} and {one}.base is None is {other}.base"
        return f"({apart} or not {share}({one}, {other}))"

    def _of_key(self, e: str, key: Key) -> Iterable[str]:
        """Tests that are true of an expression with this key; one read often gets a name."""
        if (
            key is GONE or key == UNSET
        ):  # there was nothing when the text was made: whatever this is, ask again
            return ["False"]
        if key is type(None):
            return [f"{e} is None"]
        if isinstance(key, type):
            return [f"{self._class(type)}({e}) is {self._class(key)}"]
        if key[0] is np.ndarray:
            return self._of_array(e, *key[1:])
        if key[0] == SAME:
            return self._of_function(e, key[1])
        if key[0] is np.generic:
            name, test = self._named(e)
            return [
                f"{self._inject('isinstance', isinstance)}({test}, {self._class(np.generic)})",
                self._of_dtype(name, key[1]),
            ]
        return self._of_container(e, key)

    def _of_array(self, e: str, dtype: np.dtype[Any], axes: int | tuple[bool, ...]) -> list[str]:
        name, first = self._named(e)
        tests = [
            f"{self._class(type)}({first}) is {self._class(np.ndarray)}",
            self._of_dtype(name, dtype),
        ]
        if axes == 0:
            return [*tests, f"{name}.ndim == 0"]
        if axes == 1:
            return [*tests, f"{name}.ndim == 1", f"{name}.size != 1"]
        if isinstance(axes, int):
            shape = self._temporary()
            return [
                *tests,
                f"{self._inject('len', len)}({shape} := {name}.shape) == {axes}",
                f"1 not in {shape}",
            ]
        tests.append(f"{name}.ndim == {len(axes)}")
        return [
            *tests,
            *(f"{name}.shape[{i}] {'==' if is_one else '!='} 1" for i, is_one in enumerate(axes)),
        ]

    def _of_dtype(self, name: str, dtype: np.dtype[Any]) -> str:
        expected = self._inject("dtype", dtype)
        return f"({name}.dtype is {expected} or {name}.dtype == {expected})"

    def _of_function(self, e: str, thing: Any) -> list[str]:
        name, first = self._named(e)
        same = "==" if isinstance(thing, types.MethodType) else "is"
        tests = [f"{first} {same} {self._inject('function', thing)}"]
        if isinstance(thing, types.FunctionType):
            tests.append(f"{name}.__code__ is {self._inject('code', thing.__code__)}")
        return tests

    def _of_container(self, e: str, key: Key) -> list[str]:
        name, first = self._named(e)
        kind = key[0]
        tests = [f"{self._class(type)}({first}) is {self._class(kind)}"]
        if kind is dict:
            tests.append(f"[*{name}] == {self._inject('keys', list(key[1]))}")
        elif issubclass(kind, list | tuple):
            tests.append(f"{self._inject('len', len)}({name}) == {len(key) - 1}")
        for how, part, inner in parts(key):
            tests += self._of_key(self._step(name, how, part), inner)
        return tests

    def _of_dependency(self, d: Dependency) -> list[str]:
        where = self._where(d.place, d.name)
        tests = [f"{where} is {self._inject('thing', d.thing)}"]
        if d.code is not None:
            code = (
                f"{where}.fget.__code__" if isinstance(d.thing, property) else f"{where}.__code__"
            )
            tests.append(f"{code} is {self._inject('code', d.code)}")
        return tests

    def _of_outside(self, o: Outside, expressions: Mapping[str, str]) -> Iterable[str]:
        e = expressions[o.root] if o.place is None else self._where(o.place, o.root)
        for how, part in o.path:
            e = self._step(e, how, part)
        return self._of_key(e, o.key)

    def _where(self, place: Any, name: str) -> str:
        primal = self.d.target.function
        if isinstance(place, types.CellType):
            for free, cell in zip(primal.__code__.co_freevars, primal.__closure__ or ()):
                if cell is place:
                    return free
            return self._inject("cell", place)  # the text has the variable itself
        if place is primal.__globals__ and name.isidentifier() and name not in self.bound:
            if name in self.live or name not in self.found[0].plan.imports:
                return name
        scope = self._inject("scope", place)
        return f"{scope}[{name!r}]" if isinstance(place, dict) else f"{scope}.{name}"

    # Names

    def _step(self, e: str, how: str, part: Any) -> str:
        if how == "attribute":
            return f"{e}.{part}"
        if how == "own":
            return f"{e}.__dict__.get({part!r})"
        if isinstance(part, int | str):
            return f"{e}[{part!r}]"
        return f"{e}[{self._inject('part', part)}]"

    def _named(self, e: str) -> tuple[str, str]:
        """A name for an expression, and the expression where it is read first."""
        if e.isidentifier():
            return e, e
        name = self._temporary()
        return name, f"({name} := {e})"

    def _temporary(self) -> str:
        self.count += 1
        return f"{self.prefix}{self.count}"

    def _class(self, kind: type) -> str:
        return self._inject(kind.__name__, kind)

    def _inject(self, name: str, thing: Any) -> str:
        """The name under which the text reads an object."""
        full = f"{self.prefix}{name}"
        while self.injected.get(full, thing) is not thing:
            full += "_"
        self.injected[full] = thing
        return full

    def _unused(self, prefix: str) -> str:
        texts = [s.plan.text for s in self.found]
        while any(prefix in text for text in texts) or any(
            n.startswith(prefix) for n in self.parameters
        ):
            prefix = "_" + prefix
        return prefix


POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
