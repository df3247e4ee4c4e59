"""Every kind of statement reversed, against differences: by the text, the textbook and the form itself."""

import copy

import numpy as np
import pytest
from tests.autodiff.adjoints import adjoint_of, differences, optimized, ran
from tests.ir.forms import bound

from chainrule.ir.checker import check
from chainrule.ir.evaluate import evaluate

V = np.array([1.2, -0.7, 2.1, 0.4])
M = np.array([[1.2, -0.7, 0.3], [2.1, 0.4, -1.5]])


def continued(x, n):
    s = 1.0
    for i in range(n):
        if i % 2:
            continue
        s = s * x + i
    return s


def broken(x, n):
    s = 1.0
    for i in range(n):
        s = s * x
        if s > 3.0:
            break
        s = s + x
    return s * x


def returned(x, n):
    for i in range(n):
        x = x * 1.5
        if x > 4.0:
            return x * x
        x = x + 0.1
    return x * 3.0


def returned_from_inside(x, n):
    s = x
    for i in range(n):
        for j in range(i):
            s = s * 1.1 + x
            if s > 9.0:
                return s * i * x
        s = s + 0.5 * x * x
    return s


def all_exits(x, n):
    s = x
    for i in range(n):
        for j in range(n):
            if j > i:
                break
            if (i + j) % 3 == 1:
                continue
            s = s * x + j
            if s > 40.0:
                return s * s
        else:
            s = s - x
    return s


def with_else(x, n):
    s = x
    for i in range(n):
        s = s * x
        if s > 5.0:
            break
    else:
        s = s * s
    return s


def nested(x, n):
    s = 0.0
    for i in range(n):
        t = x
        for j in range(i):
            t = t * x + s
        s = s + t
    return s


def halved(x):
    n = 0
    while x > 1.0:
        x = x * x * 0.4
        n += 1
    return x * (n + 1)


def forever(x, n):
    s = x
    i = 0
    while True:
        s = s * np.sin(s)
        i += 1
        if i >= n:
            break
    return s


def while_else(x, n):
    i = 0
    while i < n:
        x = x * 1.3
        i += 1
        if x > 4.0:
            break
    else:
        x = x * x
    return x


def while_asks(x, y):
    while x * y > 1.0 and x > 0.5:
        x = x * 0.6
        y = y * 0.9 * x
    return x * y


def branch(x, y):
    if x > y:
        a = x * y
    elif x > 0:
        a = x / y
    else:
        a = y
    return a * x


def ternary(x, y):
    return (x * y if x > y else y) * (x or y)


def augmented(x, y):
    x *= y
    x += x * y
    x -= 3.0 * y
    x /= y
    x **= 2
    return x


def stored(x):
    y = np.zeros(4)
    y[0] = x[0] * x[1]
    y[1:3] = x[2:] * y[0]
    y[3] += y[1] * x[0]
    y[::2] *= x[:2]
    return np.sum(y * y)


def overwritten(x, n):
    y = x * 1.0
    for i in range(n):
        y[i % 4] = y[(i + 1) % 4] * y[i % 4]
    return np.sum(y * x)


def viewed(x):
    y = x * 1.0
    row = y[0]
    column = y[:, 1]
    row *= column[1]
    column += row[0]
    y.T[2] = row[1] * column
    return np.sum(y * y)


def argument_written(x):
    x[1:] *= x[:-1]
    return np.sum(x * x)


def gathered(x):
    i = np.array([0, 2, 2, 1])
    return np.sum(x[i] * x[i] * x)


def scattered(x):
    y = x * x
    y[[0, 2]] = x[[1, 1]] * y[[2, 0]]
    return np.sum(y * x)


def filled_up(x, n):
    y = np.zeros(n)
    y[0] = x
    for i in range(1, n):
        y[i] = y[i - 1] * x + i
    return np.sum(y)


def over_rows(x):
    s = 0.0
    for row in x:
        s = s * np.sum(row) + row[0] * row[1]
    return s


def zipped(x, y):
    s = 1.0
    for i, (a, b) in enumerate(zip(x, y)):
        s = s * a + b * i
    return s


def tupled(x, y):
    pair = (x * y, x + y)
    a, b = pair
    return a * b * pair[0]


def listed(x, n):
    items = [x, x * x, x * n]
    s = 0.0
    for item in items:
        s = s + item * item
    return s


def mapped(x, y):
    table = {"a": x * y, "b": x}
    x = table["a"] * table["b"]
    return table["a"] + table["b"] * x


def nested_containers(x, y):
    tree = {"a": (x, [y, x * y])}
    return tree["a"][0] * tree["a"][1][1] + tree["a"][1][0]


