import numpy as np
from chainrule.runtime import match_seed, unbroadcast


def curve_adjoint(x, y, *, seed=1.0):
    """Return the value of curve and its gradients with respect to (x, y)."""
    if not (
        type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 1
        and type(y) is np.ndarray
        and y.dtype == np.float64
        and y.ndim == 1
    ):
        raise TypeError("curve_adjoint was made for x: f8[:], y: f8[:]")
    # Forward
    b = 3 * x**3
    c = y**2
    d = b - c

    # Backward
    dd = match_seed(seed, d)
    # return 3 * x**3 - y**2
    dx = unbroadcast(dd, b) * 3 * 3 * x**2
    return d, (dx, unbroadcast(-dd, c) * 2 * y)
