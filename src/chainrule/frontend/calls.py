"""Calls: of primitives, of methods, and of the user's own functions, which are lowered where they are called."""

from __future__ import annotations

import builtins
import functools
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from chainrule import errors, rules
from chainrule.analysis.aliases import result_may_share
from chainrule.analysis.builder import constant, is_literal
from chainrule.frontend import classes, objects, recursion, views
from chainrule.frontend import source as sources
from chainrule.frontend.branches import choose
from chainrule.frontend.containers import called_on_container, container_method
from chainrule.frontend.dispatch import expression, lowers, statements
from chainrule.frontend.dynamic import call_unknown
from chainrule.frontend.expressions import attribute, displayed
from chainrule.frontend.frame import Frame, is_static
from chainrule.frontend.functions import (
    Choice,
    Closure,
    Handled,
    Partial,
    distributed,
    forget,
    function_atom,
    handler_of,
    refuse_lost,
)
from chainrule.frontend.in_place import WRITING_METHODS, refuse_writing_method, written_into
from chainrule.frontend.mapped import consumed
from chainrule.frontend.nodes import as_node
from chainrule.frontend.spreading import spread_keywords
from chainrule.frontend.unknown import attribute_of_unknown, is_of_container, is_unknown
from chainrule.frontend.writers import writes
from chainrule.ir import primitives
from chainrule.ir.form import MISSING, UNBOUND, Atom, Const, Value
from chainrule.ir.primitives import SILENT, Bound, Inner, Method, Named
from chainrule.ir.types import (
    UNKNOWN,
    Array,
    NumPyScalar,
    OneOf,
    Opaque,
    Range,
    Recursive,
    Scalar,
    Struct,
    Type,
    Uniform,
    differentiable,
)
from chainrule.rules import adjoint_of, is_nondifferentiable, methods

Keywords = dict[str, Atom]


@lowers(gast.Call)
def _call(frame: Frame, node: Any) -> Atom:
    function = node.func
    if isinstance(function, gast.Name):
        given = called_on_generator(frame, node)
        if given is not None:
            return given
    if isinstance(function, gast.Attribute):
        holder = expression(frame, function.value)
        if not (isinstance(holder, Const) and is_static(holder.known)):
            return _call_method(frame, node, holder, function.attr)
        frame.at(function)
        callee = attribute(frame, holder, function.attr)
    else:
        callee = expression(frame, function)
    args, keywords = _arguments(frame, consumed(frame, callee.known, node))
    frame.at(node)
    return call(frame, callee, args, keywords)


def called_on_generator(frame: Frame, node: Any) -> Atom | None:
    from chainrule.frontend import comprehensions

    return comprehensions.called_on_generator(frame, node)


def _arguments(frame: Frame, node: Any) -> tuple[list[Atom], Keywords]:
    args = displayed(frame, node.args)
    keywords: Keywords = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            spread_keywords(frame, keyword.value, keywords)
        elif keyword.arg in keywords:
            raise errors.CallMismatch(f"{keyword.arg} is given twice", frame.at(keyword.value))
        else:
            keywords[keyword.arg] = expression(frame, keyword.value)
    return frame.read_again(args), dict(zip(keywords, frame.read_again(list(keywords.values()))))


