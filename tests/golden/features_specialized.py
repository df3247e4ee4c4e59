import numpy as np


def features_adjoint(x, w, kind: str, *, seed=1.0):
    """Return the value of features and its gradient with respect to w."""
    if not (
        type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 2
        and x.shape[0] != 1
        and x.shape[1] != 1
        and type(w) is np.ndarray
        and w.dtype == np.float64
        and w.ndim == 1
        and w.shape[0] != 1
    ):
        raise TypeError("features_adjoint was made for x: f8[:, :], w: f8[:]")
    # Forward
    y = x @ w
    a = kind == "power"
    if a:
        y_1 = y**2
    else:
        b = kind == "wave"
        if b:
            y_1 = np.sin(y)
        else:
            y_1 = np.abs(y)
    result = np.sum(y_1)

    # Backward
    # if kind == "power":
    if a:
        # y = y**2
        dy = seed * 2 * y
    else:
        # elif kind == "wave":
        if b:
            # y = np.sin(y)
            dy = seed * np.cos(y)
        else:
            # y = np.abs(y)
            dy = seed * np.sign(y)
    return result, dy @ x
