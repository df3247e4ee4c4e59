"""Inputs for every differentiable function: a rule without a line here fails the tests."""

import builtins
import math
import operator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chainrule.rules import array_methods, in_place, joining, selection
from chainrule.rules.windows import windows_summed


class Case(NamedTuple):
    function: object
    args: tuple
    kwargs: dict


def case(function, *args, **kwargs):
    return Case(function, args, kwargs)


rng = np.random.default_rng(0)


def normal(*shape):
    """Numbers of either sign, away from zero."""
    values = rng.normal(size=shape)
    return values + 0.3 * np.sign(values)


def positive(*shape):
    return rng.uniform(0.5, 2.0, size=shape)


def between(low, high, *shape):
    return rng.uniform(low, high, size=shape)


def distinct(*shape):
    """Numbers no two of which are near each other."""
    return rng.permutation(np.arange(1.0, 1 + math.prod(shape))).reshape(shape) - 3.3


def spd(*shape):
    """Symmetric positive definite matrices."""
    a = rng.normal(size=shape)
    return a @ np.swapaxes(a, -1, -2) + 2 * np.eye(shape[-1])


def well(*shape):
    """Square matrices far from singular."""
    return rng.normal(size=shape) + 3 * np.eye(shape[-1])


def unary(function, *samples):
    """The function of a float, of np.float64, of a 0-d array, and of arrays, from one interval."""
    low, high = samples or (0.2, 1.7)
    return [
        case(function, float(between(low, high))),
        case(function, np.float64(between(low, high))),
        case(function, np.array(between(low, high))),
        case(function, between(low, high, 3)),
        case(function, between(low, high, 2, 3)),
    ]


def binary(function, sample=positive):
    """The function of scalars and of arrays that broadcast either way."""
    return [
        case(function, float(sample()), float(sample())),
        case(function, np.float64(sample()), float(sample())),
        case(function, np.array(sample()), sample(3)),
        case(function, float(sample()), sample(3)),
        case(function, sample(2, 3), float(sample())),
        case(function, sample(2, 3), sample(3)),
        case(function, sample(2, 1), sample(3)),
        case(function, sample(3), sample(4, 2, 3)),
        case(function, sample(2, 3), sample(2, 3)),
    ]


def scalar(function, low=0.2, high=0.9):
    return [case(function, float(between(low, high))), case(function, float(between(low, high)))]


def reduction(function, sample=normal, tuples=True):
    cases = [
        case(function, float(sample())),
        case(function, np.array(sample())),
        case(function, sample(4)),
        case(function, sample(2, 3)),
        case(function, sample(2, 3), keepdims=True),
        case(function, sample(2, 3), 0),
        case(function, sample(2, 3), axis=-1),
        case(function, sample(2, 3, 2), axis=-2, keepdims=True),
    ]
    if tuples:
        cases += [
            case(function, sample(2, 3, 2), axis=(0, 2)),
            case(function, sample(2, 3, 2), axis=(-1, 0), keepdims=True),
            case(function, sample(2, 3, 2), axis=()),
        ]
    return cases


ARITHMETIC = [
    *binary(operator.add, normal),
    *binary(np.add, normal),
    *binary(operator.sub, normal),
    *binary(np.subtract, normal),
    *binary(operator.mul, normal),
    *binary(np.multiply, normal),
    *binary(operator.truediv, normal),
    *binary(np.divide, normal),
    *binary(operator.pow),
    *binary(np.power),
    *binary(np.float_power),
    case(pow, 1.3, 2.1),
    case(pow, normal(3), 2),
    case(operator.pow, -1.3, 2),
    case(operator.pow, normal(2, 3), 3),
    case(operator.pow, normal(2, 3), -2),
    case(operator.pow, np.array([0.0, 1.5]), 2),
    case(operator.pow, 2, between(-1, 1, 3)),
    case(math.pow, 1.3, 0.7),
    *unary(operator.neg, -1, 1),
    *unary(np.negative, -1, 1),
    *unary(operator.pos, -1, 1),
    *unary(np.positive, -1, 1),
    *[
        one
        for absolute in (abs, operator.abs, np.absolute, np.fabs)
        for one in [*unary(absolute, 0.1, 1), *unary(absolute, -1, -0.1)]
    ],
    *scalar(math.fabs, -1, -0.1),
    *unary(np.square, -1, 1),
    *unary(np.reciprocal),
    *[
        one
        for mod in (operator.mod, np.remainder, np.fmod, divmod, np.divmod)
        for one in [
            case(mod, 7.3, 2.1),
            case(mod, np.array([7.3, -5.2, 0.4]), 1.7),
            case(mod, np.array([7.3, -5.2]), np.array([[-1.7], [2.3]])),
        ]
    ],
    case(math.fmod, -7.3, 2.1),
    case(math.remainder, 7.9, 2.1),
    *unary(np.modf, 1.2, 1.8),
    *scalar(math.modf, -1.8, -1.2),
    case(np.ldexp, normal(3), 2),
    case(np.ldexp, normal(3), np.array([1, -1, 0])),
    case(math.ldexp, 0.7, 3),
    *binary(np.copysign, normal),
    case(math.copysign, 1.3, -0.2),
    *unary(np.conjugate),
    *scalar(float),
    case(float, np.float64(0.3)),
    *scalar(np.float64),
    *unary(np.float64),
    *unary(np.float32),
]

