"""Functions of the form, from functions as users write them."""

import inspect

from chainrule.autodiff.options import Asked, Options
from chainrule.autodiff.reverse import reverse
from chainrule.frontend.frame import type_of_value
from chainrule.frontend.lower import lower
from chainrule.frontend.source import find
from chainrule.ir.form import Block, Function


def bound(f, *args, **kwargs):
    """The arguments of a call by parameter, defaults included."""
    found = inspect.signature(f).bind(*args, **kwargs)
    found.apply_defaults()
    return found.arguments


def lowered(f, *args, **kwargs):
    """The form of a function for the types of a call."""
    arguments = bound(f, *args, **kwargs)
    types = {name: type_of_value(value, name) for name, value in arguments.items()}
    return lower(find(f), types, arguments)


def reversed_(function, *wrt):
    """The adjoint of a function of the form, with respect to parameters by position."""
    asked = tuple(Asked(function.params[i].value) for i in wrt)
    return reverse(function, Options(asked, bare=len(wrt) == 1))


def gradient_alone(adjoint):
    """An adjoint without the value, to be differentiated again."""
    body = Block((), adjoint.body.statements, (adjoint.facts["gradients"][0],))
    facts = dict(adjoint.facts)
    return Function(adjoint.name, adjoint.params, adjoint.leaves, body, adjoint.source, facts)
