"""Secrets on the way to the next page: a new token, a first password. The cookie that carries them is signed but readable; they are not."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from argus.auth.session import Session
from argus.kit.settings import Settings

SEALED = "sealed"


def put(session: Session, settings: Settings, name: str, value: Any) -> None:
    """Leave a secret for the next page."""
    text = _cipher(settings).encrypt(json.dumps(value).encode()).decode()
    session[SEALED] = {**session.get(SEALED, {}), name: text}


def take(session: Session, settings: Settings, name: str) -> Any:
    """The secret that was left, once; None without one. One that the reference left is readable already."""
    plain = session.pop(name, None)
    if plain is not None or name not in session.get(SEALED, {}):
        return plain
    sealed = dict(session[SEALED])
    text = sealed.pop(name)
    session[SEALED] = sealed
    if not sealed:
        del session[SEALED]
    try:
        return json.loads(_cipher(settings).decrypt(text))
    except InvalidToken:  # of a key that is gone
        return None


def _cipher(settings: Settings) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(hmac.digest(key.encode(), b"argus: sealed in a session", "sha256"))) for key in keys])
