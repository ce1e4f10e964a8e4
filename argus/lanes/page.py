"""A page inside the shell (docs/contract/pages.md#the-shell)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from argus.auth.session import Session
from argus.kit.answer import HTML, Answer
from argus.kit.settings import Settings
from argus.models.user import User
from argus.templating.render import render

POLICY = (
    "script-src 'self' 'nonce-{nonce}'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'; "
    "form-action 'self' https://github.com; img-src 'self' data: https:"
)
"""Scripts are ours or bear the page's nonce; forms go to us or to GitHub's login. Styles are free, for bundles that bring their own."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows: its template, and what the template and its script are given.

    `script` is what the page's script finds as global variables, beside `globalFlashes` and `gArgusCurrentUser`.
    """

    template: str
    title: str
    script: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def render_page(page: Page, settings: Settings, session: Session, user: User | None, path: str) -> Answer:
    """The page as HTML. Rendering it empties the flash queue."""
    flashes = session.take_flashes()
    nonce = secrets.token_urlsafe(16)
    script: dict[str, Any] = {"globalFlashes": flashes, **page.script}
    public = None
    if user is not None:
        public = {k: v for k, v in user.__dict__.items() if k not in ("password", "api_token")}
        script["gArgusCurrentUser"] = public
    text = render(
        page.template,
        title=page.title,
        globals=script,
        user=public,
        flashes=flashes,
        path=path,
        impersonating="original_user" in session,
        doc_link=settings.APP_DOC_LINK,
        nonce=nonce,
        **page.context,
    )
    return Answer(text.encode(), page.status, HTML, (*_protection(nonce), *page.headers))


def _protection(nonce: str) -> tuple[tuple[str, str], ...]:
    """What a browser must not do with a page: run what is not ours, guess, tell others of it, keep it."""
    return (
        ("Content-Security-Policy", POLICY.format(nonce=nonce)),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),  # it names its reader, and may hold a new token
    )
