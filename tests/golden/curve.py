from chainrule.runtime import expect, match_seed, unbroadcast


def curve_adjoint(x, y, *, seed=1.0):
    """Return (value, gradients) with respect to (x, y)."""
    expect("x", x, "f8[?]")
    expect("y", y, "f8[?]")
    # Forward
    b = 3 * x**3
    c = y**2
    d = b - c

    # Backward
    dd = match_seed(seed, d)
    # return 3 * x**3 - y**2
    dx = unbroadcast(dd, b) * 3 * 3 * x**2
    return d, (dx, unbroadcast(-dd, c) * 2 * y)
