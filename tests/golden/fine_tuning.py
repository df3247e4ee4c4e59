import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.rules.reductions import mean_adjoint
from chainrule.runtime import add_at, match_seed, unbroadcast, zeros_like


def loss_adjoint(params, images, labels, *, seed=1.0):
    """Return the value of loss and its gradient with respect to params."""
    if not (
        type(images) is np.ndarray
        and images.dtype == np.float64
        and images.ndim == 4
        and type(labels) is np.ndarray
        and labels.dtype == np.float64
        and labels.ndim == 2
    ):
        raise TypeError(
            "loss_adjoint was made for images: f8[:, :, :, :], labels: f8[:, :]"
        )
    # Forward
    y_saved = []
    r_saved = []
    s_saved = []
    y_saved2 = []
    r1_saved = []
    s1_saved = []
    a = params["body"]
    b = a["first"]
    h = images.shape[1] - 2
    w = images.shape[2] - 2
    y = np.zeros((images.shape[0], h, w, b.shape[3]))
    for i in range(3):
        for j in range(3):
            y_saved.append(np.copy(y))
            r = images[:, i : i + h, j : j + w] @ b[i, j]
            r_saved.append(r)
            s = y + r
            s_saved.append(s)
            y[...] = s
    t = np.maximum(y, 0.0)
    u = t[:, ::2, ::2]
    v = t[:, 1::2, ::2]
    w_1 = u + v
    x = t[:, ::2, 1::2]
    y_1 = w_1 + x
    z = t[:, 1::2, 1::2]
    a1 = y_1 + z
    first = a1 / 4
    b1 = a["second"]
    h_1 = first.shape[1] - 2
    w_2 = first.shape[2] - 2
    y_2 = np.zeros((first.shape[0], h_1, w_2, b1.shape[3]))
    for i in range(3):
        for j in range(3):
            y_saved2.append(np.copy(y_2))
            r1 = first[:, i : i + h_1, j : j + w_2] @ b1[i, j]
            r1_saved.append(r1)
            s1 = y_2 + r1
            s1_saved.append(s1)
            y_2[...] = s1
    second = np.maximum(y_2, 0.0)
    features = np.mean(second, axis=(1, 2))
    t1 = params["head"]
    u1 = t1["w"]
    v1 = features @ u1
    w1 = params["head"]
    x1 = w1["b"]
    logits = v1 + x1
    y1 = np.max(logits, axis=1, keepdims=True)
    logits_1 = logits - y1
    z1 = np.exp(logits_1)
    a2 = np.sum(z1, axis=1)
    b2 = np.log(a2)
    c2 = labels * logits_1
    d2 = np.sum(c2, axis=1)
    entropy = b2 - d2
    e2 = np.mean(entropy)

    # Backward
    # return np.mean(entropy)
    dentropy = unbroadcast(
        np.broadcast_to(match_seed(seed, e2) / np.size(entropy), np.shape(entropy)),
        entropy,
    )
    # entropy = np.log(np.sum(np.exp(logits), axis=1)) - np.sum(labels * logits, axis=1)
    f2 = (
        unbroadcast(
            np.broadcast_to(
                np.expand_dims(unbroadcast(-dentropy, d2), 1), np.shape(c2)
            ),
            c2,
        )
        * labels
    )
    dz1 = unbroadcast(
        np.broadcast_to(
            np.expand_dims(unbroadcast(dentropy, b2) / a2, 1), np.shape(z1)
        ),
        z1,
    )
    dlogits = unbroadcast(f2, logits_1) + dz1 * z1
    # logits = logits - np.max(logits, axis=1, keepdims=True)
    g2 = np.logical_not(logits < y1)
    h2 = unbroadcast(-dlogits, y1) * g2 / np.sum(g2, axis=1, keepdims=True)
    dlogits = unbroadcast(dlogits, logits) + unbroadcast(h2, logits)
    # logits = features @ params["head"]["w"] + params["head"]["b"]
    dw1 = zeros_like(w1)
    dw1 = add_at(dw1, unbroadcast(dlogits, x1), "b")
    dparams = zeros_like(params)
    dparams = add_at(dparams, dw1, "head")
    i2 = matmul_adjoint(unbroadcast(dlogits, v1), v1, features, u1)
    dfeatures = unbroadcast(i2[0], features)
    dt1 = zeros_like(t1)
    dt1 = add_at(dt1, unbroadcast(i2[1], u1), "w")
    dparams = add_at(dparams, dt1, "head")
    # features = body(params["body"], images)
    dsecond = unbroadcast(
        mean_adjoint(dfeatures, features, second, axis=(1, 2)), second
    )
    # second = np.maximum(convolve(first, params["second"]), 0.0)
    dy = unbroadcast(dsecond * (y_2 > 0.0), y_2)
    # for i in range(3):
    db1 = zeros_like(b1)
    dfirst = np.zeros_like(first)
    s1_taken = reversed(s1_saved)
    y_saved2_taken = reversed(y_saved2)
    r1_taken = reversed(r1_saved)
    for i in reversed(range(3)):
        # for j in range(3):
        for j in reversed(range(3)):
            s1 = next(s1_taken)
            y_2 = next(y_saved2_taken)
            r1 = next(r1_taken)
            # y += x[:, i : i + h, j : j + w] @ kernel[i, j]
            ds1 = unbroadcast(dy, s1)
            dy = unbroadcast(ds1, y_2)
            q1 = b1[i, j]
            p1 = first[:, i : i + h_1, j : j + w_2]
            j2 = matmul_adjoint(unbroadcast(ds1, r1), r1, p1, q1)
            dp1 = unbroadcast(j2[0], p1)
            db1 = add_at(db1, unbroadcast(j2[1], q1), (i, j))
            dfirst[:, i : i + h_1, j : j + w_2] += dp1
    # second = np.maximum(convolve(first, params["second"]), 0.0)
    da = zeros_like(a)
    da = add_at(da, db1, "second")
    # first = halve(np.maximum(convolve(images, params["first"]), 0.0))
    da1 = unbroadcast(dfirst / 4, a1)
    dy = unbroadcast(da1, y_1)
    dt = np.zeros_like(t)
    dt[:, 1::2, 1::2] += unbroadcast(da1, z)
    dw = unbroadcast(dy, w_1)
    dt[:, ::2, 1::2] += unbroadcast(dy, x)
    dt[:, 1::2, ::2] += unbroadcast(dw, v)
    dt[:, ::2, ::2] += unbroadcast(dw, u)
    dy = unbroadcast(dt * (y > 0.0), y)
    # for i in range(3):
    db = zeros_like(b)
    s_taken = reversed(s_saved)
    y_taken = reversed(y_saved)
    r_taken = reversed(r_saved)
    for i in reversed(range(3)):
        # for j in range(3):
        for j in reversed(range(3)):
            s = next(s_taken)
            y = next(y_taken)
            r = next(r_taken)
            # y += x[:, i : i + h, j : j + w] @ kernel[i, j]
            ds = unbroadcast(dy, s)
            dy = unbroadcast(ds, y)
            q = b[i, j]
            k2 = matmul_adjoint(
                unbroadcast(ds, r), r, images[:, i : i + h, j : j + w], q
            )
            db = add_at(db, unbroadcast(k2[1], q), (i, j))
    # first = halve(np.maximum(convolve(images, params["first"]), 0.0))
    da = add_at(da, db, "first")
    # features = body(params["body"], images)
    dparams = add_at(dparams, da, "body")
    return e2, unbroadcast(dparams, params)
