import numpy as np
from chainrule.runtime import expect, unbroadcast


def loss_with_cut_adjoint(w, x, temperature: float, *, seed=1.0):
    """Return (value, gradients) with respect to (w, temperature)."""
    if type(temperature) is not float:
        raise TypeError("loss_with_cut_adjoint was made for temperature: float")
    expect("w", w, "f8[?]")
    expect("x", x, "f8[?]")
    # Forward
    scores = w * x
    scale = np.max(np.abs(scores))
    c = scores / scale
    d = c / temperature
    weights = np.exp(d)
    count = len(w)
    result = np.sum(weights) / count

    # Backward
    # weights = np.exp(scores / scale / temperature)
    dd = unbroadcast(
        unbroadcast(np.broadcast_to(seed / count, weights.shape), weights) * weights, d
    )
    # scores = w * x
    g = unbroadcast(unbroadcast(dd / temperature, c) / scale, scores) * x
    return result, (unbroadcast(g, w), -float(np.sum(dd * d / temperature)))
