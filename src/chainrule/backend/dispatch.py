"""The dispatcher: generated text with the function's signature, whose tests of types stand inline."""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.ir.types import Array, NumPyScalar, Opaque, Scalar, Static, Type

if TYPE_CHECKING:
    from chainrule.derivative import Derivative, Specialization

INLINE = 4
"""How many specializations are tested inline, the newest first; the others take the slow path."""


def dispatcher(d: Derivative[Any, Any], found: list[Specialization]) -> types.FunctionType:
    """The ``__call__`` of a derivative that has these specializations."""
    signature = d.target.signature
    names = list(signature.parameters)
    own = _unused("self_", names)
    injected: dict[str, Any] = {"ndarray": np.ndarray}
    lines = []
    if not d.target.before and not d.target.keywords and not d._has_seed:
        for i, s in enumerate(reversed(found[-INLINE:])):
            tests = _tests(s, i, injected, d)
            if tests is not None:
                injected[f"run{i}"] = s.run.lean  # type: ignore[attr-defined]
                lines += [f"    if {' and '.join(tests) or 'True'}:", f"        return {_answer(d, f'run{i}', signature)}"]
    positional, keywords = _passed(signature)
    lines.append(f"    return {own}._slow(({positional}), {{{keywords}}})")
    injected |= {n: p.default for n, p in _defaults(signature)}
    prefix = _unused("x_", names)
    renamed = {f"{prefix}{k}": v for k, v in injected.items()}
    text = f"def __call__({_parameters(own, signature, prefix)}):\n" + "\n".join(lines)
    return _compiled(text, prefix, injected, renamed, d.target.function.__globals__, names)


def _compiled(
    text: str, prefix: str, injected: dict[str, Any], renamed: dict[str, Any], scope: dict[str, Any], names: list[str]
) -> types.FunctionType:
    import re

    for name in sorted(injected, key=len, reverse=True):
        if name not in names:
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w])", f"{prefix}{name}", text)
    factory = f"def factory({', '.join(renamed)}):\n" + "\n".join("    " + line for line in text.split("\n"))
    factory += "\n    return __call__"
    namespace: dict[str, Any] = {}
    exec(compile(factory, "<chainrule dispatcher>", "exec"), namespace)
    made = namespace["factory"](**renamed)
    function = types.FunctionType(made.__code__, scope, "__call__", made.__defaults__, made.__closure__)
    function.__kwdefaults__ = made.__kwdefaults__
    return function


def _unused(base: str, names: list[str]) -> str:
    while any(n.startswith(base) for n in names):
        base = "_" + base
    return base


def _defaults(signature: inspect.Signature) -> list[tuple[str, inspect.Parameter]]:
    return [(f"default_{n}", p) for n, p in signature.parameters.items() if p.default is not p.empty]


def _parameters(own: str, signature: inspect.Signature, prefix: str) -> str:
    parts = [own]
    kinds = [p.kind for p in signature.parameters.values()]
    if inspect.Parameter.POSITIONAL_ONLY not in kinds:
        parts.append("/")
    star = False
    for i, (name, p) in enumerate(signature.parameters.items()):
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        if p.kind is p.VAR_POSITIONAL:
            parts.append(f"*{name}")
            star = True
        elif p.kind is p.VAR_KEYWORD:
            parts.append(f"**{name}")
        else:
            parts.append(name if p.default is p.empty else f"{name}={prefix}default_{name}")
        if p.kind is p.POSITIONAL_ONLY and (i + 1 == len(kinds) or kinds[i + 1] is not p.POSITIONAL_ONLY):
            parts.append("/")
    return ", ".join(parts)


def _passed(signature: inspect.Signature) -> tuple[str, str]:
    positional = []
    keywords = []
    for name, p in signature.parameters.items():
        if p.kind is p.VAR_POSITIONAL:
            positional.append(f"*{name},")
        elif p.kind is p.VAR_KEYWORD:
            keywords.append(f"**{name}")
        elif p.kind is p.KEYWORD_ONLY:
            keywords.append(f"{name!r}: {name}")
        else:
            positional.append(f"{name},")
    return " ".join(positional), ", ".join(keywords)


def _call(signature: inspect.Signature) -> str:
    parts = []
    for name, p in signature.parameters.items():
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        parts.append(f"{name}={name}" if p.kind is p.KEYWORD_ONLY else f"{star}{name}")
    return ", ".join(parts)


def _answer(d: Derivative[Any, Any], run: str, signature: inspect.Signature) -> str:
    call = f"{run}({_call(signature)})"
    if d._kind.value:
        return call
    return f"(lambda a: (a[1], a[0][1]))({call})" if d._kind.has_aux else f"{call}[1]"


def _tests(s: Specialization, i: int, injected: dict[str, Any], d: Derivative[Any, Any]) -> list[str] | None:
    """The tests of one specialization, None if they cannot be said inline."""
    from chainrule.derivative import outside

    tests: list[str] = []
    for p in s.form.params:
        name = p.value.name
        if name not in s.types:
            continue
        if p.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            return None
        more = _test(name, s.types[name], f"{i}_{name}", injected)
        if more is None:
            return None
        tests += more
    if outside(s.form):
        return None
    for k, (place, name, thing) in enumerate(s.form.facts["depends"]):
        if not isinstance(place, dict):
            return None
        injected[f"thing{i}_{k}"] = thing
        where = name
        if place is not d.target.function.__globals__ or name in inspect.signature(d.target.function).parameters:
            injected[f"scope{i}_{k}"] = place
            where = f"scope{i}_{k}[{name!r}]"
        tests.append(f"{where} is thing{i}_{k}")
        if isinstance(thing, types.FunctionType):
            injected[f"code{i}_{k}"] = thing.__code__
            tests.append(f"{where}.__code__ is code{i}_{k}")
    return tests


def _test(name: str, t: Type, tag: str, injected: dict[str, Any]) -> list[str] | None:
    if isinstance(t, Scalar):
        return [f"type({name}) is {t.kind.__name__}"]
    if isinstance(t, NumPyScalar):
        injected[f"type{tag}"] = t.dtype.type
        return [f"type({name}) is type{tag}"]
    if isinstance(t, Opaque) and t.cls is type(None):
        return [f"{name} is None"]
    if isinstance(t, Static):
        injected[f"static{tag}"] = t.thing
        return [f"{name} == static{tag}"]
    if isinstance(t, Array) and t.rank is not None:
        injected[f"dtype{tag}"] = t.dtype
        tests = [f"type({name}) is ndarray", f"{name}.dtype is dtype{tag}", f"{name}.ndim == {t.rank}"]
        for axis, dim in enumerate(t.dims or ()):
            tests.append(f"{name}.shape[{axis}] {'==' if dim == 1 else '!='} 1")
        return tests
    return None
