"""Which values carry a gradient, before and after a cut: what `requires_grad` prints elsewhere.

Nothing is run for this. It is known from the text of the function and from what is asked.
"""

from typing import Annotated

import numpy as np

import chainrule
from chainrule import stop_gradient

Vector = Annotated[np.ndarray, "f8[:]"]


def loss(w: Vector, x: Vector, temperature: float) -> float:
    scores = w * x
    scale = np.max(np.abs(scores))
    weights = np.exp(scores / scale / temperature)
    count = len(w)
    return np.sum(weights) / count


def loss_with_cut(w: Vector, x: Vector, temperature: float) -> float:
    scores = w * x
    scale = stop_gradient(np.max(np.abs(scores)))
    weights = np.exp(scores / scale / temperature)
    count = len(w)
    return np.sum(weights) / count


before = chainrule.grad(loss, ("w", "temperature"))
after = chainrule.grad(loss_with_cut, ("w", "temperature"))
W, X, TEMPERATURE = np.array([0.5, -1.5, 2.0]), np.array([1.0, 2.0, 3.0]), 0.7


def main() -> None:
    print("Asked: the gradients of w and temperature. `active` values carry a gradient.\n")
    print("Value, how it is made, before the cut, after it:\n")
    print(before.activity().beside(after.activity()))

    print("\nBefore the cut, scale reaches the result:", before.why("scale"))
    print("After it:", after.why("scale"))

    print("\nThe gradient of w differs by what went through scale:")
    print("before:", np.round(before(W, X, TEMPERATURE)[0], 4))
    print("after: ", np.round(after(W, X, TEMPERATURE)[0], 4))


if __name__ == "__main__":
    main()
