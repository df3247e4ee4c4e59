"""The log-likelihood of 2,000 points under a mixture of 5 Gaussians in 3 dimensions."""

import numpy as np

from benchmarks.rows.row import Row


def log_likelihood(weights, means, scales, x):
    z = (x[:, None, :] - means) / scales
    logs = np.log(weights) - 0.5 * np.sum(z**2, axis=2) - np.sum(np.log(scales), axis=1)
    top = np.max(logs, axis=1, keepdims=True)
    return np.sum(top[:, 0] + np.log(np.sum(np.exp(logs - top), axis=1)))


def by_hand(weights, means, scales, x, *, seed=1.0):
    z = (x[:, None, :] - means) / scales
    logs = np.log(weights) - 0.5 * np.sum(z**2, axis=2) - np.sum(np.log(scales), axis=1)
    top = np.max(logs, axis=1, keepdims=True)
    share = np.exp(logs - top)
    total = np.sum(share, axis=1)
    result = np.sum(top[:, 0] + np.log(total))

    share *= (seed / total)[:, None]  # the responsibilities: what is done for the top cancels
    counts = share.sum(axis=0)
    dz = share[:, :, None] * z
    dz /= scales
    dmeans = dz.sum(axis=0)
    dz *= z
    dscales = dz.sum(axis=0) - counts[:, None] / scales
    return result, (counts / weights, dmeans, dscales)


def with_numpy_of(np):
    def log_likelihood(weights, means, scales, x):
        z = (x[:, None, :] - means) / scales
        logs = np.log(weights) - 0.5 * np.sum(z**2, axis=2) - np.sum(np.log(scales), axis=1)
        top = np.max(logs, axis=1, keepdims=True)
        return np.sum(top[:, 0] + np.log(np.sum(np.exp(logs - top), axis=1)))

    return log_likelihood


_rng = np.random.default_rng(3)
ROW = Row(
    "a mixture of Gaussians",
    log_likelihood,
    (
        np.full(5, 0.2),
        _rng.normal(size=(5, 3)),
        _rng.uniform(0.5, 1.5, size=(5, 3)),
        _rng.normal(size=(2000, 3)),
    ),
    (0, 1, 2),
    by_hand,
    with_numpy_of,
    lambda jnp, lax: with_numpy_of(jnp),
)
