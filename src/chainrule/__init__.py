"""Source-to-source automatic differentiation of ordinary Python and NumPy functions."""

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
    "grad",
    "no_grad",
    "ravel",
    "stop_gradient",
    "tree_map",
    "value_and_grad",
    "vjp",
    "zero_grad",
]
