"""A region without gradients, and a value that leaves it and is used again."""

from typing import Annotated

import numpy as np

import chainrule
from chainrule import no_grad

Vector = Annotated[np.ndarray, "f8[:]"]


def normalized(x: Vector, w: Vector) -> float:
    """The scale is computed from x and w, and then held constant, as a normalizer often is."""
    y = x * w
    with no_grad():
        scale = np.sqrt(np.mean(y * y))
    return np.sum(np.tanh(y / scale))


def attached(x: Vector, w: Vector) -> float:
    """The same, with the derivative of the scale."""
    y = x * w
    scale = np.sqrt(np.mean(y * y))
    return np.sum(np.tanh(y / scale))


def held(x: Vector, w: Vector, scale: float) -> float:
    """The same, with the scale passed in: what `normalized` means for its derivative."""
    return np.sum(np.tanh(x * w / scale))


X, W = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.7, -1.1])
gradient = chainrule.grad(normalized, "w")
attached_gradient = chainrule.grad(attached, "w")
held_gradient = chainrule.grad(held, "w")


def main() -> None:
    scale = float(np.sqrt(np.mean((X * W) ** 2)))
    print("dw, the scale held constant:     ", np.round(gradient(X, W), 6))
    print("dw, the scale passed in:         ", np.round(held_gradient(X, W, scale), 6))
    print("dw, the scale differentiated too:", np.round(attached_gradient(X, W), 6))

    print("\nNo statement of the backward part belongs to the region:\n")
    print(gradient.source)


if __name__ == "__main__":
    main()
