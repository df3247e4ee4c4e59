import numpy as np
from chainrule.runtime import unbroadcast


def attached_adjoint(x, w, *, seed=1.0):
    """Return the value of attached and its gradient with respect to w."""
    if not (
        type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 1
        and type(w) is np.ndarray
        and w.dtype == np.float64
        and w.ndim == 1
    ):
        raise TypeError("attached_adjoint was made for x: f8[:], w: f8[:]")
    # Forward
    y = x * w
    a = y * y
    scale = np.sqrt(np.mean(a))
    c = y / scale
    d = np.tanh(c)
    result = np.sum(d)

    # Backward
    # return np.sum(np.tanh(y / scale))
    f = unbroadcast(np.broadcast_to(seed, d.shape), d) * (1 - d * d)
    dc = unbroadcast(f, c)
    # scale = np.sqrt(np.mean(y * y))
    g = -(np.sum(dc * c / scale) / (2 * scale) / np.size(a))
    h = unbroadcast(unbroadcast(np.broadcast_to(g, a.shape), a) * y, y)
    # y = x * w
    i = (unbroadcast(dc / scale, y) + h + h) * x
    return result, unbroadcast(i, w)
