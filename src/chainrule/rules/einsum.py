"""The Einstein sum: each cotangent is again one, of that of the result and the other operands."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.registry import adjoint
from chainrule.rules.subscripts import distinct_letters, letters_of, parsed_subscripts, spelled


@adjoint(np.einsum)
def einsum_adjoint(g: Any, ans: Any, subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    if not isinstance(subscripts, str):
        raise NotImplementedError("np.einsum: subscripts that are not a string")
    ranks: tuple[int, ...] = ()
    for operand in operands:
        ranks = (*ranks, np.ndim(operand))
    inputs, output = parsed_subscripts(subscripts, ranks)
    cotangents: tuple[Any, ...] = (None,)
    for k in range(len(operands)):
        cotangents = (*cotangents, operand_cotangent(g, operands, inputs, output, k, optimize))
    return cotangents


def operand_cotangent(
    g: Any, operands: tuple[Any, ...], inputs: tuple[str, ...], output: str, k: int, optimize: Any
) -> Any:
    """The cotangent of operand k.

    A letter that stands in no other operand and not in the output was summed away: ones take its
    place. A letter that stands twice in the operand picks its diagonal: the second one is renamed,
    and tied to the first by an identity.
    """
    target = distinct_letters(inputs[k], output + letters_of(inputs))
    factors: tuple[Any, ...] = (g, *operands[:k], *operands[k + 1 :])
    terms = (output, *inputs[:k], *inputs[k + 1 :])
    shape = np.shape(operands[k])
    for position in range(len(target)):
        letter = inputs[k][position]
        if target[position] != letter:
            factors = (*factors, np.eye(shape[position]))
            terms = (*terms, letter + target[position])
        elif letter not in letters_of(terms):
            factors = (*factors, np.ones(shape[position]))
            terms = (*terms, letter)
    return np.einsum(spelled(terms, target), *factors, optimize=optimize)
