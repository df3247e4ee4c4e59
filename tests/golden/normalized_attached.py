import numpy as np
from chainrule.runtime import expect, unbroadcast


def attached_adjoint(x, w, *, seed=1.0):
    """Return (value, gradient) with respect to w."""
    expect("x", x, "f8[?]")
    expect("w", w, "f8[?]")
    # Forward
    y = x * w
    a = y * y
    scale = np.sqrt(np.mean(a))
    c = y / scale
    d = np.tanh(c)
    result = np.sum(d)

    # Backward
    # return np.sum(np.tanh(y / scale))
    f = unbroadcast(np.broadcast_to(seed, d.shape), d) * (1 - d * d)
    dc = unbroadcast(f, c)
    # scale = np.sqrt(np.mean(y * y))
    g = -(np.sum(dc * c / scale) / (2 * scale) / np.size(a))
    h = unbroadcast(unbroadcast(np.broadcast_to(g, a.shape), a) * y, y)
    # y = x * w
    i = (unbroadcast(dc / scale, y) + h + h) * x
    return result, unbroadcast(i, w)
