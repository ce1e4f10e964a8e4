"""What Flask would answer, as far as that can be known without asking it.

What the registry does not list stays with Flask whenever Flask answers it. Its own rules are known. A dispatcher of werkzeug tells where
its mounted applications begin. Any other middleware around the application may answer any path, and so may a `before_request` hook.
"""

from __future__ import annotations

from typing import Any, Protocol

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Map

from strangler.hosts import Asked, Hosts, bound_to
from strangler.rules import parted, sample_of


class Side(Protocol):
    """What a gateway knows of its Flask lane."""

    map: Map
    """Flask's rules, as far as they are known."""
    hosts: Hosts
    """How it reads the host or subdomain of a request."""
    takes_sockets: bool
    """Whether WebSockets can be passed on to it: not to WSGI."""
    is_elsewhere: bool
    """Whether it may answer anything, and nothing can be known of it here."""

    @property
    def has_hooks(self) -> bool:
        """Whether a `before_request` of the whole application may answer what no rule matches."""

    def sockets(self) -> list[str]:
        """Rules for WebSockets that it cannot serve."""

    def serves(self, asked: Asked) -> bool:
        """Whether a rule of Flask (also by a redirect), a mounted application or middleware serves a path."""

    def answers(self, asked: Asked) -> bool:
        """Whether Flask answers a request by anything else than a 404, hooks included."""

    def covers(self, template: str, method: str) -> bool:
        """Whether a rule of the registry that is none of Flask's lies below one that is, or below something that is no rule."""


class FlaskSide:
    """The Flask application and the WSGI middleware around it."""

    def __init__(self, flask_app: Any, wsgi_app: Any = None) -> None:
        """`wsgi_app` is what is called for Flask, where that is another thing. Middleware that never answers by itself may say so by an
        attribute `only_wraps = True`, and name what it wraps by `app`."""
        self.map: Map = flask_app.url_map
        self._app = flask_app
        self.mounts: tuple[str, ...] = ()
        """Where mounted applications begin."""
        self.is_opaque = False
        """Whether something around the application may answer any path."""
        self._fixes: list[ProxyFix] = []
        if wsgi_app is not None and wsgi_app is not flask_app:
            self._unwrap(wsgi_app)
        self._unwrap(vars(flask_app).get("wsgi_app") if hasattr(flask_app, "__dict__") else None)
        self.hosts = Hosts(flask_app, self._fixes)

    def _unwrap(self, wsgi: Any) -> None:
        while wsgi is not None and wsgi is not self._app and getattr(wsgi, "__self__", None) is not self._app:
            if isinstance(wsgi, DispatcherMiddleware):
                self.mounts += tuple(wsgi.mounts)
            elif isinstance(wsgi, ProxyFix):
                self._fixes.append(wsgi)
            elif not getattr(wsgi, "only_wraps", False):
                self.is_opaque = True
                return
            wsgi = wsgi.app

    @property
    def has_hooks(self) -> bool:
        """Whether a `before_request` of the whole application may answer what no rule matches."""
        return bool(getattr(self._app, "before_request_funcs", {}).get(None))

    takes_sockets = False
    is_elsewhere = False

    def sockets(self) -> list[str]:
        """Rules for WebSockets, which WSGI cannot serve."""
        return sorted(rule.rule for rule in self.map.iter_rules() if rule.websocket)

    def serves(self, asked: Asked) -> bool:
        """Whether a rule of Flask (also by a redirect), a mounted application or middleware serves a path."""
        return self._found(asked) not in (NotFound, MethodNotAllowed)

    def _found(self, asked: Asked) -> type[HTTPException] | None:
        """Why no view of Flask runs; None where one does, or where something answers that is no rule."""
        path = asked.path
        if self.is_opaque or any(path == mount or path.startswith(f"{mount}/") for mount in self.mounts):
            return None
        try:
            bound_to(self.map, asked.domain).match(path, asked.method)
        except HTTPException as error:
            return type(error)
        return None

    def answers(self, asked: Asked) -> bool:
        """Whether Flask answers a request by anything else than a 404, hooks included."""
        return self.has_hooks or self._found(asked) is not NotFound

    def covers(self, template: str, method: str) -> bool:
        """Whether a rule of the registry that is none of Flask's lies below one that is, or below something that is no rule."""
        host, path = parted(template)
        return self.serves(Asked(method, sample_of(path), sample_of(host) if host else None))
