"""The printed form, for people who work on chainrule."""

from __future__ import annotations

from collections import Counter

from chainrule.ir.form import Atom, Block, Function, If, Loop, Op, Statement, Value
from chainrule.ir.types import show


def show_function(function: Function) -> str:
    """The whole form as text, a statement a line."""
    return _Printer().function(function)


class _Printer:
    def __init__(self) -> None:
        self.names: dict[Value, str] = {}
        self.used: Counter[str] = Counter()

    def function(self, f: Function) -> str:
        head = ", ".join(f"{self.atom(p.value)}: {show(p.value.type)}" for p in f.params)
        leaves = [
            f"  leaf {self.atom(x.value)}: {show(x.value.type)} = {x.root}{x.path or ''}"
            for x in f.leaves
        ]
        return "\n".join([f"function {f.name}({head})", *leaves, *self.block(f.body, 1)])

    def atom(self, atom: Atom) -> str:
        if not isinstance(atom, Value):
            return repr(atom)
        if atom not in self.names:
            base = atom.name or "_"
            self.used[base] += 1
            self.names[atom] = f"%{base}" if self.used[base] == 1 else f"%{base}.{self.used[base]}"
        return self.names[atom]

    def atoms(self, atoms: tuple[Atom, ...]) -> str:
        return ", ".join(map(self.atom, atoms))

    def block(self, block: Block, depth: int) -> list[str]:
        lines = [line for s in block.statements for line in self.statement(s, depth)]
        return [*lines, "  " * depth + f"-> {self.atoms(block.results)}"]

    def statement(self, s: Statement, depth: int) -> list[str]:
        pad = "  " * depth
        results = ", ".join(f"{self.atom(v)}: {show(v.type)}" for v in s.results)
        if isinstance(s, Op):
            name = getattr(s.function, "__name__", str(s.function))
            args = ", ".join(
                [*map(self.atom, s.args), *(f"{k}={self.atom(a)}" for k, a in s.kwargs)]
            )
            spelling = f"  [{s.spelling!r}]" if s.spelling is not None else ""
            return [f"{pad}{results + ' = ' if results else ''}{name}({args}){spelling}"]
        if isinstance(s, If):
            return [
                f"{pad}{results} = if {self.atom(s.test)}:",
                *self.block(s.then, depth + 1),
                f"{pad}else:",
                *self.block(s.orelse, depth + 1),
            ]
        return self.loop(s, results, depth)

    def loop(self, s: Loop, results: str, depth: int) -> list[str]:
        pad = "  " * depth
        walked = (
            f"for {self.atoms(s.items)} in {self.atoms(s.sources)}" if s.test is None else "while"
        )
        carries = ", ".join(
            f"{self.atom(c)}: {show(c.type)} = {self.atom(i)}" for c, i in zip(s.carries, s.inits)
        )
        extra = (" backward" if s.backward else "") + (
            f" limit {self.atom(s.limit)}" if s.limit else ""
        )
        test = [f"{pad}  test:", *self.block(s.test, depth + 2)] if s.test else []
        return [
            f"{pad}{results} = {walked}{extra} with ({carries}):",
            *test,
            *self.block(s.body, depth + 1),
        ]
