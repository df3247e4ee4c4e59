import numpy as np


def loss_adjoint(params, x, y, *, seed=1.0):
    """Return the value of loss and its gradient with respect to params."""
    if not (
        type(params) is dict
        and type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 2
        and x.shape[0] != 1
        and x.shape[1] != 1
        and type(y) is np.ndarray
        and y.dtype == np.float64
        and y.ndim == 2
        and y.shape[0] != 1
        and y.shape[1] != 1
    ):
        raise TypeError(
            "loss_adjoint was made for params: {'hidden': {'w': f8[:, :], 'b': f8[:]}, 'output': {'w': f8[:, :], 'b': f8[:]}}, x: f8[:, :], y: f8[:, :]"
        )
    # Forward
    b = x @ params["hidden"]["w"] + params["hidden"]["b"]
    hidden = np.maximum(b, 0.0)
    error = hidden @ params["output"]["w"] + params["output"]["b"] - y
    result = np.sum(error**2)

    # Backward
    # return np.sum(error**2)
    derror = seed * 2 * error
    # hidden = np.maximum(x @ params["hidden"]["w"] + params["hidden"]["b"], 0.0)
    db = derror @ params["output"]["w"].T * (b > 0.0)
    g = {"w": hidden.T @ derror, "b": np.sum(derror, axis=0)}
    h = {"w": x.T @ db, "b": np.sum(db, axis=0)}
    return result, {"hidden": h, "output": g}
