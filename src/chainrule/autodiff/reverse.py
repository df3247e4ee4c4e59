"""Reverse mode: from a function of the form to the function that computes its gradient too.

The backward part mirrors the forward part, block by block. A value's cotangent is an atom, no entry at all where it is
zero, or `Parts` for a tuple, list or dict whose parts are known.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Container, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule import errors, runtime
from chainrule.analysis.activity import active
from chainrule.analysis.builder import Builder, constant
from chainrule.analysis.sizes import ELEMENTWISE
from chainrule.autodiff import cotangents
from chainrule.autodiff.apply import contributions, no_rule
from chainrule.autodiff.expand import expand
from chainrule.autodiff.kept import SHAPE_ONLY, Keeper, Scope
from chainrule.frontend.expressions import is_basic
from chainrule.ir import primitives
from chainrule.ir.form import (
    MISSING,
    Atom,
    Block,
    Const,
    Function,
    If,
    Loop,
    Op,
    Param,
    Tape,
    Value,
    blocks,
    operands,
    walk,
)
from chainrule.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Range,
    Scalar,
    Struct,
    Type,
    Uniform,
    differentiable,
    show,
)
from chainrule.rules import is_nondifferentiable

OPEN: Any = type("Open", (), {})
"""The kind of a container of which nothing is known but some paths into it."""

ZERO: Any = type("Zero", (), {"__repr__": lambda self: "ZERO"})()


class Parts(dict[Any, Any]):
    """The cotangent of a container, by key; a key without an entry has a zero cotangent."""


class Asked(NamedTuple):
    """A gradient that is asked: a value, or a container of them; ``value`` None where there can be no gradient."""

    value: Value | None
    kind: type | None = None
    keys: tuple[Any, ...] = ()
    parts: tuple[Asked, ...] = ()

    def leaves(self) -> Iterable[Value]:
        if self.kind is None:
            return [] if self.value is None else [self.value]
        return [v for p in self.parts for v in p.leaves()]

    def within(self) -> list[Value]:
        """Every value of a part, containers included."""
        own = [p.value for p in self.parts if p.value is not None]
        return own + [v for p in self.parts for v in p.within()]

    def unreached(self, active: Container[Value | Tape]) -> list[Value]:
        """The leaves that the result does not depend on."""
        if self.value is not None and self.value in active:
            return []
        if self.kind is OPEN:
            assert self.value is not None
            return [] if any(p.value in active for p in self.parts) else [self.value]
        if self.kind is None:
            return (
                [self.value] if self.value is not None and differentiable(self.value.type) else []
            )
        return [v for p in self.parts for v in p.unreached(active)]


class Options(NamedTuple):
    """What derivative is asked: of what, with how many results, from which seed."""

    asked: tuple[Asked, ...]
    bare: bool = True
    has_aux: bool = False
    seed: Type = FLOAT


def reverse(function: Function, options: Options) -> Function:
    """The adjoint of a function: ``(value, gradients)`` of its parameters and a seed.

    Raises
    ------
    ChainruleError
        If something on the way from what is asked to the result has no derivative that is known.
    """
    return _Reverse(function, options).run()


class _Reverse:
    def __init__(self, function: Function, options: Options) -> None:
        function = expand(function)
        self.function, self.options = function, options
        self.keeper = Keeper(function)
        self.problems: list[errors.ChainruleError] = []
        self.prefix = prefix_for(function)
        self.tapes: dict[Tape, list[Tape]] = {}
        self.loose = loose_values(function)
        result = function.body.results[0]
        self.result, self.aux = self._split(result)
        wanted = [v for a in options.asked for v in a.leaves()]
        roots = [
            v
            for a in options.asked
            for v in ([a.value] if a.value is not None else []) + a.within()
        ]
        self.active = active(
            function, [*wanted, *roots], [] if function.facts.get("is_cut") else [self.result]
        )
        for v in self.active:
            if is_complex(v.type):
                raise errors.ResultNotNumeric(
                    "complex numbers are not understood yet", getattr(v, "place", None)
                )

    def _split(self, result: Atom) -> tuple[Atom, Atom | None]:
        if not self.options.has_aux:
            return result, None
        parts = self.keeper.parts_of(result)
        if parts is None or len(parts) != 2:
            raise errors.ResultNotNumeric(
                "has_aux=True takes a function that returns a pair, (value, aux)",
                getattr(result, "place", None),
            )
        return parts[0], parts[1]

    def run(self) -> Function:
        f = self.function
        top = Scope(f.body, None, Builder())
        cots: dict[Value, Any] = {}
        own_seed = self.options.seed
        seed_name = "seed"
        while seed_name in f.facts["names"]:
            seed_name += "_"
        seed = Value(seed_name, own_seed, "user")
        self._seed(top, cots, self.result, seed)
        self._block(f.body, top, cots)
        top.builder.place = top.builder.answers = None
        gradients = [self._finish(top.builder, a, cots) for a in self.options.asked]
        if self.problems:
            raise errors.combine(self.problems)
        grads = (
            gradients[0]
            if self.options.bare
            else top.builder.op(primitives.make_tuple, *gradients, role="temporary")
        )
        out = Builder()
        value = f.body.results[0]
        result = out.op(primitives.make_tuple, value, grads, role="temporary")
        forward = self.keeper.rebuild(f.body)
        line = Op((), primitives.line, (), place=None)
        statements = (
            *forward.statements,
            line,
            *top.takes,
            *top.builder.statements,
            *out.statements,
        )
        params = (*f.params, Param(seed, inspect.Parameter.KEYWORD_ONLY, 1.0))
        derivative = Function(
            f"{f.name}_adjoint", params, f.leaves, Block((), statements, (result,)), f.source
        )
        derivative.facts.update(f.facts)
        derivative.facts.update(
            value=value,
            gradients=gradients,
            names=f.facts["names"] | {seed.name},
            prefix=self.prefix,
            options=self.options,
        )
        derivative.facts["unreached"] = [
            v for a in self.options.asked for v in a.unreached(self.active)
        ]
        return derivative

    # Seeds and gradients

    def _seed(self, top: Scope, cots: dict[Value, Any], result: Atom, seed: Value) -> None:
        if not isinstance(result, Value) or result not in self.active:
            if not differentiable(result.type):
                raise errors.ResultNotNumeric(
                    f"the result is {_article(result.type)}, which has no derivative",
                    getattr(result, "place", None),
                )
            return
        self._seed_part(top.builder, cots, result, seed)

    def _seed_part(
        self, builder: Builder, cots: dict[Value, Any], result: Atom, seed: Atom
    ) -> None:
        t = result.type
        if not isinstance(result, Value) or seed.type == NONE:
            return
        name = self._name(result)
        if isinstance(t, Struct):
            if seed.type != UNKNOWN and (
                not isinstance(seed.type, Struct) or seed.type.keys != t.keys
            ):
                raise errors.SeedMissing(
                    f"the result is a {t.kind.__name__} of {len(t.keys)}: a seed of that structure is needed",
                    result.place,
                )
            self._seed_struct(builder, cots, result, seed)
            return
        if (
            isinstance(t, Scalar)
            or isinstance(seed.type, Scalar)
            and not isinstance(t, Array)
            and t != UNKNOWN
        ):
            c = builder.op(primitives.assign, seed, name=name, role="cotangent")
        else:
            c = builder.op(runtime.match_seed, seed, result, name=name, role="cotangent", type=t)
        self._contribute(builder, cots, result, c)

    def _seed_struct(
        self, builder: Builder, cots: dict[Value, Any], result: Value, seed: Atom
    ) -> None:
        parts = Parts()
        cots[result] = parts
        t = result.type
        assert isinstance(t, Struct)
        for key, part in zip(t.keys, t.parts):
            inner = self._item(builder, result, t, key)
            s = select(builder, seed, seed.type if isinstance(seed.type, Struct) else t, key)
            if s.type == NONE:
                continue
            if differentiable(part):
                parts[key] = self._matched(builder, s, inner, part)

    def _item(self, builder: Builder, whole: Atom, t: Struct, key: Any) -> Atom:
        """A part of a result."""
        parts = self.keeper.parts_of(whole)
        return parts[t.keys.index(key)] if parts is not None else select(builder, whole, t, key)

    def _matched(self, builder: Builder, seed: Atom, part: Atom, t: Type) -> Any:
        if isinstance(t, Struct):
            return Parts({k: self._matched(builder, select(builder, seed, t, k), self._item(builder, part, t, k), p)
                          for k, p in zip(t.keys, t.parts)})  # fmt: skip
        if isinstance(t, Scalar) and isinstance(seed.type, Scalar):
            return seed
        return builder.op(runtime.match_seed, seed, part, role="temporary", type=t)

    def _finish(self, builder: Builder, asked: Asked, cots: dict[Value, Any]) -> Atom:
        if asked.kind is not None:
            return self._finish_container(builder, asked, cots)
        if asked.value is None:
            return constant(None)
        c = self._atom(builder, cots, asked.value)
        return cotangents.finish(builder, c, asked.value, self._name(asked.value))

    def _finish_open(self, builder: Builder, asked: Asked, cots: dict[Value, Any]) -> Atom:
        """The gradient of a container from that of the whole and those of the parts that are read."""
        assert asked.value is not None
        name = self._name(asked.value)
        whole = self._atom(builder, cots, asked.value) or cotangents.zero(
            builder, asked.value, name
        )
        for path, part in zip(asked.keys, asked.parts):
            c = self._atom(builder, cots, part.value) if part.value is not None else None
            if c is None:
                continue
            if any(kind != "item" for kind, _ in path):
                raise errors.NotDifferentiable(
                    f"nothing says what {asked.value.name} is, so that no gradient of its kind can be made",
                    help=[
                        "annotate it with its dataclass",
                        f"ask for a part of it: wrt='{asked.value.name}.{path[0][1]}'",
                    ],
                )
            steps = [constant(key) for _, key in path]
            whole = builder.op(
                runtime.add_at, whole, c, *steps, name=name, role="cotangent", type=UNKNOWN
            )
        return builder.op(runtime.as_gradient, whole, asked.value, role="temporary", type=UNKNOWN)

    def _finish_container(self, builder: Builder, asked: Asked, cots: dict[Value, Any]) -> Atom:
        if asked.kind is OPEN:
            return self._finish_open(builder, asked, cots)
        if asked.value is not None and asked.value in cots:
            whole = cots.pop(asked.value)
            if isinstance(whole, Value) and not any(v in cots for v in asked.within()):
                return whole
            self._hand_down(builder, asked, cots, whole)
        parts = [self._finish(builder, p, cots) for p in asked.parts]
        return make(builder, asked.kind, asked.keys, parts)

    def _hand_down(
        self, builder: Builder, asked: Asked, cots: dict[Value, Any], whole: Any
    ) -> None:
        """Pass the cotangent of a container on to its parts."""
        for key, part in zip(asked.keys, asked.parts):
            if isinstance(whole, Parts):
                piece = whole.get(key)
            else:
                kind, keys = asked.kind or tuple, asked.keys
                piece = select(builder, whole, Struct(kind, keys, (UNKNOWN,) * len(keys)), key)
            if piece is None:
                continue
            if part.kind is not None and (part.value is None or part.value not in cots):
                self._hand_down(builder, part, cots, piece)
            elif part.value is not None:
                before = cots.get(part.value)
                whole_piece = (
                    self._whole(builder, part.value, piece) if isinstance(piece, Parts) else piece
                )
                cots[part.value] = (
                    piece
                    if before is None
                    else builder.op(runtime.add, before, whole_piece, role="temporary")
                )

    def _name(self, value: Value) -> str:
        return f"{self.prefix}{value.name}" if value.name else ""

    # Cotangents

    def _contribute(self, builder: Builder, cots: dict[Value, Any], x: Atom, c: Any) -> None:
        """Add a contribution to a cotangent."""
        if not isinstance(x, Value) or x not in self.active or c is None or c is ZERO:
            return
        before = _lookup(cots, x)
        if isinstance(c, Parts):
            self._contribute_parts(builder, cots, x, before, c)
            return
        if isinstance(before, Parts):
            before = self._whole(builder, x, before)
        if before is None:
            if isinstance(c, Value) and c.role == "temporary" and not c.name:
                c.name, c.role = self._name(x), "cotangent"
            elif x.name and getattr(c, "name", None) != self._name(x):
                c = builder.op(primitives.assign, c, name=self._name(x), role="cotangent")
            cots[x] = c
        else:
            cots[x] = cotangents.add(builder, before, c, x.type, self._name(x), x in self.loose)

    def _contribute_parts(
        self, builder: Builder, cots: dict[Value, Any], x: Value, before: Any, c: Parts
    ) -> None:
        if before is None:
            cots[x] = c
        elif isinstance(before, Parts):
            merged = Parts(before)
            for key, part in c.items():
                old = merged.get(key)
                merged[key] = (
                    part if old is None else builder.op(runtime.add, old, part, role="temporary")
                )
            cots[x] = merged
        else:
            cots[x] = cotangents.add(
                builder, before, self._whole(builder, x, c), x.type, self._name(x)
            )

    def _atom(self, builder: Builder, cots: dict[Value, Any], x: Value) -> Atom | None:
        c = _lookup(cots, x)
        return self._whole(builder, x, c) if isinstance(c, Parts) else c

    def _whole(self, builder: Builder, x: Value, parts: Parts) -> Atom:
        """A container of cotangents, from its parts."""
        t = x.type
        assert isinstance(t, Struct)
        atoms = []
        for i, (key, part) in enumerate(zip(t.keys, t.parts)):
            c = parts.get(key)
            parts_of_x = self.keeper.parts_of(x)
            inner = parts_of_x[i] if parts_of_x else Value("", part)
            if isinstance(c, Parts):
                c = self._whole(builder, inner, c) if isinstance(inner, Value) else constant(None)
            if c is None:
                c = self._zero_part(builder, x, key, inner, part)
            atoms.append(c)
        return make(builder, t.kind, t.keys, atoms)

    def _zero_part(self, builder: Builder, x: Value, key: Any, inner: Atom, t: Type) -> Atom:
        if not differentiable(t):
            return constant(None)
        if inner in self.keeper.home and self.keeper.home[inner] is self.keeper.body:
            return cotangents.zero(builder, inner)
        return constant(0.0)

    def _zero(self, scope: Scope, x: Value) -> Atom:
        return cotangents.zero(
            scope.builder, self.keeper.fetch(x, scope, shape_only=True), self._name(x)
        )

    # Blocks

    def _block(self, block: Block, scope: Scope, cots: dict[Value, Any]) -> None:
        """Write the mirror of a block's statements."""
        for statement in reversed(block.statements):
            try:
                scope.builder.place = statement.place
                scope.builder.answers = statement.place
                if isinstance(statement, Op):
                    self._op(statement, scope, cots)
                elif isinstance(statement, If):
                    self._if(statement, scope, cots)
                else:
                    self._loop(statement, scope, cots)
            except errors.ChainruleError as problem:
                self.problems.append(problem)

    def _op(self, op: Op, scope: Scope, cots: dict[Value, Any]) -> None:
        builder = scope.builder
        special = SPECIAL.get(op.function)
        if op.function is primitives.keep:
            self._keep(op, scope, cots)
            return
        gs = [cots.pop(r, None) if r in self.active else None for r in op.results]
        if all(g is None or g is ZERO for g in gs):
            return
        if special is not None:
            special(self, op, scope, cots, gs)
            return
        wanted = [isinstance(a, Value) and a in self.active for a in operands(op)]
        if not any(wanted) or is_nondifferentiable(op.function):
            return
        if len(op.results) != 1:
            raise no_rule(op)
        self._rule(op, scope, cots, gs[0], wanted, builder)

    def _rule(
        self,
        op: Op,
        scope: Scope,
        cots: dict[Value, Any],
        g: Any,
        wanted: Sequence[bool],
        builder: Builder,
    ) -> None:
        result = op.results[0]
        scratch = Builder(op.place, fold=True, answers=op.place)
        if isinstance(g, Parts):
            g = self._whole(builder, result, g)
        found = contributions(scratch, op, g, result, wanted)
        wrapped: list[tuple[Atom, Any]] = []
        single = op.function in ELEMENTWISE or isinstance(op.function, np.ufunc)
        single = (
            single
            and all(isinstance(a, Const) for a, w in zip(operands(op), wanted) if not w)
            and sum(wanted) == 1
        )
        for x, c, w in zip(operands(op), found, wanted):
            if w and c is not None:
                wrapped.append((x, self._conformed(scratch, c, x, single)))
        self._settle(scratch, scope, [a for _, c in wrapped for a in _atoms_of(c)])
        for x, c in wrapped:
            self._contribute(builder, cots, x, c)

    def _conformed(self, builder: Builder, c: Atom, x: Atom, single: bool) -> Any:
        if isinstance(x.type, Struct) and c.parts is not None:
            inner = x.parts or tuple(Value("", t) for t in x.type.parts)
            return Parts({k: self._conformed(builder, p, i, False) for k, p, i in zip(x.type.keys, c.parts, inner)
                          if p.known is None or differentiable(i.type)})  # fmt: skip
        if isinstance(x.type, Struct) and x.type.kind in (tuple, list):
            atoms = x.parts or tuple(
                builder.op(operator.getitem, x, constant(k), role="temporary") for k in x.type.keys
            )
            return Parts({k: self._conformed(builder, builder.op(operator.getitem, c, constant(k), role="temporary"), i, False)
                          for k, i in zip(x.type.keys, atoms) if differentiable(i.type)})  # fmt: skip
        return cotangents.conform(builder, c, x, single)

    def _settle(self, scratch: Builder, scope: Scope, needed: list[Atom]) -> None:
        """Take over what a rule wrote and its results need, with the forward values that it reads fetched."""
        needs = {a for a in needed if isinstance(a, Value)}
        kept: list[Op] = []
        for s in reversed(scratch.statements):
            assert isinstance(s, Op)
            if any(r in needs for r in s.results) or not s.results:
                kept.append(s)
                needs.update(a for a in operands(s) if isinstance(a, Value))
        for s in reversed(kept):
            s.args = tuple(
                self.keeper.fetch(
                    a, scope, s.function in SHAPE_ONLY and (i == 1 or len(s.args) == 1)
                )
                for i, a in enumerate(s.args)
            )
            s.kwargs = tuple((k, self.keeper.fetch(a, scope)) for k, a in s.kwargs)
            s.answers = scope.builder.answers
            scope.builder.add(s)

    # Tapes: keep and take are each other's adjoint

    def _keep(self, op: Op, scope: Scope, cots: dict[Value, Any]) -> None:
        value = op.args[0]
        for tape in self._cotapes(op.spelling):
            if isinstance(value, Value) and value in self.active:
                c = Value(self._name(value), value.type, "cotangent", op.place)
                scope.builder.add(
                    Op((c,), primitives.take, (), place=op.place, spelling=tape, answers=op.place)
                )
                self._contribute(scope.builder, cots, value, c)

    def _cotapes(self, tape: Tape) -> list[Tape]:
        return self.tapes.get(tape, [])

    def _take(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        tape: Tape = op.spelling
        cotape = Tape(self.prefix + tape.name, tape.type)
        self.tapes.setdefault(tape, []).append(cotape)
        g = self._whole(scope.builder, op.results[0], gs[0]) if isinstance(gs[0], Parts) else gs[0]
        scope.builder.add(
            Op((), primitives.keep, (g,), place=op.place, spelling=cotape, answers=op.place)
        )

    # Primitives whose adjoint speaks of memory or containers

    def _assign(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        self._contribute(scope.builder, cots, op.args[0], gs[0])

    def _pack(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        t = op.results[0].type
        items = op.args[1::2] if op.function is primitives.make_dict else op.args
        keys = t.keys if isinstance(t, Struct) else [a.known for a in op.args[::2]]
        for key, item in zip(keys, items):
            if not isinstance(item, Value) or item not in self.active:
                continue
            if isinstance(gs[0], Parts):
                self._contribute(scope.builder, cots, item, gs[0].get(key))
            else:
                c = scope.builder.op(
                    operator.getitem, gs[0], constant(key), role="temporary", type=item.type
                )
                self._contribute(scope.builder, cots, item, c)

    def _unpack(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        x = op.args[0]
        if not isinstance(x, Value) or x not in self.active:
            return
        if isinstance(x.type, Struct):
            parts = Parts({k: g for k, g in zip(x.type.keys, gs) if g is not None})
            self._contribute(scope.builder, cots, x, parts)
            return
        for i, (result, g) in enumerate(zip(op.results, gs)):
            if g is not None:
                self._scatter(
                    scope, cots, x, self._flat(scope.builder, result, g), (constant(i),), result
                )

    def _flat(self, builder: Builder, x: Value, g: Any) -> Atom:
        return self._whole(builder, x, g) if isinstance(g, Parts) else g

    def _getitem(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        x, index = op.args
        if not isinstance(x, Value) or x not in self.active:
            return
        if isinstance(x.type, Struct) and index.known in x.type.keys and x.type.kind is not range:
            self._contribute(scope.builder, cots, x, Parts({index.known: gs[0]}))
            return
        g = self._flat(scope.builder, op.results[0], gs[0])
        squeezed = without_new_axes(index)
        if squeezed is not None and isinstance(x.type, Array) and isinstance(g.type, Array):
            c = scope.builder.op(operator.getitem, g, squeezed, role="temporary", type=x.type)
            self._contribute(scope.builder, cots, x, c)
            return
        self._scatter(scope, cots, x, g, (self.keeper.fetch(index, scope),), op.results[0])

    def _scatter(
        self,
        scope: Scope,
        cots: dict[Value, Any],
        x: Value,
        g: Atom,
        path: tuple[Atom, ...],
        read: Value,
    ) -> None:
        """Add a cotangent to what a path reads of a buffer."""
        builder = scope.builder
        before = self._atom(builder, cots, x)
        if before is None:
            before = self._zero(scope, x)
        function: Any = primitives.accumulate
        if not isinstance(x.type, Array) or may_repeat(path):
            function = runtime.add_at
        d = builder.op(
            function, before, g, *path, name=self._name(x), role="cotangent", type=x.type
        )
        cots[x] = d

    def _store(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        base, _, value, *path = op.args
        builder = scope.builder
        g = self._flat(builder, op.results[0], gs[0])
        path = [self.keeper.fetch(p, scope) for p in path]
        whole = not path
        read: Atom = g
        around: Atom = g
        for step in path:
            around = read
            read = builder.op(step.known, read, role="temporary") if callable(step.known) else builder.op(
                operator.getitem, read, step, role="temporary")  # fmt: skip
        if isinstance(value, Value) and value in self.active:
            c: Atom = read
            if not whole and repeats(path[-1]):
                stays = builder.op(runtime.lasting, around, path[-1], role="temporary")
                c = builder.op(
                    np.where, stays, read, constant(0.0), role="temporary", type=read.type
                )
            elif (
                not whole
                and isinstance(read.type, Array | Type)
                and not isinstance(read.type, Scalar)
            ):
                c = (
                    builder.op(np.copy, read, role="temporary", type=read.type)
                    if isinstance(read.type, Array)
                    else read
                )
            scratch = Builder(op.place, answers=op.place)
            c = cotangents.conform(scratch, c, value, False)
            self._settle(scratch, scope, [c])
            self._contribute(builder, cots, value, c)
        if isinstance(base, Value) and base in self.active:
            if whole:
                cots[base] = ZERO
            else:
                cleared = builder.op(
                    primitives.store, g, g, constant(0.0, "0"), *path, name=self._name(base), role="cotangent",
                    spelling=primitives.Store(len(path)), type=base.type,
                )  # fmt: skip
                cots[base] = cleared

    def _accumulate(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        base, value, *path = op.args
        builder = scope.builder
        g = self._flat(builder, op.results[0], gs[0])
        read: Atom = g
        for step in (self.keeper.fetch(p, scope) for p in path):
            read = builder.op(operator.getitem, read, step, role="temporary")
        if isinstance(value, Value) and value in self.active:
            if isinstance(read.type, Array):
                read = builder.op(np.copy, read, role="temporary", type=read.type)
            scratch = Builder(op.place, answers=op.place)
            c = cotangents.conform(scratch, read, value, False)
            self._settle(scratch, scope, [c])
            self._contribute(builder, cots, value, c)
        self._contribute(builder, cots, base, g)

    def _share(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        """Each operand of a sum of containers has the cotangent of the sum."""
        for x in op.args:
            self._contribute(scope.builder, cots, x, gs[0])

    def _rebuild(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        t, x = op.results[0].type, op.args[1]
        assert isinstance(t, Struct)
        if isinstance(gs[0], Parts):
            parts = Parts({i: gs[0][k] for i, k in enumerate(t.keys) if k in gs[0]})
        else:
            parts = Parts({i: select(scope.builder, gs[0], t, k) for i, k in enumerate(t.keys)})
        self._contribute(scope.builder, cots, x, parts)

    def _getattr(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        x, name = op.args
        if isinstance(x.type, Struct) and name.known in x.type.keys:
            self._contribute(scope.builder, cots, x, Parts({name.known: gs[0]}))
        elif isinstance(x, Value) and x in self.active:
            raise no_rule(op)

    def _unbroadcast(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        c, x = op.args
        builder = scope.builder
        g = self._flat(builder, op.results[0], gs[0])
        if isinstance(c, Value) and c in self.active:
            if not isinstance(c.type, Scalar):
                like = self.keeper.fetch(c, scope, shape_only=True)
                shape = builder.op(np.shape, like, role="temporary")
                g = builder.op(np.broadcast_to, g, shape, role="temporary", type=c.type)
            self._contribute(builder, cots, c, g)

    def _match_seed(self, op: Op, scope: Scope, cots: dict[Value, Any], gs: list[Any]) -> None:
        seed = op.args[0]
        if isinstance(seed, Value) and seed in self.active:
            g = self._flat(scope.builder, op.results[0], gs[0])
            self._contribute(
                scope.builder, cots, seed, cotangents.conform(scope.builder, g, seed, False)
            )

    # Branches

    def _if(self, s: If, scope: Scope, cots: dict[Value, Any]) -> None:
        gs = [cots.pop(r, None) for r in s.results]
        if (passed := _passed_side(s)) is not None:
            self._only_side(s, passed, gs, scope, cots)
            return
        sides = []
        for block in (s.then, s.orelse):
            inner = Scope(block, scope, Builder(s.place, answers=s.place))
            own: dict[Value, Any] = _Overlay(cots)
            for result, atom, g in zip(s.results, block.results, gs):
                if (
                    g is not None
                    and g is not ZERO
                    and result in self.active
                    and isinstance(atom, Value)
                ):
                    self._contribute_joined(inner, own, atom, g, result)
            self._block(block, inner, own)
            sides.append((inner, own))
        self._join_sides(s, scope, cots, sides)

    def _only_side(
        self, s: If, side: Block, gs: list[Any], scope: Scope, cots: dict[Value, Any]
    ) -> None:
        """Mirror a branch whose other side raises: who comes to the mirror came this way."""
        for result, atom, g in zip(s.results, side.results, gs):
            if (
                g is not None
                and g is not ZERO
                and result in self.active
                and isinstance(atom, Value)
            ):
                self._contribute_joined(scope, cots, atom, g, result)
        inner = Scope(side, scope, scope.builder)
        self._block(side, inner, cots)
        scope.takes += inner.takes

    def _contribute_joined(
        self, scope: Scope, cots: dict[Value, Any], x: Value, g: Any, result: Value
    ) -> None:
        """Pass a cotangent through a join, where kinds may differ."""
        if (
            isinstance(g, Parts)
            or g.type == x.type
            or x.type == UNKNOWN
            or isinstance(x.type, Struct | Uniform)
        ):
            self._contribute(scope.builder, cots, x, g)
            return
        scratch = Builder(scope.builder.place, answers=scope.builder.answers)
        c = cotangents.conform(scratch, g, x, x.type == result.type)
        self._settle(scratch, scope, [c])
        self._contribute(scope.builder, cots, x, c)

    def _join_sides(self, s: If, scope: Scope, cots: dict[Value, Any], sides: list[Any]) -> None:
        changed = [
            v for v in dict.fromkeys([*sides[0][1], *sides[1][1]]) if self._is_outside(v, sides)
        ]
        results: list[Value] = []
        ends: list[list[Atom]] = [[], []]
        joined: dict[Value, Any] = {}
        for v in changed:
            cs = [self._atom(inner.builder, own, v) for inner, own in sides]
            cs = [None if c is ZERO else c for c in cs]
            if cs[0] is cs[1]:
                joined[v] = cs[0] if cs[0] is not None else ZERO
                continue
            filled = [
                c if c is not None else self._zero(inner, v) for c, (inner, _) in zip(cs, sides)
            ]
            result = Value(self._name(v), self._joined_type(v, filled), "cotangent", s.place)
            results.append(result)
            for end, c in zip(ends, filled):
                end.append(c)
            joined[v] = result
        mirrors = [
            Block((), (*inner.takes, *inner.builder.statements), tuple(end))
            for (inner, _), end in zip(sides, ends)
        ]
        if results or any(b.statements for b in mirrors):
            test = self._test(s, scope)
            spelling = s.spelling if s.spelling in ("ternary",) else None
            scope.builder.add(
                If(test, mirrors[0], mirrors[1], tuple(results), s.place, spelling, s.place)
            )
        cots.update(joined)

    def _joined_type(self, v: Value, cs: list[Atom]) -> Type:
        return cs[0].type if cs[0].type == cs[1].type else v.type

    def _is_outside(self, v: Value, sides: list[Any]) -> bool:
        block = self.keeper.home[v]
        inner = {s.block for s, _ in sides}
        while block not in inner:
            if block not in self.keeper.holder:
                return True
            block = self.keeper.holder[block][0]
        return False

    def _test(self, s: If, scope: Scope) -> Atom:
        """The test of a branch: decided again where all that it reads is at hand, else its outcome kept."""
        test = s.test
        if not isinstance(test, Value) or self.keeper.is_at_hand(test, scope):
            return self.keeper.fetch(test, scope)
        left = self._leaving(s, scope)
        return left if left is not None else self.keeper.keep(test, scope)

    def _leaving(self, s: If, scope: Scope) -> Atom | None:
        """A flag that is true in the first turn of the mirror, for a branch that is taken where its loop is left."""
        holder = self.keeper.holder.get(scope.block, (None, None))[1]
        if not isinstance(holder, Loop) or holder.code not in s.results:
            return None
        i = s.results.index(holder.code)
        left, stays = s.then.results[i].known, s.orelse.results[i]
        codes = self.function.facts.get("exits", {}).get(stays, frozenset([stays.known]))
        if left is MISSING or left <= 0 or left in codes:
            return None
        if left not in scope.flags:
            scope.flags[left] = Value("", BOOL, "code", s.place)
        return scope.flags[left]

    def _flag_carries(self, s: Loop, scope: Scope, inner: Scope) -> list[tuple[Value, Atom]]:
        """The flags that the mirror of a loop carries, with what they are in its first turn."""
        out = []
        code = self.keeper.fetch(s.results[-1], scope)
        for left, flag in inner.flags.items():
            first = scope.builder.op(operator.eq, code, constant(left), role="code")
            self.function.facts.setdefault("exits", {})[flag] = self.function.facts["exits"].get(
                s.results[-1]
            )
            out.append((flag, first))
        return out

    # Loops

    def _loop(self, s: Loop, scope: Scope, cots: dict[Value, Any]) -> None:
        count = len(s.carries)
        gs = [cots.pop(r, None) for r in s.results]
        gs = [None if g is ZERO else g for g in gs]
        carried = [
            i
            for i, (c, r) in enumerate(zip(s.carries, s.results))
            if c in self.active or r in self.active
        ]
        if all(g is None for g in gs) and not any(
            isinstance(x, Op) and x.function is primitives.keep for x in walk(s.body)
        ):
            return
        inner = Scope(s.body, scope, Builder(s.place, answers=s.place))
        own: dict[Value, Any] = {}
        mirrored: list[
            tuple[Value, Atom, Value]
        ] = []  # the value, the initial cotangent, the carry of the mirror
        for i in carried:
            result = s.results[i]
            g = gs[i]
            init = (
                self._flat(scope.builder, result, g) if g is not None else self._zero(scope, result)
            )
            following = s.body.results[i]
            like = following if following in self.active else s.carries[i]
            mirrored.append(
                (s.carries[i], init, Value(self._name(result), like.type, "cotangent", s.place))
            )
        outer = self._invariants(s)
        for v in outer:
            before = self._atom(scope.builder, cots, v)
            init = self._zero(scope, v) if before is None or before is ZERO else before
            mirrored.append((v, init, Value(self._name(v), v.type, "cotangent", s.place)))
        for v, _, carry in mirrored[len(carried) :]:
            own[v] = carry
        for i, (_, _, carry) in zip(carried, mirrored):
            following = s.body.results[i]
            if isinstance(following, Value) and following in self.active:
                self._contribute_joined(inner, own, following, carry, s.results[i])
        for following, g in zip(s.body.results[count:-1], gs[count:-1]):
            if g is not None and isinstance(following, Value):
                self._contribute(inner.builder, own, following, g)
        items, sources = self._mirror_items(s, scope, inner)
        self._block(s.body, inner, own)
        self._item_cotangents(s, inner, own, items)
        ends = []
        for v, _, _ in mirrored:
            c = self._atom(inner.builder, own, v)
            ends.append(self._zero(inner, v) if c is None or c is ZERO else c)
        code = constant(0)
        results = tuple(Value(c.name, v.type, "cotangent", s.place) for v, _, c in mirrored)
        last = Value("", INT, "code", s.place)
        limit = self._limit(s, scope)
        flags = self._flag_carries(s, scope, inner)
        inits = (*(i for _, i, _ in mirrored), *(first for _, first in flags))
        gone = tuple(Value("", BOOL, "code", s.place) for _ in flags)
        body = Block(
            (*items, *(c for _, _, c in mirrored), *(flag for flag, _ in flags)),
            (*inner.takes, *inner.builder.statements),
            (*ends, *(constant(False) for _ in flags), code),
        )
        scope.builder.add(
            Loop(
                sources,
                inits,
                None,
                body,
                (*results, *gone, last),
                Value("", INT, "count", s.place),
                limit,
                not s.backward,
                s.place,
                None,
                s.place,
            )  # fmt: skip
        )
        for v, result in zip(outer, results[len(carried) :]):
            cots[v] = result
        for i, result in zip(carried, results):  # a value may be both, read inside and carried in
            init = s.inits[i]
            if isinstance(init, Value):
                self._contribute_joined(scope, cots, init, result, s.carries[i])

    def _invariants(self, s: Loop) -> list[Value]:
        """The values from outside whose cotangents a loop's body adds to."""
        found: dict[Value, None] = {}
        inside = {s.body, *(b for x in walk(s.body) for b in blocks(x))}
        atoms = [a for x in walk(s.body) for a in operands(x)]
        atoms += [a for b in inside for a in b.results]
        for atom in atoms:
            if (
                isinstance(atom, Value)
                and atom in self.active
                and self.keeper.home[atom] not in inside
            ):
                found[atom] = None
        for source, item in zip(s.sources, s.items):
            if item in self.active and isinstance(source, Value):
                found[source] = None
        return list(found)

    def _mirror_items(
        self, s: Loop, scope: Scope, inner: Scope
    ) -> tuple[list[Value], tuple[Atom, ...]]:
        items: list[Value] = []
        sources: list[Atom] = []
        for source, item in zip(s.sources, s.items):
            fetched = self.keeper.fetch(source, scope)
            copy = Value(item.name, item.type, item.role, item.place)
            inner.have[item] = copy
            items.append(copy)
            sources.append(fetched)
        for source, item in zip(s.sources, s.items):
            if item in self.active:
                position = Value("", Scalar(int), "position", s.place)
                items.append(position)
                sources.append(scope.builder.op(primitives.indices, self.keeper.fetch(source, scope, True),
                                                role="temporary", type=Range()))  # fmt: skip
        return items, tuple(sources)

    def _item_cotangents(
        self, s: Loop, inner: Scope, own: dict[Value, Any], items: list[Value]
    ) -> None:
        positions = iter(items[len(s.items) :])
        for source, item in zip(s.sources, s.items):
            if item not in self.active or not isinstance(source, Value):
                continue
            position = next(positions)
            c = self._atom(inner.builder, own, item)
            if c is not None and c is not ZERO:
                self._scatter(inner, own, source, c, (position,), item)

    def _limit(self, s: Loop, scope: Scope) -> Atom | None:
        codes = self.function.facts.get("exits", {}).get(s.code) or {
            s.code.known if isinstance(s.code, Const) else 1
        }
        exits = max(codes) > 0
        if s.limit is not None and not exits:
            return self.keeper.fetch(s.limit, scope)
        if s.test is not None or exits or len(s.sources) > 1:
            if s.count is None:  # nobody read it so far
                s.count = Value("", INT, "count", s.place)
                self.keeper.home[s.count] = self.keeper.home[s.results[-1]]
                self.keeper.maker[s.count] = s
            return self.keeper.fetch(s.count, scope)
        return None


def _passed_side(s: If) -> Block | None:
    """The side that control comes out of, where the other one raises."""
    sides = (s.then, s.orelse)
    raising = [
        bool(b.statements) and getattr(b.statements[-1], "function", None) is primitives.raise_
        for b in sides
    ]
    return sides[raising.index(False)] if any(raising) and not all(raising) else None


class _Overlay(dict[Value, Any]):
    """The cotangents of a branch: what it changes, over what was there before."""

    def __init__(self, under: dict[Value, Any]) -> None:
        super().__init__()
        self.under = under

    def pop(self, key: Value, default: Any = None) -> Any:
        if key in self:
            found = self[key]
            self[key] = ZERO
            return found
        return default


def _lookup(cots: dict[Value, Any], x: Value) -> Any:
    """The cotangent of a value so far, None for zero."""
    while True:
        if x in cots:
            found = cots[x]
            return None if found is ZERO else found
        if not isinstance(cots, _Overlay):
            return None
        cots = cots.under


def _atoms_of(c: Any) -> Iterable[Atom]:
    if isinstance(c, Parts):
        return [a for p in c.values() for a in _atoms_of(p)]
    return [c]


def loose_values(function: Function) -> set[Value]:
    """Values of which nothing is known, and that are used as a container may be."""
    found: set[Value] = set()
    for s in walk(function.body):
        if isinstance(s, Loop):
            atoms: Iterable[Atom] = s.sources
        elif isinstance(s, Op) and not is_of_numbers(s):
            atoms = operands(s)
        else:
            continue
        found |= {a for a in atoms if isinstance(a, Value) and a.type == UNKNOWN}
    return found


def is_of_numbers(op: Op) -> bool:
    """Whether an operation takes numbers and arrays alone."""
    arithmetic = (
        op.function in ELEMENTWISE or isinstance(op.function, np.ufunc) or op.function in ARITHMETIC
    )
    return arithmetic or isinstance(op.spelling, primitives.Method | primitives.Store)


ARITHMETIC = {
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.neg,
    operator.matmul,
}


def without_new_axes(index: Atom) -> Const | None:
    """The index that undoes one which only adds axes."""
    known = index.known if isinstance(index.known, tuple) else (index.known,)
    if (
        not all(k is None or k is Ellipsis or k == slice(None) for k in known if k is not MISSING)
        or MISSING in known
    ):
        return None
    return constant(tuple(0 if k is None else k for k in known))


def repeats(step: Atom) -> bool:
    """Whether an index may name an element twice."""
    entries = step.parts or (step,)
    masks = all(isinstance(e.type, Array) and e.type.dtype == bool for e in entries)
    return not (masks or is_basic(step) or callable(step.known))


def may_repeat(path: tuple[Atom, ...]) -> bool:
    """Whether an index may name an element twice, or is not known to be basic."""
    return not all(is_basic(p) or callable(p.known) for p in path)


def select(builder: Builder, whole: Atom, t: Struct, key: Any) -> Atom:
    """A part of a container of this type."""
    part = t.part(key) if key in t.keys and isinstance(whole.type, Struct) else UNKNOWN
    if t.kind in (tuple, list, dict) or hasattr(t.kind, "_fields"):
        return builder.op(operator.getitem, whole, constant(key), role="temporary", type=part)
    spelling = primitives.Attribute(key)
    return builder.op(getattr, whole, constant(key), role="temporary", type=part, spelling=spelling)


def make(builder: Builder, kind: type | None, keys: tuple[Any, ...], parts: Sequence[Atom]) -> Atom:
    """A container of this kind."""
    if kind is dict:
        return builder.op(
            primitives.make_dict,
            *(a for k, p in zip(keys, parts) for a in (constant(k), p)),
            role="temporary",
        )
    function = primitives.make_list if kind is list else primitives.make_tuple
    whole = builder.op(function, *parts, role="temporary")
    if kind not in (tuple, list, None):
        assert isinstance(whole.type, Struct)
        made = Struct(kind, keys, whole.type.parts)
        return builder.op(
            runtime.rebuild, Const(kind, NONE, None), whole, role="temporary", type=made
        )
    return whole


def is_complex(t: Type) -> bool:
    """Whether values of this type are certainly complex."""
    return t == COMPLEX or getattr(getattr(t, "dtype", None), "kind", "") == "c"


def prefix_for(function: Function) -> str:
    """``d``, or where that makes a name of the user's, ``d_``, else ``adj_``."""
    names = function.facts["names"]
    letters = {v.name for s in walk(function.body) for v in s.results if v.name}
    own = (
        names
        | letters
        | {p.value.name for p in function.params}
        | {x.value.name for x in function.leaves}
    )
    for prefix in ("d", "d_", "adj_"):
        if not any(prefix + name in names for name in own):
            return prefix
    return "adj__"


def _article(t: Type) -> str:
    return "None" if t == NONE else f"{'an' if show(t)[0] in 'aeiou' else 'a'} {show(t)}"


SPECIAL: dict[Any, Any] = {
    primitives.assign: _Reverse._assign,
    primitives.take: _Reverse._take,
    primitives.make_tuple: _Reverse._pack,
    primitives.make_list: _Reverse._pack,
    primitives.make_dict: _Reverse._pack,
    primitives.unpack: _Reverse._unpack,
    operator.getitem: _Reverse._getitem,
    primitives.store: _Reverse._store,
    primitives.accumulate: _Reverse._accumulate,
    runtime.unbroadcast: _Reverse._unbroadcast,
    runtime.add: _Reverse._share,
    runtime.own: _Reverse._share,
    runtime.add_at: _Reverse._accumulate,
    runtime.rebuild: _Reverse._rebuild,
    getattr: _Reverse._getattr,
    runtime.match_seed: _Reverse._match_seed,
}