def _call_method(frame: Frame, node: Any, holder: Atom, name: str) -> Atom:
    session = frame.session
    frame.at(node)
    if isinstance(holder.type, Recursive):
        holder = as_node(frame, holder)
    if objects.class_of(frame, holder) is not None or isinstance(holder.known, objects.Super):
        bound = attribute(frame, holder, name)
        args, keywords = _arguments(frame, node)
        frame.at(node)
        return call(frame, bound, args, keywords)
    example = session.example(holder)
    numeric = (
        isinstance(holder.type, Array | Scalar | NumPyScalar | OneOf)
        or holder.type == UNKNOWN
        and example is MISSING
    )
    if isinstance(holder.type, Array) and name in WRITING_METHODS:
        args, keywords = _arguments(frame, node)
        frame.at(node)
        return WRITING_METHODS[name](frame, frame.again(holder), args, keywords, Method(name))
    if isinstance(holder.type, Struct | Uniform) and holder.type.kind in (list, tuple, dict):
        args, keywords = _arguments(frame, node)
        frame.at(node)
        found = container_method(frame, frame.again(holder), name, args, keywords)
        if found is not None:
            return found
    if numeric and name in methods:
        args, keywords = _arguments(frame, node)
        frame.at(node)
        return call_numeric_method(frame, frame.again(holder), name, args, keywords)
    if example is not MISSING and not isinstance(holder.type, Array | Scalar | NumPyScalar | OneOf):
        bound = attribute(frame, holder, name)
        if isinstance(bound.known, types.FunctionType) or session.example(bound) is not MISSING:
            args, keywords = _arguments(
                frame, node
            )  # a static method, or an attribute that can be called
            frame.at(node)
            return call(frame, bound, args, keywords)
    args, keywords = _arguments(frame, node)
    frame.at(node)
    if isinstance(holder.type, Opaque) or isinstance(holder, Const):
        refuse_writing_method(frame, name, keywords)
        return frame.builder.op(
            primitives.invoke,
            holder,
            constant(name),
            *args,
            kwargs=tuple(keywords.items()),
            spelling=Method(name),
        )
    if is_unknown(frame, holder) and not is_of_container(name):
        return call_unknown(frame, attribute_of_unknown(frame, holder, name), args, keywords)
    raise errors.UnsupportedExpression(
        f"the method {name} is not understood here", frame.builder.place
    )


def call_numeric_method(
    frame: Frame, holder: Atom, name: str, args: list[Atom], keywords: Keywords
) -> Atom:
    """A call of a method of an array or a number."""
    return primitive(frame, methods[name], [holder, *args], keywords, Method(name))


def call(frame: Frame, callee: Atom, args: list[Atom], keywords: Keywords) -> Atom:
    """``callee(*args, **keywords)``, of a callee that is known."""
    function = callee.known
    if isinstance(function, Inner):
        return _call_inner(frame, callee, function, args, keywords)
    handler = handler_of(function)
    if handler is not None:
        return handler(frame, args, keywords)
    if function is None:
        return _call_none(frame)
    if function is type and len(args) == 1 and is_exception(args[0].type):
        return frame.builder.op(type, *args, type=Opaque(type))
    cls = objects.class_of(frame, callee)
    if cls is not None and (own := objects.method_of(cls, "__call__")) is not None:
        objects.depend(frame, cls, "__call__", own)
        return inline(frame, own, (callee, *args), keywords)
    if classes.is_asked_for(function):
        made = classes.called(frame, callee, args, keywords)
        if made is not None:
            return made
    if function is MISSING:
        return call_unknown(frame, callee, args, keywords)
    if isinstance(function, functools._lru_cache_wrapper):
        raise errors.UnsupportedExpression(
            f"{function.__name__} keeps what it returned before: not understood",
            frame.builder.place,
            help=[f"call what is below the cache: {callee.text or 'f'}.__wrapped__(…)"],  # type: ignore[union-attr]
        )
    if function in TAMPERING:
        raise errors.UnsupportedExpression(
            f"{function.__name__} is not understood",
            frame.builder.place,
            help=["write what is meant"],
        )
    made = called_on_container(frame, function, args, keywords)
    if made is not None:
        return made
    text = callee.text if isinstance(callee, Const) else None
    if is_device(function, args, keywords):
        t, words = Opaque(function), Named(text) if text else None
        return frame.builder.op(
            function, *args, kwargs=tuple(keywords.items()), spelling=words, type=t
        )
    if getattr(function, "is_stop_gradient", False):
        return stopped(frame, args)
    if getattr(function, "__module__", None) in MAKERS:
        raise errors.UnsupportedExpression(
            f"{function.__name__} makes a derivative in a function that is differentiated: that is not understood yet",
            frame.builder.place,
            help=[
                "for a derivative of a derivative: grad(grad(f))",
                "or write the inner one out: grad(f).source is its text",
            ],
        )
    if function is rules.constant:
        return constant(isinstance(args[0], Const) or args[0] in frame.session.held)
    if rules.is_static(function):
        return _static_call(function, args, keywords)
    if is_primitive(function):
        return primitive(frame, function, args, keywords, Named(text) if text else None)
    if isinstance(function, types.FunctionType) and not is_service(function, args, keywords):
        return inline(frame, function, tuple(args), keywords)
    if isinstance(function, types.MethodType):
        owner = objects.owner_of(frame, function, callee)
        if is_service(function.__func__, args, keywords):
            return service(frame, (function.__func__, owner), args, keywords)
        return inline(frame, function.__func__, (owner, *args), keywords)
    return primitive(frame, function, args, keywords, Named(text) if text else None)


