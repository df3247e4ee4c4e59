import numpy as np


def neuron_adjoint(w0: float, x0: float, w1: float, x1: float, w2: float, *, seed=1.0):
    """Return (value, gradients) with respect to (w0, x0, w1, x1, w2)."""
    if not (
        type(w0) is float
        and type(x0) is float
        and type(w1) is float
        and type(x1) is float
        and type(w2) is float
    ):
        raise TypeError(
            "neuron_adjoint was made for w0: float, x0: float, w1: float, x1: float, w2: float"
        )
    # Forward
    f = np.exp(-(w0 * x0 + w1 * x1 + w2))
    g = 1 + f
    h = 1 / g

    # Backward
    # return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
    dd = float(seed * h / g * f)
    return h, (dd * x0, dd * w0, dd * x1, dd * w1, dd)