ELEMENTARY = [
    *[
        one
        for function in (
            np.exp, np.expm1, np.exp2, np.sin, np.cos, np.sinh, np.cosh, np.tanh,
            np.arctan, np.arcsinh, np.deg2rad, np.radians, np.rad2deg, np.degrees,
            np.nan_to_num, np.cbrt, np.log, np.log1p, np.log2, np.log10, np.sqrt,
        )
        for one in unary(function)
    ],
    *[
        one
        for function in (np.tan, np.arcsin, np.arccos, np.arctanh)
        for one in unary(function, -0.9, 0.9)
    ],
    *unary(np.arccosh, 1.2, 3),
    *[
        one
        for function in (
            math.exp, math.expm1, math.exp2, math.log, math.log1p, math.log2, math.log10,
            math.sqrt, math.cbrt, math.sin, math.cos, math.tan, math.asin, math.acos, math.atan,
            math.sinh, math.cosh, math.tanh, math.asinh, math.atanh, math.erf, math.erfc,
            math.degrees, math.radians,
        )
        for one in scalar(function)
    ],
    case(math.acosh, 1.7),
    case(math.log, 1.7, 3.0),
    *binary(np.arctan2, normal),
    case(math.atan2, 0.3, -1.2),
    *binary(np.hypot, normal),
    case(math.hypot, 0.3),
    case(math.hypot, 0.3, -1.2, 0.7),
    *binary(np.logaddexp, normal),
    *binary(np.logaddexp2, normal),
    *unary(np.sinc, -2, 2),
    *unary(np.sinc, -0.009, 0.009),
    *unary(np.sinc, 0.0, 0.0),
    case(np.unwrap, np.array([0.1, 3.0, 6.1, 9.5])),
]  # fmt: skip

SELECTION = [
    *binary(np.maximum, normal),
    *binary(np.minimum, normal),
    *binary(np.fmax, normal),
    *binary(np.fmin, normal),
    *[
        one
        for function in (max, min)
        for one in [
            case(function, 0.3, 1.2),
            case(function, 1.3, 1.2, -0.4),
            case(function, 0.3, 1.2, 0.4, np.float64(-2.0)),
        ]
    ],
    case(np.where, True, 0.3, 1.2),
    case(np.where, np.array([True, False, True]), 0.3, normal(3)),
    case(np.where, np.array([[True], [False]]), normal(2, 3), normal(3)),
    case(
        np.select,
        [np.array([True, False, False]), np.array([True, True, False])],
        [normal(3), normal(3)],
        0.7,
    ),
    case(np.select, [np.array([True, False])], [normal(2)]),
    *[
        one
        for function in (np.clip, selection.clip_method)
        for one in [
            case(function, np.array([-1.0, 0.2, 1.4]), -0.5, 0.7),
            case(function, np.array([-1.0, 0.2, 1.4]), None, 0.7),
            case(function, np.array([-1.0, 0.2, 1.4]), -0.5, None),
            case(function, np.array([[-1.0, 0.2], [1.4, 0.1]]), np.array([-0.5, 0.3]), 0.7),
        ]
    ],
    case(np.clip, 0.3, -0.5, 0.7),
    case(selection.clip_method, normal(3), max=0.2),
    case(selection.clip_method, normal(3), min=0.2),
    case(np.heaviside, np.array([-1.0, 2.0]), np.array([0.3, 0.7])),
]

