import numpy as np
from chainrule.rules.contraction import matmul_adjoint
from chainrule.runtime import (
    add,
    add_at,
    as_gradient,
    expect,
    match_seed,
    unbroadcast,
    zeros_like,
)


def loss_adjoint(params, images, labels, *, seed=1.0):
    """Return (value, gradient) with respect to params."""
    expect("images", images, "f8[?, ?, ?, ?]")
    expect("labels", labels, "f8[?, ?]")
    # Forward
    p_saved = []
    q_saved = []
    o1_saved = []
    p1_saved = []
    h = images.shape[1] - 2
    w = images.shape[2] - 2
    y = np.zeros((images.shape[0], h, w, params["body"]["first"].shape[3]))
    for i in range(3):
        for j in range(3):
            p = images[:, i : i + h, j : j + w] @ params["body"]["first"][i, j]
            p_saved.append(p)
            q = y + p
            q_saved.append(q)
            y[...] = q
    r = np.maximum(y, 0.0)
    u = r[:, ::2, ::2] + r[:, 1::2, ::2]
    w_1 = u + r[:, ::2, 1::2]
    first = (w_1 + r[:, 1::2, 1::2]) / 4
    h_1 = first.shape[1] - 2
    w_2 = first.shape[2] - 2
    y_1 = np.zeros((first.shape[0], h_1, w_2, params["body"]["second"].shape[3]))
    for i in range(3):
        for j in range(3):
            o1 = first[:, i : i + h_1, j : j + w_2] @ params["body"]["second"][i, j]
            o1_saved.append(o1)
            p1 = y_1 + o1
            p1_saved.append(p1)
            y_1[...] = p1
    second = np.maximum(y_1, 0.0)
    features = np.mean(second, axis=(1, 2))
    q1 = features @ params["head"]["w"]
    logits = q1 + params["head"]["b"]
    r1 = np.max(logits, axis=1, keepdims=True)
    logits_1 = logits - r1
    s1 = np.exp(logits_1)
    t1 = np.sum(s1, axis=1)
    u1 = np.log(t1)
    v1 = labels * logits_1
    w1 = np.sum(v1, axis=1)
    entropy = u1 - w1
    x1 = np.mean(entropy)

    # Backward
    # return np.mean(entropy)
    dentropy = unbroadcast(
        np.broadcast_to(match_seed(seed, x1) / np.size(entropy), np.shape(entropy)),
        entropy,
    )
    # entropy = np.log(np.sum(np.exp(logits), axis=1)) - np.sum(labels * logits, axis=1)
    y1 = (
        unbroadcast(
            np.broadcast_to(
                np.expand_dims(unbroadcast(-dentropy, w1), 1), np.shape(v1)
            ),
            v1,
        )
        * labels
    )
    ds1 = unbroadcast(
        np.broadcast_to(
            np.expand_dims(unbroadcast(dentropy, u1) / t1, 1), np.shape(s1)
        ),
        s1,
    )
    dlogits = unbroadcast(y1, logits_1) + ds1 * s1
    # logits = logits - np.max(logits, axis=1, keepdims=True)
    z1 = np.logical_not(logits < r1)
    a2 = unbroadcast(-dlogits, r1) * z1 / np.sum(z1, axis=1, keepdims=True)
    dlogits = add(unbroadcast(dlogits, logits), unbroadcast(a2, logits))
    # logits = features @ params["head"]["w"] + params["head"]["b"]
    b2 = matmul_adjoint(unbroadcast(dlogits, q1), q1, features, params["head"]["w"])
    # features = body(params["body"], images)
    c2 = second.shape
    d2 = 1 * c2[1] * c2[2]
    e2 = np.expand_dims(unbroadcast(b2[0], features), (1, 2)) / d2
    # second = np.maximum(convolve(first, params["second"]), 0.0)
    dy = np.broadcast_to(e2, c2) * (y_1 > 0.0)
    # for i in range(3):
    dsecond = zeros_like(params["body"]["second"])
    dfirst = np.zeros_like(first)
    p1_taken = reversed(p1_saved)
    o1_taken = reversed(o1_saved)
    for i in reversed(range(3)):
        # for j in range(3):
        for j in reversed(range(3)):
            p1 = next(p1_taken)
            o1 = next(o1_taken)
            # y += x[:, i : i + h, j : j + w] @ kernel[i, j]
            dp1 = unbroadcast(dy, p1)
            dy = unbroadcast(dp1, y_1)
            n1 = params["body"]["second"][i, j]
            m1 = first[:, i : i + h_1, j : j + w_2]
            f2 = matmul_adjoint(unbroadcast(dp1, o1), o1, m1, n1)
            dm1 = unbroadcast(f2[0], m1)
            dsecond = add_at(dsecond, unbroadcast(f2[1], n1), (i, j))
            dfirst[:, i : i + h_1, j : j + w_2] += dm1
    # first = halve(np.maximum(convolve(images, params["first"]), 0.0))
    dy = dfirst / 4
    dw = unbroadcast(dy, w_1)
    dr = np.zeros_like(r)
    dr[:, 1::2, 1::2] = unbroadcast(dy, r[:, 1::2, 1::2])
    du = unbroadcast(dw, u)
    dr[:, ::2, 1::2] += unbroadcast(dw, r[:, ::2, 1::2])
    dr[:, 1::2, ::2] += unbroadcast(du, r[:, 1::2, ::2])
    dr[:, ::2, ::2] += unbroadcast(du, r[:, ::2, ::2])
    dy = dr * (y > 0.0)
    # for i in range(3):
    dfirst = zeros_like(params["body"]["first"])
    q_taken = reversed(q_saved)
    p_taken = reversed(p_saved)
    for i in reversed(range(3)):
        # for j in range(3):
        for j in reversed(range(3)):
            q = next(q_taken)
            p = next(p_taken)
            # y += x[:, i : i + h, j : j + w] @ kernel[i, j]
            dq = unbroadcast(dy, q)
            dy = unbroadcast(dq, y)
            o = params["body"]["first"][i, j]
            g2 = matmul_adjoint(
                unbroadcast(dq, p), p, images[:, i : i + h, j : j + w], o
            )
            dfirst = add_at(dfirst, unbroadcast(g2[1], o), (i, j))
    dparams = zeros_like(params)
    dparams = add_at(dparams, dfirst, "body", "first")
    dparams = add_at(dparams, dsecond, "body", "second")
    dparams = add_at(dparams, unbroadcast(b2[1], params["head"]["w"]), "head", "w")
    dparams = add_at(dparams, unbroadcast(dlogits, params["head"]["b"]), "head", "b")
    return x1, as_gradient(dparams, params)
