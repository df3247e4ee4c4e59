"""Functions as users write them, and their forms, adjoints and texts."""

import numpy as np
from tests.ir.forms import bound, lowered

from chainrule import no_grad, pipeline, stop_gradient
from chainrule.autodiff.options import Asked, Options

NEURON = (2.0, -1.0, -3.0, -2.0, -3.0)
DETACH = (1.2, 2.2, 0.2, 0.8, 7.0)


def neuron(w0, x0, w1, x1, w2):
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def attached(a, b, c, d, e):
    return d * ((a + b) * c) + e


def detached(a, b, c, d, e):
    return d * ((a + b) * stop_gradient(c)) + e


def power_sum(x, n):
    total = 0.0
    y = 1.0
    for i in range(n):
        y = y * x
        total = total + i * y
    return total


def settle(x, rate):
    steps = 0
    while x > 1.0:
        if x > 4.0:
            x = x * rate
        else:
            x = x - rate * x * x
        steps += 1
    return x * x


def cooled(temperature, w, unused):
    steps = int(temperature)
    frozen = stop_gradient(temperature) * 2.0
    return w * steps * frozen


def watched(temperature, w):
    scaled = temperature / 3.0
    with no_grad():
        seen = scaled * w
    total = scaled + seen
    return total * total


def chosen(x, y):
    if x > 0:
        return y * 2.0
    return y * 3.0


def counted(x, n):
    return x * n


def dense(params, x):
    hidden = np.tanh(params["body"] @ x)
    return np.sum(hidden * params["head"])


def rolled(x, row):
    y = np.zeros(3)
    y[1:] = x * row[:2]
    return np.sum(y)


def pair(x, y):
    return x * y, x + y


PARAMS = {"body": np.eye(2), "head": np.array([1.0, 2.0])}
POINT = np.array([0.5, -1.0])


def forms(f, args, wrt, **options):
    """A function, its adjoint, and the arguments of a call."""
    primal = lowered(f, *args)
    asked = tuple(Asked(primal.params[i].value) for i in wrt)
    adjoint = pipeline.textbook(primal, Options(asked, bare=len(wrt) == 1, **options))
    return primal, adjoint, bound(f, *args)


def textbook(adjoint):
    return pipeline.text(adjoint, "", is_textbook=True).body


def line_of(f, text):
    """The line on which some text of a function stands in this file."""
    with open(f.__code__.co_filename, encoding="utf-8") as file:
        lines = file.read().splitlines()
    first = f.__code__.co_firstlineno
    return next(i for i, line in enumerate(lines[first - 1 :], first) if text in line)
