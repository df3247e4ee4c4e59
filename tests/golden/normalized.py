import numpy as np
from chainrule.runtime import unbroadcast


def normalized_adjoint(x, w, *, seed=1.0):
    """Return the value of normalized and its gradient with respect to w."""
    if not (
        type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 1
        and type(w) is np.ndarray
        and w.dtype == np.float64
        and w.ndim == 1
    ):
        raise TypeError("normalized_adjoint was made for x: f8[:], w: f8[:]")
    # Forward
    y = x * w
    scale = np.sqrt(np.mean(y * y))
    c = y / scale
    d = np.tanh(c)
    result = np.sum(d)

    # Backward
    # return np.sum(np.tanh(y / scale))
    f = unbroadcast(np.broadcast_to(seed, d.shape), d) * (1 - d * d)
    # y = x * w
    dw = unbroadcast(unbroadcast(unbroadcast(f, c) / scale, y) * x, w)
    return result, dw
