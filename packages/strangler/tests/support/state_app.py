"""The library of the examples over a shared state that the environment names; and how a state is opened by its name."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from strangler.state import SharedState


def opened(name: str, place: str) -> SharedState:
    """The state of a class `module:name` at a place, which is a path or a URL."""
    module, _, kind = name.partition(":")
    made = getattr(import_module(module), kind)
    return cast("SharedState", made(Path(place) if kind == "SqliteState" else place))


def __getattr__(name: str) -> Any:
    """The library's gateway is made when a server asks for it."""
    if name != "app":
        raise AttributeError(name)
    from library import app  # type: ignore[import-not-found]

    app.control.state = opened(os.environ["STATE_CLASS"], os.environ["STATE_PLACE"])
    return app