REDUCTIONS = [
    *reduction(np.sum),
    case(np.sum, normal(2, 3), None, None),
    *reduction(np.mean),
    *[one for function in (np.var, np.std) for one in reduction(function, distinct)[2:-1]],
    case(np.var, 0.3),
    case(np.std, normal(2, 3), axis=0, ddof=1),
    case(np.var, normal(2, 3), axis=1, ddof=1),
    *reduction(np.average),
    case(np.average, normal(4), weights=positive(4)),
    case(np.average, normal(4), 0, positive(4)),
    case(np.average, normal(2, 3), weights=positive(2, 3)),
    case(np.average, normal(2, 3), axis=0, weights=positive(2)),
    case(np.average, normal(2, 3, 2), axis=-2, weights=positive(3), keepdims=True),
    case(np.average, normal(2, 3, 2), axis=(0, 1), weights=positive(2, 3, 2)),
    *reduction(np.max, distinct),
    *reduction(np.min, distinct),
    *reduction(np.ptp, distinct),
    *reduction(np.median, distinct, tuples=False),
    case(np.median, distinct(3, 3), axis=0),
    *[
        one
        for function, q in ((np.quantile, 0.32), (np.percentile, 32.0))
        for one in [
            case(function, distinct(5), q),
            case(function, distinct(3, 4), q),
            case(function, distinct(3, 4), q, axis=1),
            case(function, distinct(3, 4), q, 0, keepdims=True),
        ]
    ],
    case(np.quantile, distinct(5), 0),
    case(np.quantile, distinct(5), 1),
    *[
        one
        for function in (np.nanmax, np.nanmin)
        for one in [
            *reduction(function, distinct),
            case(function, np.array([[1.0, np.nan, 2.0], [np.nan, 0.3, -0.1]]), axis=1),
        ]
    ],
    *reduction(np.nansum),
    case(np.nansum, np.array([1.0, np.nan, 2.0])),
    *reduction(np.nanmean),
    case(np.nanmean, np.array([[1.0, np.nan, 2.0], [0.3, 0.1, -1.0]]), axis=1),
    *reduction(np.prod),
    case(np.prod, np.array([0.0, 2.0, 3.0])),
    case(np.prod, np.array([[0.0, 2.0, 0.0], [1.3, 0.4, 0.0]]), axis=1),
    case(np.cumsum, normal(4)),
    case(np.cumsum, normal(2, 3)),
    case(np.cumsum, normal(2, 3), 0),
    case(np.cumsum, normal(2, 3, 2), axis=-2),
    case(np.cumprod, normal(4)),
    case(np.cumprod, normal(1)),
    case(np.cumprod, normal(7)),
    case(np.cumprod, normal(2, 3)),
    case(np.cumprod, normal(2, 3), 0),
    case(np.cumprod, normal(2, 3, 2), axis=-2),
    case(np.cumprod, np.array([2.0, 0.0, 3.0, 0.0, 1.5])),
    case(np.trace, normal(3, 3)),
    case(np.trace, normal(2, 4), 1),
    case(np.trace, normal(2, 3, 4), offset=-1, axis1=-1, axis2=0),
    case(np.trace, normal(3, 4), 1, 1, 0),
    case(builtins.sum, [0.3, 0.2, 0.1]),
    case(builtins.sum, (0.3, 0.2), 1.5),
    case(builtins.sum, normal(4)),
    case(builtins.sum, normal(2, 3)),
    case(math.fsum, [0.3, 0.2, 0.1]),
    case(math.fsum, normal(4)),
    case(math.prod, [0.3, 0.0, 0.1]),
    case(math.prod, normal(4), start=2.0),
]

CONTRACTION = [
    *[
        one
        for product in (operator.matmul, np.matmul, np.linalg.matmul)
        for one in [
            case(product, normal(3), normal(3)),
            case(product, normal(3), normal(3, 2)),
            case(product, normal(2, 3), normal(3)),
            case(product, normal(2, 3), normal(3, 4)),
            case(product, normal(5, 2, 3), normal(3, 4)),
            case(product, normal(2, 3), normal(5, 3, 4)),
            case(product, normal(5, 2, 3), normal(5, 3, 4)),
            case(product, normal(6, 1, 2, 3), normal(5, 3, 4)),
            case(product, normal(5, 2, 3), normal(3)),
            case(product, normal(3), normal(5, 3, 2)),
        ]
    ],
    case(np.dot, 0.3, 0.4),
    case(np.dot, 0.3, normal(2, 3)),
    case(np.dot, normal(2, 3), np.array(0.4)),
    case(np.dot, normal(3), normal(3)),
    case(np.dot, normal(2, 3), normal(3)),
    case(np.dot, normal(3), normal(3, 2)),
    case(np.dot, normal(2, 3), normal(3, 4)),
    case(np.dot, normal(4, 2, 3), normal(3)),
    case(np.dot, normal(4, 2, 3), normal(3, 2)),
    case(np.dot, normal(2, 3), normal(5, 3, 4)),
    case(np.dot, normal(6, 2, 3), normal(5, 3, 4)),
    case(np.dot, normal(3), normal(5, 3, 4)),
    case(np.inner, 0.3, normal(3)),
    case(np.inner, normal(3), normal(3)),
    case(np.inner, normal(2, 3), normal(4, 3)),
    case(np.inner, normal(2, 3), normal(3)),
    case(np.inner, normal(5, 2, 3), normal(4, 3)),
    case(np.vdot, normal(3), normal(3)),
    case(np.vdot, normal(2, 3), normal(3, 2)),
    case(np.vecdot, normal(3), normal(3)),
    case(np.linalg.vecdot, normal(2, 3), normal(3)),
    case(np.linalg.outer, normal(2), normal(3)),
    case(np.vecdot, normal(2, 3), normal(3)),
    case(np.vecdot, normal(4, 1, 3), normal(2, 3)),
    case(np.outer, normal(2), normal(3)),
    case(np.outer, 0.3, normal(3)),
    case(np.outer, normal(2, 2), normal(3)),
    case(np.tensordot, normal(2, 3, 4), normal(3, 4, 5)),
    case(np.tensordot, normal(2, 3), normal(4), 0),
    case(np.tensordot, normal(2, 3), normal(3, 4), axes=1),
    case(np.tensordot, normal(2, 3, 4), normal(4, 5, 2), axes=((0, 2), (2, 0))),
    case(np.tensordot, normal(2, 3, 4), normal(4, 5, 2), axes=([-1, 0], [0, -1])),
    case(np.tensordot, normal(2, 3, 4, 5), normal(5, 3, 2), axes=((3, 0, 1), (0, 2, 1))),
    case(np.tensordot, normal(2, 3), normal(4, 3), axes=(1, 1)),
    case(np.kron, normal(2), normal(3)),
    case(np.kron, normal(2, 3), normal(3, 2)),
    case(np.kron, normal(2), normal(3, 2)),
    case(np.kron, 0.3, normal(3, 2)),
    case(np.cross, normal(3), normal(3)),
    case(np.cross, normal(2, 3), normal(3)),
    case(np.cross, normal(3, 2), normal(3, 2), axis=0),
    case(np.einsum, "ij,jk->ik", normal(2, 3), normal(3, 4)),
    case(np.einsum, "ij,jk", normal(2, 3), normal(3, 4)),
    case(np.einsum, "ji", normal(2, 3)),
    case(np.einsum, "ij->", normal(2, 3)),
    case(np.einsum, "ij->i", normal(2, 3)),
    case(np.einsum, "ii", normal(3, 3)),
    case(np.einsum, "ii->i", normal(3, 3)),
    case(np.einsum, "iij->j", normal(3, 3, 2)),
    case(np.einsum, "iii->i", normal(3, 3, 3)),
    case(np.einsum, "i,i->i", normal(3), normal(3)),
    case(np.einsum, "i,j", normal(3), normal(2)),
    case(np.einsum, "ij,j->", normal(2, 3), normal(3)),
    case(np.einsum, "ij,k->k", normal(2, 3), normal(4)),
    case(np.einsum, "i,ij,j", normal(2), normal(2, 3), normal(3)),
    case(np.einsum, "bij, bjk -> bik", normal(4, 2, 3), normal(4, 3, 2), optimize=True),
    case(np.einsum, "...ij,...jk->...ik", normal(4, 2, 3), normal(4, 3, 2)),
    case(np.einsum, "...ij,...jk", normal(5, 1, 2, 3), normal(4, 3, 2)),
    case(np.einsum, "i...,i->...", normal(3, 2, 2), normal(3)),
    case(np.einsum, "i...,i...->i...", normal(3, 2, 1), normal(3, 4)),
    case(np.einsum, ",i", 0.3, normal(3)),
    case(np.einsum, "ij,ij->i", normal(2, 1), normal(2, 3)),
    case(np.linalg.multi_dot, [normal(2, 3), normal(3, 4)]),
    case(np.linalg.multi_dot, [normal(2, 3), normal(3, 4), normal(4, 2)]),
    case(np.linalg.multi_dot, [normal(3), normal(3, 4), normal(4, 2), normal(2)]),
    case(np.linalg.multi_dot, [normal(3), normal(3, 4), normal(4, 2)]),
    case(np.linalg.multi_dot, (normal(2, 3), normal(3, 4), normal(4))),
]

