import numpy as np
from chainrule.runtime import expect, unbroadcast


def loss_adjoint(w, x, temperature: float, *, seed=1.0):
    """Return (value, gradients) with respect to (w, temperature)."""
    if type(temperature) is not float:
        raise TypeError("loss_adjoint was made for temperature: float")
    expect("w", w, "f8[?]")
    expect("x", x, "f8[?]")
    # Forward
    scores = w * x
    a = np.abs(scores)
    scale = np.max(a)
    b = scores / scale
    c = b / temperature
    weights = np.exp(c)
    count = len(w)
    result = np.sum(weights) / count

    # Backward
    # weights = np.exp(scores / scale / temperature)
    dc = seed / count * weights
    db = dc / temperature
    # scale = np.max(np.abs(scores))
    f = np.logical_not(a < scale)
    g = np.sum(f, axis=None, keepdims=True)
    h = np.sum(db * b / scale) * f / g * np.sign(scores)
    return (
        result,
        (unbroadcast((db / scale - h) * x, w), -float(np.sum(dc * c / temperature))),
    )
