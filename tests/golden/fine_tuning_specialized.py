import numpy as np
from chainrule.runtime import expect, unbroadcast


def loss_adjoint(params, images, labels, *, seed=1.0):
    """Return (value, gradient) with respect to params."""
    expect(
        "params",
        params,
        "{'body': {'first': f8[:, :, 1, :], 'second': f8[:, :, :, :]}, 'head': {'w': f8[:, :], 'b': f8[:]}}",
    )
    expect("images", images, "f8[:, :, :, 1]")
    expect("labels", labels, "f8[:, :]")
    # Forward
    p_saved = []
    o1_saved = []
    h = images.shape[1] - 2
    w = images.shape[2] - 2
    y = np.zeros((images.shape[0], h, w, params["body"]["first"].shape[3]))
    for i in range(3):
        for j in range(3):
            p = images[:, i : i + h, j : j + w] @ params["body"]["first"][i, j]
            p_saved.append(p)
            y += p
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
            y_1 += o1
    second = np.maximum(y_1, 0.0)
    features = np.mean(second, axis=(1, 2))
    logits = features @ params["head"]["w"] + params["head"]["b"]
    r1 = np.max(logits, axis=1, keepdims=True)
    logits_1 = logits - r1
    s1 = np.exp(logits_1)
    t1 = np.sum(s1, axis=1)
    entropy = np.log(t1) - np.sum(labels * logits_1, axis=1)
    result = np.mean(entropy)

    # Backward
    # return np.mean(entropy)
    y1 = seed / np.size(entropy)
    # entropy = np.log(np.sum(np.exp(logits), axis=1)) - np.sum(labels * logits, axis=1)
    dlogits = -(np.expand_dims(np.broadcast_to(y1, entropy.shape), 1) * labels)
    dlogits += np.expand_dims(y1 / t1, 1) * s1
    # logits = logits - np.max(logits, axis=1, keepdims=True)
    z1 = np.logical_not(logits < r1)
    a2 = np.sum(z1, axis=1, keepdims=True)
    dlogits = dlogits - np.sum(dlogits, axis=1, keepdims=True) * z1 / a2
    # features = body(params["body"], images)
    b2 = second.shape
    c2 = 1 * b2[1] * b2[2]
    dsecond = np.broadcast_to(
        np.expand_dims(dlogits @ params["head"]["w"].T, (1, 2)) / c2, b2
    )
    # second = np.maximum(convolve(first, params["second"]), 0.0)
    dy = dsecond * (y_1 > 0.0)
    # for i in range(3):
    dsecond = np.zeros_like(params["body"]["second"])
    dfirst = np.zeros_like(first)
    o1_taken = reversed(o1_saved)
    for i in reversed(range(3)):
        # for j in range(3):
        for j in reversed(range(3)):
            o1 = next(o1_taken)
            # y += x[:, i : i + h, j : j + w] @ kernel[i, j]
            do1 = unbroadcast(dy, o1)
            m1 = first[:, i : i + h_1, j : j + w_2]
            dn1 = np.sum(np.swapaxes(m1, -1, -2) @ do1, axis=(0, 1))
            dm1 = unbroadcast(do1 @ params["body"]["second"][i, j].T, m1)
            dsecond[i, j] += dn1
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
    dfirst = np.zeros_like(params["body"]["first"])
    p_taken = reversed(p_saved)
    for i in reversed(range(3)):
        # for j in range(3):
        for j in reversed(range(3)):
            p = next(p_taken)
            # y += x[:, i : i + h, j : j + w] @ kernel[i, j]
            d2 = params["body"]["first"][i, j]
            e2 = np.swapaxes(images[:, i : i + h, j : j + w], -1, -2)
            do = unbroadcast(np.sum(e2 @ unbroadcast(dy, p), axis=(0, 1)), d2)
            dfirst[i, j] += do
    f2 = {"w": features.T @ dlogits, "b": np.sum(dlogits, axis=0)}
    g2 = {"body": {"first": dfirst, "second": dsecond}, "head": f2}
    return result, g2