JOINING = [
    case(np.concatenate, (normal(2), normal(3))),
    case(np.concatenate, [normal(2, 3), normal(1, 3), normal(2, 3)]),
    case(np.concatenate, (normal(2, 3), normal(2, 1)), axis=-1),
    case(np.concatenate, (normal(2, 3), normal(2)), axis=None),
    case(np.concatenate, normal(2, 3, 2), axis=1),
    case(np.stack, [normal(3), normal(3)]),
    case(np.stack, (normal(2, 3), normal(2, 3), normal(2, 3)), axis=-1),
    case(np.stack, [0.3, 0.4]),
    case(np.stack, normal(2, 3), axis=1),
    case(np.vstack, (normal(3), normal(3))),
    case(np.vstack, (normal(2, 3), normal(3), normal(1, 3))),
    case(np.vstack, [0.3, 0.4]),
    case(np.hstack, (normal(3), normal(2))),
    case(np.hstack, (normal(2, 3), normal(2, 1))),
    case(np.hstack, [0.3, normal(2)]),
    case(np.dstack, (normal(3), normal(3))),
    case(np.dstack, (normal(2, 3), normal(2, 3, 2))),
    case(np.column_stack, (normal(3), normal(3))),
    case(np.column_stack, (normal(3, 2), normal(3), normal(3, 1))),
    case(np.append, normal(3), 0.3),
    case(np.append, normal(3, 2), normal(2, 2)),
    case(np.append, normal(3, 2), normal(1, 2), axis=0),
    case(np.split, normal(6), 3),
    case(np.split, normal(2, 6), [1, 4], axis=1),
    case(np.array_split, normal(7), 3),
    case(np.array_split, normal(2, 5), 2, -1),
    case(np.vsplit, normal(4, 2), 2),
    case(np.hsplit, normal(4), 2),
    case(np.hsplit, normal(2, 4), [1]),
    case(np.repeat, normal(3), 2),
    case(np.repeat, 0.3, 2),
    case(np.repeat, normal(2, 3), 2),
    case(np.repeat, normal(2, 3), 2, axis=-1),
    case(np.repeat, normal(2, 3), np.array([2, 0, 1]), axis=1),
    case(np.repeat, normal(2, 2), [1, 0, 2, 1]),
    case(np.tile, normal(3), 2),
    case(np.tile, 0.3, 2),
    case(np.tile, normal(2, 3), 2),
    case(np.tile, normal(2, 3), (2, 1)),
    case(np.tile, normal(3), (2, 3)),
    case(np.tile, normal(2, 3), (2,)),
    case(np.pad, normal(3), 2),
    case(np.pad, normal(2, 3), ((1, 0), (0, 2))),
    case(np.pad, normal(2, 3), (1, 2), mode="constant", constant_values=0.7),
    case(np.pad, normal(2, 3), ((1,), (2,))),
    case(np.pad, normal(2, 3), ((1, 2),), "constant"),
]

