import numpy as np


def loss_adjoint(w, x, temperature: float, *, seed=1.0):
    """Return the value of loss and its gradients with respect to (w, temperature)."""
    if not (
        type(w) is np.ndarray
        and w.dtype == np.float64
        and w.ndim == 1
        and w.shape[0] != 1
        and type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 1
        and x.shape[0] != 1
        and type(temperature) is float
    ):
        raise TypeError(
            "loss_adjoint was made for w: f8[:], x: f8[:], temperature: float"
        )
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
    return result, ((db / scale - h) * x, -float(np.sum(dc * c / temperature)))
