"""Work that may recurse deeper than Python allows, as astor and `ast.unparse` do."""

from __future__ import annotations

import _thread
import sys
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_ONE_AT_A_TIME = _thread.allocate_lock()  # the limit is that of all threads
_LIMIT = 100_000
_STACK = 512 * 1024 * 1024


def deep(work: Callable[[], T]) -> T:
    """The result of the work, which may recurse: if need be it runs once more, on a deep stack."""
    try:
        return work()
    except RecursionError:
        return _on_deep_stack(work)


def _on_deep_stack(work: Callable[[], T]) -> T:
    import threading  # seldom needed

    outcomes: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            outcomes.append(work())
        except BaseException as error:
            failures.append(error)

    with _ONE_AT_A_TIME:
        limit, stack = sys.getrecursionlimit(), threading.stack_size(_STACK)
        sys.setrecursionlimit(_LIMIT)
        try:
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
        finally:
            sys.setrecursionlimit(limit)
            threading.stack_size(stack)
    if failures:
        raise failures[0]
    return outcomes[0]
