"""Linear algebra. Leading axes are batches throughout.

`cholesky`, `eigh` and `eigvalsh` read one triangle of their argument: its cotangent lies in that
triangle, and is zero in the other, which can be changed without any effect.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.rules.contraction import transposed
from chainrule.rules.registry import adjoint, takes_none


@adjoint(np.linalg.inv)
def inv_adjoint(g: Any, ans: Any, a: Any) -> Any:
    return -transposed(ans) @ g @ transposed(ans)


@adjoint(np.linalg.solve)
def solve_adjoint(g: Any, ans: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) > 1:
        db = np.linalg.solve(transposed(a), g)
        return -db @ transposed(ans), db
    if np.ndim(a) == 2:
        db = np.linalg.solve(a.T, g)
        return -np.outer(db, ans), db
    db = np.linalg.solve(transposed(a), g[..., None])
    return -db @ ans[..., None, :], db[..., 0]


@adjoint(np.linalg.det)
def det_adjoint(g: Any, ans: Any, a: Any) -> Any:
    return np.expand_dims(g * ans, (-2, -1)) * transposed(np.linalg.inv(a))


@adjoint(np.linalg.slogdet)
def slogdet_adjoint(g: Any, ans: Any, a: Any) -> Any:
    return np.expand_dims(g[1], (-2, -1)) * transposed(np.linalg.inv(a))


@adjoint(np.linalg.matrix_power)
def matrix_power_adjoint(g: Any, ans: Any, a: Any, n: int) -> Any:
    if n < 0:
        inverse = np.linalg.inv(a)
        return inv_adjoint(power_pullback(g, inverse, -n), inverse, a)
    return power_pullback(g, a, n)


def power_pullback(g: Any, a: Any, n: int) -> Any:
    """The cotangent of the matrix a in its power n >= 0, factor by factor."""
    da = np.zeros_like(a)
    for k in range(n):
        before = np.linalg.matrix_power(transposed(a), k)
        da = da + before @ g @ np.linalg.matrix_power(transposed(a), n - 1 - k)
    return da


@adjoint(np.linalg.multi_dot)
def multi_dot_adjoint(g: Any, ans: Any, arrays: Any) -> Any:
    rows = np.shape(arrays[0])[0] if np.ndim(arrays[0]) == 2 else 1
    columns = np.shape(arrays[-1])[1] if np.ndim(arrays[-1]) == 2 else 1
    g = np.reshape(g, (rows, columns))
    pieces: tuple[Any, ...] = ()
    for k in range(len(arrays)):
        piece = g
        if k > 0:
            piece = transposed(chain(arrays[:k], True)) @ piece
        if k < len(arrays) - 1:
            piece = piece @ transposed(chain(arrays[k + 1 :], False))
        pieces = (*pieces, np.reshape(piece, np.shape(arrays[k])))
    return (pieces,)


def chain(arrays: Any, first_is_row: bool) -> Any:
    """The product of some neighbours: a vector at the very start is a row, at the end a column."""
    product = arrays[0]
    for x in arrays[1:]:
        product = product @ x
    if np.ndim(product) == 1:
        return np.reshape(product, (1, -1) if first_is_row else (-1, 1))
    return product


@adjoint(np.linalg.pinv)
def pinv_adjoint(g: Any, ans: Any, a: Any) -> Any:
    p = transposed(ans)
    gt = transposed(g)
    left = gt - a @ (ans @ gt)
    right = gt - gt @ ans @ a
    return -p @ g @ p + left @ ans @ p + p @ ans @ right


@takes_none
@adjoint(np.linalg.lstsq)
def lstsq_adjoint(g: Any, ans: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    dx, dleft, _, dvalues = g
    da = np.zeros_like(a)
    db = np.zeros_like(b)
    if dx is not None:
        inverse = np.linalg.pinv(a)
        da = pinv_adjoint(outer_or_matmul(dx, b), inverse, a)
        db = transposed(inverse) @ dx
    if dvalues is not None:
        da = da + singular_values_pullback(dvalues, a)
    if dleft is not None and np.size(dleft) > 0:
        # The sum of squares of what is left over: at the solution only its own change counts.
        change = 2 * (b - a @ ans[0]) * dleft
        da = da - outer_or_matmul(change, ans[0])
        db = db + change
    return da, db


def outer_or_matmul(x: Any, y: Any) -> Any:
    """x @ y.T, of columns or of one column each."""
    return np.outer(x, y) if np.ndim(x) == 1 else x @ transposed(y)


@adjoint(np.linalg.cond)
def cond_adjoint(g: Any, ans: Any, x: Any, p: Any = None) -> Any:
    if p is not None and p != 2:
        raise NotImplementedError("np.linalg.cond: only the ratio of singular values")
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    largest = u[..., :, :1] * vh[..., :1, :]
    smallest = u[..., :, -1:] * vh[..., -1:, :]
    g = np.expand_dims(g, (-2, -1)) / s[..., -1:, None]
    return g * (largest - np.expand_dims(ans, (-2, -1)) * smallest)


@adjoint(np.linalg.cholesky)
def cholesky_adjoint(g: Any, ans: Any, a: Any, *, upper: bool = False) -> Any:
    if upper:
        return transposed(cholesky_pullback(transposed(g), transposed(ans)))
    return cholesky_pullback(g, ans)


def cholesky_pullback(g: Any, factor: Any) -> Any:
    """The cotangent of the lower triangle of a in a = factor @ factor.T."""
    middle = half_diagonal(np.tril(transposed(factor) @ g))
    right = np.linalg.solve(transposed(factor), transposed(middle))
    both = np.linalg.solve(transposed(factor), transposed(right))
    return folded(both, "L")


def half_diagonal(a: Any) -> Any:
    """The matrices a with their diagonals halved."""
    return a * (1 - 0.5 * np.eye(np.shape(a)[-1]))


def folded(a: Any, triangle: str) -> Any:
    """The cotangent of the one triangle ("L" or "U") that is read of a symmetric matrix."""
    if triangle == "L":
        return half_diagonal(np.tril(a + transposed(a)))
    return half_diagonal(np.triu(a + transposed(a)))


@takes_none
@adjoint(np.linalg.eigh)
def eigh_adjoint(g: Any, ans: Any, a: Any, UPLO: str = "L") -> Any:
    values, vectors = ans
    dvalues, dvectors = g
    if dvectors is None:
        return folded(vectors * dvalues[..., None, :] @ transposed(vectors), UPLO.upper())
    gaps = values[..., None, :] - values[..., :, None]
    # The vectors of one eigenvalue have no directions of their own: nothing is passed between them.
    rates = np.where(gaps == 0, 0.0, 1 / np.where(gaps == 0, 1.0, gaps))
    middle = rates * (transposed(vectors) @ dvectors)
    if dvalues is not None:
        middle = middle + dvalues[..., None, :] * np.eye(np.shape(a)[-1])
    return folded(vectors @ middle @ transposed(vectors), UPLO.upper())


@adjoint(np.linalg.eigvalsh)
def eigvalsh_adjoint(g: Any, ans: Any, a: Any, UPLO: Any = "L") -> Any:
    vectors = np.linalg.eigh(a, UPLO)[1]
    return folded(vectors * g[..., None, :] @ transposed(vectors), UPLO.upper())


@takes_none
@adjoint(np.linalg.svd)
def svd_adjoint(
    g: Any,
    ans: Any,
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    *,
    hermitian: bool = False,
) -> Any:
    if hermitian:
        raise NotImplementedError("np.linalg.svd: hermitian=True")
    if not compute_uv:
        return singular_values_pullback(g, a)
    if full_matrices and np.shape(a)[-1] != np.shape(a)[-2]:
        raise NotImplementedError(
            "np.linalg.svd: full_matrices=True of matrices that are not square"
        )
    return svd_pullback(g, ans)


def singular_values_pullback(g: Any, a: Any) -> Any:
    """The cotangent of a from that of its singular values."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return u * g[..., None, :] @ vh


