import numpy as np


def loss_with_cut_adjoint(w, x, temperature: float, *, seed=1.0):
    """Return the value of loss_with_cut and its gradients with respect to (w,
    temperature).
    """
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
            "loss_with_cut_adjoint was made for w: f8[:], x: f8[:], temperature: float"
        )
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
    return result, (dd / temperature / scale * x, -float(np.sum(dd * d / temperature)))
