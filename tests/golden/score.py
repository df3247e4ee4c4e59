import numpy as np
from chainrule.runtime import expect, match_seed, unbroadcast, zeros_like


def score_adjoint(rows, w, *, seed=1.0):
    """Return (value, gradient) with respect to w."""
    expect("w", w, "f8[...]")
    # Forward
    total_saved = []
    e_saved = []
    f_saved = []
    part_saved = []
    g_saved = []
    h_saved = []
    b = len(rows) == 0
    if b:
        result = 0.0 * np.sum(w)
    else:
        total = 0.0
        for row in rows:
            total_saved.append(total)
            e = np.sum(row)
            e_saved.append(e)
            f = np.sum(w)
            f_saved.append(f)
            part = e * f
            part_saved.append(part)
            g = part < 0.0
            g_saved.append(g)
            if g:
                continue
            h = part * part
            h_saved.append(h)
            total = total + h
        result = total

    # Backward
    dresult = match_seed(seed, result)
    # if len(rows) == 0:
    if b:
        # return 0.0 * np.sum(w)
        dw = unbroadcast(np.broadcast_to(dresult * 0.0, w.shape), w)
    else:
        # for row in rows:
        dw = np.zeros_like(w)
        h_taken = reversed(h_saved)
        dtotal = dresult
        for total, part, g, e, f in zip(
            reversed(total_saved),
            reversed(part_saved),
            reversed(g_saved),
            reversed(e_saved),
            reversed(f_saved),
        ):
            # if part < 0.0:
            if g:
                dpart = zeros_like(part)
            else:
                h = next(h_taken)
                # total = total + part * part
                dtotal_1 = unbroadcast(dtotal, total)
                dpart = 2 * unbroadcast(unbroadcast(dtotal, h) * part, part)
                dtotal = dtotal_1
            # part = np.sum(row) * np.sum(w)
            dw = dw + unbroadcast(
                np.broadcast_to(unbroadcast(dpart * e, f), w.shape), w
            )
    return result, np.copy(unbroadcast(dw, w))
