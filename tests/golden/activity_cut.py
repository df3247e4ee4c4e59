import numpy as np
from chainrule.runtime import unbroadcast


def loss_with_cut_adjoint(w, x, temperature: float, *, seed=1.0):
    """Return the value of loss_with_cut and its gradients with respect to (w,
    temperature).
    """
    if not (
        type(w) is np.ndarray
        and w.dtype == np.float64
        and w.ndim == 1
        and type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 1
        and type(temperature) is float
    ):
        raise TypeError(
            "loss_with_cut_adjoint was made for w: f8[:], x: f8[:], temperature: float"
        )
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
