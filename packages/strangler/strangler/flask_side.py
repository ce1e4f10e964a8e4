"""What Flask would answer, as far as that can be known without asking it.

What the registry does not list stays with Flask whenever Flask answers it. Its own rules are known. A dispatcher of werkzeug tells where
its mounted applications begin. Any other middleware around the application may answer any path, and so may a `before_request` hook.
"""

from __future__ import annotations

from typing import Any, Protocol

from starlette.types import Scope
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Map

from strangler.environ import below_root
from strangler.rules import sample_of

TRANSPARENT = (ProxyFix,)  # middleware that only changes the environ


class Side(Protocol):
    """What a gateway knows of its Flask lane."""

    map: Map
    """Flask's rules, as far as they are known."""
    takes_sockets: bool
    """Whether WebSockets can be passed on to it: not to WSGI."""
    is_elsewhere: bool
    """Whether it may answer anything, and nothing can be known of it here."""

    @property
    def has_hooks(self) -> bool:
        """Whether a `before_request` of the whole application may answer what no rule matches."""

    def sockets(self) -> list[str]:
        """Rules for WebSockets that it cannot serve."""

    def serves(self, path: str, method: str) -> bool:
        """Whether a rule of Flask (also by a redirect), a mounted application or middleware serves a path."""

    def answers(self, scope: Scope) -> bool:
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
        if wsgi_app is not None and wsgi_app is not flask_app:
            self._unwrap(wsgi_app)
        self._unwrap(vars(flask_app).get("wsgi_app") if hasattr(flask_app, "__dict__") else None)

    def _unwrap(self, wsgi: Any) -> None:
        while wsgi is not None and wsgi is not self._app and getattr(wsgi, "__self__", None) is not self._app:
            if isinstance(wsgi, DispatcherMiddleware):
                self.mounts += tuple(wsgi.mounts)
            elif not isinstance(wsgi, TRANSPARENT) and not getattr(wsgi, "only_wraps", False):
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

    def serves(self, path: str, method: str) -> bool:
        """Whether a rule of Flask (also by a redirect), a mounted application or middleware serves a path."""
        return self._found(path, method) not in (NotFound, MethodNotAllowed)

    def _found(self, path: str, method: str) -> type[HTTPException] | None:
        """Why no view of Flask runs; None where one does, or where something answers that is no rule."""
        if self.is_opaque or any(path == mount or path.startswith(f"{mount}/") for mount in self.mounts):
            return None
        try:
            self.map.bind("localhost").match(path, method)
        except HTTPException as error:
            return type(error)
        return None

    def answers(self, scope: Scope) -> bool:
        """Whether Flask answers a request by anything else than a 404, hooks included."""
        return self.has_hooks or self._found(below_root(scope["path"], scope.get("root_path", "")), scope["method"]) is not NotFound

    def covers(self, template: str, method: str) -> bool:
        """Whether a rule of the registry that is none of Flask's lies below one that is, or below something that is no rule."""
        return self.serves(sample_of(template), method)