MAKERS = ("chainrule.api", "chainrule.derivative", "chainrule.gradcheck", "chainrule.pullback")
"""The modules of what users call to make derivatives."""


def _call_inner(
    frame: Frame, callee: Atom, function: Inner, args: list[Atom], keywords: Keywords
) -> Atom:
    """A call of a function that is known to lowering alone."""
    if isinstance(function, Closure):
        return inline(frame, function, tuple(args), keywords)
    if isinstance(function, Choice):
        return distributed(frame, function, lambda f: call(frame, f, args, keywords), choose)
    if isinstance(function, Partial):
        return call(frame, function.function, [*function.args, *args], function.keywords | keywords)
    if isinstance(function, Handled):
        return function.handler(frame, args, keywords)
    if isinstance(function, Bound):
        return classes.call_bound(frame, function, args, keywords)
    refuse_lost(frame, callee)
    raise NotImplementedError(type(function))


def _call_none(frame: Frame) -> Atom:
    """What Python says where one of the functions that may be called is None."""
    message = constant("'NoneType' object is not callable")
    error = frame.builder.op(TypeError, message, type=Opaque(TypeError))
    frame.builder.effect(primitives.raise_, error)
    return UNBOUND


def service(frame: Frame, bound: Any, args: list[Atom], keywords: Keywords) -> Atom:
    """A call of a method of Python's own that computes nothing of numbers."""
    function, holder = bound
    return frame.builder.op(
        primitives.invoke,
        holder,
        constant(function.__name__),
        *args,
        kwargs=tuple(keywords.items()),
        spelling=Method(function.__name__),
    )


SERVICES = ("contextlib", "gc", "logging", "os", "sys", "threading", "time", "warnings")
"""Modules of Python's own whose functions compute nothing of numbers: they are called, not looked into."""


def is_device(function: Any, args: list[Atom], keywords: Keywords) -> bool:
    """Whether a call makes an object of Python's own that computes nothing of numbers."""
    home = getattr(function, "__module__", None)
    numeric = any(differentiable(a.type) for a in (*args, *keywords.values()))
    return isinstance(function, type) and home in DEVICES and not numeric


DEVICES = ("_io", "_thread", "io", "logging", "pathlib", "threading")


def is_exception(t: Type) -> bool:
    """Whether a type is that of exceptions: of those that are caught, the class may be another one below."""
    return isinstance(t, Opaque) and issubclass(t.cls, BaseException)


def is_service(function: Any, args: list[Atom], keywords: Keywords) -> bool:
    """Whether a function is one of those; what is logged may be a number."""
    home = (getattr(function, "__module__", None) or "").partition(".")[0]
    numeric = any(differentiable(a.type) for a in (*args, *keywords.values()))
    return home in SERVICES and (home == "logging" or not numeric)


def stopped(frame: Frame, args: list[Atom]) -> Atom:
    """A value without its derivative: the same object."""
    result = frame.builder.op(primitives.stop_gradient, *args, type=args[0].type)
    if isinstance(result, Value):
        frame.session.memory.view(result, args[0], ())
    return result


TAMPERING = (
    eval,
    exec,
    compile,
    globals,
    locals,
    vars,
    setattr,
    delattr,
    inspect.currentframe,
    inspect.stack,
    sys._getframe,
    sys.settrace,
    sys.setprofile,
)
"""Functions after which a text no longer says what happens."""


class Undecided(Exception):
    """A rule asks for a fact that the types do not tell."""


