"""The letters of an Einstein sum, read before any array is."""

from __future__ import annotations

import string

from chainrule.rules.registry import static


@static
def parsed_subscripts(subscripts: str, ranks: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """The letters of each operand and of the output, with every ellipsis spelled out."""
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow:
        output = implicit_output(left)
    # An ellipsis stands for as many axes as the other letters leave over.
    widths = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks)]
    free = [letter for letter in string.ascii_letters if letter not in subscripts]
    batch = "".join(free[: max(widths)])
    inputs = [
        term.replace("...", batch[len(batch) - width :]) for term, width in zip(terms, widths)
    ]
    return tuple(inputs), output.replace("...", batch)


@static
def implicit_output(left: str) -> str:
    """The output that `einsum` supplies: the ellipsis, then the letters that stand once, sorted."""
    once = [letter for letter in sorted(set(left) - set(".,")) if left.count(letter) == 1]
    return ("..." if "..." in left else "") + "".join(once)


@static
def distinct_letters(term: str, taken: str) -> str:
    """The term with each repetition of a letter replaced by a letter that nothing else uses."""
    result = ""
    for letter in term:
        if letter in result:
            letter = next(
                other for other in string.ascii_letters if other not in taken + term + result
            )
        result += letter
    return result


@static
def letters_of(terms: tuple[str, ...]) -> str:
    """The letters of all the terms."""
    return "".join(terms)


@static
def spelled(terms: tuple[str, ...], output: str) -> str:
    """The subscripts of a sum of these terms with this output."""
    return ",".join(terms) + "->" + output
