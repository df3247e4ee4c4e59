import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.runtime import expect, match_seed, unbroadcast


def features_adjoint(x, w, kind: str, *, seed=1.0):
    """Return (value, gradient) with respect to w."""
    expect("x", x, "f8[...]")
    expect("w", w, "f8[...]")
    # Forward
    y = x @ w
    a = kind == "power"
    if a:
        y_1 = y**2
    else:
        b = kind == "wave"
        if b:
            y_1 = np.sin(y)
        else:
            y_1 = np.abs(y)
    c = np.sum(y_1)

    # Backward
    # return np.sum(y)
    dy = unbroadcast(np.broadcast_to(match_seed(seed, c), np.shape(y_1)), y_1)
    # if kind == "power":
    if a:
        # y = y**2
        dy = dy * 2 * y
    elif b:
        # y = np.sin(y)
        dy = dy * np.cos(y)
    else:
        # y = np.abs(y)
        dy = dy * np.sign(y)
    d = np.copy(unbroadcast(matmul_adjoint(dy, y, x, w)[1], w))
    return c, d
