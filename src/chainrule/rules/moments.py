"""Covariances and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.registry import adjoint


@adjoint(np.cov)
def cov_adjoint(
    g: Any,
    ans: Any,
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
) -> Any:
    if ddof is None:
        ddof = 0 if bias else 1
    if y is None:
        return observed(covariance_pullback(g, variables(m, rowvar), ddof), m, rowvar)
    both = np.concatenate((variables(m, rowvar), variables(y, rowvar)))
    d = covariance_pullback(g, both, ddof)
    n = np.shape(variables(m, rowvar))[0]
    return observed(d[:n], m, rowvar), observed(d[n:], y, rowvar)


@adjoint(np.corrcoef)
def corrcoef_adjoint(g: Any, ans: Any, x: Any, y: Any = None, rowvar: bool = True) -> Any:
    both = variables(x, rowvar)
    if y is not None:
        both = np.concatenate((both, variables(y, rowvar)))
    n = np.shape(variables(x, rowvar))[0]
    square = (np.shape(both)[0], np.shape(both)[0])
    covariance = np.reshape(np.cov(both), square)
    scale = np.sqrt(np.diagonal(covariance))
    g = np.reshape(g, square)
    # Each variance divides its row and its column.
    share = g * np.reshape(ans, square)
    variances = 0.5 * (np.sum(share, axis=0) + np.sum(share, axis=1)) / scale**2
    dcovariance = g / np.outer(scale, scale) - np.diag(variances)
    d = covariance_pullback(dcovariance, both, 1)
    if y is None:
        return observed(d, x, rowvar)
    return observed(d[:n], x, rowvar), observed(d[n:], y, rowvar)


def variables(m: Any, rowvar: Any) -> Any:
    """The observations with a row for each variable."""
    if np.ndim(m) < 2:
        return np.reshape(m, (1, -1))
    return m if rowvar or np.shape(m)[0] == 1 else m.T


def observed(d: Any, m: Any, rowvar: Any) -> Any:
    """The cotangent of the observations as they were given."""
    if np.ndim(m) < 2:
        return np.reshape(d, np.shape(m))
    return d if rowvar or np.shape(m)[0] == 1 else d.T


def covariance_pullback(g: Any, rows: Any, ddof: Any) -> Any:
    """The cotangent of the rows in (rows - means) @ (rows - means).T / (n - ddof)."""
    deviations = rows - np.mean(rows, axis=1, keepdims=True)
    g = np.reshape(g, (np.shape(rows)[0], np.shape(rows)[0]))
    return (g + g.T) @ deviations / (np.shape(rows)[1] - ddof)
