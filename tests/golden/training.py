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
    expect("x", x, "f8[...]")
    expect("y", y, "f8[...]")
    # Forward
    a = x @ params["hidden"]["w"]
    b = a + params["hidden"]["b"]
    hidden = np.maximum(b, 0.0)
    c = hidden @ params["output"]["w"]
    d = c + params["output"]["b"]
    error = d - y
    e = error**2
    f = np.sum(e)

    # Backward
    # return np.sum(error**2)
    derror = (
        unbroadcast(np.broadcast_to(match_seed(seed, f), np.shape(e)), e) * 2 * error
    )
    # error = hidden @ params["output"]["w"] + params["output"]["b"] - y
    dd = unbroadcast(derror, d)
    g = matmul_adjoint(unbroadcast(dd, c), c, hidden, params["output"]["w"])
    # hidden = np.maximum(x @ params["hidden"]["w"] + params["hidden"]["b"], 0.0)
    db = unbroadcast(g[0], hidden) * (b > 0.0)
    h = matmul_adjoint(unbroadcast(db, a), a, x, params["hidden"]["w"])[1]
    dparams = zeros_like(params)
    dparams = add_at(dparams, unbroadcast(h, params["hidden"]["w"]), "hidden", "w")
    dparams = add_at(dparams, unbroadcast(db, params["hidden"]["b"]), "hidden", "b")
    dparams = add_at(dparams, unbroadcast(g[1], params["output"]["w"]), "output", "w")
    dparams = add_at(dparams, unbroadcast(dd, params["output"]["b"]), "output", "b")
    return f, as_gradient(dparams, params)
