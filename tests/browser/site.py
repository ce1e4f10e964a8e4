"""The pages without a server: real templates, the built bundles, and answers that a test chooses.

A browser asks for `http://argus.test/…`; nothing leaves the machine. What a server would answer at `/api/…` stands in a
table that a test may change, so every state of a screen can be shown: empty, failing, logged out.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page, Request, Route

from argus.templating.render import render

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://argus.test"
USER = {
    "id": "00000000-0000-4000-8000-00000000000a",
    "username": "alice",
    "full_name": "Alice Example",
    "email": "alice@example.com",
    "picture_id": None,
    "roles": ["ROLE_USER", "ROLE_ADMIN"],
}

Answer = Callable[[Request], Any]


class Refusal(Exception):
    """What an answer raises to be an error: HTTP status and body."""

    def __init__(self, body: dict[str, Any], status: int = 200) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


def api_error(message: str, exception: str = "Exception") -> Refusal:
    """The error envelope of the API."""
    return Refusal(
        {"status": "error", "response": {"trace_id": "dHJhY2U=" * 5, "exception": exception, "message": message, "arguments": [message]}}
    )


class Site:
    """Pages by path and API answers by path, for one browser context."""

    def __init__(self, context: BrowserContext, user: dict[str, Any] | None = USER) -> None:
        self.user = user
        self.pages: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {}
        self.api: dict[str, Any] = {"/api/v1/notifications/get_unread": 0, "/api/v1/users": {USER["id"]: USER}}
        self.plain: dict[str, Any] = {}  # by path: JSON as it is, without the API's envelope
        self.planned: dict[str, str] = {}
        """Who looks after tests and groups by plan, for boards."""
        self.requests: list[Request] = []
        self.changes: list[dict[str, Any]] = []
        """What the stream of changes tells whoever asks for it."""
        context.route("**/*", self._answer)

    def page(self, path: str, template: str, title: str = "", script: dict[str, Any] | None = None, **own: Any) -> str:
        """Serve a template at a path; returns its address."""
        self.pages[path] = (template, title, script or {}, own)
        return ORIGIN + path

    def posted(self, path: str) -> list[Any]:
        """The JSON bodies sent to a path."""
        return [json.loads(r.post_data or "null") for r in self.requests if urlsplit(r.url).path == path and r.method == "POST"]

    def tell(self, page: Page, topic: str, *changes: tuple[str, dict[str, Any]]) -> None:
        """Have the stream of a page tell of changes: it is left and joined again, as when a tab is hidden for a moment."""
        self.changes = [
            {"type": kind, "topic": topic, "seq": number, "at": "2026-01-01T00:00:00.000Z", "data": data}
            for number, (kind, data) in enumerate(changes, 1)
        ]
        for hidden in ("true", "false"):
            page.evaluate(f"Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }})")
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            page.wait_for_timeout(200)

    def _answer(self, route: Route) -> None:
        request = route.request
        self.requests.append(request)
        path = urlsplit(request.url).path
        if not request.url.startswith(ORIGIN):
            route.abort()
        elif path.startswith("/s/"):
            self._static(route, ROOT / "public" / path.removeprefix("/s/"))
        elif path == "/api/v1/live":
            told = "".join(f"id: {change['seq']}\ndata: {json.dumps(change)}\n\n" for change in self.changes)
            route.fulfill(status=200, content_type="text/event-stream", body=f"retry: 600000\n\n{told}")
        elif path in self.pages:
            route.fulfill(status=200, content_type="text/html; charset=utf-8", body=self._html(path), headers=_POLICY)
        elif path in self.plain:
            route.fulfill(status=200, content_type="application/json", body=json.dumps(self.plain[path]))
        elif path in self.api:
            self._json(route, self.api[path])
        else:
            route.fulfill(status=404, content_type="text/html", body="<title>404 Not Found</title>")

    def _html(self, path: str) -> str:
        template, title, script, own = self.pages[path]
        data = {"globalFlashes": [], **({"gArgusCurrentUser": self.user} if self.user else {}), **script}
        shell = {"flashes": [], "impersonating": False, "doc_link": None, "nonce": "test"}
        return render(template, title=title, globals=data, user=self.user, path=path, **shell, **own)

    def _json(self, route: Route, answer: Any) -> None:
        try:
            body, status = (answer(route.request) if callable(answer) else answer), 200
        except Refusal as refusal:
            route.fulfill(status=refusal.status, content_type="application/json", body=json.dumps(refusal.body))
            return
        envelope = body if isinstance(body, dict) and body.get("status") == "ok" else {"status": "ok", "response": body}
        route.fulfill(status=status, content_type="application/json", body=json.dumps(envelope))

    @staticmethod
    def _static(route: Route, file: Path) -> None:
        if not file.is_file():
            route.fulfill(status=404, content_type="text/html", body="")
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(status=200, content_type=kind, body=file.read_bytes())


# Stricter than the server need be: the frontend must run without inline styles, eval or foreign scripts.
_POLICY = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'nonce-test'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; object-src 'none'"
    )
}


def query_of(request: Request) -> dict[str, list[str]]:
    """The query parameters of a request."""
    return parse_qs(urlsplit(request.url).query)
