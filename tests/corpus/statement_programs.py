"""Programs with `try`, `with`, `match` and the like, of the kind that people write."""

from __future__ import annotations

import contextlib
import math
import threading

import numpy as np
from tests.corpus import array, case


@case(1.5, 0.01)
def halving(x, tol):
    n = 0
    while (step := x / 2**n) > tol and n < 10:
        n += 1
    return step * x


@case(1.5)
@case(0.5)
def fin_nest(x):
    calls = 0
    try:
        try:
            if x > 1:
                return x * x
            y = x * 3
        finally:
            calls += 1
            print("inner", calls)
    finally:
        print("outer", calls)
    return y


class Bad(Exception):
    def __init__(self, msg, code):
        super().__init__(msg)
        self.code = code


@case(1.5)
@case(2.5)
def payload(x):
    try:
        if x > 2:
            raise Bad(f"x={x:.2f}", 3)
        y = x * x
    except Bad as e:
        print(e)
        y = x
    return y


@case(np.array([0.5, 2.0, 1.0]))
def errs(x):
    with np.errstate(divide="ignore"):
        with np.errstate(invalid="ignore"):
            a = np.log(x)
        b = 1.0 / x
    return np.sum(a * b)


@case(1.5)
def loop_fin(x):
    t = 0.0
    n = 0
    while True:
        try:
            t += x**n
            if n >= 3:
                break
        finally:
            n += 1
    return t * n


@case(array(3))
def del_loop(x):
    s = 0.0
    for v in x:
        tmp = v * v
        s = s + tmp
        del tmp, v
    return s


@case(1.5)
def chained(x):
    if 0 < (y := x * x) < 10 > x:
        return y * 2
    return x


@case(1.5, None)
@case(1.5, 2.0)
def ordef(x, k=None):
    k = k or 3.0
    return x * k


@case(1.5, "tanh")
def act(x, name):
    assert name in ("tanh", "relu"), f"unknown {name!r}"
    match name:
        case "tanh":
            return np.tanh(x)
        case "relu":
            return max(x, 0.0)


def inner(v, lim):
    if v > lim:
        raise OverflowError(v)
    return v * v


@case(1.5)
@case(3.5)
def outer(x):
    total = 0.0
    try:
        total = total + inner(x, 3)
        total = total + inner(x * 1.5, 3)
    except OverflowError:
        total = total * 2 + x
    return total


L = threading.Lock()


@case(array(3))
def locks(x):
    s = 0.0
    for i in range(len(x)):
        with L:
            if i == 1:
                continue
            s += x[i] * i
    return s * s


@case(np.array([1.0, -1.0, 4.0]))
def supp(x):
    s = 0.0
    for v in x:
        r = 0.0
        with contextlib.suppress(ValueError):
            r = math.sqrt(v)
        s += r * v
    return s


@case(1.25)
def fs(x):
    w, p = 10, 3
    t = f"{x = } {x!r:>{w}} {x:{w}.{p}e} {'a' if x > 1 else 'b'} {{}}"
    print(t)
    return x * x


@case(1.5, True)
@case(-1.5, False)
def both(x, flag):
    if flag:
        try:
            y = math.log(x)
        except ValueError:
            y = 0.0
    else:
        try:
            y = math.sqrt(x)
        except ValueError:
            y = x * x
    return y * x


@case(1.5)
@case(-1.0)
@case(710.0)
def multi(x):
    y = x
    try:
        z = math.exp(y)
        y = math.sqrt(x)
    except OverflowError:
        z = 1.0
    except ValueError:
        y = -x
    return y + z * 1e-3


@case(1.5)
def closure_try(x):
    def g(v):
        if v < 0:
            raise ValueError
        return v * x

    try:
        y = g(x) + g(-x)
    except ValueError:
        y = g(2.0)
    return y


@case(1.5)
def nonlocal_try(x):
    acc = 0.0

    def add(v):
        nonlocal acc
        acc = acc + v * v

    try:
        add(x)
        add(2 * x)
        raise KeyError
    except KeyError:
        acc = acc + x
    return acc


@case(array(3))
def store_loop(x):
    out = np.zeros(3)
    for i in range(3):
        try:
            out[i] = math.sqrt(x[i] - 1)
        except ValueError:
            out[i] = x[i] * 2
    return np.sum(out * x)


@case(1.5)
def deep_ret(x):
    for i in range(4):
        try:
            with contextlib.nullcontext(i) as k:
                if k == 2:
                    return x * k
                x = x * 1.1
        except ValueError:
            return 0.0
    return x


@case(1.5)
def order(x):
    try:
        print("body")
        y = x
    except ValueError:
        print("exc")
    else:
        print("else")
        y = y * x
    finally:
        print("fin")
    return y


