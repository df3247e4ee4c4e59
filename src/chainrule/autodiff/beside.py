"""What a function returns with ``has_aux``: a value that is differentiated, and something beside it."""

from __future__ import annotations

import operator

from chainrule import errors
from chainrule.analysis.builder import Builder, constant
from chainrule.ir import primitives
from chainrule.ir.form import Atom, Block, Function, Op
from chainrule.ir.rewrite import with_body
from chainrule.ir.types import Struct


def paired(function: Function) -> tuple[Function, Atom]:
    """The function, and the value in its pair, taken out of it where it is put together on several ways.

    Raises
    ------
    errors.ResultNotNumeric
        If the function does not return a pair.
    """
    body = function.body
    result = body.results[0]
    made = next((s for s in body.statements if isinstance(s, Op) and result in s.results), None)
    if made is not None and made.function in (primitives.make_tuple, primitives.make_list):
        parts = made.args
        if len(parts) == 2:
            return function, parts[0]
    elif isinstance(result.type, Struct) and result.type.keys == (0, 1):
        builder = Builder(getattr(result, "place", None))
        value = builder.op(
            operator.getitem, result, constant(0), role="temporary", type=result.type.part(0)
        )
        longer = Block(body.params, (*body.statements, *builder.statements), body.results)
        return with_body(function, longer), value
    raise errors.ResultNotNumeric(
        "has_aux=True takes a function that returns a pair, (value, aux)",
        getattr(result, "place", None),
    )
