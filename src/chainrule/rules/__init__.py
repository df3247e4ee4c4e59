"""One small function for each primitive: its derivative. A file is imported when it is needed."""

from typing import Any

from chainrule.rules.families import load_all
from chainrule.rules.registry import (
    adjoint,
    adjoint_of,
    constant,
    is_nondifferentiable,
    is_rule,
    is_static,
    may_take_none,
    nondifferentiable,
)

__all__ = [
    "FAMILIES",
    "adjoint",
    "adjoint_of",
    "attributes",
    "constant",
    "is_nondifferentiable",
    "is_rule",
    "is_static",
    "may_take_none",
    "methods",
    "nondifferentiable",
]


def __getattr__(name: str) -> Any:
    if name == "FAMILIES":
        return load_all()
    if name in ("methods", "attributes"):
        from chainrule.rules import array_methods, registry

        assert array_methods
        return getattr(registry, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
