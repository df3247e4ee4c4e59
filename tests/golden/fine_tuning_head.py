import numpy as np
from chainrule.runtime import zeros_like


def loss_adjoint(params, images, labels, *, seed=1.0):
    """Return the value of loss and its gradient with respect to params['head'].

    head never reaches the result: its gradient is zero.
    """
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
    a = params["body"]
    b = a["first"]
    h = images.shape[1] - 2
    w = images.shape[2] - 2
    y = np.zeros((images.shape[0], h, w, b.shape[3]))
    for i in range(3):
        for j in range(3):
            y += images[:, i : i + h, j : j + w] @ b[i, j]
    t = np.maximum(y, 0.0)
    first = (t[:, ::2, ::2] + t[:, 1::2, ::2] + t[:, ::2, 1::2] + t[:, 1::2, 1::2]) / 4
    b1 = a["second"]
    h = first.shape[1] - 2
    w = first.shape[2] - 2
    y = np.zeros((first.shape[0], h, w, b1.shape[3]))
    for i in range(3):
        for j in range(3):
            y += first[:, i : i + h, j : j + w] @ b1[i, j]
    second = np.maximum(y, 0.0)
    features = np.mean(second, axis=(1, 2))
    logits = features @ params["head"]["w"] + params["head"]["b"]
    logits = logits - np.max(logits, axis=1, keepdims=True)
    entropy = np.log(np.sum(np.exp(logits), axis=1)) - np.sum(labels * logits, axis=1)
    result = np.mean(entropy)

    # Backward
    return result, zeros_like(params["head"])
