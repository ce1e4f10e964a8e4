"""Flask, without the work for each request that this application has no use for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from werkzeug.routing import MapAdapter

_PLAIN_HOST = re.compile(r"(?=.{1,60}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]+)?")


class LightFlask(Flask):
    """An application whose views and hooks are plain functions."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of ours is a coroutine function; Flask would look at each, at each request."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bound to the request as Flask binds it, without encoding a host that needs none."""
        said = self.config
        if request is None or said["SERVER_NAME"] or said["TRUSTED_HOSTS"] or self.url_map.host_matching:
            return super().create_url_adapter(request)
        environ = request.environ
        host, root, path = request.host.lower(), environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
        if not (_PLAIN_HOST.fullmatch(host) and root.isascii() and path.isascii()) or "HTTP_UPGRADE" in environ:
            return super().create_url_adapter(request)
        query, default = environ.get("QUERY_STRING", ""), self.url_map.default_subdomain
        return MapAdapter(self.url_map, host, root, default, request.scheme, path, request.method, query)
