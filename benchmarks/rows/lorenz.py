"""Lorenz's equations by Euler's method, 10,000 steps on Python's numbers."""

from benchmarks.rows.row import Row

STEPS = 10_000


def lorenz(x: float, y: float, z: float, sigma: float, rho: float, beta: float, n: int):
    for _ in range(n):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x = x + 0.0001 * dx
        y = y + 0.0001 * dy
        z = z + 0.0001 * dz
    return x * x + y * y + z * z


def by_hand(x, y, z, sigma, rho, beta, n, *, seed=1.0):
    xs = []
    ys = []
    zs = []
    for _ in range(n):
        xs.append(x)
        ys.append(y)
        zs.append(z)
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x = x + 0.0001 * dx
        y = y + 0.0001 * dy
        z = z + 0.0001 * dz
    result = x * x + y * y + z * z

    gx = seed * 2 * x
    gy = seed * 2 * y
    gz = seed * 2 * z
    gsigma = 0.0
    grho = 0.0
    gbeta = 0.0
    for x, y, z in zip(reversed(xs), reversed(ys), reversed(zs)):
        hx = 0.0001 * gx
        hy = 0.0001 * gy
        hz = 0.0001 * gz
        gsigma += hx * (y - x)
        grho += hy * x
        gbeta -= hz * z
        gx = gx - hx * sigma + hy * (rho - z) + hz * y
        gy = gy + hx * sigma - hy + hz * x
        gz = gz - hy * x - hz * beta
    return result, (gx, gy, gz, gsigma, grho, gbeta)


def for_jax(jnp, lax):
    def loss(x, y, z, sigma, rho, beta, n):
        def step(state, _):
            x, y, z = state
            dx = sigma * (y - x)
            dy = x * (rho - z) - y
            dz = x * y - beta * z
            return (x + 0.0001 * dx, y + 0.0001 * dy, z + 0.0001 * dz), None

        (x, y, z), _ = lax.scan(step, (x, y, z), None, length=STEPS)
        return x * x + y * y + z * z

    return loss


ROW = Row(
    "Lorenz, 10,000 steps",
    lorenz,
    (1.0, 1.0, 1.0, 10.0, 28.0, 8 / 3, STEPS),
    (0, 1, 2, 3, 4, 5),
    by_hand,
    lambda np: lorenz,
    for_jax,
)
