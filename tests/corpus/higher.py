"""Programs with functions as people write them: callbacks, visitors, counters, pipelines, solvers."""

# ruff: noqa: B006, B023, E731

import functools
import math

import numpy as np
from tests.corpus import case, signed

G = 2.0


@case(1.2)
def registered_by_a_decorator(x):  # memo dict closure

    def reg(name):
        def deco(f):
            fs2 = f
            return fs2

        return deco

    @reg("a")
    def a(v):
        return v * v

    return a(x)


@case(1.2)
def runge_kutta_of_a_lambda(x):
    def rk4(f, y, t, h):
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    y = x
    for i in range(5):
        y = rk4(lambda t, y: -x * y + t, y, 0.1 * i, 0.1)
    return y


def bisect(f, a, b, n=20):
    for _ in range(n):
        m = 0.5 * (a + b)
        if f(a) * f(m) <= 0:
            b = m
        else:
            a = m
    return 0.5 * (a + b)


def newton(f, df, x0, n=8):
    x = x0
    for _ in range(n):
        x = x - f(x) / df(x)
    return x


@case(1.2)
def newton_of_lambdas(x):
    return newton(lambda z: z * z * z - x, lambda z: 3 * z * z, 1.0)


def simpson(f, a, b, n=10):
    h = (b - a) / n
    s = f(a) + f(b)
    for i in range(1, n):
        s += (4 if i % 2 else 2) * f(a + i * h)
    return s * h / 3


@case(1.2)
def simpson_of_a_lambda(x):
    return simpson(lambda t: np.exp(-x * t * t), 0.0, x)


@case(1.2)
def simpson_inside_simpson(x):
    return simpson(lambda t: simpson(lambda u: u * t * x, 0.0, t, 4), 0.0, 1.0, 4)


def pipeline(*fs):
    def run(v):
        for f in fs:
            v = f(v)
        return v

    return run


@case(1.2)
def pipeline_of_functions(x):
    return pipeline(np.sin, lambda v: v * x, math.exp)(x)


@case(1.2)
def curried(x):
    def f(n):
        def g(m):
            return n * m + x

        return g

    return f(2.0)(f(x)(3.0))


@case(1.2)
def visitor_sums(x):
    total = 0.0

    def visit(node):
        nonlocal total
        total += node * node

    for v in (x, 2 * x, x * x):
        visit(v)
    return total


@case(1.2)
def steps_until_settled(x):
    state = x

    def step():
        nonlocal state
        old = state
        state = state * 0.5 + 1 / state
        return abs(state - old)

    n = 0
    d = step()
    while d > 1e-3 and n < 20:
        d = step()
        n += 1
    return state * x


@case(1.2)
def composed_of_many(x):
    compose = lambda *fs: functools.reduce(lambda f, g: lambda v: f(g(v)), fs)
    return compose(np.sin, np.cos, lambda v: v * x)(x)


@case(1.2)
def lambda_with_all_kinds_of_parameters(x):
    f = lambda a, *b, c=2.0, **d: a * b[0] * c * d["e"]
    return f(x, x, c=x, e=3.0) + f(x, 2.0, 3.0, e=x)


@case(1.2)
def nonlocal_three_levels_up(x):
    k = 1.0

    def f():
        def g():
            def h():
                nonlocal k
                k = k * x

            h()
            h()

        g()
        return k

    return f() * k


@case(1.2)
def nonlocal_after_early_return(x):
    def f(v):
        if v > 10:
            return v
        w = v * x

        def inner():
            nonlocal w
            w = w + 1
            return w

        a = inner()
        return a * w * inner()

    return f(x)


@case(1.2)
def operations_by_name(x):
    ops = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "-": lambda a, b: a - b}
    acc = x
    for op, v in [("+", 2.0), ("*", x), ("-", 1.0)]:
        acc = ops[op](acc, v)
    return acc


@case(signed(3))
def layers_with_a_lambda(x):
    relu = lambda z: np.where(z > 0, z, 0.0)
    h = x
    for W in (np.eye(3), np.ones((3, 3)) * 0.3):
        h = relu(W @ h + 0.1)
    return np.sum(h)


@case(signed(3))
def regularizer_as_default(x):
    def cost(w, reg=lambda w: 0.1 * np.sum(w * w)):
        return np.sum((w - 1) ** 2) + reg(w)

    return cost(x) + cost(x, reg=lambda w: np.sum(np.abs(w)))


