"""A request as a server hands it to an application, for measurements without a server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.types import Scope


def scope_of(path: str, headers: Iterable[tuple[bytes, bytes]], **more: Any) -> Scope:
    """The scope of a GET request; `more` is what a layer outside would have left in it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        **more,
    }
