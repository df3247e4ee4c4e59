"""Which buffers are certain to be two at any one moment, although the classes of what may share say nothing of it.

Two names that a loop swaps are in one class, since either buffer is now under one name and now under the other; but
they are never one buffer.
"""

from __future__ import annotations

from collections.abc import Callable

from chainrule.analysis.aliases import CONTAINERS, NAMES, may_share
from chainrule.analysis.effects import is_in_place
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Function, Loop, Op, Statement, Value, walk
from chainrule.ir.types import has_memory
from chainrule.rules import is_rule


class Apart:
    """The buffers of a function, by where they come from.

    Parameters
    ----------
    makes_new
        Whether an operation is known to make a new buffer, or to write to its first operand.
    """

    def __init__(self, function: Function, makes_new: Callable[[Op], bool]) -> None:
        self.makes_new = makes_new
        self.makers: dict[Atom, Statement] = {}
        self.carried: dict[Atom, Loop] = {}
        self.within: dict[Loop, set[Value]] = {}
        self.known: dict[Loop, bool] = {}
        for s in walk(function.body):
            self.makers.update(dict.fromkeys(s.results, s))
            if isinstance(s, Loop):
                self.carried.update(dict.fromkeys(s.carries, s))
                self.within[s] = {v for x in walk(s.body) for v in x.results}

    def __call__(self, one: Atom, other: Atom) -> bool:
        """Whether two values are certain to be in two buffers, where both are live."""
        a, b = self.root(one), self.root(other)
        if a is None or b is None or a is b:
            return False
        loops = self.carried.get(a), self.carried.get(b)
        if loops[0] is not None and loops[1] is not None:
            return loops[0] is loops[1]
        made = self.makers.get(a), self.makers.get(b)
        if isinstance(made[0], Op) and isinstance(made[1], Op):
            return True
        if isinstance(made[0], Loop) or isinstance(made[1], Loop):
            return made[0] is made[1]
        loop, fresh = (loops[0], b) if loops[0] is not None else (loops[1], a)
        return loop is not None and fresh in self.within[loop]

    def root(self, atom: Atom) -> Value | None:
        """The value that a buffer came up as: made anew, or carried by a loop that keeps its buffers apart."""
        while isinstance(atom, Value):
            if atom in self.carried:
                return atom if self.keeps_apart(self.carried[atom]) else None
            made = self.makers.get(atom)
            if isinstance(made, Loop):
                return atom if atom in made.results and self.keeps_apart(made) else None
            if not isinstance(made, Op) or len(made.results) != 1:
                return None
            if not is_in_place(made) and made.function is not primitives.assign:
                if self.makes_new(made) and not self._may_grow(made):
                    return atom
                if not self._is_of_first(made):
                    return None
            atom = made.args[0]
        return None

    def _may_grow(self, made: Op) -> bool:
        """Whether a sum may be written into its first operand after all."""
        first = made.args[0] if made.args else None
        return isinstance(first, Value) and first.role == made.results[0].role == "cotangent"

    def _is_of_first(self, made: Op) -> bool:
        """Whether a result shares memory with the first operand, if with anything."""
        if made.function in CONTAINERS or made.function in NAMES or is_rule(made.function):
            return False
        return self._may_grow(made) or may_share(made) and made.function is not primitives.invoke

    def keeps_apart(self, loop: Loop) -> bool:
        """Whether a loop begins with different buffers, and each turn hands them on, swapped or not, or new ones."""
        if loop not in self.known:
            self.known[loop] = True  # of the turn before, while this one is looked at
            self.known[loop] = self._is_apart(loop)
        return self.known[loop]

    def _is_apart(self, loop: Loop) -> bool:
        pairs = zip(loop.carries, loop.inits, loop.body.results)
        held = [(init, following) for c, init, following in pairs if has_memory(c.type)]
        inits = [init for init, _ in held]
        if not all(self(a, b) for i, a in enumerate(inits) for b in inits[:i]):
            return False
        roots = [self.root(following) for _, following in held]
        inside = self.within[loop] | set(loop.carries)
        return all(r in inside for r in roots) and len(set(roots)) == len(roots)
