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
    d = scores / scale / temperature
    weights = np.exp(d)
    count = len(w)
    result = np.sum(weights) / count

    # Backward
    # weights = np.exp(scores / scale / temperature)
    dd = seed / count * weights
    return (
        result,
        (
            unbroadcast(dd / temperature / scale * x, w),
            -float(np.sum(dd * d / temperature)),
        ),
    )
