"""Fine-tuning: the body of a network is frozen, its head is trained.

The gradient is asked for the head alone. So no statement of the backward part belongs to the body,
nothing of the body is kept for it, and a step costs little more than the forward part.
"""

import time
import tracemalloc
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

import chainrule

Images = Annotated[np.ndarray, "f8[:, :, :, :]"]
Kernel = Annotated[np.ndarray, "f8[:, :, :, :]"]
Matrix = Annotated[np.ndarray, "f8[:, :]"]


def convolve(x: Images, kernel: Kernel) -> Images:
    """A 3 × 3 convolution of images (batch, height, width, channels), without padding."""
    h, w = x.shape[1] - 2, x.shape[2] - 2
    y = np.zeros((x.shape[0], h, w, kernel.shape[3]))
    for i in range(3):
        for j in range(3):
            y += x[:, i : i + h, j : j + w] @ kernel[i, j]
    return y


def halve(x: Images) -> Images:
    """The mean of each 2 × 2 square."""
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) / 4


def body(params: dict[str, Any], images: Images) -> Matrix:
    """Two convolutions; the features of each image."""
    first = halve(np.maximum(convolve(images, params["first"]), 0.0))
    second = np.maximum(convolve(first, params["second"]), 0.0)
    return np.mean(second, axis=(1, 2))


def loss(params: dict[str, Any], images: Images, labels: Matrix) -> float:
    """The cross-entropy of a dense head on the features of the body."""
    features = body(params["body"], images)
    logits = features @ params["head"]["w"] + params["head"]["b"]
    logits = logits - np.max(logits, axis=1, keepdims=True)
    entropy = np.log(np.sum(np.exp(logits), axis=1)) - np.sum(labels * logits, axis=1)
    return np.mean(entropy)


everything = chainrule.value_and_grad(loss)
head_only = chainrule.value_and_grad(loss, 'params["head"]')


def data(batch: int = 32, size: int = 30, classes: int = 10) -> tuple[Any, Any, Any]:
    """Parameters, images and labels, always the same."""
    rng = np.random.default_rng(0)
    params = {
        "body": {
            "first": rng.normal(size=(3, 3, 1, 8)) / 3,
            "second": rng.normal(size=(3, 3, 8, 16)) / 9,
        },
        "head": {"w": rng.normal(size=(16, classes)) / 4, "b": np.zeros(classes)},
    }
    images = rng.normal(size=(batch, size, size, 1))
    labels = np.eye(classes)[rng.integers(classes, size=batch)]
    return params, images, labels


def train_head(params: Any, images: Any, labels: Any, steps: int, rate: float) -> list[float]:
    """Gradient descent on the head; the losses on the way."""
    losses = []
    for _ in range(steps):
        value, step = head_only(params, images, labels)
        params["head"] = chainrule.tree_map(lambda p, g: p - rate * g, params["head"], step)
        losses.append(float(value))
    return losses


def seconds(function: Callable[..., Any], *args: Any) -> float:
    """The shortest of a few runs."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        function(*args)
        times.append(time.perf_counter() - start)
    return min(times)


def peak(function: Callable[..., Any], *args: Any) -> float:
    """The most memory in use while a function runs, in megabytes."""
    tracemalloc.start()
    try:
        function(*args)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def main() -> None:
    params, images, labels = data()
    losses = train_head(params, images, labels, steps=20, rate=0.5)
    print(f"Training the head: the loss falls from {losses[0]:.4f} to {losses[-1]:.4f}.\n")

    everything(params, images, labels)
    print("                      time   peak memory")
    for name, function in (("loss", loss), ("head only", head_only), ("everything", everything)):
        milliseconds = 1e3 * seconds(function, params, images, labels)
        megabytes = peak(function, params, images, labels)
        print(f"{name:18}{milliseconds:6.1f} ms{megabytes:9.1f} MB")

    print("\nThe source for these types. The backward part ends with the head:\n")
    print(head_only.specialize(params, images, labels).source)


if __name__ == "__main__":
    main()