@case(1.2)
def chosen_and_chosen_again(x):
    f = (lambda v: v * v) if x > 1 else (lambda v: v + v)
    g = f
    return g(x) + (f if x < 5 else g)(x)


@case(1.2)
def defaults_that_are_functions(x):
    def f(a=x, b=lambda: x * 2):
        return a * b()

    x = x * 3
    return f() + f(x)


@case(1.2)
def defined_in_each_turn(x):
    s = 0.0
    for i in range(3):

        def f(v):
            return v * i

        s += f(x)
    return s + f(x)


@case(1.2)
def names_like_ours(x):
    a = dx = np_ = x
    seed = lambda wrt: wrt * a
    into = lambda g, ans: g * ans + dx
    result = seed(x) * into(x, np_)
    return result


@case(1.2)
def function_parameter_and_result_of_one_name(x):
    def y(y):
        return y * x

    y = y(x)
    return y * y


@case(1.2)
def defined_in_branches(x):
    if x > 0:

        def f(v):
            return v * v
    else:

        def f(v):
            return -v

    return f(x)


@case(1.2)
def effects_in_short_circuits(x):
    out = 0.0

    def add(v):
        nonlocal out
        out += v
        return v > 1

    if add(x) and add(x * x):
        out = out * 2
    if add(0.5 * x) or add(3 * x):
        out = out + x
    return out


@case(signed(3))
def writes_what_it_is_given(x):
    y = x * 1.0

    def inplace(a):
        a *= 2
        return a

    z = inplace(y)
    return np.sum(y * z)


@case(1.2)
def reads_its_parameter_rebound(x):
    def outer(a):
        def inner():
            return a

        a = a * 2
        return inner

    return outer(x)() * x


@case(1.2)
def from_a_dict_by_an_expression(x):
    sgn = 1 if x > 0 else -1
    f = {1: np.sin, -1: np.cos}[sgn]
    return f(x)


@case(1.2)
def counts_its_calls(x):
    it = 0

    def objective(v):
        nonlocal it
        it += 1
        return v * v * x

    y = objective(x) + objective(2 * x)
    return y * it


@case(1.2)
def made_by_branches(x):
    def gen(k):
        if k == 0:
            return lambda v: v
        return lambda v: v * k * x

    return gen(0)(x) + gen(2)(x)


@case(1.2)
def or_and_of_functions(x):
    f = None or np.sin
    g = np.cos and (lambda v: v * 2)
    return f(x) * g(x)


@case(1.2)
def guarded_functions(x):
    def safe(f, d=0.0):
        def w(*a):
            v = f(*a)
            return v if v < 100 else d

        return w

    return safe(np.exp)(x) + safe(np.exp, x)(x * 10)


@case(signed(3))
def method_in_a_name(x):
    w = np.array([1.0, 2.0, 3.0])
    dot = w.dot
    return dot(x)


@case(1.2)
def builtins_in_names(x):
    m = max
    return m(x, 2 * x) + (abs if x > 0 else float)(x)


@case(signed(3))
def norms_with_defaults(x):
    def norm(v, p=2):
        return np.sum(np.abs(v) ** p) ** (1 / p)

    return norm(x) + norm(x, p=3) + norm(p=4, v=x)


@case(1.2)
def applied_twice(x):
    apply2 = lambda f: lambda *a, **k: f(*a, **k) + f(*a, **k)
    return apply2(lambda a, b=1.0: a * b)(x, b=x)


@case(1.2)
def docstring_and_comments(x):
    def f(v):
        "doc"
        # comment
        return v * x  # trailing

    return f(x)


@case(1.2)
def reads_a_list_rebound(x):
    z = [x, x * x]
    get = lambda i: z[i]
    z = [x * 3, x]
    return get(0) * get(1)


@case(1.2)
def reads_what_a_loop_rebinds(x):
    y = x

    def f():
        return y

    a = f()
    for i in range(3):
        y = y * x
        a = a + f()
    return a


@case(1.2)
def while_a_step_goes_on(x):
    s = x

    def step():
        nonlocal s
        s = s * 0.7
        return s

    n = 0.0
    while step() > 0.2:
        n = n + s
    return n * s


@case(1.2)
def effects_in_operands(x):
    s = 0.0

    def add(v):
        nonlocal s
        s = s + v
        return v

    t = (add(x), add(2 * x))
    y = add(x) * s + s * add(x * x)
    return y + t[0] * s


