"""`match`: each case is an `if` whose test is the pattern; what the types decide already is decided here."""

from __future__ import annotations

import builtins
import collections.abc
from collections.abc import Callable, Sequence
from typing import Any

import gast

from chainrule import errors
from chainrule.analysis.builder import constant
from chainrule.frontend.dispatch import expression, lowers, lowers_branching, statements
from chainrule.frontend.frame import Frame
from chainrule.frontend.known import Known
from chainrule.frontend.statements import bind
from chainrule.ir.form import MISSING, Atom, Const
from chainrule.ir.types import UNKNOWN, Array, Opaque, Struct, Uniform

WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""Classes of which a pattern's one positional part is the value itself."""


class _Binding(Known):
    """An expression of ours: binds a name and is true."""

    def __init__(self, name: str, value: Any, like: Any) -> None:
        super().__init__(constant(True), like)
        self.target, self.value = (
            gast.copy_location(gast.Name(name, gast.Store(), None, None), like),
            value,
        )


@lowers(_Binding)
def _binding(frame: Frame, node: Any) -> Atom:
    bind(frame, node.target, expression(frame, node.value))
    return node.atom  # type: ignore[no-any-return]


@lowers_branching(gast.Match)
def _match(frame: Frame, node: Any, rest: Sequence[Any]) -> Atom:
    subject = Known(expression(frame, node.subject), node.subject)
    chosen: list[Any] = []
    for case in reversed(node.cases):
        chosen = _case(frame, subject, case, chosen)
    return statements(frame, [*chosen, *rest])


def _case(frame: Frame, subject: Any, case: Any, otherwise: list[Any]) -> list[Any]:
    """A case as statements, with what happens where it does not match."""
    tests, captures = _Pattern(frame).of(case.pattern, subject)
    if case.guard is not None:
        tests, captures = [*tests, *captures, case.guard], []
    body = [_assigned(c) for c in captures] + list(case.body)
    if not tests:
        return body
    test = tests[0] if len(tests) == 1 else gast.BoolOp(gast.And(), tests)
    head = case.guard if case.guard is not None else case.pattern
    gast.copy_location(test, head) if len(tests) > 1 else None
    return [_at(gast.If(test, body, otherwise), case.pattern, case.body[0])]


def _at(node: Any, first: Any, last: Any) -> Any:
    node.lineno, node.col_offset = first.lineno, first.col_offset
    node.end_lineno, node.end_col_offset = first.end_lineno, first.end_col_offset
    return node


def _assigned(capture: Any) -> Any:
    return gast.copy_location(gast.Assign([capture.target], capture.value), capture.target)


