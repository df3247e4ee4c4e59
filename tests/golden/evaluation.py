import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.runtime import (
    add,
    add_at,
    as_gradient,
    expect,
    match_seed,
    unbroadcast,
    zeros_like,
)


def loss_adjoint(params, x, y, running, rng, training: bool, *, seed=1.0):
    """Return ((value, aux), gradient) with respect to params."""
    if type(training) is not bool:
        raise TypeError("loss_adjoint was made for training: bool")
    expect("x", x, "f8[?, ?]")
    expect("y", y, "f8[?, ?]")
    # Forward
    t = None
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
    j = params["scale"] * i
    m = np.sqrt(var + 1e-5)
    n = j / m
    hidden_1 = n + params["shift"]
    p = np.tanh(hidden_1)
    q = not training
    if q:
        result = p
    else:
        mask = rng.random(p.shape) >= 0.5
        t = p * mask
        result = t / (1 - 0.5)
    hidden_1 = result
    w = hidden_1 @ params["w1"]
    error = w - y
    z = error**2
    a1 = np.mean(z)
    result = a1, running

    # Backward
    # return np.mean(error**2), running
    b1 = (
        unbroadcast(np.broadcast_to(match_seed(seed, a1) / np.size(z), np.shape(z)), z)
        * 2
    )
    # error = hidden @ params["w1"] - y
    c1 = matmul_adjoint(unbroadcast(b1 * error, w), w, hidden_1, params["w1"])
    dhidden = unbroadcast(c1[0], hidden_1)
    # if not training:
    if q:
        dp = dhidden
    else:
        # hidden = dropout(np.tanh(hidden), 0.5, rng, training)
        dp = unbroadcast(unbroadcast(dhidden / (1 - 0.5), t) * mask, p)
    # hidden = dropout(np.tanh(hidden), 0.5, rng, training)
    dhidden = dp * (1 - p * p)
    # hidden, running = batch_norm(hidden, params["scale"], params["shift"], running, training)
    dn = unbroadcast(dhidden, n)
    dj = unbroadcast(dn / m, j)
    dk = unbroadcast(-(dn * n / m), m) / (2 * m)
    di = unbroadcast(dj * params["scale"], i)
    dmean = unbroadcast(-di, mean)
    dhidden_1 = unbroadcast(di, hidden)
    if training:
        # mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        d1 = np.shape(hidden)
        e1 = d1[0]
        f1 = hidden - np.mean(hidden, axis=0, keepdims=True)
        g1 = np.expand_dims(dk, 0) * 2 * f1 / (e1 - 0)
        h1 = unbroadcast(np.broadcast_to(np.expand_dims(dmean, 0) / e1, d1), hidden)
        dhidden_1 = add(add(dhidden_1, unbroadcast(g1, hidden)), h1)
    # hidden = x @ params["w0"]
    dw0 = unbroadcast(
        matmul_adjoint(dhidden_1, hidden, x, params["w0"])[1], params["w0"]
    )
    dparams = zeros_like(params)
    dparams = add_at(dparams, dw0, "w0")
    dparams = add_at(dparams, unbroadcast(dj * i, params["scale"]), "scale")
    dparams = add_at(dparams, unbroadcast(dhidden, params["shift"]), "shift")
    dparams = add_at(dparams, unbroadcast(c1[1], params["w1"]), "w1")
    return result, as_gradient(dparams, params)
