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
    dc = seed * (1 - d * d)
    # scale = np.sqrt(np.mean(y * y))
    f = np.sum(dc * c / scale) / (2 * scale) / np.size(a)
    g = f * y
    # y = x * w
    dw = unbroadcast((dc / scale - g - g) * x, w)
    return result, dw
