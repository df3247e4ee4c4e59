import numpy as np
from chainrule.runtime import expect


def features_adjoint(x, w, kind: str, *, seed=1.0):
    """Return (value, gradient) with respect to w."""
    expect("x", x, "f8[:, :]")
    expect("w", w, "f8[:]")
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
    result = np.sum(y_1)

    # Backward
    # if kind == "power":
    if a:
        # y = y**2
        dy = seed * 2 * y
    elif b:
        # y = np.sin(y)
        dy = seed * np.cos(y)
    else:
        # y = np.abs(y)
        dy = seed * np.sign(y)
    return result, dy @ x
