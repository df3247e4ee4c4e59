"""A deep stack: a sum of a thousand terms is a tree of that depth, and is read and written as one."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

DEPTH = 100_000


@contextlib.contextmanager
def deeply() -> Iterator[None]:
    """Allow calls inside each other to the depth of the longest expressions."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
