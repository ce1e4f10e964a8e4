"""Modules that are loaded when they are first needed: what an installation does not use costs it neither start time nor memory.

A router names its service here. The first request that needs any of them loads all in a thread (`load_all`), so no import holds the event
loop; commands and tests, which have no loop to hold, load by touching.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

_named: dict[str, Later] = {}


class Later(ModuleType):
    """Stands for a module until somebody touches one of its names."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self.__name__), name)
        if callable(found):
            self.__dict__[name] = found  # functions and classes do not change; what does is asked for each time
        return found


def later(name: str) -> Any:
    """The module of that name, loaded on first use."""
    return _named.setdefault(name, Later(name))


def load_all() -> None:
    """Load every module that was named so far."""
    for name in list(_named):
        import_module(name)
