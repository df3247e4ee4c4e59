"""Random programs of the kind that people write, with mutation and aliasing in them.

A program is a module with a function ``program(x, y, a, b)`` of two arrays and two floats. Names say what they
hold: ``s`` a number, ``v`` an array of four, ``w`` one of three, ``l`` a list of numbers, ``d`` a dict, ``o`` an
object. Numbers stay moderate, so that differences tell the derivative: products have a factor in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

HEAD = """import numpy as np


class Box:
    def __init__(self, p, q):
        self.p = p
        self.q = q

    @property
    def half(self):
        return self.p / 2

    def grow(self, s):
        self.p += np.tanh(s) * self.p
        return self.p

    def total(self):
        return self.p + np.sum(self.q)


def descend(s, n):
    if n == 0:
        return np.sin(s)
    return s + np.tanh(s) * descend(0.5 * s, n - 1)


def smear(v, s):
    v[1:] += 0.5 * v[:-1]
    v *= np.tanh(s)
    return v


"""

FEATURES = frozenset({"loops", "branches", "arrays", "views", "exits", "calls"})
"""What programs are made of unless more is asked."""

WIDE = FEATURES | {"closures", "lists", "dicts", "objects", "recursion", "try", "comprehensions"}


@dataclass
class Writer:
    """A program in the making: its lines, and the names that are bound where it is written."""

    draw: Callable
    features: frozenset[str]
    lines: list[str] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    depth: int = 1
    loops: int = 0
    is_inner: bool = False
    count: int = 0

    def put(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def pick(self, options: list) -> object:
        return options[self.draw(st.integers(0, len(options) - 1))]

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in

    def known(self, kind: str) -> list[str]:
        return self.names.get(kind, [])

    def target(self, kind: str) -> str:
        """A name to bind: one that is there, or a new one."""
        if self.known(kind) and not self.chance(3):
            return self.pick(self.known(kind))
        self.count += 1
        return f"{kind}{self.count}"

    def bind(self, kind: str, name: str) -> None:
        if name not in self.known(kind):
            self.names[kind] = [*self.known(kind), name]

    # Expressions

    def number(self, depth: int = 2) -> str:
        leaves = [lambda: self.pick(self.known("s")), self.constant]
        leaves += [lambda: f"{self.vector(0)}[{self.draw(st.integers(-4, 3))}]"]
        leaves += [lambda: f"np.sum({self.vector(0)})"]
        if self.known("l"):
            leaves += [lambda: f"{self.pick(self.known('l'))}[{self.pick([0, -1])}]"]
            leaves += [lambda: f"sum({self.pick(self.known('l'))})"]
        if self.known("d"):
            leaves += [lambda: f'{self.pick(self.known("d"))}["p"]']
        if self.known("o"):
            o = self.pick(self.known("o"))
            leaves += [lambda: f"{o}.p", lambda: f"{o}.half", lambda: f"{o}.total()"]
        if self.known("f"):
            leaves += [lambda: f"{self.pick(self.known('f'))}({self.number(0)})"]
        if depth <= 0:
            return self.pick(leaves)()
        inner = [
            lambda: f"{self.number(depth - 1)} + {self.number(depth - 1)}",
            lambda: f"{self.number(depth - 1)} - ({self.number(depth - 1)})",
            lambda: f"np.tanh({self.number(depth - 1)}) * ({self.number(depth - 1)})",
            lambda: f"np.sin({self.number(depth - 1)})",
            lambda: f"-({self.number(depth - 1)})",
            lambda: f"({self.number(depth - 1)}) / (2 + np.cos({self.number(0)}))",
            lambda: f"np.dot({self.vector(0)}, np.tanh({self.vector(0)}))",
            lambda: f"({self.number(0)} if {self.test()} else {self.number(0)})",
        ]
        if "recursion" in self.features:
            inner += [lambda: f"descend({self.number(0)}, {self.draw(st.integers(0, 3))})"]
        if "comprehensions" in self.features:
            inner += [lambda: f"sum(np.tanh(t) * {self.number(0)} for t in {self.vector(0)})"]
            inner += [lambda: f"sum([t for t in {self.vector(0)} if t > {self.constant()}])"]
        return self.pick([*leaves, *inner])()

    def vector(self, depth: int = 1, kind: str = "v") -> str:
        leaves = [lambda: self.pick(self.known(kind))] if self.known(kind) else []
        if kind == "w":
            leaves += [
                lambda: f"{self.vector(0)}[1:]",
                lambda: f"{self.vector(0)}[:-1]",
                lambda: f"{self.vector(0)}[[0, 2, 0]]",
            ]
        if depth <= 0:
            return self.pick(leaves)()
        inner = [
            lambda: f"{self.vector(depth - 1, kind)} + {self.vector(depth - 1, kind)}",
            lambda: f"np.tanh({self.vector(depth - 1, kind)}) * {self.number(0)}",
            lambda: f"{self.number(0)} - {self.vector(depth - 1, kind)}",
            lambda: f"np.sin({self.vector(depth - 1, kind)})",
            lambda: f"{self.vector(0, kind)}[::-1] * 0.5",
            lambda: (
                f"np.where({self.vector(0, kind)} > {self.constant()}, {self.number(0)}, {self.vector(0, kind)})"
            ),
        ]
        return self.pick([*leaves, *inner])()

    def constant(self) -> str:
        return self.pick(["0.5", "1.5", "-0.7", "0.3", "2.0", "1"])

    def test(self) -> str:
        return f"{self.number(0)} {self.pick(['<', '>', '<=', '>='])} {self.constant()}"

    # Statements

    def statement(self, budget: int) -> None:
        kinds = [self.assign, self.assign, self.update]
        if "arrays" in self.features:
            kinds += [self.store, self.store, self.vector_assign, self.vector_update, self.swap]
        if "views" in self.features:
            kinds += [self.alias, self.view]
        if "calls" in self.features:
            kinds += [self.smear]
        if "closures" in self.features:
            kinds += [self.function]
        if "lists" in self.features:
            kinds += [self.list_made, self.list_changed]
        if "dicts" in self.features:
            kinds += [self.dict_made, self.dict_changed]
        if "objects" in self.features:
            kinds += [self.object_made, self.object_changed]
        if budget > 0 and "branches" in self.features:
            kinds += [lambda: self.branch(budget)]
        if budget > 0 and "loops" in self.features and self.loops < 2:
            kinds += [lambda: self.loop(budget)]
        if budget > 0 and "try" in self.features:
            kinds += [lambda: self.attempt(budget)]
        if "exits" in self.features and self.depth > 1:
            kinds += [self.leave]
        self.pick(kinds)()

    def block(self, budget: int) -> None:
        """An inner block: what it binds anew is not sure to be bound below it."""
        before = {kind: list(names) for kind, names in self.names.items()}
        self.depth += 1
        for _ in range(self.draw(st.integers(1, 3))):
            self.statement(budget - 1)
        self.depth -= 1
        self.names = before

    def assign(self) -> None:
        value, name = self.number(), self.target("s")
        self.put(f"{name} = {value}")
        self.bind("s", name)

    def update(self) -> None:
        if self.chance(3):
            self.put(f"{self.pick(self.known('s'))} *= np.tanh({self.number(0)})")
        else:
            self.put(f"{self.pick(self.known('s'))} {self.pick(['+=', '-='])} {self.number(1)}")

    def vector_assign(self) -> None:
        kind = self.pick(["v", "w"])
        value, name = self.vector(2, kind), self.target(kind)
        self.put(f"{name} = {value} * 1.0")
        self.bind(kind, name)

    def vector_update(self) -> None:
        kind = self.pick(["v", "w"]) if self.known("w") else "v"
        name = self.pick(self.known(kind))
        operator, value = self.pick(
            [("+=", self.vector(1, kind)), ("*=", "np.cos(" + self.number(0) + ")")]
        )
        self.put(f"{name} {operator} {value}")

    def store(self) -> None:
        name = self.pick(self.known("v"))
        i = self.draw(st.integers(-4, 3))
        choices = [
            lambda: f"{name}[{i}] = {self.number(1)}",
            lambda: f"{name}[{i}] += {self.number(1)}",
            lambda: f"{name}[{i}] *= np.sin({self.number(0)})",
            lambda: f"{name}[1:] = {self.vector(1, 'w')}",
            lambda: f"{name}[:-1] += {self.vector(1, 'w')}",
            lambda: f"{name}[::2] *= np.tanh({self.number(0)})",
            lambda: f"{name}[[0, 2, 0]] = {self.vector(0, 'w')}",
            lambda: f"{name}[{name} > {self.constant()}] = {self.number(0)}",
            lambda: f"{name}[:] = {self.vector(1)}",
        ]
        self.put(self.pick(choices)())

    def swap(self) -> None:
        kind = self.pick(["s", "v"])
        one, other = self.pick(self.known(kind)), self.pick(self.known(kind))
        self.put(f"{one}, {other} = {other}, {one}")

    def alias(self) -> None:
        value, name = self.pick(self.known("v")), self.target("v")
        self.put(f"{name} = {value}")
        self.bind("v", name)

    def view(self) -> None:
        value, name = self.pick(self.known("v")), self.target("w")
        self.put(f"{name} = {value}{self.pick(['[1:]', '[:-1]', '[2::-1]'])}")
        self.bind("w", name)

    def smear(self) -> None:
        value, name = self.pick(self.known("v")), self.target("v")
        self.put(f"{name} = smear({value}, {self.number(0)})")
        self.bind("v", name)

    def function(self) -> None:
        self.count += 1
        name = f"f{self.count}"
        if self.chance(2):
            self.put(f"{name} = lambda t: np.tanh(t) * {self.number(1)}")
        else:
            self.put(f"def {name}(t):")
            outer = self.pick(self.known("s"))
            if self.chance(2) and outer not in ("a", "b"):
                self.put(f"    nonlocal {outer}")
                self.put(f"    {outer} = {outer} + np.sin(t)")
            self.put(f"    return np.sin(t) * {self.number(1)}")
        self.bind("f", name)

    def list_made(self) -> None:
        value = f"[{self.number(1)}, {self.number(1)}]"
        if "comprehensions" in self.features and self.chance(2):
            value = f"[np.tanh(t) * {self.number(0)} for t in {self.vector(0)}]"
        name = self.target("l")
        self.put(f"{name} = {value}")
        self.bind("l", name)

    def list_changed(self) -> None:
        if not self.known("l"):
            return self.assign()
        name = self.pick(self.known("l"))
        choices = [
            lambda: f"{name}.append({self.number(1)})",
            lambda: f"{name}[0] = {self.number(1)}",
            lambda: f"{name}[-1] += {self.number(1)}",
            lambda: f"{name}.extend([{self.number(0)}])",
            lambda: f"{name} = {name} + [{self.number(0)}]",
            lambda: f"{self.pick(self.known('s'))} = {name}.pop() if len({name}) > 1 else 0.5",
            lambda: f"{name}.insert(0, {self.number(0)})",
            lambda: f"{name}.reverse()",
        ]
        self.put(self.pick(choices)())

    def dict_made(self) -> None:
        value = f'{{"p": {self.number(1)}, "q": {self.pick(self.known("v"))}}}'
        name = self.target("d")
        self.put(f"{name} = {value}")
        self.bind("d", name)

    def dict_changed(self) -> None:
        if not self.known("d"):
            return self.update()
        name = self.pick(self.known("d"))
        choices = [
            lambda: f'{name}["p"] = {self.number(1)}',
            lambda: f'{name}["p"] += {self.number(1)}',
            lambda: f'{name}["q"][1] = {self.number(0)}',
            lambda: f'{name}["q"] = {self.pick(self.known("v"))}',
            lambda: f"{name}.update(p={self.number(0)})",
        ]
        self.put(self.pick(choices)())

    def object_made(self) -> None:
        value = f"Box({self.number(1)}, {self.pick(self.known('v'))})"
        name = self.target("o")
        self.put(f"{name} = {value}")
        self.bind("o", name)

    def object_changed(self) -> None:
        if not self.known("o"):
            return self.update()
        name = self.pick(self.known("o"))
        choices = [
            lambda: f"{name}.p = {self.number(1)}",
            lambda: f"{name}.p += {self.number(1)}",
            lambda: f"{name}.q[2] *= np.sin({self.number(0)})",
            lambda: f"{name}.q = {self.pick(self.known('v'))}",
            lambda: f"{name}.grow({self.number(0)})",
        ]
        self.put(self.pick(choices)())

    def branch(self, budget: int) -> None:
        self.put(f"if {self.test()}:")
        self.block(budget)
        if self.chance(2):
            self.put("else:")
            self.block(budget)

    def loop(self, budget: int) -> None:
        self.count += 1
        i = f"i{self.count}"
        heads = [
            f"for {i} in range({self.draw(st.integers(0, 3))}):",
            f"for s{self.count} in {self.vector(0)}:",
        ]
        is_while = self.chance(4)
        if is_while:
            self.put(f"{i} = 0")
            heads = [f"while {i} < {self.draw(st.integers(0, 3))}:"]
        self.put(self.pick(heads))
        if is_while:
            self.put(f"    {i} += 1")
        self.loops += 1
        self.block(budget)
        self.loops -= 1
        if self.chance(4):
            self.put("else:")
            self.block(0)

    def leave(self) -> None:
        leaving = ["return " + self.number(1)] if not self.is_inner else []
        if self.loops and self.depth > 2:
            leaving += ["break", "continue"]
        if not leaving:
            return self.assign()
        self.put(f"if {self.test()}:")
        self.put(f"    {self.pick(leaving)}")

    def attempt(self, budget: int) -> None:
        self.put("try:")
        self.block(budget)
        if self.chance(2):
            self.put(f"    if {self.test()}:")
            self.put("        raise ValueError")
            self.depth += 1
            self.update()
            self.depth -= 1
            self.put("except ValueError:")
            self.block(budget)
        else:
            self.put("finally:")
            exits, self.features = self.features, self.features - {"exits"}
            self.block(budget)
            self.features = exits


@st.composite
def programs(draw: Callable, features: frozenset[str] = FEATURES, size: int = 6) -> str:
    """The text of a module with a function ``program(x, y, a, b)``."""
    w = Writer(draw, features)
    w.names = {"s": ["a", "b"], "v": ["x", "y"]}
    for _ in range(draw(st.integers(1, size))):
        w.statement(2)
    scalars = " + ".join(f"np.sin({s})" for s in w.known("s"))
    arrays = " + ".join(f"np.dot({v}, np.array([0.3, -0.5, 0.7, 1.1]))" for v in w.known("v"))
    w.put(f"return {scalars} + {arrays}")
    head = "def program(x: np.ndarray, y: np.ndarray, a: float, b: float):"
    return HEAD + "\n".join([head, *w.lines]) + "\n"
