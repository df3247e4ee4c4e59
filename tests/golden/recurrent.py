import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.runtime import add_at, match_seed, unbroadcast, zeros_like


def unrolled_loss_adjoint(params, h, xs, ys, *, seed=1.0):
    """Return the value of unrolled_loss and its gradient with respect to params."""
    if not (
        type(h) is np.ndarray
        and h.dtype == np.float64
        and h.ndim == 1
        and type(xs) is np.ndarray
        and xs.dtype == np.float64
        and xs.ndim == 2
        and type(ys) is np.ndarray
        and ys.dtype == np.float64
        and ys.ndim == 1
    ):
        raise TypeError(
            "unrolled_loss_adjoint was made for h: f8[:], xs: f8[:, :], ys: f8[:]"
        )
    # Forward
    total_saved = []
    h_saved = []
    b_saved = []
    d_saved = []
    h_saved2 = []
    g_saved = []
    i_saved = []
    j_saved = []
    total = 0.0
    for x, y in zip(xs, ys):
        total_saved.append(total)
        h_saved.append(h)
        b = h @ params["w"]
        b_saved.append(b)
        d = x @ params["u"]
        d_saved.append(d)
        h = np.tanh(b + d)
        h_saved2.append(h)
        g = h @ params["v"]
        g_saved.append(g)
        i = g - y
        i_saved.append(i)
        j = i**2
        j_saved.append(j)
        total = total + j

    # Backward
    dtotal = match_seed(seed, total)
    # for x, y in zip(xs, ys):
    dparams = zeros_like(params)
    dh = zeros_like(h)
    for x, total_1, j, i, g, h, b, d, h_1 in zip(
        reversed(xs[: len(total_saved)]),
        reversed(total_saved),
        reversed(j_saved),
        reversed(i_saved),
        reversed(g_saved),
        reversed(h_saved2),
        reversed(b_saved),
        reversed(d_saved),
        reversed(h_saved),
    ):
        # total = total + (h @ params["v"] - y) ** 2
        dtotal_1 = unbroadcast(dtotal, total_1)
        dg = unbroadcast(unbroadcast(dtotal, j) * 2 * i, g)
        f = params["v"]
        k = matmul_adjoint(dg, g, h, f)
        dparams = add_at(dparams, unbroadcast(k[1], f), "v")
        # h = np.tanh(h @ params["w"] + x @ params["u"])
        m = 1 - h * h
        de = (dh + unbroadcast(k[0], h)) * m
        c = params["u"]
        n = matmul_adjoint(unbroadcast(de, d), d, x, c)[1]
        dparams = add_at(dparams, unbroadcast(n, c), "u")
        a = params["w"]
        o = matmul_adjoint(unbroadcast(de, b), b, h_1, a)
        dh = unbroadcast(o[0], h_1)
        dparams = add_at(dparams, unbroadcast(o[1], a), "w")
        dtotal = dtotal_1
    return total, unbroadcast(dparams, params)