SHAPING = [
    case(np.reshape, normal(2, 3), (3, 2)),
    case(np.reshape, normal(2, 3), -1),
    case(np.reshape, 0.3, (1, 1)),
    case(np.reshape, normal(2, 3), (3, 2), "F"),
    case(array_methods.reshape_method, normal(2, 3), 3, 2),
    case(array_methods.reshape_method, normal(2, 3), (3, -1), order="F"),
    case(np.ravel, normal(2, 3)),
    case(np.ravel, normal(2, 3), order="F"),
    case(np.ravel, 0.3),
    case(array_methods.flatten_method, normal(2, 3)),
    case(array_methods.flatten_method, normal(2, 3), "F"),
    case(np.transpose, normal(2, 3)),
    case(np.transpose, normal(2, 3, 4), (1, 2, 0)),
    case(np.transpose, normal(2, 3, 4), axes=[-1, 0, -2]),
    case(array_methods.transpose_method, normal(2, 3)),
    case(array_methods.transpose_method, normal(2, 3, 4), 1, 2, 0),
    case(array_methods.transpose_method, normal(2, 3, 4), (1, -1, 0)),
    case(np.matrix_transpose, normal(4, 2, 3)),
    case(np.linalg.matrix_transpose, normal(4, 2, 3)),
    case(np.swapaxes, normal(2, 3, 4), 0, -1),
    case(np.moveaxis, normal(2, 3, 4), 0, -1),
    case(np.moveaxis, normal(2, 3, 4), (0, 1), (-1, 0)),
    *[case(np.rollaxis, normal(2, 3, 4), axis, start) for axis in (-1, 1) for start in (-1, 0, 3)],
    case(np.squeeze, normal(1, 3, 1)),
    case(np.squeeze, normal(1, 3, 1), axis=-1),
    case(np.squeeze, normal(1, 3, 1), (0, 2)),
    case(np.expand_dims, normal(3), 0),
    case(np.expand_dims, normal(3), (0, -1)),
    case(np.atleast_1d, 0.3),
    case(np.atleast_1d, 0.3, normal(2)),
    case(np.atleast_2d, normal(3)),
    case(np.atleast_3d, normal(3, 2)),
    case(np.broadcast_to, normal(3), (2, 3)),
    case(np.broadcast_to, 0.3, (2, 3)),
    case(np.broadcast_to, normal(2, 1), (4, 2, 3)),
    case(np.broadcast_arrays, normal(2, 1), normal(3), 0.3),
    case(np.flip, normal(2, 3)),
    case(np.flip, normal(2, 3), 1),
    case(np.flip, normal(2, 3), axis=(0, 1)),
    case(np.flipud, normal(2, 3)),
    case(np.fliplr, normal(2, 3)),
    case(np.roll, normal(4), 1),
    case(np.roll, normal(2, 3), 4),
    case(np.roll, normal(2, 3), -1, axis=1),
    case(np.roll, normal(2, 3), (1, 2), axis=(0, 1)),
    *[case(np.rot90, normal(2, 3), k) for k in (-1, 1, 2)],
    case(np.rot90, normal(2, 3, 4), 1, (1, 2)),
    case(np.copy, normal(2, 3)),
    case(np.copy, 0.3),
    case(array_methods.copy_method, normal(2, 3)),
    case(array_methods.copy_method, normal(2, 3), "F"),
    case(np.ascontiguousarray, normal(2, 3)),
    case(np.asfortranarray, normal(2, 3)),
    case(np.array, 0.3),
    case(np.array, normal(2, 3)),
    case(np.array, [0.3, 0.2]),
    case(np.array, [[0.3, 0.2], (0.1, 0.7)], dtype=float),
    case(np.array, [normal(3), normal(3)]),
    case(np.asarray, normal(3)),
    case(np.asarray, (0.3, 0.2)),
    case(np.asarray_chkfinite, normal(3)),
    case(array_methods.astype_method, normal(3), float),
    case(array_methods.item_method, normal(1, 1)),
    case(array_methods.item_method, normal(2, 3), 4),
    case(array_methods.item_method, normal(2, 3), 1, -1),
    case(array_methods.item_method, normal(2, 3), (1, 2)),
    case(np.sort, distinct(5)),
    case(np.sort, distinct(3, 4)),
    case(np.sort, distinct(3, 4), axis=0),
    case(np.sort, distinct(3, 4), axis=None),
]

