import numpy as np
from chainrule.runtime import expect


def score_adjoint(rows, w, *, seed=1.0):
    """Return (value, gradient) with respect to w."""
    expect("rows", rows, "list(f8[:], f8[1], f8[:])")
    expect("w", w, "f8[:]")
    # Forward
    c_saved = []
    d_saved = []
    total = 0.0
    for row in rows:
        c = np.sum(row)
        c_saved.append(c)
        d = np.sum(w)
        d_saved.append(d)
        part = c * d
        if part < 0.0:
            continue
        total = total + part * part

    # Backward
    # for row in rows:
    dw = np.zeros_like(w)
    for c, d in zip(reversed(c_saved), reversed(d_saved)):
        # if part < 0.0:
        part = c * d
        if part < 0.0:
            dpart = 0.0
        else:
            # total = total + part * part
            dpart = seed * 2 * part
        # part = np.sum(row) * np.sum(w)
        dw += np.broadcast_to(dpart * c, w.shape)
    return total, dw
