import numpy as np
from chainrule.runtime import expect


def unrolled_loss_adjoint(params, h, xs, ys, *, seed=1.0):
    """Return (value, gradient) with respect to params."""
    expect("params", params, "{'w': f8[:, :], 'u': f8[:, :], 'v': f8[:]}")
    expect("h", h, "f8[:]")
    expect("xs", xs, "f8[:, :]")
    expect("ys", ys, "f8[:]")
    # Forward
    h_saved = []
    h_saved2 = []
    d_saved = []
    total = 0.0
    for x, y in zip(xs, ys):
        h_saved.append(h)
        h = np.tanh(h @ params["w"] + x @ params["u"])
        h_saved2.append(h)
        d = h @ params["v"]
        d_saved.append(d)
        total = total + (d - y) ** 2

    # Backward
    # for x, y in zip(xs, ys):
    dv = np.zeros_like(params["v"])
    du = np.zeros_like(params["u"])
    dw = np.zeros_like(params["w"])
    dh = np.zeros_like(h)
    for x, y, d, h, h_1 in zip(
        reversed(xs[: len(d_saved)]),
        reversed(ys[: len(d_saved)]),
        reversed(d_saved),
        reversed(h_saved2),
        reversed(h_saved),
    ):
        # total = total + (h @ params["v"] - y) ** 2
        de = seed * 2 * (d - y)
        dv += de * h
        dh += de * params["v"]
        # h = np.tanh(h @ params["w"] + x @ params["u"])
        dc = dh * (1 - h * h)
        du += np.outer(x, dc)
        dw += np.outer(h_1, dc)
        dh = params["w"] @ dc
    g = {"w": dw, "u": du, "v": dv}
    return total, g