INDEXING = [
    case(np.take, normal(4), 2),
    case(np.take, normal(4), [0, 2, 0]),
    case(np.take, normal(2, 3), np.array([[0, 5], [5, 1]])),
    case(np.take, normal(2, 3), [0, 2, 0, -1], axis=1),
    case(np.take, normal(2, 3, 4), np.array([[0, 1], [1, 1]]), axis=-2),
    case(np.take, normal(2, 3), 1, axis=0),
    case(in_place.added_at, normal(3), [0, 0, 2], normal(3)),
    case(in_place.added_at, normal(3, 2), [1, 1], 0.7),
    case(in_place.subtracted_at, normal(3), np.array([0, 0, 2]), normal(3)),
    case(in_place.put_at, normal(2, 3), [1, -1, 1], normal(3)),
    case(in_place.put_at, normal(2, 3), [1, 7], normal(1), "wrap"),
    case(in_place.put_at, normal(2, 3), [1, -3, 9], 0.7, mode="clip"),
    case(in_place.placed, normal(2, 2), np.array([[True, False], [True, True]]), normal(2)),
    case(in_place.placed, normal(2, 2), np.array([[True, False], [True, True]]), normal(5)),
    case(in_place.put_where, normal(2, 2), np.array([[True, False], [True, True]]), normal(2, 2)),
    case(in_place.put_where, normal(2, 2), np.array([[True, False], [True, True]]), normal(3)),
    case(in_place.with_diagonal, normal(3, 2), 0.7),
    case(in_place.with_diagonal, normal(2, 3), normal(2)),
    case(in_place.put_along, normal(2, 3), np.array([[1, 1], [2, 0]]), normal(2, 2), 1),
    case(in_place.put_along, normal(2, 3), np.array([[1], [2]]), 0.7, 1),
    case(np.take_along_axis, normal(2, 3), np.array([[0, 2, 2, 0], [1, 1, 1, 0]]), axis=1),
    case(np.take_along_axis, normal(3, 2), np.array([[0, 2]]), axis=0),
    case(np.take_along_axis, normal(3, 2), np.array([0, 2, 0]), axis=None),
    case(np.diagonal, normal(3, 3)),
    case(np.diagonal, normal(2, 4), 1),
    case(np.diagonal, normal(4, 2), -1),
    case(np.diagonal, normal(2, 3, 4), offset=1, axis1=-1, axis2=0),
    case(np.diag, normal(3)),
    case(np.diag, normal(3), -1),
    case(np.diag, normal(3, 3)),
    case(np.diag, normal(2, 4), 1),
    case(np.diagflat, normal(2, 2), 1),
    case(np.triu, normal(3, 4), 1),
    case(np.triu, normal(2, 3, 3)),
    case(np.tril, normal(3, 4), -1),
    case(np.tril, normal(2, 3, 3)),
    case(np.full, (2, 3), 0.3),
    case(np.full, (2, 3), normal(3)),
    case(np.full_like, normal(2, 3), 0.3),
    case(np.arange, 5),
    case(np.arange, 0.3, 4),
    case(np.arange, 0.35, 4.1, 0.9),
    case(np.linspace, 0.3, 1.2, 7),
    case(np.linspace, 0.3, 1.2),
    case(np.linspace, 0.3, 1.2, 4, endpoint=False),
    case(np.linspace, normal(2), 1.2, 4),
    case(np.logspace, 0.3, 1.2, 4),
    case(np.logspace, -0.3, 0.4, 4, endpoint=False),
    case(np.meshgrid, normal(2), normal(3)),
    case(np.meshgrid, normal(2)),
    case(np.meshgrid, normal(2), normal(3), normal(4)),
    case(np.meshgrid, normal(2), normal(3), indexing="ij"),
    case(np.meshgrid, normal(2), normal(3), sparse=True),
    case(np.bincount, np.array([0, 2, 2, 1])),
    case(np.bincount, np.array([0, 2, 2, 1]), normal(4)),
    case(np.bincount, np.array([0, 2, 2, 1]), weights=normal(4), minlength=6),
]

SEQUENCES = [
    case(np.diff, normal(5)),
    case(np.diff, normal(5), 2),
    case(np.diff, normal(3, 4), axis=0),
    case(np.diff, normal(3, 4), n=0),
    case(np.diff, normal(5), prepend=0.3),
    case(np.diff, normal(3, 4), n=2, prepend=normal(3, 2), append=0.7),
    case(np.diff, normal(3, 4), axis=0, append=normal(1, 4)),
    case(np.ediff1d, normal(2, 3)),
    case(np.trapezoid, normal(5)),
    case(np.trapezoid, normal(5), dx=0.3),
    case(np.trapezoid, normal(5), np.sort(normal(5))),
    case(np.trapezoid, normal(3, 4), np.sort(normal(4))),
    case(np.trapezoid, normal(3, 4), np.sort(normal(3)), axis=0),
    case(np.trapezoid, normal(2, 3, 4), x=np.sort(normal(3)), axis=-2),
    case(np.trapezoid, normal(3, 4), np.sort(normal(3, 4))),
    case(np.trapezoid, normal(3, 4), axis=0, dx=0.4),
    *[
        case(function, normal(n), normal(m), mode)
        for function in (np.convolve, np.correlate)
        for n, m in [(5, 3), (3, 5), (4, 4), (6, 2), (2, 6), (5, 4), (4, 5), (1, 3)]
        for mode in ("full", "same", "valid")
    ],
    case(np.convolve, normal(5), normal(3)),
    case(np.correlate, normal(5), normal(3)),
    case(np.polyval, normal(4), 0.7),
    case(np.polyval, normal(4), normal(2, 3)),
    case(np.polyval, normal(1), normal(3)),
    case(np.interp, 0.7, np.array([0.0, 0.5, 1.5]), normal(3)),
    case(np.interp, between(-1, 3, 6), np.array([0.0, 0.5, 1.5, 2.2]), normal(4)),
]

