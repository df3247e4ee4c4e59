"""Dropout and batch normalization: on in training, off in evaluation, in one and the same code.

The mask of the dropout is drawn once a call, by the function itself: the backward part reads it.
The running statistics of the batch normalization are not differentiated: they come out as aux.
"""

from typing import Annotated, Any

import numpy as np

import chainrule

Matrix = Annotated[np.ndarray, "f8[:, :]"]
Vector = Annotated[np.ndarray, "f8[:]"]


def dropout(x: Matrix, rate: float, rng: np.random.Generator, training: bool) -> Matrix:
    if not training:
        return x
    mask = rng.random(x.shape) >= rate
    return x * mask / (1 - rate)


def batch_norm(
    x: Matrix, scale: Vector, shift: Vector, running: dict[str, Vector], training: bool
) -> tuple[Matrix, dict[str, Vector]]:
    """The normalized batch, and the running statistics after it."""
    if training:
        mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        running = {
            "mean": 0.9 * running["mean"] + 0.1 * mean,
            "var": 0.9 * running["var"] + 0.1 * var,
        }
    else:
        mean, var = running["mean"], running["var"]
    return scale * (x - mean) / np.sqrt(var + 1e-5) + shift, running


def loss(
    params: dict[str, Any],
    x: Matrix,
    y: Matrix,
    running: dict[str, Vector],
    rng: np.random.Generator,
    training: bool,
) -> tuple[float, dict[str, Vector]]:
    """The mean squared error, and the running statistics beside it."""
    hidden = x @ params["w0"]
    hidden, running = batch_norm(hidden, params["scale"], params["shift"], running, training)
    hidden = dropout(np.tanh(hidden), 0.5, rng, training)
    error = hidden @ params["w1"] - y
    return np.mean(error**2), running


gradient = chainrule.value_and_grad(loss, has_aux=True)


def data() -> tuple[Any, Any, Any, Any]:
    """Parameters, inputs, targets and running statistics, always the same."""
    rng = np.random.default_rng(0)
    params = {
        "w0": rng.normal(size=(4, 16)),
        "scale": np.ones(16),
        "shift": np.zeros(16),
        "w1": 0.1 * rng.normal(size=(16, 2)),
    }
    x = rng.normal(size=(64, 4))
    y = np.tanh(x @ rng.normal(size=(4, 2)))
    return params, x, y, {"mean": np.zeros(16), "var": np.ones(16)}


def train(steps: int, rate: float) -> tuple[Any, Any, list[float]]:
    """Parameters and running statistics after gradient descent, and the losses on the way."""
    params, x, y, running = data()
    rng = np.random.default_rng(1)
    losses = []
    for _ in range(steps):
        (value, running), step = gradient(params, x, y, running, rng, True)
        params = chainrule.tree_map(lambda p, g: p - rate * g, params, step)
        losses.append(float(value))
    return params, running, losses


def main() -> None:
    params, running, losses = train(steps=200, rate=0.1)
    print(f"Training: the loss falls from {losses[0]:.4f} to {losses[-1]:.4f}.")

    _, x, y, _ = data()
    rng = np.random.default_rng(2)
    print("\nThe loss of three calls with training=True: each draws a mask of its own.")
    print("  ", *(f"{loss(params, x, y, running, rng, True)[0]:.6f}" for _ in range(3)))
    print("The loss of three calls with training=False: neither draws nor updates anything.")
    print("  ", *(f"{loss(params, x, y, running, rng, False)[0]:.6f}" for _ in range(3)))

    print("\nA call of the gradient draws as often as a call of the function:")
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    loss(params, x, y, running, one, True)
    gradient(params, x, y, running, other, True)
    print("   the next number is the same:", one.random() == other.random())

    (_, after), _ = gradient(params, x, y, running, rng, False)
    same = all(np.array_equal(after[k], running[k]) for k in running)
    print("   in evaluation the running statistics stay:", same)


if __name__ == "__main__":
    main()
