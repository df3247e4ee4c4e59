"""Functions whose results are piecewise constant, or no numbers: nothing is passed back."""

from __future__ import annotations

import math
import operator

import numpy as np

from chainrule import runtime
from chainrule.rules.registry import nondifferentiable

# Our own
nondifferentiable(runtime.zeros_like)

# Python's own
nondifferentiable(
    all, any, bool, callable, chr, format, hash, int, isinstance, issubclass, len, ord, range, repr,
    round, slice, str, type,
)  # fmt: skip
nondifferentiable(
    operator.and_, operator.contains, operator.countOf, operator.eq, operator.floordiv, operator.ge,
    operator.gt, operator.index, operator.indexOf, operator.inv, operator.invert, operator.is_,
    operator.is_not, operator.le, operator.length_hint, operator.lshift, operator.lt, operator.ne,
    operator.not_, operator.or_, operator.rshift, operator.truth, operator.xor,
)  # fmt: skip
nondifferentiable(
    math.ceil, math.comb, math.factorial, math.floor, math.gcd, math.isclose, math.isfinite,
    math.isinf, math.isnan, math.isqrt, math.lcm, math.perm, math.trunc,
)  # fmt: skip

# Rounding, signs and tests
nondifferentiable(
    np.ceil, np.fix, np.floor, np.floor_divide, np.rint, np.round, np.around, np.sign, np.signbit,
    np.trunc,
)  # fmt: skip
nondifferentiable(
    np.all, np.allclose, np.any, np.array_equal, np.array_equiv, np.count_nonzero, np.equal,
    np.greater, np.greater_equal, np.isclose, np.iscomplex, np.iscomplexobj, np.isfinite, np.isin,
    np.isinf, np.isnan, np.isneginf, np.isposinf, np.isreal, np.isrealobj, np.isscalar, np.iterable,
    np.less, np.less_equal, np.logical_and, np.logical_not, np.logical_or, np.logical_xor,
    np.not_equal,
)  # fmt: skip

# Integers and bits
nondifferentiable(
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.gcd, np.invert, np.lcm, np.left_shift,
    np.right_shift,
)  # fmt: skip
nondifferentiable(
    np.bool, np.int8, np.int16, np.int32, np.int64, np.intp, np.uint8, np.uint16, np.uint32,
    np.uint64,
)  # fmt: skip

# Positions
nondifferentiable(
    np.argmax, np.argmin, np.argpartition, np.argsort, np.argwhere, np.diag_indices,
    np.diag_indices_from, np.digitize, np.flatnonzero, np.indices, np.ix_, np.lexsort, np.nanargmax,
    np.nanargmin, np.nonzero, np.ravel_multi_index, np.searchsorted, np.tril_indices,
    np.tril_indices_from, np.triu_indices, np.triu_indices_from, np.unravel_index,
)  # fmt: skip

# Imaginary parts and angles of real numbers, and windows of a given length
nondifferentiable(np.angle, np.imag)
nondifferentiable(np.bartlett, np.blackman, np.hamming, np.hanning)

# Shapes, dtypes, and arrays made of nothing but these
nondifferentiable(
    np.broadcast_shapes, np.can_cast, np.dtype, np.finfo, np.iinfo, np.isdtype, np.issubdtype,
    np.may_share_memory, np.min_scalar_type, np.ndim, np.promote_types, np.result_type, np.shape,
    np.shares_memory, np.size,
)  # fmt: skip
nondifferentiable(
    np.empty, np.empty_like, np.eye, np.identity, np.ones, np.ones_like, np.tri, np.zeros,
    np.zeros_like,
)  # fmt: skip
nondifferentiable(np.linalg.matrix_rank, runtime.lasting)
