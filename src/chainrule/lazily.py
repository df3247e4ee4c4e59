"""Modules that are imported when first used: most processes never see a refusal."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Lazily:
    """Stands for a module of this package until an attribute of it is read."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(f"{__package__}.{self.name}"), attribute)
