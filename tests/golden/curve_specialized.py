from chainrule.runtime import expect, match_seed


def curve_adjoint(x, y, *, seed=1.0):
    """Return (value, gradients) with respect to (x, y)."""
    expect("x", x, "f8[:]")
    expect("y", y, "f8[:]")
    # Forward
    d = 3 * x**3 - y**2

    # Backward
    dd = match_seed(seed, d)
    return d, (dd * 3 * 3 * x**2, -(dd * 2 * y))
