"""Values as a textbook has them: a few digits, and of an array its shape and first entries."""

from __future__ import annotations

from typing import Any

import numpy as np

ENTRIES = 3
"""How many entries of an array are shown; one of up to twice as many is written whole."""


def brief(value: Any, entries: int = ENTRIES) -> str:
    """A value in a few characters."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | float | np.integer | np.floating):
        return number(float(value)) if not isinstance(value, int | np.integer) else str(value)
    if isinstance(value, complex | np.complexfloating):
        sign = "-" if value.imag < 0 else "+"
        return f"{number(float(value.real))}{sign}{number(abs(float(value.imag)))}j"
    if isinstance(value, np.ndarray):
        return array(value, entries)
    if isinstance(value, dict):
        return (
            "{"
            + _some([f"{k!r}: {brief(v)}" for k, v in list(value.items())[:4]], len(value))
            + "}"
        )
    if isinstance(value, list | tuple):
        inner = _some([brief(v) for v in value[:4]], len(value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    text = str(value) if isinstance(value, str | type(None)) else type(value).__name__
    return text if len(text) <= 24 else f"{text[:23]}…"


def number(x: float) -> str:
    """A number to four places, or to four digits where that says more."""
    if x != 0 and not 0.1 <= abs(x) < 1e4:
        return f"{x:.4g}"
    text = f"{x:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def array(x: np.ndarray[Any, Any], entries: int = ENTRIES) -> str:
    """An array: whole where it is small, else its shape and first entries."""
    if x.size <= 2 * entries:
        return _nested(x)
    first = ", ".join(brief(v.item()) for v in x.reshape(-1)[:entries])
    return f"[{first}, …] {'×'.join(map(str, x.shape))}"


def _nested(x: np.ndarray[Any, Any]) -> str:
    if x.ndim == 0:
        return brief(x.item())
    return "[" + ", ".join(_nested(np.asarray(part)) for part in x) + "]"


def _some(shown: list[str], count: int) -> str:
    return ", ".join([*shown, "…"] if count > len(shown) else shown)
