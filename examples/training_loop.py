"""A training loop: two layers, summed squared error, plain gradient descent.

64 inputs of 1000 numbers, 100 hidden units with ReLU, 10 outputs. The parameters are a nested dict,
and so is their gradient. `--steps N` runs another number of steps than 500.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import chainrule

Array = NDArray[np.float64]
RATE = 1e-6


def loss(params: dict[str, Any], x: Array, y: Array) -> float:
    """The summed squared error of a network with one hidden layer."""
    hidden = np.maximum(x @ params["hidden"]["w"] + params["hidden"]["b"], 0.0)
    error = hidden @ params["output"]["w"] + params["output"]["b"] - y
    return np.sum(error**2)


gradient = chainrule.value_and_grad(loss)


def data(seed: int = 0) -> tuple[Any, Array, Array]:
    """Parameters, inputs and targets, all drawn from the normal distribution."""
    rng = np.random.default_rng(seed)
    params = {
        "hidden": {"w": rng.normal(size=(1000, 100)), "b": np.zeros(100)},
        "output": {"w": rng.normal(size=(100, 10)), "b": np.zeros(10)},
    }
    return params, rng.normal(size=(64, 1000)), rng.normal(size=(64, 10))


def train(
    params: Any, x: Array, y: Array, steps: int, told: Callable[[int, float], None] | None = None
) -> Any:
    """The parameters after so many steps; `told` hears of each step and its loss."""
    for step in range(steps):
        value, slope = gradient(params, x, y)
        params = chainrule.tree_map(lambda p, g: p - RATE * g, params, slope)
        if told is not None:
            told(step, float(value))
    return params


def reporter(steps: int) -> Callable[[int, float], None]:
    """Print the loss ten times, and on a terminal a bar at every step."""
    bar = sys.stdout.isatty()
    often = max(steps // 10, 1)

    def told(step: int, value: float) -> None:
        done = 30 * (step + 1) // steps
        if bar:
            print(f"\r[{'#' * done}{'.' * (30 - done)}] {step + 1}/{steps}", end="", flush=True)
        if step % often == 0 or step == steps - 1:
            print(f"{chr(13) + ' ' * 50 + chr(13) if bar else ''}step {step:4}  loss {value:12.6g}")

    return told


def main(steps: int = 500) -> None:
    params, x, y = data()
    params = train(params, x, y, steps, reporter(steps))
    print(f"at the end  loss {loss(params, x, y):12.6g}")

    print("\nThe gradient is this, for these types:\n")
    print(gradient.specialize(params, x, y).source)


if __name__ == "__main__":
    main(int(sys.argv[sys.argv.index("--steps") + 1]) if "--steps" in sys.argv else 500)