@case(1.2)
def parameter_named_as_a_global(x):
    def helper(G):
        return G * x  # param shadows global

    return helper(3.0) * G


@case(1.2)
def local_named_as_a_global(x):
    def f(v):
        G = v * 2  # local shadows global read elsewhere
        return G * v

    return f(x) * G


def usesG(v):
    G_ = v * G
    return G_


@case(1.2)
def our_local_named_as_a_global_of_a_callee(x):
    G = x * x
    return usesG(x) * G


@case(1.2)
def reads_a_list(x):
    a = [0.0, 0.0]

    def f(i, v):
        return v * a[i] + x

    return f(0, x) * f(1, x)


@case(1.2)
def defined_in_a_loop_of_a_nested_function(x):
    def f(n=3):
        total = 0.0
        for i in range(n):

            def g(v, i=i):
                return v * i

            total += g(x)
        return total

    return f() + f(5)


@case(1.2)
def loop_with_else_inside(x):
    def f(v):
        for i in range(10):
            if v > 5:
                return v * i
            v = v * x
        else:
            v = v + 100
        return v

    return f(x) + f(0.1 * x)


@case(1.2)
def rebinds_and_writes_in_a_loop(x):
    y = np.zeros(3)

    def fill(i):
        nonlocal y
        if i == 1:
            y = y + x
        y[i] = x * i

    for i in range(3):
        fill(i)
    return np.sum(y * y)


@case(1.2)
def nonlocal_with_break_and_else(x):
    z = x
    for k in range(3):

        def upd(v):
            nonlocal z
            if v < 4:
                z = z * x
            else:
                z = z + k

        upd(z)
        if z > 8:
            break
    else:
        z = z * 2
    return z


@case(1.2)
def two_counters(x):
    def make():
        c = 1.0

        def inc(v):
            nonlocal c
            c = c * v
            return c

        return inc

    a, b = make(), make()
    a(x)
    b(2.0)
    a(x)
    return a(1.0) * b(x)


@case(1.2)
def walked_for_their_effects(x):
    acc = x

    def twice():
        nonlocal acc
        acc = acc * 2

    def sq():
        nonlocal acc
        acc = acc * acc

    for f in (twice, sq, twice):
        f()
    return acc


@case(1.2)
def closure_in_a_call_in_another(x):
    def f(v, depth):
        g = lambda w: w * v
        if depth == 0:
            return g(x)
        return g(x) + 1.0

    return f(x, 0) * f(2 * x, 1)


@case(1.2)
def lambdas_three_deep(x):
    lam = lambda: (lambda: (lambda: x * x)())()
    return lam()


@case(1.2)
def reads_a_string(x):
    class_ = "abc"

    def f(v):
        return v * len(class_)

    return f(x)


@case(1.2)
def local_that_is_not_shared(x):
    y = 3.0

    def f():
        y = x * 2  # local, not nonlocal
        return y

    return f() * y


@case(1.2)
def positional_and_keyword_only(x):

    def f(a, /, b, *, c):
        return a * b + c

    return f(x, b=2.0, c=x) * f(1.0, x, c=0.0)


@case(1.2)
def partials_of_partials(x):
    f = functools.partial(lambda a, b, c: a * b + c, c=x)
    g = functools.partial(f, x)
    return g(2.0) + functools.partial(g, b=x)()


@case(1.2)
def library_function_chosen(x):
    norm = np.linalg.norm
    f = norm if x > 0 else np.sum
    return f(np.array([1.0, 2.0])) * x


@case(1.2)
def tuple_of_lambdas_unpacked(x):
    sq, cu = (lambda v: v**2), (lambda v: v**3)
    fs = (sq, cu)
    a, b = fs
    return a(x) * b(x) + fs[0](x)


@case(1.2)
def reads_a_name_bound_later(x):
    def f():
        return x * k

    k = 2.0
    r = f()
    del_ = k
    k = r
    return f() * del_


@case(1.2)
def reads_a_dict(x):
    m = {"w": x}

    def get(k="w"):
        return m[k]

    return get() * get("w")


@case(1.2)
def composed_in_a_loop_over_functions(x):
    f = lambda v: v
    for g in (np.sin, np.exp):
        f = (lambda h, p: lambda v: h(p(v)))(g, f)
    return f(x)


@case(1.2)
def reads_a_name_of_a_branch(x):
    if x > 1:
        s = 2.0

        def f(v):
            return v * s
    else:

        def f(v):
            return v

    return f(x)


