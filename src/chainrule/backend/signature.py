"""The parameters of a generated function, with the annotations and defaults that a text can say."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.analysis.builder import is_literal
from chainrule.backend.spell import Imports, constant_of
from chainrule.ir.form import MISSING, Param


def signature(params: Sequence[Param], imports: Imports) -> ast.arguments:
    """The parameters of a function, with annotations and defaults that the text can say."""
    args = ast.arguments([], [], None, [], [], None, [])
    for p in params:
        node = ast.arg(p.value.name, annotation_of(p.annotation, imports))
        default = default_of(p, imports)
        if p.kind is inspect.Parameter.POSITIONAL_ONLY:
            args.posonlyargs.append(node)
        elif p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            args.args.append(node)
        elif p.kind is inspect.Parameter.VAR_POSITIONAL:
            args.vararg = node
        elif p.kind is inspect.Parameter.VAR_KEYWORD:
            args.kwarg = node
        else:
            args.kwonlyargs.append(node)
            args.kw_defaults.append(default)
            continue
        if default is not None and p.kind not in (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        ):
            args.defaults.append(default)
    return args


def annotation_of(annotation: Any, imports: Imports) -> ast.expr | None:
    """An annotation in the text, where it is short and can be read there."""
    if annotation in (int, float, bool, str, complex):
        return ast.Name(annotation.__name__)
    if isinstance(annotation, str):
        return annotation_of(
            {"int": int, "float": float, "bool": bool, "str": str}.get(annotation, MISSING), imports
        )
    if annotation is np.ndarray:
        return ast.Attribute(ast.Name(imports.module(np, "np")), "ndarray")
    return None


def default_of(p: Param, imports: Imports) -> ast.expr | None:
    if p.default is MISSING:
        return None
    if is_literal(p.default):
        return constant_of(p.default, imports)
    return ast.Constant(...)  # set on the function when it is loaded
