"""The textbook neuron that ``chainrule demo`` shows."""

import numpy as np


def neuron(w0: float, x0: float, w1: float, x1: float, w2: float):  # type: ignore[no-untyped-def]
    """A neuron with two inputs."""
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
