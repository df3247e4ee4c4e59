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
    dc = unbroadcast(
        unbroadcast(np.broadcast_to(seed / count, weights.shape), weights) * weights, c
    )
    db = unbroadcast(dc / temperature, b)
    # scale = np.max(np.abs(scores))
    f = np.logical_not(a < scale)
    g = np.sum(f, axis=None, keepdims=True)
    da = unbroadcast(-(np.sum(db * b / scale) * f / g), a)
    dscores = unbroadcast(db / scale, scores) + unbroadcast(
        da * np.sign(scores), scores
    )
    return result, (unbroadcast(dscores * x, w), -float(np.sum(dc * c / temperature)))
