import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.runtime import add_at, match_seed, unbroadcast, zeros_like


def loss_adjoint(params, x, y, *, seed=1.0):
    """Return the value of loss and its gradient with respect to params."""
    if not (
        type(x) is np.ndarray
        and x.dtype == np.float64
        and x.ndim == 2
        and type(y) is np.ndarray
        and y.dtype == np.float64
        and y.ndim == 1
    ):
        raise TypeError("loss_adjoint was made for x: f8[:, :], y: f8[:]")
    # Forward
    a = params["w"]
    b = x @ a
    c = np.tanh(b)
    d = params["v"]
    e = c @ d
    f = params["b"]
    g = e + f
    error = g - y
    h = error**2
    i = np.sum(h)

    # Backward
    # return np.sum(error**2)
    derror = (
        unbroadcast(np.broadcast_to(match_seed(seed, i), np.shape(h)), h) * 2 * error
    )
    # error = np.tanh(x @ params["w"]) @ params["v"] + params["b"] - y
    dg = unbroadcast(derror, g)
    dparams = zeros_like(params)
    dparams = add_at(dparams, unbroadcast(dg, f), "b")
    j = matmul_adjoint(unbroadcast(dg, e), e, c, d)
    dparams = add_at(dparams, unbroadcast(j[1], d), "v")
    db = unbroadcast(j[0], c) * (1 - c * c)
    da = unbroadcast(matmul_adjoint(db, b, x, a)[1], a)
    dparams = add_at(dparams, da, "w")
    return i, unbroadcast(dparams, params)