def _static_call(function: Any, args: list[Atom], keywords: Keywords) -> Atom:
    """A question of a rule about axes or subscripts, answered now."""
    if any(a.known is MISSING for a in (*args, *keywords.values())):
        raise Undecided
    try:
        return constant(
            function(*(a.known for a in args), **{k: a.known for k, a in keywords.items()})
        )
    except (
        Exception
    ) as problem:  # subscripts or axes that are wrong: the primal says so when it runs
        raise Undecided from problem


def is_primitive(function: Any) -> bool:
    """Whether a callable is taken as it is: it has a rule, or comes from NumPy, `math`, `operator` or `builtins`."""
    if (
        adjoint_of(function) is not None
        or is_nondifferentiable(function)
        or isinstance(function, np.ufunc)
    ):
        return True
    module = getattr(function, "__module__", None) or ""
    return module.partition(".")[0] in ("numpy", "math", "builtins", "operator", "_operator")


def primitive(
    frame: Frame, function: Callable[..., Any], args: list[Atom], keywords: Keywords, spelling: Any
) -> Atom:
    """One statement for a call of a function that is not looked into."""
    memory = frame.session.memory
    if frame.session.builder.fold:
        spelling = None  # a rule is spelled in the words of the function that it answers
    if "out" in keywords and keywords["out"].known is None:
        keywords = {k: a for k, a in keywords.items() if k != "out"}
    if writes(function, args, keywords):
        return written_into(frame, function, args, keywords, spelling)
    result = frame.builder.op(function, *args, kwargs=tuple(keywords.items()), spelling=spelling)
    if isinstance(result, Value):
        if function is builtins.range:
            result.type = Range()
        if function in ONE_SHOT:
            frame.session.one_shot.add(result)
        if views.record(frame, result, function, args, keywords, spelling):
            return result
        if result_may_share(function, len(args), keywords, spelling) or _is_unknown(function):
            for argument in args:
                memory.relate(result, argument)
    return result


ONE_SHOT = {enumerate, filter, iter, map, reversed, zip}
"""What gives an iterator, which can be walked once only: the backward part walks a loop's sources again."""


def _is_unknown(function: Any) -> bool:
    return adjoint_of(function) is None and not is_nondifferentiable(function)


MOST_NESTED = 8
"""How many calls of a function that is given others may be inside each other."""
MOST_CLOSURES = 32
"""How many closures of one code may be inside each other."""


def inline(
    frame: Frame, function: types.FunctionType | Any, args: tuple[Atom, ...], keywords: Keywords
) -> Atom:
    """Lower the body of a function of the user's, with its parameters bound to these arguments.

    Raises
    ------
    errors.RecursionUnsupported
        If the function is being lowered already.
    """
    session = frame.session
    place = frame.builder.place
    code = function.__code__
    # Two closures of one decorator share their code; ever new ones that call each other are recursion all the same.
    codes = [f.__code__ for f in session.calls]
    if session.table is not None and session.table.calls(function):
        return recursion.call(frame, function, _bind(frame, function, args, keywords), place)
    call_ = (function, handed_to(args, keywords))
    if call_[1] and call_ not in session.entered and codes.count(code) < MOST_NESTED:
        pass  # a function that is given others calls them, and one of them calls it again with yet another
    elif function in session.calls and session.table is not None:
        raise recursion.Restart(function, place)
    elif function in session.calls or codes.count(code) > MOST_CLOSURES:
        raise errors.RecursionUnsupported(f"{function.__name__} calls itself", place)
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise errors.NotAFunction(f"{function.__name__} is a generator or a coroutine", place)
    if isinstance(function, Closure):
        inner = Frame(session, function.source, frame, function.frame)
    else:
        session.inlined[function] = None
        inner = Frame(session, sources.find(function), frame)
    if session.table is not None:
        recursion.note_place(session.table, function, inner.source.node, place)
    inner.env.update(_bind(frame, function, args, keywords))
    inner.inline_return = frame.sentence
    outer_cut = session.cut
    if getattr(function, "is_no_grad", False):
        session.cut = session.cut or place
    session.calls.append(function)
    session.entered.append(call_)
    try:
        if isinstance(inner.source.node, gast.Lambda):
            inner.sentence = frame.sentence
            result = expression(inner, inner.source.node.body)
        else:
            statements(inner, body_of(inner.source.node))
            result = constant(None) if inner.returned is UNBOUND else inner.returned
    finally:
        session.calls.pop()
        session.entered.pop()
        session.cut = outer_cut
        frame.builder.place = place
    result = session.memory.read(result, frame.builder)
    forget(inner, result)
    return cut_off(frame, result) if getattr(function, "is_no_grad", False) else result


