"""A page inside the shell (pages.md, "Shell present on every page")."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from argus.auth.session import Session
from argus.kit.answer import HTML, Answer
from argus.kit.settings import Settings
from argus.models.user import User
from argus.templating.render import render


def page(
    template: str,
    *,
    title: str,
    settings: Settings,
    session: Session,
    user: User | None,
    path: str,
    globals: Mapping[str, Any] | None = None,
    status: int = 200,
    **context: Any,
) -> Answer:
    """A page inside the shell. Rendering it empties the flash queue.

    Args:
        globals: what the page's script finds as global variables, beside `globalFlashes` and `gArgusCurrentUser`.
    """
    flashes = session.take_flashes()
    everything: dict[str, Any] = {"globalFlashes": flashes, **(globals or {})}
    public_user = None
    if user is not None:
        public_user = {k: v for k, v in user.__dict__.items() if k not in ("password", "api_token")}
        everything["gArgusCurrentUser"] = public_user
    nonce = secrets.token_urlsafe(16)
    text = render(
        template,
        title=title,
        globals=everything,
        user=public_user,
        flashes=flashes,
        path=path,
        impersonating="original_user" in session,
        doc_link=settings.APP_DOC_LINK,
        nonce=nonce,
        **context,
    )
    return Answer(text.encode(), status, HTML)
