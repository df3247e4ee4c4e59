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
    """Return (value, gradient) with respect to params['head']."""
    expect("images", images, "f8[?, ?, ?, ?]")
    expect("labels", labels, "f8[?, ?]")
    # Forward
    h = images.shape[1] - 2
    w = images.shape[2] - 2
    y = np.zeros((images.shape[0], h, w, params["body"]["first"].shape[3]))
    for i in range(3):
        for j in range(3):
            y += images[:, i : i + h, j : j + w] @ params["body"]["first"][i, j]
    r = np.maximum(y, 0.0)
    first = (r[:, ::2, ::2] + r[:, 1::2, ::2] + r[:, ::2, 1::2] + r[:, 1::2, 1::2]) / 4
    h = first.shape[1] - 2
    w = first.shape[2] - 2
    y = np.zeros((first.shape[0], h, w, params["body"]["second"].shape[3]))
    for i in range(3):
        for j in range(3):
            y += first[:, i : i + h, j : j + w] @ params["body"]["second"][i, j]
    second = np.maximum(y, 0.0)
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
    b2 = matmul_adjoint(unbroadcast(dlogits, q1), q1, features, params["head"]["w"])[1]
    dhead = zeros_like(params["head"])
    dhead = add_at(dhead, unbroadcast(b2, params["head"]["w"]), "w")
    dhead = add_at(dhead, unbroadcast(dlogits, params["head"]["b"]), "b")
    return x1, as_gradient(dhead, params["head"])
