"""Refusals that show the user's line: one class for each kind, each with a stable code.

Every class is also the built-in that Python users expect. What ``chainrule explain CODE`` says
of one stands in ``catalogue.md``. Codes are never renumbered and never used again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from chainrule.diagnostics import Diagnostic, diagnose, in_order, render_all

if TYPE_CHECKING:
    from chainrule.diagnostics import Place


class ChainruleError(Exception):
    """What every refusal of chainrule is.

    Parameters
    ----------
    message
        One line that says what is wrong, without the code.
    place
        Where in the user's text.
    note
        Why, in a few words after the carets, such as how the value became differentiated.
    help
        Ways out that work, one string for each.

    Attributes
    ----------
    code
        The stable code of the kind.
    diagnostics
        The problems as data, sorted by line: one, unless `combine` made the error.
    """

    code: ClassVar[str] = ""
    diagnostics: tuple[Diagnostic, ...]

    def __init__(
        self,
        message: str = "",
        place: Place | None = None,
        *,
        note: str = "",
        help: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.diagnostics = (diagnose(self.code, message, place, note, help),)

    def __str__(self) -> str:
        return render_all(self.diagnostics)

    def locate(self, place: Place | None) -> None:
        """Give a place to the problems that have none."""
        if place is not None:
            self.diagnostics = tuple(d if d.file else d.at(place) for d in self.diagnostics)


class _Syntax(ChainruleError, SyntaxError):
    """A refusal of text: tracebacks print the ``msg`` of a `SyntaxError`, never its `str`."""

    msg = property(ChainruleError.__str__)


def combine(errors: Iterable[ChainruleError]) -> ChainruleError:
    """Return one error that tells of all: of their class if they share one.

    Parameters
    ----------
    errors
        One error or more.
    """
    every = tuple(errors)
    kinds = {type(error) for error in every}
    if len(every) == 1:
        return every[0]
    diagnostics = in_order(d for error in every for d in error.diagnostics)
    combined = (kinds.pop() if len(kinds) == 1 else SeveralProblems)(diagnostics[0].message)
    combined.diagnostics = diagnostics
    return combined


class SeveralProblems(_Syntax, NotImplementedError):
    """A function has problems of more than one kind."""

    code = "CR100"

    def __str__(self) -> str:
        return f"CR100 {len(self.diagnostics)} problems\n{render_all(self.diagnostics)}"


class SourceMissing(ChainruleError, OSError):
    """The source of a function cannot be found."""

    code = "CR101"


class SourceChanged(ChainruleError, OSError):
    """The file of a function has changed since it was imported."""

    code = "CR102"


class NoRule(ChainruleError, NotImplementedError):
    """A function is called on a differentiated value, and no rule says what its derivative is."""

    code = "CR103"


class NotAFunction(ChainruleError, TypeError):
    """What was given is not a function that returns a value when it is called."""

    code = "CR104"


class UnsupportedStatement(_Syntax):
    """A statement cannot be differentiated."""

    code = "CR105"


class UnsupportedExpression(_Syntax):
    """An expression cannot be differentiated."""

    code = "CR106"


class CallMismatch(ChainruleError, TypeError):
    """A call does not fit the function that is called, or the rule for it."""

    code = "CR107"


class UnknownArgument(ChainruleError, ValueError):
    """`wrt` or `argnums` asks for something that the function does not take."""

    code = "CR108"


class WrtAndArgnums(ChainruleError, TypeError):
    """Both `wrt` and `argnums` were given."""

    code = "CR109"


class NotDifferentiable(ChainruleError, TypeError):
    """The gradient was asked for an argument that cannot have one."""

    code = "CR110"


class ResultNotNumeric(ChainruleError, TypeError):
    """The function returns something that is not a number, nor made of numbers."""

    code = "CR111"


class SeedMissing(ChainruleError, ValueError):
    """The result has more than one element, and no seed says how they are to be weighed."""

    code = "CR112"


class SeedMismatch(ChainruleError, ValueError):
    """A seed does not have the structure or the shape of the result."""

    code = "CR113"


class WrongTypes(ChainruleError, TypeError):
    """A derivative that was made for some types is called with others."""

    code = "CR114"


class BufferOverlap(ChainruleError, ValueError):
    """A buffer that gradients are added to shares memory with what the function reads."""

    code = "CR115"


class UnknownStore(ChainruleError, NotImplementedError):
    """Something is written to, and what that changes cannot be followed."""

    code = "CR116"


class RecursionUnsupported(ChainruleError, NotImplementedError):
    """A function calls itself, and what it does to its arguments cannot be followed."""

    code = "CR117"


class CannotBuild(ChainruleError, ValueError):
    """A derivative cannot be written to a file that stands on its own."""

    code = "CR118"


class TreeMismatch(ChainruleError, ValueError):
    """Two nested containers that belong together do not have the same structure."""

    code = "CR119"


class UnfitBuffer(ChainruleError, TypeError):
    """A buffer cannot hold a gradient: it is read-only, or not made of floats."""

    code = "CR120"