@case(2.0)
@case(-2.0)
def aug_try(x):
    s = x
    try:
        s *= x
        s += math.log(x)
        s *= 2
    except ValueError:
        s -= 1.0
    return s


@case(array(3), 1)
@case(array(3), 7)
def aug_arr(x, i):
    y = x * 1.0
    try:
        y *= 2
        y[i] += 1
        y *= x
    except IndexError:
        y += x
    return np.sum(y * y)


@case(1.5)
def openf(x):
    with open("/dev/null", "w") as f, open("/dev/null", "w") as g:
        print(x, file=f)
        f.write(str(x))
        g.write(f"{x}")
        y = x * 2
    return y * y


@contextlib.contextmanager
def swallow():
    try:
        yield
    except ValueError:
        print("swallowed")


@case(1.5)
@case(-1.5)
def swallowing(x):
    y = x * 3
    with swallow():
        y = math.log(x)
    return y * y


@case({"op": "mul", "args": (2.0, 3.0)}, 1.5)
def m_nested(d, x):
    match d:
        case {"op": "add", "args": (a, b)}:
            return a + b
        case {"op": "mul", "args": (a, b)}:
            return a * b * x


SCALE = 2.0


@case(1.5)
def globread(x):
    global SCALE
    return x * SCALE


@case(1.5)
def shadow(x):
    e = x * x
    try:
        raise ValueError("a")
    except ValueError as err:
        msg = str(err)
    return e * len(msg)


@case(1.5)
def welse(x):
    i = 0
    while i < 3:
        try:
            i += 1
            if i == 2:
                continue
            x = x * 1.5
        except ValueError:
            break
    else:
        x = -x
    return x


@case(1.5)
def tern(x):
    return max((a := x * x), 1.0) * (a if a > 1 else x)


@case(1.5)
def misc(x):
    """doc"""
    "string"
    y: float
    y = x
    return y * y


@case(-1.5)
def try_in_exc(x):
    try:
        y = math.log(x)
    except ValueError:
        try:
            y = math.sqrt(x)
        except ValueError:
            y = x * x
    return y


@case(array(3))
def base(x):
    s = 0.0
    for i, v in enumerate(x):
        try:
            if i == 0:
                raise KeyError("k")
            if i == 1:
                raise IndexError(i)
            s += v * v
        except LookupError:
            s += v
    return s


@case(1.5)
def ret_else(x):
    try:
        y = x / 2
    except ZeroDivisionError:
        return 0.0
    else:
        return y * y
    finally:
        print("bye")


@case(1.5)
def known_n(x):
    n = 0
    try:
        n = 1
        z = math.log(-x)
    except ValueError:
        if n == 1:
            z = x * x
        else:
            z = x
    return z


@case(-1.5)
def known_n2(x):
    n = 0
    try:
        z = math.log(x)
        n = 1
        z = math.log(x - 1)
    except ValueError:
        if n == 1:
            z = x * x
        else:
            z = x
    return z


@case(1.5)
def fin_reads2(x):
    n = 0
    try:
        n = n + 1
        return x**n * x
    finally:
        print(n)


@case(1.5, 3)
def fin_reads3(x, k):
    t = 0.0
    for i in range(k):
        try:
            t = t + x * i
            if i == 1:
                continue
            t = t * x
        except ValueError:
            break
        finally:
            print(t > 0)
    return t


@case(1.5)
def if_in_try(x):
    y = x
    try:
        if x > 1:
            y = x * x
            print("a")
            y = y * 2
        z = math.log(-x)
    except ValueError:
        z = 1.0
    return z * x


@case(1.5)
@case(-1.5)
def fin1(x):
    y = x
    try:
        y = y * x
        z = math.log(x)
    except ValueError:
        z = x * y
    finally:
        print("y", y)
    return y * z


@case(1.5)
@case(-1.5)
def fin2(x):
    y = x
    try:
        y = y * x
        z = math.log(x)
    except ValueError:
        y = y * 3
        return y
    else:
        y = y + z
    finally:
        print("y", y)
    return y * z


@case(1.5)
@case(-1.5)
def fin3(x):
    y = x
    try:
        y = y * x
        return math.log(x) * y
    except ValueError:
        pass
    finally:
        y = y + 1
    return y


@case(1.5)
def retry_iter(x):
    best = x
    for step in (1.0, 0.5, 0.25):
        try:
            cand = best - step * math.sqrt(best - 1.2)
            if cand < 1.0:
                raise ArithmeticError
            best = cand
        except (ValueError, ArithmeticError):
            continue
    return best * best


@case(1.5)
def isinst(x):
    try:
        if x > 1:
            raise KeyError("a")
        y = x
    except LookupError as e:
        if isinstance(e, KeyError):
            y = x * x
        else:
            y = x * 3
        print(type(e).__name__, repr(e))
    return y
