import numpy as np


def neuron_gradient_adjoint(
    w0: float, x0: float, w1: float, x1: float, w2: float, *, seed=1.0
):
    """Return (value, gradient) with respect to w0."""
    if not (
        type(w0) is float
        and type(x0) is float
        and type(w1) is float
        and type(x1) is float
        and type(w2) is float
    ):
        raise TypeError(
            "neuron_gradient_adjoint was made for w0: float, x0: float, w1: float, x1: float, w2: float"
        )
    # Forward
    f = np.exp(-(w0 * x0 + w1 * x1 + w2))
    g = 1 + f
    h = 1 / g
    i = h / g
    dd = float(i * f)
    dw0 = dd * x0

    # Backward
    # return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
    d_dd = seed * x0
    d_i = d_dd * f
    m = d_i / g * h / g
    d_f = d_dd * i + (-(d_i * i / g) - m)
    return dw0, -(float(d_f * f) * x0)
