"""Under which host, or subdomain, Flask looks for the rule of a request, where an application tells its routes apart by that."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

from starlette.types import Scope
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Map, MapAdapter

from strangler.environ import build_environ

NOWHERE = "<invalid>"
"""What werkzeug calls the subdomain of a request to a foreign host."""


def bound_to(map: Map, domain: str | None) -> MapAdapter:
    """The map as it is for requests of a host or subdomain; None is the home of those that tell none."""
    if map.host_matching:
        return map.bind(domain or "localhost")
    return map.bind("localhost", subdomain=domain)


class Asked(NamedTuple):
    """What a request asks for."""

    method: str
    path: str
    """Decoded, and below the application's root."""
    domain: str | None = None
    """The host or subdomain under which it is looked for; None where an application has one only."""


class Hosts:
    """Reads the domain from requests as the Flask application does; one that is not in this process goes by whole hosts."""

    def __init__(self, app: Any | None = None, fixes: Sequence[ProxyFix] = ()) -> None:
        """`fixes` are the middleware that says which host a proxy was asked for, from outside in."""
        self._map: Map = app.url_map if app is not None else Map(host_matching=True)
        self._server_name = getattr(app, "config", {}).get("SERVER_NAME")
        self._is_read = self._map.host_matching or getattr(app, "subdomain_matching", False)
        self._fixes = [copy.copy(fix) for fix in fixes]
        for fix in self._fixes:
            fix.app = _nothing

    def of(self, scope: Scope) -> str | None:
        """The domain of a request; None where all requests have the same."""
        if not self._is_read:
            return None
        environ = build_environ({"method": "GET", **scope}, BytesIO())
        for fix in self._fixes:
            fix(environ, _nothing)
        whole = self._map.host_matching
        with warnings.catch_warnings(action="ignore"):  # about hosts that are none of the application's, which Flask gives once more
            try:
                found = self._map.bind_to_environ(environ, None if whole else self._server_name)
            except HTTPException:
                return NOWHERE
        return found.server_name if whole else found.subdomain


def _nothing(*_: Any) -> Any:
    """Stands for an application whose answer nobody wants."""
    return ()
