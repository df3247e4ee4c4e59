import numpy as np
from chainrule.runtime import expect, unbroadcast


def normalized_adjoint(x, w, *, seed=1.0):
    """Return (value, gradient) with respect to w."""
    expect("x", x, "f8[?]")
    expect("w", w, "f8[?]")
    # Forward
    y = x * w
    scale = np.sqrt(np.mean(y * y))
    c = y / scale
    d = np.tanh(c)
    result = np.sum(d)

    # Backward
    # return np.sum(np.tanh(y / scale))
    f = unbroadcast(np.broadcast_to(seed, d.shape), d) * (1 - d * d)
    # y = x * w
    dw = unbroadcast(unbroadcast(unbroadcast(f, c) / scale, y) * x, w)
    return result, dw