def handed_to(args: tuple[Atom, ...], keywords: Keywords) -> tuple[Any, ...]:
    """The text of the nested functions that a call is given."""
    given = [a.known for a in (*args, *keywords.values())]
    return tuple(f.source for f in given if isinstance(f, Closure))


def cut_off(frame: Frame, value: Atom) -> Atom:
    """The value as a constant for a derivative, in the same words."""
    if not isinstance(value, Value):
        return value
    if value.role == "step" and not value.name:  # nobody else reads it
        value.cut = frame.builder.place
        return value
    cut = frame.builder.op(primitives.stop_gradient, value, spelling=SILENT, type=value.type)
    frame.session.memory.relate(cut, value)  # type: ignore[arg-type]
    return cut


def body_of(node: Any) -> list[Any]:
    """The statements of a function, its docstring left out."""
    body = list(node.body)
    first = body[0]
    if (
        isinstance(first, gast.Expr)
        and isinstance(first.value, gast.Constant)
        and isinstance(first.value.value, str)
    ):
        return body[1:]
    return body


def _bind(
    frame: Frame, function: Any, args: tuple[Atom, ...], keywords: Keywords
) -> dict[str, Atom]:
    place, builder = frame.builder.place, frame.builder
    defaults: dict[str, Atom] = {}
    if isinstance(function, Closure):
        defaults = function.defaults
        function = function.source.function
    signature = inspect.signature(function, follow_wrapped=False)
    try:
        bound = signature.bind(*args, **keywords)
    except TypeError as error:
        raise errors.CallMismatch(f"{function.__name__}: {error}", place) from None
    env: dict[str, Atom] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            env[name] = builder.op(primitives.make_tuple, *bound.arguments.get(name, ()))
        elif parameter.kind is parameter.VAR_KEYWORD:
            items = bound.arguments.get(name, {}).items()
            made = builder.op(
                primitives.make_dict, *(a for k, v in items for a in (constant(k), v))
            )
            made.parts = tuple(v for _, v in items)
            env[name] = made
        elif name in bound.arguments:
            env[name] = bound.arguments[name]
        elif name in defaults:
            env[name] = defaults[name]
        elif is_literal(parameter.default):
            env[name] = constant(parameter.default)
        elif callable(parameter.default):
            env[name] = function_atom(parameter.default)
        else:
            env[name] = _default(frame, function, parameter)
    return env


def _default(frame: Frame, function: Any, parameter: inspect.Parameter) -> Atom:
    """A default that is data, as the function has it when it is called: it may be written to."""
    session, name = frame.session, parameter.name
    if session.root is None:
        raise errors.UnsupportedExpression(
            f"the default of {name} is not understood", frame.builder.place
        )
    own = function.__name__ if function.__name__.isidentifier() else "function"
    root = session.alias(own, function)
    session.read_names.add(root)
    if parameter.kind is parameter.KEYWORD_ONLY:
        path: tuple[Any, ...] = (("attribute", "__kwdefaults__"), ("item", name))
    else:
        parameters = inspect.signature(function, follow_wrapped=False).parameters.values()
        given = [p for p in parameters if p.default is not p.empty]
        names = [p.name for p in given if p.kind is not p.KEYWORD_ONLY]
        path = (("attribute", "__defaults__"), ("item", names.index(name)))
    type_ = session.type_of(parameter.default, name)
    value = session.leaf(root, path, type_, True, parameter.default)
    return session.unfold(frame, session.memory.read(value, frame.builder))