def swapped(x, y, n):
    for i in range(n):
        x, y = y * x, x + y
    return x * y


def asserted(x):
    assert x > 0, "positive"
    if x > 100:
        raise ValueError("large")
    return x * x


def tried_names(x, t):
    if t:
        y = x * x
    s = x
    for i in range(3):
        if t:
            s = s * y
    return s


CASES = [
    *[(continued, (1.3, n)) for n in (0, 1, 5)],
    *[(broken, (x, 6)) for x in (0.5, 1.4, 5.0)],
    *[(returned, (x, n)) for x, n in ((0.3, 0), (0.3, 2), (1.0, 9), (5.0, 3))],
    *[(returned_from_inside, (x, n)) for x, n in ((0.3, 0), (0.3, 3), (1.4, 6), (9.5, 4))],
    *[(all_exits, (x, n)) for x, n in ((0.3, 0), (0.6, 4), (1.3, 5), (3.0, 4))],
    *[(with_else, (x, n)) for x, n in ((1.1, 3), (1.7, 9), (1.1, 0))],
    *[(nested, (0.8, n)) for n in (0, 1, 4)],
    *[(halved, (x,)) for x in (0.5, 1.5, 2.4)],
    (forever, (1.2, 4)),
    *[(while_else, (x, n)) for x, n in ((0.5, 3), (2.0, 9), (0.5, 0))],
    (while_asks, (3.0, 2.0)),
    *[(branch, (x, 1.5)) for x in (2.0, 1.0, -1.0)],
    *[(ternary, (x, 1.5)) for x in (2.0, 1.0)],
    (augmented, (1.3, 0.7)),
    (stored, (V,)),
    *[(overwritten, (V, n)) for n in (0, 3, 9)],
    (viewed, (M,)),
    (argument_written, (V,)),
    (gathered, (V,)),
    (scattered, (V,)),
    *[(filled_up, (1.1, n)) for n in (1, 5)],
    (over_rows, (M,)),
    (over_rows, (np.zeros((0, 3)),)),
    (zipped, (V, V[:3] * 2)),
    (tupled, (1.3, 0.7)),
    (listed, (1.3, 2)),
    (mapped, (1.3, 0.7)),
    (nested_containers, (1.3, 0.7)),
    *[(swapped, (1.3, 0.7, n)) for n in (0, 1, 4)],
    (asserted, (1.3,)),
    *[(tried_names, (1.3, t)) for t in (True, False)],
]


def asked(args):
    return [i for i, a in enumerate(args) if isinstance(a, float | np.ndarray)]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_against_differences(f, args):
    wrt = asked(args)
    value = f(*copy.deepcopy(args))
    textbook, form = adjoint_of(f, *args, wrt=wrt), optimized(f, *args, wrt=wrt)
    check(textbook)
    check(form)
    found = [
        ran(f, *args, wrt=wrt),
        ran(f, *args, wrt=wrt, textbook=True),
        evaluate(textbook, bound(f, *copy.deepcopy(args))),
        evaluate(form, bound(f, *copy.deepcopy(args))),
    ]
    expected = [differences(f, args, i) for i in wrt]
    for result, gradients in found:
        assert result == value and type(result) is type(value)
        gradients = gradients if len(wrt) > 1 else (gradients,)
        for i, g, by_differences in zip(wrt, gradients, expected):
            assert type(g) is type(args[i]) and np.shape(g) == np.shape(args[i])
            np.testing.assert_allclose(g, by_differences, rtol=2e-7, atol=2e-8)


def test_errors_are_the_functions_own():
    for x, error, text in ((-1.0, AssertionError, "positive"), (101.0, ValueError, "large")):
        with pytest.raises(error, match=f"^{text}$"):
            ran(asserted, x)


def test_the_argument_is_left_as_the_function_leaves_it():
    from chainrule import grad

    mine, theirs = V.copy(), V.copy()
    argument_written(theirs)
    grad(argument_written)(mine)
    assert mine.tolist() == theirs.tolist()


def test_only_what_is_asked_has_cotangents():
    one = adjoint_of(branch, 2.0, 1.5)
    both = adjoint_of(branch, 2.0, 1.5, wrt=(0, 1))
    names = lambda form: {
        v.name for s in form.body.statements for v in s.results if v.role == "cotangent"
    }
    assert "dy" in names(both) and "dy" not in names(one)


def test_a_result_that_does_not_depend_has_a_zero_gradient():
    def constant(x, y):
        return y * 2.0

    assert ran(constant, 1.5, 2.0) == (4.0, 0.0)
    value, dx = ran(constant, V, 2.0)
    assert dx.tolist() == [0.0] * 4 and dx.dtype == V.dtype
