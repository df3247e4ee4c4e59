"""The gradients of a row by each who can do it, as calls without arguments."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule
from benchmarks.rows.row import Row

Gradients = Callable[[], Any]


def gradients_of(row: Row) -> dict[str, Gradients]:
    """Each implementation of a row's gradients, those of peers that are not installed left out."""
    args = row.args
    derivative = chainrule.grad(row.function, row.wrt)
    derivative(*args)
    specialized = derivative.specialize(*args)
    found: dict[str, Gradients] = {
        "by hand": lambda: row.by_hand(*args)[1],
        "specialized": lambda: specialized(*args)[1],
        "as called": lambda: derivative(*args),
    }
    for name, peer in (("autograd", _autograd), ("JAX", _jax)):
        made = peer(row)
        if made is not None:
            found[name] = made
    return found


def _autograd(row: Row) -> Gradients | None:
    if row.autograd is None:
        return None
    try:
        import autograd
        import autograd.numpy as anp
    except ImportError:
        return None
    gradient = autograd.grad(row.autograd(anp), row.wrt)
    return lambda: gradient(*row.args)


def _jax(row: Row) -> Gradients | None:
    """JAX as it is best used: compiled, its arguments on the device, waited for."""
    if row.jax is None:
        return None
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    gradient = jax.jit(jax.grad(row.jax(jax.numpy, jax.lax), row.wrt))
    args = [jax.numpy.asarray(a) for a in row.args]
    return lambda: jax.block_until_ready(gradient(*args))


def check(row: Row, gradients: dict[str, Gradients]) -> None:
    """Refuse to time what gives another result.

    Raises
    ------
    AssertionError
        If one does.
    """
    expected = gradients["by hand"]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, call in gradients.items():
            for ours, theirs in zip(call(), expected, strict=True):
                message = f"{row.name}: {name} gives another gradient"
                close = 1e-3 if np.asarray(theirs).dtype == np.float32 else 1e-9
                np.testing.assert_allclose(ours, theirs, close, close, err_msg=message)
