"""Which values share memory, and which version of it each name sees.

A *base* is a value that has memory of its own; a *view* is a path on its base. Every write makes a new version of the
base, and whoever reads a view afterwards reads the path on that version. What may share memory without a known path is
*poisoned* by a write: to read it afterwards is refused, since nobody could say what it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule import errors
from chainrule.analysis.aliases import may_hold
from chainrule.analysis.builder import Builder
from chainrule.frontend.paths import Path, Step, indices, last_call, renewed, taken
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Op, Value
from chainrule.ir.primitives import SILENT, Again, Into, Store
from chainrule.ir.types import Struct, Type, Uniform, has_memory


def may_be_or_hold(t: Type, what: Type) -> bool:
    """Whether a value of a type may be an object of another type, or hold it."""
    stack, kind = [t], getattr(what, "kind", None)
    while stack:
        inner = stack.pop()
        if not isinstance(inner, Struct | Uniform):
            if may_hold(inner):
                return True
            continue
        if inner.kind is kind or kind is None:
            return True
        stack += inner.parts if isinstance(inner, Struct) else [inner.item]
    return False


class Memory:
    """The state of memory at one point of the function, and what is known of aliases anywhere in it."""

    def __init__(self) -> None:
        self.views: dict[Value, tuple[Value, Path]] = {}
        self.seen: dict[Value, Value] = {}
        self.relatives: dict[Value, set[Value]] = {}
        self.versions: dict[Value, Value] = {}
        self.roots: dict[Value, Any] = {}  # what a path from an argument leads to: see `Session`
        self.parts_of: Callable[[Value], tuple[Atom, ...] | None] = lambda _: None  # of arguments
        self.owner: dict[Value, Value] = {}  # a version to the base that it is a version of
        self.poisoned: set[Value] = set()
        self.written: set[Value] = set()
        self.displays: set[Value] = set()  # tuples that are built where they are read
        self.reads: set[Value] = set()  # parts that nobody made here, as they were found
        self.remade: dict[Value, Value] = {}  # a version with parts as they are now, to the version
        self.held: set[Value] = set()  # what was put into a container
        self.inside: set[tuple[Value, Value]] = set()  # a container, and what came out of it
        # For views that calls give, by version and path and by base and path:
        self.found: dict[tuple[Value, Path], Value] = {}  # what lies there
        self.holders: dict[tuple[Value, Path], Value] = {}  # under which name Python has it
        self.doubts: dict[Step, Callable[[], None]] = {}  # writes the test that one is a view

    def base(self, value: Value) -> Value:
        return self.place_of(value)[0]

    def place_of(self, value: Value) -> tuple[Value, Path]:
        """The base of a value, and the path to the value."""
        return self.views.get(value) or (self.owner.get(value, value), ())

    def current(self, base: Value) -> Value:
        return self.versions.get(base, base)

    def view(self, view: Value, of: Atom, path: Path) -> None:
        """Record that one value is a view of another, along a path."""
        if isinstance(of, Value) and has_memory(view.type):
            base, before = self.place_of(of)
            self.views[view] = base, before + path
            self.seen[view] = self.current(base)
            if path and isinstance(path[-1], Step):
                self.found[self.current(base), before + path] = view
                self.holders[base, before + path] = view

    def relate(self, one: Value, other: Atom, *, inherits: bool = True) -> None:
        """Record that two values may share memory, nobody knows how.

        Parameters
        ----------
        inherits
            Whether ``one`` comes from ``other``, so that it may share what that shares by now.
        """
        if isinstance(other, Value) and has_memory(one.type) and has_memory(other.type):
            for base in self.reach(other) if inherits else {self.base(other)}:
                self._link(self.base(one), base)

    def puts(self, container: Value, item: Atom) -> None:
        """Record that a container may hold an item, nobody knows where."""
        for base in self.reach(item):
            if base is not self.base(container):
                self._link(self.base(container), base)
                self.inside.add((self.base(container), base))

    def root(self, value: Atom) -> Value | None:
        """The base of a value that has memory."""
        known = isinstance(value, Value) and has_memory(value.type)
        return self.base(value) if known else None  # type: ignore[arg-type]

    def reach(self, value: Atom) -> set[Value]:
        """Every base that a value may share memory with, its own and those of its parts among them."""
        base = self.root(value)
        if base is None:
            return set()
        found = {base} | self.relatives.get(base, set())
        parts = self.current(base).parts or value.parts or ()
        return found.union(*map(self.reach, parts))

    def holds(self, container: Atom, item: Value) -> None:
        """Record that a value came out of a container, nobody knows from where."""
        if isinstance(container, Value) and has_memory(item.type):
            self.inside.add((self.base(container), item))
            self.relate(item, container)

    def relate_joined(self, joined: list[tuple[Value, list[Atom]]]) -> None:
        """Record what the results of a branch may share, each with what it is on either side.

        Two of them share memory only if they do on one side: where ``a, b`` became ``b, a``, they are still two.
        """
        kept = [
            (v, [self.root(a) for a in atoms], [self.kin(a) for a in atoms])
            for v, atoms in joined
            if has_memory(v.type)
        ]
        for i, (one, _, reaches) in enumerate(kept):
            for base in set().union(*reaches):
                self._link(one, base)
            for other, roots, _ in kept[:i]:
                if any(root in reach for root, reach in zip(roots, reaches)):
                    self._link(one, other)

    def kin(self, value: Atom) -> set[Value]:
        """What may be the same as a value; of a container whose parts are known, those are looked at themselves."""
        base = self.root(value)
        if base is None or not isinstance(value.type, Struct):
            return self.reach(value)
        return {base} | self.relatives.get(base, set())

    def _link(self, one: Value, other: Value) -> None:
        if one is not other:
            self.relatives.setdefault(one, set()).add(other)
            self.relatives.setdefault(other, set()).add(one)

    def read(self, value: Atom, builder: Builder) -> Atom:
        """The value as its memory is now.

        Raises
        ------
        errors.UnknownStore
            If something that may share its memory has been written to.
        """
        if (
            not isinstance(value, Value)
            or not has_memory(value.type)
            and value not in self.poisoned
        ):
            return value
        base, path = self.place_of(value)
        if base in self.poisoned:
            if not has_memory(value.type):
                raise errors.UnsupportedExpression(
                    f"{value.name} may be deleted here, or left half-way by an exception",
                    builder.place,
                )
            raise errors.UnknownStore(
                f"{value.name or 'this value'} may share memory with what has been written to since",
                builder.place,
                help=["copy it before the write: np.copy(...)"],
            )
        now = self.current(base)
        if value not in self.views:
            is_remade = self.remade.get(value) is now
            return self.with_parts(value if is_remade else now, builder)
        if now is not self.seen[value]:
            value = self._refresh(value, now, path, builder)
        return self.with_parts(value, builder)

    def with_parts(self, whole: Value, builder: Builder) -> Value:
        """A container as its parts are now; Python needs nothing for that."""
        held = whole.parts or self.parts_of(whole)
        if held is None or not isinstance(whole.type, Struct):
            return whole
        parts = tuple(self.read(p, builder) for p in held)
        if all(now is before for now, before in zip(parts, held)):
            return whole
        from chainrule.frontend.holding import made_of

        is_display = whole in self.displays
        result = made_of(builder, whole.type, parts, None if is_display else Again(whole))
        if is_display:
            self.displays.add(result)
        result.name, result.role = whole.name, whole.role
        if whole in self.views:
            self.views[result], self.seen[result] = self.views[whole], self.seen[whole]
        else:
            base = self.base(whole)
            self.owner[result], self.remade[result] = base, self.current(base)
        if whole in self.roots:
            self.roots[result] = self.roots[whole]
        return result

    def _refresh(self, value: Value, now: Value, path: Path, builder: Builder) -> Value:
        found = self.found.get((now, path))
        if found is not None:
            return found
        self._settle(path)
        result = now
        for i, step in enumerate(path):
            spelling = (
                SILENT if i < len(path) - 1 else Again(value) if value.role == "user" else None
            )
            result = taken(builder, result, step, spelling)
        if not path:
            assigned = builder.op(primitives.assign, result, spelling=Again(value))
            assert isinstance(assigned, Value)
            result = assigned
        result.name, result.role = value.name, value.role
        result.type = value.type if path else now.type  # a list may have grown
        self.views[result] = self.views[value]
        self.seen[result] = now
        return result

    def _settle(self, path: Path) -> None:
        """Have the text test, where that is not certain, that what a path's calls give are views."""
        for step in path:
            if isinstance(step, Step) and step in self.doubts:
                self.doubts.pop(step)()

    def write(
        self,
        target: Value,
        value: Atom,
        path: tuple[Atom, ...],
        builder: Builder,
        update: Callable[[Any, Any], Any] | None = None,
        call: Into | None = None,
        words: tuple[tuple[str, Atom], ...] = (),
    ) -> None:
        """Store a value at the end of a path on what a name holds."""
        through = self.read(target, builder)
        base, before = self.place_of(target)
        now = self.current(base)
        at = last_call(before)
        written = self._viewed(base, now, before[: at + 1], builder) if at >= 0 else now
        result = Value(written.name, written.type, written.role, builder.place)
        builder.add(
            Op(
                (result,),
                primitives.store,
                (written, through, value, *indices(before[at + 1 :]), *path),
                words,
                place=builder.place,
                spelling=Store(len(path), update, call),
                answers=builder.answers,
            )
        )
        self.advance(
            base, result if at < 0 else self._around(base, before[: at + 1], result, builder)
        )

    def _viewed(self, base: Value, now: Value, path: Path, builder: Builder) -> Value:
        """What a call gave, as it is now, to be written to."""
        step = path[-1]
        assert isinstance(step, Step)
        if step.inverse is None:
            raise errors.UnknownStore(
                f"a write through what {step.function.__name__} gives is not understood",
                builder.place,
                help=["write to the array itself, by an index"],
            )
        self._settle(path)
        return self._refresh(self.holders[base, path], now, path, builder)

    def _around(self, base: Value, path: Path, result: Value, builder: Builder) -> Value:
        """The version of a base of which a view was written to."""
        version = renewed(builder, self.current(base), path, result)
        assert isinstance(version, Value)
        version.name, version.role, version.type = base.name, base.role, base.type
        self.found[version, path] = result
        self.views[result] = base, path
        self.seen[result] = version
        return version

    def change(self, base: Value, version: Value) -> None:
        """Make a version the current one, of an array or of a container."""
        if isinstance(base.type, Struct | Uniform):
            self.restructure(base, version)
        else:
            self.advance(base, version)

    def restructure(self, base: Value, version: Value) -> None:
        """Make a version of a container the current one, which holds other parts: they are as they were."""
        self.versions[base] = version
        self.owner[version] = base
        self.written.add(base)
        self.poisoned |= {
            other
            for other in self.relatives.get(base, set())
            if may_hold(other.type)
            and (base, other) not in self.inside
            and may_be_or_hold(self.current(other).type, version.type)
        }

    def advance(self, base: Value, version: Value) -> None:
        """Make a version the current one."""
        self.versions[base] = version
        self.owner[version] = base
        self.written.add(base)
        self.poisoned |= self.relatives.get(base, set())