@case(1.2)
def running_maximum(x):
    # closure assigned through several branches in a loop
    best = 0.0

    def consider(v):
        nonlocal best
        if v > best:
            best = v

    for i in range(5):
        consider(np.sin(x * i))
    return best


@case(1.2)
def reads_what_is_augmented(x):
    y = x * x

    def f():
        return y

    y += 1.0
    a = f()
    y *= x
    return a * f()


@case(1.2)
def differences_of_differences(x):
    h = 1e-1
    d = lambda f: lambda v: (f(v + h) - f(v - h)) / (2 * h)
    return d(d(lambda t: t**3 * x))(x)


@case(1.2)
def one_closure_calls_another(x):
    def outer():
        k = x

        def a():
            nonlocal k
            k = k * 2
            return b()

        def b():
            return k * x

        return a, b

    a, b = outer()
    return a() + b()


@case(1.2)
def product_of_arguments(x):
    s = 1.0

    def mul(*vs):
        nonlocal s
        for v in vs:
            s *= v

    mul(x, 2.0)
    mul(x)
    return s


@case(1.2)
def starred_calls(x):
    f = lambda a, b: a * b
    return f(*[x, x]) + f(*(x,), b=3.0)


@case(1.2)
def passed_to_a_lambda(x):
    return (lambda f: f(f(x)))(lambda v: v * x + 1)


@case(1.2)
def effects_from_left_to_right(x):
    a = 1.0

    def f():
        nonlocal a
        a = a + x
        return a

    return f() + f() * f()


@case(1.2)
def value_read_before_an_effect(x):
    a = 1.0

    def f():
        nonlocal a
        a = a + x
        return a

    return a * f() + a


@case(1.2)
def imports_at_two_levels(x):
    import numpy as jnp

    def f(v):
        import math

        return jnp.sin(v) * math.exp(v)

    return f(x)


@case(1.2)
def loop_as_a_function(x):
    def loop(n, body, init):
        for i in range(n):
            init = body(i, init)
        return init

    return loop(3, lambda i, c: c * x + i, x)


@case(1.2)
def scan(x):
    def scan(f, init, xs):
        carry, ys = init, 0.0
        for v in xs:
            carry, y = f(carry, v)
            ys = ys + y
        return carry, ys

    c, s = scan(lambda c, v: (c * 0.5 + v, c * v), x, np.array([1.0, 2.0, 3.0]))
    return c * s


def w1(a, n, x):
    for i in range(n):
        a[i] = a[i] * x
        if a[i] > 3:
            a[0] = 5 * a[i] * x
            return a[i]
    return a[1]


@case(1.2)
def helper_writes_and_returns_in_a_loop(x):
    a = np.array([1.0, 2.0, 3.0]) * x
    y = w1(a, 3, x)
    return np.sum(a * a) * y


def w2(a, x):
    if x > 1:
        a[0] = x * a[1]
        return 1.0
    for i in range(3):
        if a[i] > 1.0:
            a[i] = a[i] * a[i]
            continue
        a[i] = x
        if i == 1:
            return a[0]
    return a[2]


@case(1.2)
def helper_writes_and_returns_early(x):
    a = np.array([1.0, 2.0, 3.0]) * x
    y = w2(a, x)
    return np.sum(a * a) * y


@case(1.2)
def nonlocal_array_with_every_exit(x):
    s = np.array([1.0, 2.0]) * x

    def f(v):
        nonlocal s
        for i in range(5):
            if v > 4:
                s = s * v
                return v
            if v < 0:
                s = s + 1
                break
            v = v * x
        else:
            s = s * 3
        s = s + v
        return v * 2

    r = f(x) + f(-x) + f(0.01)
    return np.sum(s) * r


@case(1.2)
def returns_a_reader_of_what_it_wrote(x):
    def f(a):
        a[0] = x
        return lambda: a[0] * a[1]

    b = np.array([1.0, 2.0]) * x
    g = f(b)
    b[1] = x * x
    return g() * b[0]


@case(1.2)
def rebinds_what_a_lambda_reads(x):
    y = x
    inc = lambda: y + 1
    for _ in range(2):
        y = inc() * x
    return y * inc()


@case(1.2)
def from_a_list_by_a_test(x):
    c = [np.sin, np.cos][int(x > 1)]
    return c(x)


@case(1.2)
def reads_names_of_two_frames(x):
    a = x * 2

    def g():
        def h():
            return a * x

        return h

    a = x * 3
    h = g()
    a = x * 5
    return h()
