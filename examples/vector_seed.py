"""A result with more than one element, and the seed that says how its elements are weighed.

A gradient belongs to one number. For a vector result, a seed gives each element its weight: the
gradient is that of the weighted sum. A seed of ones is the gradient of the plain sum.
"""

from typing import Annotated

import numpy as np

import chainrule

Vector = Annotated[np.ndarray, "f8[:]"]


def curve(x: Vector, y: Vector) -> Vector:
    return 3 * x**3 - y**2


gradient = chainrule.grad(curve, ...)
X, Y = np.array([2.0, 3.0]), np.array([6.0, 4.0])


def main() -> None:
    print("z = 3*x**3 - y**2 =", curve(X, Y))

    dx, dy = gradient.seeded(np.ones(2))(X, Y)
    print("\nWith a seed of ones:")
    print("dx =", dx)
    print("dy =", dy)

    dx, dy = gradient.seeded(np.array([1.0, 0.0]))(X, Y)
    print("\nOf the first element alone, with the seed [1, 0]:")
    print("dx =", dx)
    print("dy =", dy)

    print("\nWithout a seed, the error says what is missing:\n")
    try:
        gradient(X, Y)
    except chainrule.ChainruleError as error:
        print(error)

    print("\nA pullback takes any number of seeds, after the function ran once:\n")
    value, pullback = chainrule.vjp(curve, X, Y)
    jacobian = [pullback(row)[0] for row in np.eye(2)]
    print("value =", value)
    print("the Jacobian in x, row by row:", *jacobian)

    print("\nThe source:\n")
    print(gradient.source)


if __name__ == "__main__":
    main()
