import numpy as np
from chainrule.runtime import expect, unbroadcast


def normalized_adjoint(x, w, *, seed=1.0):
    """Return (value, gradient) with respect to w."""
    expect("x", x, "f8[?]")
    expect("w", w, "f8[?]")
    # Forward
    y = x * w
    scale = np.sqrt(np.mean(y * y))
    d = np.tanh(y / scale)
    result = np.sum(d)

    # Backward
    # y = x * w
    f = seed * (1 - d * d) / scale * x
    return result, unbroadcast(f, w)
