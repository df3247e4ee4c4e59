"""A scalar loop of 1,000 steps: Euler's method for a damped oscillator."""

from benchmarks.rows.row import Row

STEPS = 1000


def oscillator(x: float, v: float, k: float, c: float, n: int):
    for _ in range(n):
        a = -k * x - c * v * v * v
        x = x + 0.01 * v
        v = v + 0.01 * a
    return x * x + v * v


def by_hand(x, v, k, c, n, *, seed=1.0):
    xs = []
    vs = []
    for _ in range(n):
        xs.append(x)
        vs.append(v)
        a = -k * x - c * v * v * v
        x = x + 0.01 * v
        v = v + 0.01 * a
    result = x * x + v * v

    dx = seed * 2 * x
    dv = seed * 2 * v
    dk = 0.0
    dc = 0.0
    for x, v in zip(reversed(xs), reversed(vs)):
        da = 0.01 * dv
        v2 = v * v
        dv = dv + 0.01 * dx - da * c * 3 * v2
        dx = dx - da * k
        dk -= da * x
        dc -= da * v2 * v
    return result, (dx, dv, dk, dc)


def for_autograd(np):
    return oscillator


def for_jax(jnp, lax):
    def oscillator(x, v, k, c, n):
        def step(_, state):
            x, v = state
            return x + 0.01 * v, v + 0.01 * (-k * x - c * v * v * v)

        x, v = lax.fori_loop(0, STEPS, step, (x, v))
        return x * x + v * v

    return oscillator


ROW = Row(
    "a scalar loop, 1,000 steps",
    oscillator,
    (1.0, 0.0, 1.3, 0.2, STEPS),
    (0, 1, 2, 3),
    by_hand,
    for_autograd,
    for_jax,
)
