"""Who answers what no route of the table matches: errors, redirects of slashes, OPTIONS, and FastAPI's own pages."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp, Scope
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from strangler.answers import answering, explain, same
from strangler.fastapi_lane import HANDOFF, Handoff, covers, finds, scanned
from strangler.flask_side import Side
from strangler.hosts import Asked
from strangler.registry import Lane
from strangler.table import Table


class Unmatched:
    """Decides for one gateway."""

    def __init__(self, app: FastAPI, side: Side | None) -> None:
        self._app = app
        self._side = side
        self._scanned = scanned(app)

    def look_again(self) -> None:
        """The application may have more routes than when it was looked at last."""
        self._scanned = scanned(self._app)

    def mounts(self, rule: str) -> bool:
        """Whether a mount of FastAPI holds the paths of a rule."""
        return covers(self._scanned, rule)

    def lane(self, table: Table, scope: Scope, asked: Asked) -> Lane:
        """Flask, so that its hooks and error pages run; FastAPI for what its scan finds, for preflights of what it owns, and for answers of
        our own."""
        side, domain = self._side, asked.domain
        if finds(self._scanned, scope) and not (side is not None and self._is_a_default_page(asked.path) and side.serves(asked)):
            return "fastapi"
        wanted = _preflight_of(scope)
        match = table.lookup(wanted, asked.path, domain) if wanted is not None else None
        if match is not None and match.target.lane == "fastapi" and not match.target.is_unclaimed:
            return self._explained(scope, explain(table.map, scope, domain))  # unless middleware for CORS answers before
        if side is not None and side.is_elsewhere:
            return self._explained(scope, explain(table.map, scope, domain)) if _is_fastapis_alone(table, asked) else "flask"
        serves = side is not None and asked.method != "OPTIONS" and side.serves(asked)
        if side is not None and (serves or not table.only_fastapi):
            return "flask"
        answer = explain(table.map, scope, domain)
        if side is not None and side.has_hooks and isinstance(answer, MethodNotAllowed):
            return "flask"
        if side is not None and same(answer, explain(side.map, scope, domain)):
            return "flask"
        return self._explained(scope, answer)

    def answered(self, scope: Scope, answer: ASGIApp) -> Lane:
        """Let FastAPI give an answer of our own, from inside its middleware."""
        scope[HANDOFF] = Handoff(scope["method"], scope["path"], None, {}, answer)
        return "fastapi"

    def _explained(self, scope: Scope, answer: HTTPException | Response | None) -> Lane:
        return self.answered(scope, answering(self._app, answer))

    def _is_a_default_page(self, path: str) -> bool:
        """FastAPI's own pages (`/docs` and its kin), which nobody has asked for by name."""
        app = self._app
        return path in (app.openapi_url, app.docs_url, app.redoc_url, app.swagger_ui_oauth2_redirect_url)


def _preflight_of(scope: Scope) -> str | None:
    """The method that a preflight of a browser asks about; None for any other request."""
    if scope["method"] != "OPTIONS":
        return None
    return next((value.decode("latin-1").upper() for name, value in scope["headers"] if name == b"access-control-request-method"), None)


def _is_fastapis_alone(table: Table, asked: Asked) -> bool:
    """Whether all methods of a path that the table knows are FastAPI's."""
    found = [match.target.lane for method in table.methods if (match := table.lookup(method, *asked[1:])) is not None]
    return bool(found) and set(found) == {"fastapi"}