@adjoint(np.linalg.svdvals)
def svdvals_adjoint(g: Any, ans: Any, x: Any) -> Any:
    return singular_values_pullback(g, x)


def svd_pullback(g: Any, ans: Any) -> Any:
    """The cotangent of a in u, s, vh = svd(a, full_matrices=False)."""
    u, s, vh = ans
    du, ds, dvh = g
    if du is None and dvh is None:
        return u * ds[..., None, :] @ vh
    du = np.zeros_like(u) if du is None else du
    dvh = np.zeros_like(vh) if dvh is None else dvh
    squares = s * s
    gaps = squares[..., None, :] - squares[..., :, None]
    rates = np.where(gaps == 0, 0.0, 1 / np.where(gaps == 0, 1.0, gaps))
    turn_u = transposed(u) @ du
    turn_v = vh @ transposed(dvh)
    middle = rates * (turn_u - transposed(turn_u)) * s[..., None, :]
    middle = middle + s[..., :, None] * rates * (turn_v - transposed(turn_v))
    if ds is not None:
        middle = middle + ds[..., None, :] * np.eye(np.shape(s)[-1])
    outside_u = (du - u @ turn_u) / s[..., None, :]
    outside_v = (dvh - transposed(turn_v) @ vh) / s[..., :, None]
    return u @ middle @ vh + outside_u @ vh + u @ outside_v


@takes_none
@adjoint(np.linalg.qr)
def qr_adjoint(g: Any, ans: Any, a: Any, mode: str = "reduced") -> Any:
    if mode != "reduced":
        raise NotImplementedError("np.linalg.qr: only mode='reduced'")
    q, r = ans
    dq, dr = g
    dq = np.zeros_like(q) if dq is None else dq
    dr = np.zeros_like(r) if dr is None else dr
    width = np.shape(r)[-2]
    drest = dr[..., :, width:]  # of the columns of a wide matrix past its square part
    dq = dq + a[..., :, width:] @ transposed(drest)
    square = r[..., :, :width]
    m = square @ transposed(dr[..., :, :width]) - transposed(dq) @ q
    symmetric = np.tril(m) + transposed(np.tril(m, -1))
    dleft = transposed(np.linalg.solve(square, transposed(dq + q @ symmetric)))
    return np.concatenate((dleft, q @ drest), axis=-1)
