import numpy as np


def neuron_adjoint(w0: float, x0: float, w1: float, x1: float, w2: float, *, seed=1.0):
    """Return (value, gradients) with respect to (w0, x0, w1, x1, w2)."""
    # Forward
    a = w0 * x0
    b = w1 * x1
    c = a + b
    d = c + w2
    e = -d
    f = np.exp(e)
    g = 1 + f
    h = 1 / g

    # Backward
    dh = seed
    dg = -dh * h / g  # h = 1 / g
    df = dg  # g = 1 + f
    de = float(df * f)  # f = np.exp(e)
    dd = -de  # e = -d
    dc = dd  # d = c + w2
    dw2 = dd  # d = c + w2
    da = dc  # c = a + b
    db = dc  # c = a + b
    dw1 = db * x1  # b = w1 * x1
    dx1 = db * w1  # b = w1 * x1
    dw0 = da * x0  # a = w0 * x0
    dx0 = da * w0  # a = w0 * x0
    return h, (dw0, dx0, dw1, dx1, dw2)
