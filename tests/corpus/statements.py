"""Statements and expressions: assignments in expressions, `del`, `match`, `with`, `try`, f-strings, prints."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import threading
import warnings

import numpy as np
from tests.corpus import array, case, refused


@case(1.5)
def w_if(x):
    if (y := x * x) > 1:
        return y * x
    return y


@case(1.5)
def w_arg(x):
    return np.sin(y := x * x) * y


@case(1.5)
def w_while(x):
    n = 0
    while (x := x * 0.7) > 0.3:
        n += 1
    return x * n


@case(1.5)
def w_while_else(x):
    while (x := x * 0.7) > 0.3:
        if x > 5:
            break
    else:
        x = x * 3
    return x


@case(1.5)
def w_while_cont(x):
    t = 0.0
    while (y := x * 0.7) > 0.1:
        x = y
        if x > 0.8:
            continue
        t += x * y
    return t + y


@case(1.5)
def w_short(x):
    y = 2.0
    if x < 0 and (y := x * x) > 1:
        return y
    return y * x


@case(1.5)
def w_short2(x):
    y = 2.0
    if x > 0 and (y := x * x) > 1:
        return y * 3
    return y * x


@case(1.5)
def w_or(x):
    z = (a := x * x) if x > 1 else (a := x)
    return z * a


@case(1.5)
def ann(x):
    y: float = x * x
    z: int
    z = 2
    return y * z


@case(1.5)
def chain(x):
    a = b = c = x * x
    return a * b + c


@case(1.5)
def dele(x):
    y = x * x
    z = y * 2
    del y
    return z * x


@case(1.5)
def dele4(x):
    s = 0.0
    for i in range(3):
        t = x * i
        s += t * t
        del t
    return s


@case(1.5)
def dele5(x):
    y = x * x
    if x > 1:
        del y
        y = 3 * x
    return y


@case(1.25, 8)
def fstr(x, w):
    s = f"{x:{w}.{2}f}|{w!r:>{w}}|{w=}|{x!s:.3}|{{}}"
    return x * len(s)


@case(1.25)
def pr(x):
    print(f"x={x:.2f}", x > 1, sep="|")
    y = x * x
    print(y, end="")
    return y


@case(1.25)
def cc(x):
    if 0 < x < 2 <= 3 != 4:
        return x * x
    return x


@case(1.25)
def raise_from(x):
    if x < 0:
        raise ValueError("bad") from KeyError("k")
    assert x > 0, f"bad {x}"
    return x * x


K = 3.0


@case(1.25)
def glob_read(x):
    global K
    return x * K


@case(1.5, 2)
def m_val(x, k):
    match k:
        case 1:
            return x
        case 2 | 3:
            return x * x
        case _:
            return 0.0


@case(1.5, "sq")
def m_str(x, k):
    match k:
        case "id":
            y = x
        case "sq":
            y = x * x
        case _:
            raise ValueError(k)
    return y * x


@case(1.5)
def m_seq(x):
    match (x, 2 * x):
        case (a, b):
            return a * b


@case(1.5)
def m_seq2(x):
    match [x, 2 * x, 3 * x]:
        case [a]:
            return a
        case [a, *r]:
            return a * r[0] * r[1]


@dataclasses.dataclass
class P:
    a: float
    b: float


@case(1.5)
def m_guard(x):
    match x:
        case y if y > 2:
            return y
        case y if y > 1:
            return y * y
        case _:
            return 0.0


@case(1.5)
def m_float(x):
    match x:
        case int():
            return 1.0
        case float(z):
            return z * z


@case({"kind": "a", "v": 2.0}, 1.5)
def m_map(d, x):
    match d:
        case {"kind": "b", "v": v}:
            return v * x
        case {"kind": "a", "v": v}:
            return v * x * x
        case {}:
            return x


@case(P(1.5, 2.0), 1.5)
def m_cls(p, x):
    match p:
        case P(a, b=c) if x > 1:
            return a * c * x
        case P():
            return x
        case _:
            return 0.0


@case(P(1.5, 2.0), 1.5, wrt="x")
def m_cls2(p, x):
    match p:
        case P(0.0, b):
            return b * x
        case P(a, 2.0) as q:
            return a * q.b * x
        case _:
            return x


@case(1.5, 3)
def m_loop(x, n):
    t = 0.0
    for i in range(n):
        match i % 3:
            case 0:
                continue
            case 1:
                t += x
            case _:
                break
    return t * x


@case(1.5, (1, 2))
def m_orcap(x, t):
    match t:
        case (1, k) | (k, 1):
            return x * k
        case _:
            return x


@case(1.5, None)
def m_none(x, k):
    match k:
        case None:
            return x * x
        case True:
            return x
        case _:
            return 0.0


@case(1.5, 2)
def m_after(x, k):
    y = x
    match k:
        case 1:
            y = y * 2
        case 2 if x > 3:
            y = y * 3
        case n:
            y = y * n * x
    return y * x


@case(1.5)
@case(-1.5)
def t_simple(x):
    try:
        y = math.log(x)
    except ValueError:
        y = x * 2
    return y * x


@case(1.5)
@case(-1.5)
def t_return(x):
    try:
        return math.log(x)
    except ValueError:
        return x * x


@case(1.5)
@case(-1.5)
def t_reached(x):
    y = 1.0
    try:
        y = x * x
        z = math.log(x)
    except ValueError:
        y = y + 1
        z = 0.0
    return y * x + z


@case(1.5)
@case(-1.5)
def t_raise(x):
    try:
        y = x * x
        raise KeyError("a")
    except KeyError as e:
        y = y + len(str(e))
    return y


@case(1.5)
@case(-1.5)
def t_else(x):
    try:
        y = math.log(x)
    except ValueError:
        z = x
    else:
        z = y * y
    return z * x


@case(1.5)
@case(-1.5)
def t_multi(x):
    try:
        y = 1 / x
        z = math.sqrt(x)
    except ZeroDivisionError:
        z = x * 3
    except (ValueError, TypeError) as e:
        z = x * x
    return z + x


@case(1.5)
def t_finally(x):
    n = [0]
    try:
        y = x * x
    finally:
        print("done")
    return y


@case(1.5)
def t_finally_ret(x):
    try:
        return x * x
    finally:
        print("done")


@case(1.5)
@case(-1.5)
def t_all(x):
    try:
        y = math.log(x)
    except ValueError:
        y = x
    else:
        y = y * 2
    finally:
        print("f")
    return y * x


@case(array(3), 3)
def t_loop(x, n):
    s = 0.0
    for i in range(n):
        try:
            if i == 1:
                raise ValueError
            v = x[i] * x[i]
        except ValueError:
            continue
        s += v
    return s


@case(1.5, 4)
def t_retry(x, n):
    k = 0
    while True:
        try:
            y = math.log(1 - x)
            break
        except ValueError:
            x = x * 0.7
            k += 1
    return y * k


@case(array(3) - 1.0)
def t_loop2(x):
    s = 0.0
    for v in x:
        try:
            w = math.sqrt(v)
            s += w * v
        except ValueError:
            s += v * v
    return s


@case(1.5)
@case(-1.5)
def t_nested(x):
    try:
        try:
            y = math.log(x)
        except KeyError:
            y = 0.0
        z = y * 2
    except ValueError:
        z = x * x
    return z


@case(1.5)
@case(-1.5)
def t_slot2(x):
    y = x
    try:
        y = y * x
        y = y * y
        z = math.log(x)
        y = y + z
    except ValueError:
        pass
    return y


@case(np.array([1.0, 2.0]), 1.5)
@case(np.array([1.0, 2.0]), -1.5)
def t_store(a, x):
    try:
        a[0] = x * a[1]
        a[1] = math.log(x)
    except ValueError:
        a[1] = x
    return np.sum(a * a)


@case(1.5)
def w_null(x):
    with contextlib.nullcontext(x * 2) as z:
        y = z * x
    return y


L = threading.Lock()


@case(1.5)
def w_lock(x):
    with L:
        y = x * x
    return y * x


@case(1.5)
def w_err(x):
    with np.errstate(divide="ignore"):
        y = 1 / x
        z = y * y
    return z


@case(array(3))
def w_err2(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) / x
        y = y * x
    return np.sum(y)


@case(1.5)
def w_two(x):
    with L, np.errstate(all="ignore"):
        y = np.sqrt(x)
    return y


@case(1.5)
def w_ret(x):
    with L:
        if x > 1:
            return x * x
        y = x
    return y * 3


@case(array(3))
def w_loop(x):
    s = 0.0
    for v in x:
        with L:
            if v < 1:
                continue
            if v > 1.5:
                break
            s += v * v
    return s


@case(1.5)
@case(-1.5)
def w_supp(x):
    y = x
    with contextlib.suppress(ValueError):
        y = math.log(x)
    return y * x


class Timer:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("in", self.name)
        return self

    def __exit__(self, *a):
        print("out", self.name)


@case(1.5)
def w_user(x):
    with Timer("a") as t:
        y = x * x
    return y


@contextlib.contextmanager
def cm(n):
    print("enter", n)
    try:
        yield n * 2
    finally:
        print("leave")


@case(1.5)
def w_gen(x):
    with cm(3) as k:
        y = x * x
        print(k)
    return y


@case(array(3))
def w_warn(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.sum(x * x)
    return y


@case(np.array([1.0, 2.0]), 1.5)
def w_store(a, x):
    with L:
        a[0] = x * a[1]
        v = a[1:]
    v[0] = x
    return np.sum(a * a)


@case(np.array([0.5, 1.2, 2.0, 0.7]))
def n_loops(x):
    s = 0.0
    for v in x:
        y = v
        try:
            for k in range(4):
                y = y * v
                if y > 3:
                    raise OverflowError
            s += y
        except OverflowError:
            s += v * v
    return s


@case(np.array([0.5, 1.2, 2.0, 0.7]))
def n_supp(x):
    s = 0.0
    for v in x:
        with contextlib.suppress(OverflowError, ValueError):
            y = v
            for k in range(4):
                y = y * v
                if y > 3:
                    raise OverflowError
            s += y
    return s


@case(np.array([0.5, 1.2, 2.0, 0.7]))
def n_two(x):
    s = 0.0
    for v in x:
        t = 1.0
        try:
            y = v
            for k in range(3):
                y = y * v
            t = y
            z = y
            for k in range(4):
                z = z * y
                if z > 3:
                    raise OverflowError
            t = z
        except OverflowError:
            t = t * 2
        s += t
    return s


@case(1.5)
@case(-1.5)
def n_if(x):
    y = 1.0
    try:
        if x > 0:
            y = x * x
        else:
            y = x * 3
        z = math.log(x)
    except ValueError:
        z = y
    return z * y


@case(1.5)
def n_fin_ret(x):
    try:
        if x > 1:
            return x * x
        y = x
    finally:
        print("f", x)
    return y * 3


@case(1.5)
@case(-1.5)
def n_fin_exc(x):
    y = 0.0
    try:
        try:
            y = math.log(x)
        finally:
            print("inner", y)
    except ValueError as e:
        print(type(e).__name__, e)
        y = x
    return y * x


@case(1.5)
@case(-1.5)
def n_reraise(x):
    try:
        try:
            y = math.log(x)
        except ValueError as e:
            raise KeyError("k") from e
    except KeyError:
        y = x * x
    return y


@case(1.5)
@case(-1.5)
def n_bare(x):
    try:
        try:
            return math.log(x)
        except ValueError:
            print("again")
            raise
    except Exception:
        return x * 2


@case(1.5, 5)
def n_break(x, n):
    t = 0.0
    for i in range(n):
        try:
            if i == 3:
                break
            if i == 1:
                raise ValueError("one")
            t += x * i
        except ValueError as e:
            print(e)
            continue
        else:
            t = t * x
        finally:
            print(i)
    else:
        t = -t
    return t


def helper(v):
    if v < 0:
        raise ValueError("neg")
    return math.sqrt(v)


def safe(v):
    try:
        return helper(v)
    except ValueError:
        return v * v


@case(np.array([0.5, -1.2, 2.0]))
def n_callee(x):
    s = 0.0
    for v in x:
        s += safe(v)
    return s


@case(1.5)
@case(-1.5)
def n_callee2(x):
    return safe(x) * safe(-x)


class Conv(Exception):
    pass


@case(np.array([[4.0, 1.0], [1.0, 3.0]]))
@case(np.array([[-4.0, 1.0], [1.0, 3.0]]))
def n_chol(A):
    try:
        L = np.linalg.cholesky(A)
    except np.linalg.LinAlgError:
        L = np.linalg.cholesky(A + 10 * np.eye(2))
    return np.sum(L * L * L)


@case(np.array([1.0, 2.0]), 1.5)
def n_arrays(a, x):
    y = a
    try:
        y = a * x
        z = y[5]
    except IndexError:
        y = y * 2
        z = 1.0
    y[0] = x * z
    return np.sum(y * y)


@case(1.5)
def n_withret(x):
    for i in range(3):
        with contextlib.nullcontext():
            with np.errstate(all="ignore"):
                y = x * i
                if i == 2:
                    return y * y
    return 0.0


@case(1.5)
def n_withas(x):
    with contextlib.nullcontext((x, 2 * x)) as (a, b), contextlib.nullcontext(3) as k:
        y = a * b * k
    return y


@case(1.5)
def n_file(x):
    with open("/dev/null", "w") as f:
        f.write(f"{x:.3f}")
        y = x * x
    return y


@case(np.array([1.0, 3.0, 2.0]))
def n_err_loop(x):
    s = 0.0
    for v in x:
        with np.errstate(all="ignore"):
            w = np.sqrt(v)
            s += w * v
    return s


log = logging.getLogger("x")


@case(1.5)
@case(-1.5)
def n_log(x):
    try:
        y = math.sqrt(x)
    except ValueError:
        log.debug("bad %s", x)
        y = 0.5 * x
    return y


@case(1.5)
def n_pass(x):
    y = x
    try:
        y = y * x
        raise ValueError
    except ValueError:
        pass
    return y


@case(1.5)
def n_while_else(x):
    while x > 0.1:
        try:
            x = x / 2
            if x < 0.3:
                raise StopIteration
        except StopIteration:
            break
    else:
        x = x * 5
    return x * x


@case(1.5)
def n_try_in_with(x):
    with contextlib.nullcontext():
        try:
            y = math.log(-x)
        except ValueError:
            y = x * x
        finally:
            z = x
    return y * z


@case(1.5)
def n_assert(x):
    try:
        assert x > 2, "small"
        y = x
    except AssertionError:
        y = x * x
    return y


@case(1.5)
def n_fin_assign(x):
    try:
        y = x * x
    finally:
        z = x * 2
    return y * z


@case(1.5, 3)
def n_fin_loop(x, n):
    t = 1.0
    for i in range(n):
        try:
            if i == 1:
                continue
            t = t * x
        finally:
            t = t + x
    return t


@case({"a": 1.0}, 1.5)
def n_key(d, x):
    try:
        b = d["bias"]
    except KeyError:
        b = x * 2
    return b * x + d["a"]


@case((1.0, 2.0), 1.5)
def n_index(t, x):
    try:
        b = t[5] * x
        return b
    except IndexError as e:
        return x * t[0]


class Obj:
    def __init__(self):
        self.w = 2.0


@refused("CR106", 1.3)
def deleted_name(x):
    y = x * x
    del y
    return y  # noqa: F821  # refused


@refused("CR106", 1.3)
def deleted_somewhere(x):
    y = x * x
    if x > 1:
        del y
    return y  # noqa: F821  # refused


@refused("CR105", 1.3)
def global_written(x):
    global LIMIT  # refused
    LIMIT = x
    return x * LIMIT


LIMIT = 3.0


@refused("CR106", 1.3, 3)
def left_by_a_loop(x, n):
    y = x
    try:
        for i in range(n):
            y = y * x
            if y > 3:
                raise OverflowError
    except OverflowError:
        pass
    return y  # refused


@refused("CR116", array(3))
def written_by_a_loop(x):
    try:
        for i in range(5):
            x[i] = x[i] * x[0]
    except IndexError:
        pass
    return np.sum(x)  # refused


@refused("CR105", 1.3)
def return_in_finally(x):
    try:
        y = x * x
    finally:
        return x  # noqa: B012  # refused


@refused("CR105", (ValueError,), 1.3)
def classes_at_run_time(kinds, x):
    try:
        y = math.log(x)
    except kinds:  # refused
        y = x
    return y


@refused("CR103", 1.3)
def hidden_in_a_manager(x):
    with Scale(x) as k:  # refused
        y = k * x
    return y


class Scale:
    def __init__(self, k):
        self.k = k

    def __enter__(self):
        return self.k

    def __exit__(self, *_):
        return None
