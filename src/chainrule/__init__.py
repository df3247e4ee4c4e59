"""Source-to-source automatic differentiation of ordinary Python and NumPy functions."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule import errors
    from chainrule.api import grad, value_and_grad
    from chainrule.cutting import no_grad, stop_gradient
    from chainrule.errors import ChainruleError
    from chainrule.gradcheck import check_grad
    from chainrule.pullback import vjp
    from chainrule.rules import adjoint
    from chainrule.trees import ravel, tree_map, zero_grad

__version__ = "0.1.0"
__all__ = [
    "ChainruleError",
    "adjoint",
    "check_grad",
    "errors",
    "grad",
    "no_grad",
    "ravel",
    "stop_gradient",
    "tree_map",
    "value_and_grad",
    "vjp",
    "zero_grad",
]

_MODULES = {
    "ChainruleError": "errors",
    "adjoint": "rules",
    "check_grad": "gradcheck",
    "errors": "errors",
    "grad": "api",
    "no_grad": "cutting",
    "ravel": "trees",
    "stop_gradient": "cutting",
    "tree_map": "trees",
    "value_and_grad": "api",
    "vjp": "pullback",
    "zero_grad": "trees",
}
"""Where each public name lives. A module is imported when a name of it is first asked for."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"{__name__}.{_MODULES[name]}")
    found = module if name == _MODULES[name] else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