LINALG = [
    case(np.linalg.inv, well(3, 3)),
    case(np.linalg.inv, well(2, 3, 3)),
    case(np.linalg.solve, well(3, 3), normal(3)),
    case(np.linalg.solve, well(3, 3), normal(3, 2)),
    case(np.linalg.solve, well(4, 3, 3), normal(4, 3, 2)),
    case(np.linalg.solve, well(4, 3, 3), normal(3, 2)),
    case(np.linalg.solve, well(3, 3), normal(4, 3, 2)),
    case(np.linalg.solve, well(4, 3, 3), normal(3)),
    case(np.linalg.det, well(3, 3)),
    case(np.linalg.det, well(2, 3, 3)),
    case(np.linalg.slogdet, well(3, 3)),
    case(np.linalg.slogdet, -well(2, 3, 3)),
    *[case(np.linalg.matrix_power, well(3, 3), n) for n in (-2, -1, 0, 1, 2, 3)],
    case(np.linalg.matrix_power, well(2, 3, 3), 3),
    case(np.linalg.pinv, normal(3, 3)),
    case(np.linalg.pinv, normal(4, 2)),
    case(np.linalg.pinv, normal(2, 2, 4)),
    case(np.linalg.cholesky, spd(3, 3)),
    case(np.linalg.cholesky, spd(2, 3, 3)),
    case(np.linalg.cholesky, spd(3, 3), upper=True),
    case(np.linalg.eigh, spd(3, 3)),
    case(np.linalg.eigh, spd(2, 3, 3)),
    case(np.linalg.eigh, spd(3, 3), UPLO="U"),
    case(np.linalg.eigvalsh, spd(3, 3)),
    case(np.linalg.eigvalsh, spd(2, 3, 3), "U"),
    case(np.linalg.svd, normal(3, 3)),
    case(np.linalg.svd, normal(4, 2), full_matrices=False),
    case(np.linalg.svd, normal(2, 2, 4), full_matrices=False),
    case(np.linalg.svd, normal(4, 2), compute_uv=False),
    case(np.linalg.svdvals, normal(4, 2)),
    case(np.linalg.svdvals, normal(2, 2, 4)),
    case(np.linalg.qr, normal(3, 3)),
    case(np.linalg.qr, normal(4, 2)),
    case(np.linalg.qr, normal(2, 4)),
    case(np.linalg.qr, normal(5, 4, 2)),
]

NORMS = [
    case(np.linalg.norm, 0.3),
    case(np.linalg.norm, normal(3), 1, 0),
    case(np.linalg.norm, normal(4)),
    case(np.linalg.norm, normal(2, 3)),
    case(np.linalg.norm, normal(2, 3, 4)),
    case(np.linalg.norm, normal(2, 3), keepdims=True),
    *[
        one
        for order in (None, 1, 2, 3, 2.5, 0, np.inf, -np.inf, -1)
        for one in [
            case(np.linalg.norm, distinct(4), ord=order),
            case(np.linalg.norm, distinct(2, 3), ord=order, axis=-1),
            case(np.linalg.norm, distinct(2, 3, 2), ord=order, axis=1, keepdims=True),
        ]
    ],
    *[
        one
        for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
        for one in [
            case(np.linalg.norm, normal(3, 2), ord=order),
            case(np.linalg.norm, normal(2, 3), ord=order, keepdims=True),
            case(np.linalg.norm, normal(4, 2, 3), ord=order, axis=(0, 1)),
            case(np.linalg.norm, normal(4, 2, 3), ord=order, axis=(-1, 0), keepdims=True),
            case(np.linalg.matrix_norm, normal(4, 2, 3), ord=order),
            case(np.linalg.matrix_norm, normal(2, 3), ord=order, keepdims=True),
        ]
    ],
    case(np.linalg.matrix_norm, normal(2, 3)),
    case(np.linalg.vector_norm, normal(2, 3)),
    *[case(np.linalg.vector_norm, normal(2, 3), ord=order) for order in (1, 2, 3, np.inf)],
    case(np.linalg.vector_norm, normal(2, 3), axis=0, keepdims=True),
    case(np.linalg.vector_norm, normal(2, 3, 2), axis=(0, 2), ord=1),
]

POLYNOMIALS = [
    case(np.polyadd, normal(4), normal(2)),
    case(np.polyadd, normal(2), normal(2)),
    case(np.polysub, normal(2), normal(4)),
    case(np.polymul, normal(3), normal(4)),
    case(np.polyder, normal(4)),
    case(np.polyint, normal(3)),
    case(np.polyint, normal(3), 1, 0.7),
    case(np.vander, normal(4)),
    case(np.vander, normal(4), 3),
    case(np.vander, normal(3), 4, increasing=True),
    case(np.polyfit, between(-1, 1, 6), normal(6), 2),
    case(np.polyfit, between(-1, 1, 4), normal(4, 2), 1),
]

