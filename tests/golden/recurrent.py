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


def unrolled_loss_adjoint(params, h, xs, ys, *, seed=1.0):
    """Return (value, gradient) with respect to params."""
    expect("h", h, "f8[?]")
    expect("xs", xs, "f8[?, ?]")
    expect("ys", ys, "f8[?]")
    # Forward
    total_saved = []
    h_saved = []
    a_saved = []
    b_saved = []
    h_saved2 = []
    d_saved = []
    e_saved = []
    f_saved = []
    total = 0.0
    for x, y in zip(xs, ys):
        total_saved.append(total)
        h_saved.append(h)
        a = h @ params["w"]
        a_saved.append(a)
        b = x @ params["u"]
        b_saved.append(b)
        h = np.tanh(a + b)
        h_saved2.append(h)
        d = h @ params["v"]
        d_saved.append(d)
        e = d - y
        e_saved.append(e)
        f = e**2
        f_saved.append(f)
        total = total + f

    # Backward
    dtotal = match_seed(seed, total)
    # for x, y in zip(xs, ys):
    dv = zeros_like(params["v"])
    du = zeros_like(params["u"])
    dw = zeros_like(params["w"])
    dh = zeros_like(h)
    for x, total_1, f, e, d, h, a, b, h_1 in zip(
        reversed(xs[: len(total_saved)]),
        reversed(total_saved),
        reversed(f_saved),
        reversed(e_saved),
        reversed(d_saved),
        reversed(h_saved2),
        reversed(a_saved),
        reversed(b_saved),
        reversed(h_saved),
    ):
        # total = total + (h @ params["v"] - y) ** 2
        dtotal_1 = unbroadcast(dtotal, total_1)
        dd = unbroadcast(unbroadcast(dtotal, f) * 2 * e, d)
        g = matmul_adjoint(dd, d, h, params["v"])
        dv = dv + unbroadcast(g[1], params["v"])
        # h = np.tanh(h @ params["w"] + x @ params["u"])
        i = 1 - h * h
        dc = (dh + unbroadcast(g[0], h)) * i
        j = matmul_adjoint(unbroadcast(dc, b), b, x, params["u"])[1]
        du = du + unbroadcast(j, params["u"])
        k = matmul_adjoint(unbroadcast(dc, a), a, h_1, params["w"])
        dw = dw + unbroadcast(k[1], params["w"])
        dh = unbroadcast(k[0], h_1)
        dtotal = dtotal_1
    dparams = zeros_like(params)
    dparams = add_at(dparams, dw, "w")
    dparams = add_at(dparams, du, "u")
    dparams = add_at(dparams, dv, "v")
    return total, as_gradient(dparams, params)
