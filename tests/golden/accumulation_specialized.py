import numpy as np
from chainrule.runtime import expect


def loss_adjoint(params, x, y, *, seed=1.0):
    """Return (value, gradient) with respect to params."""
    expect("params", params, "{'w': f8[:, :], 'v': f8[:], 'b': float}")
    expect("x", x, "f8[:, :]")
    expect("y", y, "f8[:]")
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
