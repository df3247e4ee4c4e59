"""One derivative for calls that take different paths, with different shapes, sizes and operations.

The derivative is code: its branches and loops answer those of the function. Nothing is recorded for
a later call, so a loop may run three times today and seven times tomorrow.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

import chainrule

Array = NDArray[np.float64]


def settle(x: float, rate: float) -> float:
    """Shrink x in steps until it is at most one; how many steps depends on the numbers."""
    steps = 0
    while x > 1.0:
        if x > 4.0:
            x = x * rate
        else:
            x = x - rate * x * x
        steps += 1
        if steps == 50:
            break
    return x * x


def features(x: Array, w: Array, kind: str) -> float:
    """Another operation for each kind, on arrays of any shape that can be multiplied."""
    y = x @ w
    if kind == "power":
        y = y**2
    elif kind == "wave":
        y = np.sin(y)
    else:
        y = np.abs(y)
    return np.sum(y)


def layer(x: Array, w: Array, activation: Callable[[Array], Array]) -> float:
    """An operation that comes in as an argument."""
    return np.sum(activation(x @ w))


def bump(x: Array) -> Array:
    return np.exp(-x * x)


def score(rows: list[Array], w: Array) -> float:
    """A list of rows, as many and as long as they come; early return for an empty one."""
    if len(rows) == 0:
        return 0.0 * np.sum(w)
    total = 0.0
    for row in rows:
        part = np.sum(row) * np.sum(w)
        if part < 0.0:
            continue
        total = total + part * part
    return total


gradient = chainrule.grad(settle, ...)
feature_gradient = chainrule.grad(features, "w")
layer_gradient = chainrule.grad(layer, "w")
score_gradient = chainrule.grad(score, "w")


def main() -> None:
    print("How many turns a loop takes differs from call to call:\n")
    for x in (0.5, 3.0, 9.0, 40.0):
        dx, drate = gradient(x, 0.3)
        print(f"settle({x:4}, 0.3) = {settle(x, 0.3):.4f}   dx = {dx:8.4f}   drate = {drate:8.4f}")

    print("\nSo do operations and shapes:\n")
    rng = np.random.default_rng(0)
    for kind, shape in (("power", (3,)), ("wave", (2, 3)), ("size", (4, 2, 3))):
        x, w = rng.normal(size=shape), rng.normal(size=3)
        dw = feature_gradient(x, w, kind)
        print(f"{kind:5} for x of shape {shape!s:9}: dw =", np.round(dw, 4))
    for function in (np.tanh, bump):
        dw = layer_gradient(x, w, function)
        print(f"{function.__name__:5} as an argument        : dw =", np.round(dw, 4))

    print("\nAnd how many arrays there are, and how long each is:\n")
    w = np.array([0.5, 1.5])
    for sizes in ((), (2,), (3, 1, 4)):
        rows = [rng.normal(size=size) for size in sizes]
        print(f"rows of {sizes!s:9}: dw =", np.round(score_gradient(rows, w), 4))

    print("\nOne source serves every path; the backward part has the shape of the forward part:\n")
    print(gradient.source)


if __name__ == "__main__":
    main()
