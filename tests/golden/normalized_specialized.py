import numpy as np


def normalized_adjoint(x, w, *, seed=1.0):
    """Return the value of normalized and its gradient with respect to w."""
    if not (
        type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 1
        and x.shape[0] != 1
        and type(w) is np.ndarray
        and w.dtype == np.float64
        and w.ndim == 1
        and w.shape[0] != 1
    ):
        raise TypeError("normalized_adjoint was made for x: f8[:], w: f8[:]")
    # Forward
    y = x * w
    scale = np.sqrt(np.mean(y * y))
    d = np.tanh(y / scale)
    result = np.sum(d)

    # Backward
    # y = x * w
    dw = seed * (1 - d * d) / scale * x
    return result, dw
