"""Which file has the rule of which function, so that it is imported when the function is met.

Those that are always there have the methods of arrays and the functions without a derivative.
"""

from __future__ import annotations

import builtins
import math
import operator
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

ALWAYS = ("array_methods", "constants", "in_place", "indexing", "selection", "shaping")
NAMES = {
    "arithmetic": """
        abs divmod float math.copysign math.fabs math.fmod math.ldexp math.modf math.pow
        math.remainder np.absolute np.add np.conjugate np.copysign np.divide np.divmod np.fabs
        np.float32 np.float64 np.float_power np.fmod np.ldexp np.modf np.multiply np.negative
        np.positive np.power np.reciprocal np.remainder np.square np.subtract operator.abs
        operator.add operator.mod operator.mul operator.neg operator.pos operator.pow
        operator.sub operator.truediv pow
    """,
    "contraction": """
        np.cross np.dot np.inner np.kron np.linalg.cross np.linalg.matmul np.linalg.outer np.linalg.tensordot np.linalg.vecdot
        np.matmul np.outer np.tensordot np.vdot np.vecdot operator.matmul
    """,
    "deletion": """
        np.compress np.delete np.extract np.insert
    """,
    "einsum": """
        np.einsum
    """,
    "elementary": """
        math.acos math.acosh math.asin math.asinh math.atan math.atan2 math.atanh math.cbrt
        math.cos math.cosh math.degrees math.erf math.erfc math.exp math.exp2 math.expm1
        math.hypot math.log math.log10 math.log1p math.log2 math.radians math.sin math.sinh
        math.sqrt math.tan math.tanh np.arccos np.arccosh np.arcsin np.arcsinh np.arctan
        np.arctan2 np.arctanh np.cbrt np.cos np.cosh np.deg2rad np.degrees np.exp np.exp2
        np.expm1 np.hypot np.log np.log10 np.log1p np.log2 np.logaddexp np.logaddexp2
        np.nan_to_num np.rad2deg np.radians np.sin np.sinc np.sinh np.sqrt np.tan np.tanh
        np.unwrap
    """,
    "joining": """
        np.append np.array_split np.block np.column_stack np.concatenate np.dsplit np.dstack np.hsplit np.hstack
        np.pad np.repeat np.split np.stack np.tile np.vsplit np.vstack
    """,
    "linalg": """
        np.linalg.cholesky np.linalg.cond np.linalg.det np.linalg.eigh np.linalg.eigvalsh np.linalg.inv np.linalg.lstsq
        np.linalg.matrix_power np.linalg.multi_dot np.linalg.pinv np.linalg.qr np.linalg.slogdet
        np.linalg.solve np.linalg.svd np.linalg.svdvals
    """,
    "moments": """
        np.corrcoef np.cov
    """,
    "norms": """
        np.linalg.matrix_norm np.linalg.norm np.linalg.vector_norm
    """,
    "polynomials": """
        np.polyadd np.polyder np.polyfit np.polyint np.polymul np.polysub np.polyval np.vander
    """,
    "products": """
        math.prod np.cumprod np.cumsum np.nancumprod np.nancumsum np.nanprod np.prod
    """,
    "quantiles": """
        np.median np.percentile np.quantile
    """,
    "reductions": """
        math.fsum np.amax np.amin np.average np.linalg.trace np.max np.mean np.min np.nanmax np.nanmean np.nanmin np.nanstd np.nansum np.nanvar
        np.ptp np.std np.sum np.trace np.var sum
    """,
    "sequences": """
        np.convolve np.correlate np.diff np.ediff1d np.gradient np.interp np.trapezoid
    """,
    "windows": """
        np.lib.stride_tricks.sliding_window_view
    """,
}
"""For each file, the functions that it has rules for."""

ROOTS: dict[str, Any] = {"math": math, "np": np, "operator": operator}
_file_of: dict[Any, str] = {}


def load_family(function: Any) -> bool:
    """Import the file that has the rule of a function; whether that may have brought one."""
    is_first = not _file_of
    if is_first:
        for name in ALWAYS:
            import_module(f"{__package__}.{name}")
        _file_of.update(
            (named(path), file) for file, paths in NAMES.items() for path in paths.split()
        )
    file = _file_of.get(function)
    if file is None:
        return is_first
    full = f"{__package__}.{file}"
    was_there = full in sys.modules
    import_module(full)
    return is_first or not was_there


def load_all() -> tuple[ModuleType, ...]:
    """Every file of rules."""
    return tuple(import_module(f"{__package__}.{name}") for name in sorted((*ALWAYS, *NAMES)))


def named(path: str) -> Any:
    """What a name of `NAMES` stands for, None where this version of NumPy lacks it."""
    head, *rest = path.split(".")
    thing = ROOTS[head] if rest else getattr(builtins, head)
    for name in rest:
        thing = getattr(thing, name, None)
    return thing
