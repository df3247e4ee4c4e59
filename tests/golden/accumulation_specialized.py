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
        and y.ndim == 1
        and y.shape[0] != 1
    ):
        raise TypeError(
            "loss_adjoint was made for params: {'w': f8[:, :], 'v': f8[:], 'b': float}, x: f8[:, :], y: f8[:]"
        )
    # Forward
    b = np.tanh(x @ params["w"])
    error = b @ params["v"] + params["b"] - y
    result = np.sum(error**2)

    # Backward
    # return np.sum(error**2)
    derror = seed * 2 * error
    # error = np.tanh(x @ params["w"]) @ params["v"] + params["b"] - y
    dw = x.T @ (np.outer(derror, params["v"]) * (1 - b * b))
    g = {"w": dw, "v": derror @ b, "b": float(np.sum(derror))}
    return result, g
