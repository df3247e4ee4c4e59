import numpy as np
from chainrule.runtime import expect


def loss_adjoint(params, images, labels, *, seed=1.0):
    """Return (value, gradient) with respect to params['head']."""
    expect(
        "params",
        params,
        "{'body': {'first': f8[:, :, 1, :], 'second': f8[:, :, :, :]}, 'head': {'w': f8[:, :], 'b': f8[:]}}",
    )
    expect("images", images, "f8[:, :, :, 1]")
    expect("labels", labels, "f8[:, :]")
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
    b2 = {"w": features.T @ dlogits, "b": np.sum(dlogits, axis=0)}
    return result, b2