MOMENTS = [
    case(np.cov, normal(5)),
    case(np.cov, normal(3, 5)),
    case(np.cov, normal(5, 3), rowvar=False),
    case(np.cov, normal(2, 5), None, True, True),
    case(np.cov, normal(2, 5), ddof=2),
    case(np.cov, normal(5), normal(5)),
    case(np.cov, normal(2, 5), normal(3, 5)),
    case(np.corrcoef, normal(3, 5)),
    case(np.corrcoef, normal(5, 2), rowvar=False),
    case(np.corrcoef, normal(5), normal(5)),
]

DELETION = [
    case(np.delete, normal(5), 2),
    case(np.delete, normal(5), [0, -1]),
    case(np.delete, normal(2, 3), 4),
    case(np.delete, normal(3, 4), 1, axis=0),
    case(np.delete, normal(3, 4), slice(1, 3), axis=1),
    case(np.insert, normal(4), 1, 0.7),
    case(np.insert, normal(4), -1, normal(2)),
    case(np.insert, normal(2, 3), 2, 0.4),
    case(np.insert, normal(4), 0, normal(2), axis=0),
    case(np.extract, np.array([True, False, True]), normal(3)),
    case(np.compress, np.array([True, False, True]), normal(3)),
    case(np.compress, [False, True], normal(3, 2), axis=1),
    case(np.compress, [False, True], normal(3, 2), axis=0),
]

NAN_REDUCTIONS = [
    one
    for function in (np.nanvar, np.nanstd, np.nanprod, np.nancumsum, np.nancumprod)
    for one in [
        case(function, normal(4)),
        case(function, np.array([1.0, np.nan, 2.0, 0.4])),
        case(function, np.array([[1.0, np.nan, 2.0], [0.3, 0.1, -1.0]]), axis=1),
    ]
] + [
    case(np.nanvar, np.array([1.0, np.nan, 2.0, 0.4]), ddof=1),
    case(np.nanstd, np.array([[1.0, np.nan], [2.0, 0.4]]), axis=0, keepdims=True),
]

EXTREMES = [*reduction(np.amax, distinct), *reduction(np.amin, distinct)]

ADDED = [
    case(joining.rows_joined, normal(3), 0.4, slice(0, 3), normal(2)),
    case(joining.rows_joined, normal(2, 3), normal(1, 3)),
    case(joining.columns_joined, normal(3), normal(3, 2), normal(3)),
    case(joining.columns_joined, 0.3, 0.7),
    *[case(np.gradient, normal(n)) for n in (2, 3, 6)],
    case(np.gradient, normal(5), 0.3),
    case(np.gradient, normal(3, 4), axis=1),
    case(np.gradient, normal(3, 4), 0.5, axis=0),
    case(np.geomspace, 0.7, 3.1, 5),
    case(np.geomspace, 0.7, 3.1, num=4, endpoint=False),
    case(np.real, normal(3)),
    case(np.real_if_close, normal(2, 3)),
    case(np.asanyarray, normal(3)),
    case(np.partition, distinct(6), 2),
    case(np.partition, distinct(3, 4), 1, axis=0),
    case(np.partition, distinct(3, 4), (1, 5), axis=None),
    case(np.dsplit, normal(2, 3, 4), 2),
    case(np.block, [normal(3), normal(2)]),
    case(np.block, [[normal(2, 2), normal(2, 3)], [normal(1, 2), normal(1, 3)]]),
    case(np.block, [[normal(2, 2), normal(2, 1)], [normal(2), 0.4]]),
    case(np.linalg.tensordot, normal(2, 3, 4), normal(3, 4), axes=2),
    case(np.linalg.cross, normal(2, 3), normal(3)),
    case(np.linalg.trace, normal(3, 3)),
    case(np.linalg.trace, normal(2, 3, 4), offset=1),
    case(np.linalg.diagonal, normal(2, 3, 4), offset=-1),
    case(np.linalg.cond, well(3, 3)),
    case(np.linalg.cond, well(2, 3, 3), 2),
    case(np.linalg.lstsq, normal(5, 3), normal(5), None),
    case(np.linalg.lstsq, normal(5, 3), normal(5, 2), rcond=None),
    case(np.linalg.lstsq, normal(2, 4), normal(2), None),
    case(np.linalg.lstsq, well(3, 3), normal(3), None),
]

WINDOWS = [
    case(sliding_window_view, normal(5), 2),
    case(sliding_window_view, normal(4, 5), (2, 3)),
    case(sliding_window_view, normal(4, 5), 3, axis=1),
    case(windows_summed, normal(4, 2), (5,), 2),
    case(windows_summed, normal(3, 3, 2, 3), (4, 5), (2, 3)),
]

CASES = [
    *WINDOWS,
    *ARITHMETIC,
    *ELEMENTARY,
    *SELECTION,
    *REDUCTIONS,
    *CONTRACTION,
    *JOINING,
    *SHAPING,
    *INDEXING,
    *SEQUENCES,
    *LINALG,
    *NORMS,
    *POLYNOMIALS,
    *MOMENTS,
    *DELETION,
    *NAN_REDUCTIONS,
    *EXTREMES,
    *ADDED,
]
