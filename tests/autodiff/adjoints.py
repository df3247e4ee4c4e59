"""Adjoints of functions as users write them, and how they are compared."""

import copy

import numpy as np
from tests.ir.forms import bound, lowered, reversed_

from chainrule import pipeline
from chainrule.backend.load import load
from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate
from chainrule.ir.form import Block, Op, walk
from chainrule.optimize.dce import eliminate_dead_code


def raw_adjoint(f, *args, wrt=(0,)):
    """The adjoint as `reverse` makes it."""
    return reversed_(lowered(f, *args), *wrt)


def adjoint_of(f, *args, wrt=(0,)):
    """The adjoint without dead code: the textbook form."""
    return eliminate_dead_code(raw_adjoint(f, *args, wrt=wrt))


def optimized(f, *args, wrt=(0,)):
    return pipeline.optimized(adjoint_of(f, *args, wrt=wrt))


def text_of(f, *args, wrt=(0,), textbook=False):
    """The text that is written for the types of these arguments."""
    if textbook:
        return pipeline.text(adjoint_of(f, *args, wrt=wrt), "", is_textbook=True).body
    return pipeline.text(optimized(f, *args, wrt=wrt), "").body


def ran(f, *args, wrt=(0,), textbook=False):
    """What the text gives."""
    form = (adjoint_of if textbook else optimized)(f, *args, wrt=wrt)
    text = pipeline.text(form, "", is_textbook=textbook)
    run = load(text.body, text.name, f, text.imports)
    return run(*copy.deepcopy(args))


def backward(text):
    """The lines of the backward part."""
    return text.partition("# Backward\n")[2]


def forward(text):
    return text.partition("# Forward\n")[2].partition("\n\n    # Backward")[0]


def count(function, *primitives):
    """How many statements call one of these primitives, or how many there are at all."""
    ops = [s for s in walk(function.body) if not primitives or isinstance(s, Op)]
    return len([s for s in ops if not primitives or s.function in primitives])


def after_the_line(function, *primitives):
    """`count` in the backward part alone."""
    from chainrule.ir.primitives import line

    statements = function.body.statements
    at = next(i for i, s in enumerate(statements) if isinstance(s, Op) and s.function is line)
    function = type("Part", (), {"body": Block((), statements[at:])})
    return count(function, *primitives)


def assert_same(one, other):
    """That two results have the same structure, types and numbers."""
    assert type(one) is type(other), f"{one!r} and {other!r}"
    if isinstance(one, (tuple, list)):
        assert len(one) == len(other)
        for a, b in zip(one, other):
            assert_same(a, b)
    elif one is not None:
        np.testing.assert_allclose(one, other, rtol=1e-13)


def assert_means_the_same(before, after, f, *args):
    """That a pass left a sound form, which evaluates to what it did."""
    check(after)
    arguments = bound(f, *args)
    assert_same(
        evaluate(after, copy.deepcopy(arguments)), evaluate(before, copy.deepcopy(arguments))
    )


def differences(f, args, i, step=1e-6):
    """The gradient of a number with respect to one argument, by central differences."""

    def moved(k, h):
        new = copy.deepcopy(list(args))
        if isinstance(new[i], np.ndarray):
            new[i].flat[k] += h
        else:
            new[i] = new[i] + h
        return f(*new)

    found = [(moved(k, step) - moved(k, -step)) / (2 * step) for k in range(np.size(args[i]))]
    return np.reshape(found, np.shape(args[i]))
