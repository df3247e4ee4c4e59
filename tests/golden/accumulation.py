import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.runtime import (
    add_at,
    as_gradient,
    expect,
    match_seed,
    unbroadcast,
    zeros_like,
)


def loss_adjoint(params, x, y, *, seed=1.0):
    """Return (value, gradient) with respect to params."""
    expect("x", x, "f8[?, ?]")
    expect("y", y, "f8[?]")
    # Forward
    a = x @ params["w"]
    b = np.tanh(a)
    c = b @ params["v"]
    d = c + params["b"]
    error = d - y
    e = error**2
    f = np.sum(e)

    # Backward
    # return np.sum(error**2)
    derror = (
        unbroadcast(np.broadcast_to(match_seed(seed, f), np.shape(e)), e) * 2 * error
    )
    # error = np.tanh(x @ params["w"]) @ params["v"] + params["b"] - y
    dd = unbroadcast(derror, d)
    g = matmul_adjoint(unbroadcast(dd, c), c, b, params["v"])
    da = unbroadcast(g[0], b) * (1 - b * b)
    dw = unbroadcast(matmul_adjoint(da, a, x, params["w"])[1], params["w"])
    dparams = zeros_like(params)
    dparams = add_at(dparams, dw, "w")
    dparams = add_at(dparams, unbroadcast(g[1], params["v"]), "v")
    dparams = add_at(dparams, unbroadcast(dd, params["b"]), "b")
    return f, as_gradient(dparams, params)
