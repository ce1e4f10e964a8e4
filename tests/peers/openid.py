"""An OpenID provider for one person: discovery, keys that change, codes that count once, PKCE."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "argus", "the-client-secret"


class OpenIdProvider:
    """The twin. `claims` are what it says of the person; `says` is what it says of itself; `down` makes it answer 503."""

    def __init__(self, issuer: str = "http://id.test") -> None:
        self.issuer = issuer
        self.claims: dict[str, Any] = {"sub": uuid4().hex, "email": "ann@example.org", "email_verified": True, "name": "Ann B"}
        self.says: dict[str, Any] = {}
        self.down = False
        self.asked: list[str] = []
        self.key: Any = None
        self.signs_with: Any = None
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate()
        paths = {"/.well-known/openid-configuration": self._described, "/jwks": self._keys, "/token": self._token}
        self.app = Starlette(routes=[Route(path, self._up(answer), methods=["GET", "POST"]) for path, answer in paths.items()])

    def rotate(self, kind: str = "RSA") -> None:
        """Sign with a new key, and publish only that one."""
        parameters: Any = {"kid": uuid4().hex, "use": "sig"}
        self.key = self.signs_with = RSAKey.generate_key(2048, parameters) if kind == "RSA" else ECKey.generate_key("P-256", parameters)

    def agree(self, way_out: str) -> dict[str, str]:
        """What the browser brings back after the person has agreed to a way out."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(way_out).query).items()}
        code = uuid4().hex
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, asked: Mapping[str, str]) -> str:
        at = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": asked["nonce"], **self.claims}
        algorithm = "RS256" if self.signs_with.key_type == "RSA" else "ES256"
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": algorithm, "kid": self.key.kid}, kept, self.signs_with, algorithms=[algorithm])

    def _up(self, answer: Any) -> Any:
        async def answered(request: Request) -> Response:
            self.asked.append(request.url.path)
            return Response(status_code=503) if self.down else await answer(request)

        return answered

    async def _described(self, request: Request) -> Response:
        own = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        return JSONResponse({"issuer": self.issuer, **{name: self.issuer + path for name, path in own.items()}, **self.says})

    async def _keys(self, request: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def _token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        asked = self._codes.pop(form.get("code", [""])[0], None)
        proof = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        verifier = hashlib.sha256(form.get("code_verifier", [""])[0].encode()).digest()
        right = (
            asked is not None
            and request.headers.get("authorization") == f"Basic {proof}"
            and asked["code_challenge_method"] == "S256"
            and asked["code_challenge"] == base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
            and asked["redirect_uri"] == form.get("redirect_uri", [""])[0]
        )
        if asked is None or not right:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": uuid4().hex, "token_type": "Bearer", "id_token": self.token(asked)})
