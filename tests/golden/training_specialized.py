import numpy as np
from chainrule.runtime import expect


def loss_adjoint(params, x, y, *, seed=1.0):
    """Return (value, gradient) with respect to params."""
    expect(
        "params",
        params,
        "{'hidden': {'w': f8[:, :], 'b': f8[:]}, 'output': {'w': f8[:, :], 'b': f8[:]}}",
    )
    expect("x", x, "f8[:, :]")
    expect("y", y, "f8[:, :]")
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
