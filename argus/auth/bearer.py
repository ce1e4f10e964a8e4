"""Bearer tokens: short-lived JWT, signed with a key of their own that is derived from `SECRET_KEY`."""

from __future__ import annotations

import secrets
import time
from typing import Any
from uuid import UUID

from argus.kit.settings import Settings

ISSUER = "argus"
LIFETIME = 3600  # seconds
LABEL = b"argus-jwt"


class InvalidBearer(Exception):
    """No token of ours, or it counts no more."""


def _key_of(secret: str) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from joserfc.jwk import OctKey

    return OctKey.import_key(HKDF(hashes.SHA256(), 32, salt=None, info=LABEL).derive(secret.encode()))


def issue(settings: Settings, user_id: UUID) -> str:
    """A token for a user, for an hour."""
    from joserfc import jwt

    at = int(time.time())
    claims = {"sub": str(user_id), "iat": at, "exp": at + LIFETIME, "jti": secrets.token_hex(16), "iss": ISSUER}
    return jwt.encode({"alg": "HS256"}, claims, _key_of(settings.SECRET_KEY), algorithms=["HS256"])


def user_of(settings: Settings, token: str) -> UUID:
    """Whose token it is. Tokens of older keys (`SECRET_KEY_FALLBACKS`) count until they expire.

    Raises:
        InvalidBearer: it is malformed, signed otherwise, expired, or of somebody else.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError

    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            claims = jwt.decode(token, _key_of(secret), algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            continue
        try:
            _wanted().validate(claims)
            return UUID(claims["sub"])
        except (JoseError, ValueError, KeyError, TypeError):
            raise InvalidBearer from None
    raise InvalidBearer


def _wanted() -> Any:
    from joserfc.jwt import JWTClaimsRegistry

    return JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}, exp={"essential": True}, sub={"essential": True})
