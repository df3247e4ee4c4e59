"""Shorthands for forms in the tests of the front end."""

import inspect

from chainrule.forms import types_of
from chainrule.frontend import source
from chainrule.frontend.lower import lower
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import If, Loop, Op, walk


def bind(function, *args, **kwargs):
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def form(function, *args, **kwargs):
    """The form of a function for the types of these arguments."""
    bound = bind(function, *args, **kwargs)
    made = lower(source.find(function), types_of(bound), bound)
    check(made)
    return made


def run(function, *args):
    """What the form of a function computes."""
    return evaluate(form(function, *args), bind(function, *args))


def ops(made):
    return [s for s in walk(made.body) if isinstance(s, Op)]


def names(made):
    """The names of the results of the plain statements, in order."""
    return [v.name for s in ops(made) for v in s.results]


def branches(made):
    return [s for s in walk(made.body) if isinstance(s, If)]


def loops(made):
    return [s for s in walk(made.body) if isinstance(s, Loop)]


def functions(made):
    return [getattr(s.function, "__name__", "") for s in ops(made)]
