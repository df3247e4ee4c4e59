"""Gradients that add up: over batches, and over the chunks of time of a recurrent network."""

from typing import Annotated, Any

import numpy as np

import chainrule

Matrix = Annotated[np.ndarray, "f8[:, :]"]
Vector = Annotated[np.ndarray, "f8[:]"]


def loss(params: dict[str, Any], x: Matrix, y: Vector) -> float:
    """Summed squared error, so that the losses of batches add up to that of all data."""
    error = np.tanh(x @ params["w"]) @ params["v"] + params["b"] - y
    return np.sum(error**2)


gradient = chainrule.grad(loss)


def unrolled(params: dict[str, Any], h: Vector, xs: Matrix, ys: Vector) -> tuple[float, Vector]:
    """A recurrent network over some steps of time: its loss, and the state that it ends in."""
    total = 0.0
    for x, y in zip(xs, ys):
        h = np.tanh(h @ params["w"] + x @ params["u"])
        total = total + (h @ params["v"] - y) ** 2
    return total, h


def unrolled_loss(params: dict[str, Any], h: Vector, xs: Matrix, ys: Vector) -> float:
    """The loss alone."""
    return unrolled(params, h, xs, ys)[0]


recurrent_gradient = chainrule.grad(unrolled_loss)


def batch_data() -> tuple[Any, Any, Any]:
    """Parameters, inputs and targets, always the same."""
    rng = np.random.default_rng(0)
    params = {"w": rng.normal(size=(5, 4)), "v": rng.normal(size=4), "b": 0.5}
    return params, rng.normal(size=(60, 5)), rng.normal(size=60)


def series_data() -> tuple[Any, Any, Any, Any]:
    """Parameters, first state, inputs and targets over time, always the same."""
    rng = np.random.default_rng(1)
    params = {
        "w": 0.5 * rng.normal(size=(6, 6)),
        "u": rng.normal(size=(2, 6)),
        "v": rng.normal(size=6),
    }
    return params, np.zeros(6), rng.normal(size=(24, 2)), rng.normal(size=24)


def over_batches(params: Any, x: Any, y: Any, size: int, buffers: Any) -> Any:
    """Add the gradient of each batch to the buffers."""
    for start in range(0, len(x), size):
        part = slice(start, start + size)
        buffers = gradient.into(buffers)(params, x[part], y[part])
    return buffers


def over_time(params: Any, h: Any, xs: Any, ys: Any, length: int) -> Any:
    """The gradient over all of time, chunk by chunk.

    The chunks run in order, each from the state in which the one before ended. Their pullbacks run
    in reverse order, each with the cotangent of the state that the one after it began with.
    """
    pullbacks = []
    for start in range(0, len(xs), length):
        part = slice(start, start + length)
        (_, h), pullback = chainrule.vjp(unrolled, params, h, xs[part], ys[part])
        pullbacks.append(pullback)
    total, dh = chainrule.zero_grad(params), None
    for pullback in reversed(pullbacks):
        dparams, dh, _, _ = pullback((1.0, dh))
        total = chainrule.tree_map(np.add, total, dparams)
    return total


def difference(one: Any, other: Any) -> float:
    """The largest relative difference of two trees of gradients."""
    a, b = chainrule.ravel(one)[0], chainrule.ravel(other)[0]
    return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))


def main() -> None:
    params, x, y = batch_data()
    full = gradient(params, x, y)
    buffers = chainrule.zero_grad(params)
    for step in (1, 2):
        buffers = over_batches(params, x, y, 16, buffers)
        print(f"step {step}: batches of 16 against all 60: {difference(buffers, full):.0e} apart")
        buffers = chainrule.zero_grad(buffers, clear=True)
        print("        cleared:", not np.any(chainrule.ravel(buffers)[0]))

    params, h, xs, ys = series_data()
    full = recurrent_gradient(params, h, xs, ys)
    chunks = over_time(params, h, xs, ys, 7)
    print(f"\nchunks of 7 steps against all 24: {difference(chunks, full):.0e} apart")


if __name__ == "__main__":
    main()
