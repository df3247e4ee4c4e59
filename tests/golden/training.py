import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.runtime import add_at, match_seed, unbroadcast, zeros_like


def loss_adjoint(params, x, y, *, seed=1.0):
    """Return the value of loss and its gradient with respect to params."""
    if not (
        type(x) is np.ndarray
        and x.dtype == np.float64
        and type(y) is np.ndarray
        and y.dtype == np.float64
    ):
        raise TypeError("loss_adjoint was made for x: f8, y: f8")
    # Forward
    a = params["hidden"]
    b = a["w"]
    c = x @ b
    d = params["hidden"]
    e = d["b"]
    f = c + e
    hidden = np.maximum(f, 0.0)
    g = params["output"]
    h = g["w"]
    i = hidden @ h
    j = params["output"]
    k = j["b"]
    m = i + k
    error = m - y
    n = error**2
    o = np.sum(n)

    # Backward
    # return np.sum(error**2)
    derror = (
        unbroadcast(np.broadcast_to(match_seed(seed, o), np.shape(n)), n) * 2 * error
    )
    # error = hidden @ params["output"]["w"] + params["output"]["b"] - y
    dm = unbroadcast(derror, m)
    dj = zeros_like(j)
    dj = add_at(dj, unbroadcast(dm, k), "b")
    dparams = zeros_like(params)
    dparams = add_at(dparams, dj, "output")
    p = matmul_adjoint(unbroadcast(dm, i), i, hidden, h)
    dg = zeros_like(g)
    dg = add_at(dg, unbroadcast(p[1], h), "w")
    dparams = add_at(dparams, dg, "output")
    # hidden = np.maximum(x @ params["hidden"]["w"] + params["hidden"]["b"], 0.0)
    df = unbroadcast(p[0], hidden) * (f > 0.0)
    dd = zeros_like(d)
    dd = add_at(dd, unbroadcast(df, e), "b")
    dparams = add_at(dparams, dd, "hidden")
    q = matmul_adjoint(unbroadcast(df, c), c, x, b)[1]
    da = zeros_like(a)
    da = add_at(da, unbroadcast(q, b), "w")
    dparams = add_at(dparams, da, "hidden")
    return o, unbroadcast(dparams, params)
