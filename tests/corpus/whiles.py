"""`while` loops: with counts that depend on data, break, continue, else, return."""

import math

import numpy as np
from tests.corpus import array, case


@case(1.3)
@case(30.0)
def until_large(x):
    y = x
    while y < 10:
        y = y * x
    return y


@case(1.3, 3)
@case(1.3, 0)
def counted_down(x, n):
    y = x
    while n > 0:
        y = y * x
        n = n - 1
    return y


@case(1.3, 3)
def counted_with_augmented(x, n):
    y = x
    i = 0
    while i < n:
        y *= x
        i += 1
    return y * i


@case(1.3)
def while_true(x):
    y = x
    while True:
        y = y * x
        if y > 10:
            break
    return y


@case(1.3)
def while_true_with_return(x):
    y = x
    while True:
        y = y * x
        if y > 10:
            return y * y


@case(1.3)
@case(20.0)
def while_else(x):
    y = x
    while y < 10:
        y = y * x
        if y > 8:
            break
    else:
        y = y + x
    return y


@case(1.3)
def while_continue(x):
    y = x
    i = 0
    while i < 6:
        i = i + 1
        if i % 2:
            continue
        y = y * x + i
    return y


@case(1.3)
def two_conditions(x):
    y = x
    i = 0
    while y < 100 and i < 4:
        y = y * x
        i += 1
    return y


@case(1.3)
def test_with_steps(x):
    y = x
    while y * y + x < 30:
        y = y * x
    return y


@case(1.3)
def test_with_call(x):
    y = x
    while math.sin(y) > 0.2:
        y = y * x
    return y


@case(2.0)
def newton(a):
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


@case(1.2)
def nested_whiles(x):
    y = x
    i = 0
    while i < 3:
        j = 0
        while j < i:
            y = y * x
            j += 1
        y = y + x
        i += 1
    return y


@case(1.2, 3)
def while_in_for(x, n):
    y = x
    for i in range(n):
        t = 1.0
        while t < i + 1.1:
            t = t * x
            y = y + t
        y = y * x
    return y


@case(1.2)
def for_in_while(x):
    y = x
    while y < 50:
        for i in range(3):
            y = y * x
            if y > 30:
                break
        y = y + x
    return y


@case(1.2)
def return_from_for_in_while(x):
    y = x
    while y < 50:
        for i in range(3):
            y = y * x
            if y > 30:
                return y * i
        y = y + x
    return y


@case(array(3))
def while_over_array(x):
    y = x * 1
    while np.sum(y) < 30:
        y = y * (1 + x)
    return y


@case(array(3))
def while_in_place(x):
    y = x * 1
    while np.sum(y) < 30:
        y *= 1 + x
    return y


@case(1.3)
def bisection(x):
    lo, hi = 0.0, x
    while hi - lo > 1e-3:
        mid = (lo + hi) / 2
        if mid < 0.55 * x:
            lo = mid
        else:
            hi = mid
    return lo * x + hi


@case(0.3)
def halving(x):
    n = 0
    while x < 1:
        x = x * 2
        n = n + 1
    return x * n


@case(1.3)
def never_runs(x):
    y = x
    while y < 0:
        y = y * x
        z = y
    return y


@case(1.3)
def while_with_or(x):
    y, i = x, 0
    while i < 2 or y < 6:
        y = y * x
        i += 1
    return y


@case(1.3)
def chained_test(x):
    y = x
    while 0 < y < 9:
        y = y * x
    return y


@case(1.3)
def test_changes_by_break(x):
    y = x
    go = True
    while go:
        y = y * x
        go = y < 9
    return y


@case(1.3)
def condition_kept_in_name(x):
    y = x
    error = 1.0
    while error > 0.01:
        new = y * 0.5 + 1 / y
        error = abs(new - y)
        y = new
    return y * x
