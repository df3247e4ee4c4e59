"""Source-to-source automatic differentiation of ordinary Python and NumPy functions."""

from chainrule.api import grad, value_and_grad
from chainrule.errors import ChainruleError
from chainrule.rules import adjoint
from chainrule.trees import ravel, tree_map, zero_grad

__version__ = "0.1.0"
__all__ = ["ChainruleError", "adjoint", "grad", "ravel", "tree_map", "value_and_grad", "zero_grad"]
