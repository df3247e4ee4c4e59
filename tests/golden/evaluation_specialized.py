import numpy as np
from chainrule.runtime import expect


def loss_adjoint(params, x, y, running, rng, training: bool, *, seed=1.0):
    """Return ((value, aux), gradient) with respect to params."""
    if type(training) is not bool:
        raise TypeError("loss_adjoint was made for training: bool")
    expect(
        "params",
        params,
        "{'w0': f8[:, :], 'scale': f8[:], 'shift': f8[:], 'w1': f8[:, :]}",
    )
    expect("x", x, "f8[:, :]")
    expect("y", y, "f8[:, :]")
    expect("running", running, "{'mean': f8[:], 'var': f8[:]}")
    # Forward
    hidden = x @ params["w0"]
    if training:
        mean = np.mean(hidden, axis=0)
        var = np.var(hidden, axis=0)
        running = {
            "mean": 0.9 * running["mean"] + 0.1 * mean,
            "var": 0.9 * running["var"] + 0.1 * var,
        }
    else:
        mean = running["mean"]
        var = running["var"]
    i = hidden - mean
    m = np.sqrt(var + 1e-5)
    n = params["scale"] * i / m
    hidden_1 = n + params["shift"]
    p = np.tanh(hidden_1)
    q = not training
    if q:
        result = p
    else:
        mask = rng.random(p.shape) >= 0.5
        result = p * mask / (1 - 0.5)
    hidden_1 = result
    error = hidden_1 @ params["w1"] - y
    z = error**2
    result = np.mean(z), running

    # Backward
    # return np.mean(error**2), running
    derror = seed / np.size(z) * 2 * error
    # error = hidden @ params["w1"] - y
    dhidden = derror @ params["w1"].T
    # if not training:
    if q:
        dp = dhidden
    else:
        # hidden = dropout(np.tanh(hidden), 0.5, rng, training)
        dp = dhidden / (1 - 0.5) * mask
    # hidden = dropout(np.tanh(hidden), 0.5, rng, training)
    dhidden = dp * (1 - p * p)
    # hidden, running = batch_norm(hidden, params["scale"], params["shift"], running, training)
    dj = dhidden / m
    b1 = np.sum(dhidden * n / m, axis=0) / (2 * m)
    di = dj * params["scale"]
    c1 = np.sum(di, axis=0)
    if training:
        # mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        d1 = hidden.shape
        e1 = d1[0]
        f1 = hidden - np.mean(hidden, axis=0, keepdims=True)
        g1 = np.expand_dims(b1, 0) * 2 * f1 / (e1 - 0)
        dhidden_1 = di - g1 - np.broadcast_to(np.expand_dims(c1, 0) / e1, d1)
    else:
        dhidden_1 = di
    h1 = {
        "w0": x.T @ dhidden_1,
        "scale": np.sum(dj * i, axis=0),
        "shift": np.sum(dhidden, axis=0),
        "w1": hidden_1.T @ derror,
    }
    return result, h1