class _Pattern:
    """The tests of a pattern, and the names that it binds where all of them hold."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def of(self, pattern: Any, subject: Any) -> tuple[list[Any], list[Any]]:
        handler: Callable[..., Any] = getattr(self, type(pattern).__name__)
        tests, captures = handler(pattern, subject)
        return tests, captures

    def _call(self, function: Any, like: Any, *args: Any) -> Any:
        callee = Known(Const(function, Opaque(type(function))), like)
        return gast.copy_location(gast.Call(callee, list(args), []), like)

    def _compare(self, like: Any, left: Any, op: Any, right: Any) -> Any:
        return gast.copy_location(gast.Compare(left, [op], [right]), like)

    def _constant(self, known: Any, like: Any) -> Any:
        return Known(constant(known), like)

    def _item(self, subject: Any, index: Any, like: Any) -> Any:
        return gast.copy_location(gast.Subscript(subject, index, gast.Load()), like)

    def _several(self, pairs: Sequence[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
        tests: list[Any] = []
        captures: list[Any] = []
        for pattern, subject in pairs:
            more, names = self.of(pattern, subject)
            tests += more
            captures += names
        return tests, captures

    def MatchValue(self, p: Any, subject: Any) -> Any:
        return [self._compare(p, subject, gast.Eq(), p.value)], []

    def MatchSingleton(self, p: Any, subject: Any) -> Any:
        return [self._compare(p, subject, gast.Is(), self._constant(p.value, p))], []

    def MatchAs(self, p: Any, subject: Any) -> Any:
        tests, captures = self.of(p.pattern, subject) if p.pattern is not None else ([], [])
        return tests, [*captures, _Binding(p.name, subject, p)] if p.name else captures

    def MatchOr(self, p: Any, subject: Any) -> Any:
        ways = []
        for pattern in p.patterns:
            tests, captures = self.of(pattern, subject)
            parts = [*tests, *captures] or [self._constant(True, pattern)]
            whole = parts[0] if len(parts) == 1 else gast.BoolOp(gast.And(), parts)
            ways.append(gast.copy_location(whole, pattern) if len(parts) > 1 else whole)
        return [gast.copy_location(gast.BoolOp(gast.Or(), ways), p)], []

    def MatchSequence(self, p: Any, subject: Any) -> Any:
        starred = [i for i, e in enumerate(p.patterns) if isinstance(e, gast.MatchStar)]
        count = len(p.patterns) - len(starred)
        length = self._call(builtins.len, p, subject)
        compared = gast.GtE() if starred else gast.Eq()
        tests = self._kind(p, subject, _is_sequence, collections.abc.Sequence)
        tests.append(self._compare(p, length, compared, self._constant(count, p)))
        pairs = []
        captures = []
        for i, element in enumerate(p.patterns):
            after = len(p.patterns) - 1 - i
            if isinstance(element, gast.MatchStar):
                if element.name is not None:
                    captures.append(
                        _Binding(element.name, self._rest(p, subject, i, after), element)
                    )
                continue
            at = i - len(p.patterns) if starred and i > starred[0] else i
            pairs.append((element, self._item(subject, self._constant(at, element), element)))
        more, names = self._several(pairs)
        return [*tests, *more], [*names, *captures]

    def _rest(self, p: Any, subject: Any, before: int, after: int) -> Any:
        """What a starred name takes: a list."""
        known = getattr(subject, "atom", None)
        if known is None or not isinstance(known.type, Struct):
            raise errors.UnsupportedStatement(
                "a starred name in a pattern is understood for what has a known length",
                self.frame.at(p),
            )
        elements = [
            self._item(subject, self._constant(i, p), p)
            for i in range(before, len(known.type.keys) - after)
        ]
        return gast.copy_location(gast.List(elements, gast.Load()), p)

    def MatchMapping(self, p: Any, subject: Any) -> Any:
        if p.rest is not None:
            raise errors.UnsupportedStatement(
                "** in a pattern is not understood", self.frame.at(p), help=["name the keys"]
            )
        tests = self._kind(p, subject, _is_mapping, collections.abc.Mapping)
        known = getattr(getattr(subject, "atom", None), "type", None)
        for key in p.keys:
            if isinstance(known, Struct) and isinstance(key, gast.Constant) and known.kind is dict:
                tests.append(self._constant(key.value in known.keys, key))
            else:
                tests.append(self._compare(p, key, gast.In(), subject))
        more, names = self._several(
            [(e, self._item(subject, k, e)) for k, e in zip(p.keys, p.patterns)]
        )
        return [*tests, *more], names

    def MatchClass(self, p: Any, subject: Any) -> Any:
        cls = expression(self.frame, p.cls).known
        if not isinstance(cls, type):
            raise errors.UnsupportedStatement(
                "the class of this pattern is known only when it runs", self.frame.at(p.cls)
            )
        tests = [self._call(builtins.isinstance, p, subject, p.cls)]
        if cls in WHOLE and p.patterns:
            more, names = self.of(p.patterns[0], subject)
            return [*tests, *more], names
        fields = [*getattr(cls, "__match_args__", ())[: len(p.patterns)], *p.kwd_attrs]
        more, names = self._several(
            [
                (e, gast.copy_location(gast.Attribute(subject, name, gast.Load()), e))
                for name, e in zip(fields, [*p.patterns, *p.kwd_patterns])
            ]
        )
        return [*tests, *more], names

    def _kind(self, p: Any, subject: Any, known: Any, cls: type) -> list[Any]:
        """The test that a subject is a sequence or a mapping, none where its type says so."""
        found = known(expression(self.frame, subject)) if _is_plain(subject) else MISSING
        if found is not MISSING:
            return [] if found else [self._constant(False, p)]
        asked = self._call(builtins.isinstance, p, subject, Known(Const(cls, Opaque(type)), p))
        if cls is not collections.abc.Sequence:
            return [asked]
        kinds = [Known(Const(k, Opaque(type)), p) for k in (str, bytes, bytearray)]
        text = gast.copy_location(gast.Tuple(kinds, gast.Load()), p)
        no_text = gast.UnaryOp(gast.Not(), self._call(builtins.isinstance, p, subject, text))
        return [asked, gast.copy_location(no_text, p)]


def _is_plain(subject: Any) -> bool:
    """Whether to look at a subject runs nothing of the user's."""
    return isinstance(subject, Known) or isinstance(subject, gast.Subscript)


def _is_sequence(atom: Atom) -> Any:
    t = atom.type
    if t == UNKNOWN:
        return MISSING
    if isinstance(t, Struct | Uniform):
        return issubclass(t.kind, collections.abc.Sequence)
    if isinstance(t, Opaque):
        return issubclass(t.cls, collections.abc.Sequence) and not issubclass(
            t.cls, str | bytes | bytearray
        )
    return False if isinstance(t, Array) else atom.type.__class__.__name__ == "Range"


def _is_mapping(atom: Atom) -> Any:
    t = atom.type
    if t == UNKNOWN:
        return MISSING
    if isinstance(t, Struct | Uniform):
        return issubclass(t.kind, collections.abc.Mapping)
    return isinstance(t, Opaque) and issubclass(t.cls, collections.abc.Mapping)
