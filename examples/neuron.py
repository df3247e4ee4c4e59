"""The textbook neuron: every number of it, the source of its gradient, and its picture.

A widespread text on this example prints -0.3932 for dx1, the gradient of w1 once more, and
multiplies by x0 where x1 belongs. The chain rule gives dw1 = dh/db · x1 = 0.1966 · -2 = -0.3932 and
dx1 = dh/db · w1 = 0.1966 · -3 = -0.5898.
"""

import numpy as np

import chainrule


def neuron(w0: float, x0: float, w1: float, x1: float, w2: float) -> float:
    """Two inputs, two weights and a bias, through the logistic function."""
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


POINT = (2.0, -1.0, -3.0, -2.0, -3.0)
gradient = chainrule.grad(neuron, ...)


def main() -> None:
    print(f"neuron{POINT} = {neuron(*POINT):.4f}\n")

    for name, value in zip(("w0", "x0", "w1", "x1", "w2"), gradient(*POINT)):
        print(f"d{name} = {value:7.4f}")
    print(
        "\n(A widespread text prints -0.3932 for dx1, the gradient of w1 once more, and multiplies"
    )
    print("by x0 where x1 belongs: dw1 = dh/db * x1, dx1 = dh/db * w1.)\n")

    print("Every step, forward and backward:\n")
    print(gradient.trace(*POINT))

    print("\nOne chain-rule step a statement:\n")
    print(gradient.textbook)

    print("What runs:\n")
    print(gradient.source)

    print("The graph:\n")
    print(gradient.graph(*POINT))

    print("\nCompared with central differences:", chainrule.check_grad(neuron, *POINT, wrt=...))


if __name__ == "__main__":
    main()
