import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.runtime import add_at, match_seed, unbroadcast, zeros_like


def loss_adjoint(params, x, y, running, rng, training: bool, *, seed=1.0):
    """Return the (value, aux) of loss and its gradient with respect to params."""
    if not (
        type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 2
        and type(y) is np.ndarray
        and y.dtype == np.float64
        and y.ndim == 2
        and type(training) is bool
    ):
        raise TypeError(
            "loss_adjoint was made for x: f8[:, :], y: f8[:, :], training: bool"
        )
    # Forward
    a = params["w0"]
    hidden = x @ a
    b = params["scale"]
    c = params["shift"]
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
    q = hidden - mean
    r = b * q
    t = np.sqrt(var + 1e-5)
    u = r / t
    hidden_1 = u + c
    w = np.tanh(hidden_1)
    z = not training
    if z:
        result = w
    else:
        mask = rng.random(w.shape) >= 0.5
        c1 = w * mask
        result = c1 / (1 - 0.5)
    hidden_1 = result
    f1 = params["w1"]
    g1 = hidden_1 @ f1
    error = g1 - y
    h1 = error**2
    i1 = np.mean(h1)
    result = i1, running

    # Backward
    # return np.mean(error**2), running
    j1 = (
        unbroadcast(
            np.broadcast_to(match_seed(seed, i1) / np.size(h1), np.shape(h1)), h1
        )
        * 2
    )
    # error = hidden @ params["w1"] - y
    k1 = matmul_adjoint(unbroadcast(j1 * error, g1), g1, hidden_1, f1)
    dhidden = unbroadcast(k1[0], hidden_1)
    dparams = zeros_like(params)
    dparams = add_at(dparams, unbroadcast(k1[1], f1), "w1")
    # if not training:
    if z:
        dw = dhidden
    else:
        # hidden = dropout(np.tanh(hidden), 0.5, rng, training)
        dw = unbroadcast(unbroadcast(dhidden / (1 - 0.5), c1) * mask, w)
    # hidden = dropout(np.tanh(hidden), 0.5, rng, training)
    dhidden = dw * (1 - w * w)
    # hidden, running = batch_norm(hidden, params["scale"], params["shift"], running, training)
    du = unbroadcast(dhidden, u)
    dr = unbroadcast(du / t, r)
    ds = unbroadcast(-(du * u / t), t) / (2 * t)
    dq = unbroadcast(dr * b, q)
    dmean = unbroadcast(-dq, mean)
    dhidden_1 = unbroadcast(dq, hidden)
    # if training:
    if training:
        # mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        m1 = np.shape(hidden)
        n1 = m1[0]
        o1 = hidden - np.mean(hidden, axis=0, keepdims=True)
        p1 = np.expand_dims(ds, 0) * 2 * o1 / (n1 - 0)
        q1 = unbroadcast(np.broadcast_to(np.expand_dims(dmean, 0) / n1, m1), hidden)
        dhidden_1 = dhidden_1 + unbroadcast(p1, hidden) + q1
    # hidden, running = batch_norm(hidden, params["scale"], params["shift"], running, training)
    dparams = add_at(dparams, unbroadcast(dhidden, c), "shift")
    dparams = add_at(dparams, unbroadcast(dr * q, b), "scale")
    # hidden = x @ params["w0"]
    da = unbroadcast(matmul_adjoint(dhidden_1, hidden, x, a)[1], a)
    dparams = add_at(dparams, da, "w0")
    return result, unbroadcast(dparams, params)
