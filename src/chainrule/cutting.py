"""Cutting: what stands here carries no derivative."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def stop_gradient(tree: T) -> T:
    """The argument itself, and in a derivative a constant.

    Parameters
    ----------
    tree
        A number, an array, or a tuple, list or dict of them.
    """
    return tree


stop_gradient.is_stop_gradient = True  # type: ignore[attr-defined]


class no_grad:  # noqa: N801  (users know it by this name)
    """What is computed inside is constant for a derivative.

    As ``with no_grad():`` the names assigned inside are constants afterwards, and of an array that is written to inside
    the written elements. As ``@no_grad`` or ``@no_grad()`` on a function, its result is a constant.
    """

    is_no_grad = True

    @overload
    def __new__(cls, function: Callable[P, R], /) -> Callable[P, R]: ...  # type: ignore[misc]
    @overload
    def __new__(cls) -> no_grad: ...
    def __new__(cls, function: Callable[..., Any] | None = None, /) -> Any:  # type: ignore[misc]
        return super().__new__(cls) if function is None else _marked(function)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        return _marked(function)

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None


def _marked(function: Callable[P, R]) -> Callable[P, R]:
    function.is_no_grad = True  # type: ignore[attr-defined]
    return function
