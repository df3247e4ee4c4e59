"""One small function for each primitive: its derivative. Importing this fills the registry."""

from chainrule.rules import (
    arithmetic,
    array_methods,
    constants,
    contraction,
    einsum,
    elementary,
    indexing,
    joining,
    linalg,
    norms,
    products,
    quantiles,
    reductions,
    selection,
    sequences,
    shaping,
    windows,
)
from chainrule.rules.registry import (
    adjoint,
    adjoint_of,
    attributes,
    constant,
    is_nondifferentiable,
    is_rule,
    is_static,
    methods,
    nondifferentiable,
)

FAMILIES = (
    arithmetic,
    array_methods,
    constants,
    contraction,
    einsum,
    elementary,
    indexing,
    joining,
    linalg,
    norms,
    products,
    quantiles,
    reductions,
    selection,
    sequences,
    shaping,
    windows,
)
"""The files of rules."""

__all__ = [
    "FAMILIES",
    "adjoint",
    "adjoint_of",
    "attributes",
    "constant",
    "is_nondifferentiable",
    "is_rule",
    "is_static",
    "methods",
    "nondifferentiable",
]
