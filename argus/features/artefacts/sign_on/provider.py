"""The OpenID provider: what it says of itself, its keys, and what it says of somebody. Only its own host is ever asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from argus.integrations import remote
from argus.integrations.outbound import ForbiddenAddress, public_address
from argus.integrations.remote import Remote, RemoteError
from argus.kit.settings import Settings
from argus.platform.errors import BadGateway, Unauthenticated, Unavailable
from argus.runtime import Runtime

PROVIDER = Remote("sign-on provider", seconds=5, most_bytes=1 << 20, redirects=0)
KEPT = 3600.0  # seconds
LEEWAY = 60  # seconds by which clocks may differ
ALGORITHMS = ["RS256", "ES256"]
AGAIN = 30  # seconds


@dataclass(frozen=True, slots=True)
class Login:
    """A log-in that leaves for the provider: what must come back, and what proves that it comes back to who began it."""

    state: str
    nonce: str
    code_verifier: str


class Provider:
    """The provider of a worker; what it says of itself and its keys are kept for an hour."""

    def __init__(self) -> None:
        self._metadata: Mapping[str, Any] = {}
        self._keys: Any = None
        self._until = self._keys_until = 0.0

    async def way_out(self, runtime: Runtime, login: Login) -> str:
        """Where the browser goes to log in.

        Raises:
            Unavailable: the provider does not say.
        """
        settings, metadata = runtime.settings, await self._described(runtime)
        challenge = {"code_challenge": create_s256_code_challenge(login.code_verifier), "code_challenge_method": "S256"}
        uri: str = prepare_grant_uri(
            metadata["authorization_endpoint"],
            client_id=settings.SSO_CLIENT_ID,
            response_type="code",
            redirect_uri=settings.SSO_REDIRECT_URL,
            scope=settings.SSO_SCOPES,
            state=login.state,
            nonce=login.nonce,
            **challenge,
        )
        return uri

    async def claims(self, runtime: Runtime, code: str, login: Login) -> Mapping[str, Any]:
        """What the provider says of who has logged in there.

        Raises:
            BadGateway: it does not take the code.
            Unauthenticated: its token is not for us, for this log-in, of now, or not signed by it.
            Unavailable: it does not answer.
        """
        metadata = await self._described(runtime)
        token = await self._exchanged(runtime, metadata["token_endpoint"], code, login)
        try:
            claims = (await self._read(runtime, token)).claims
            _expected(runtime.settings, login).validate(claims)
        except (JoseError, ValueError):
            raise Unauthenticated("sso_token_invalid", "The provider's token does not count") from None
        if isinstance(claims.get("aud"), list) and claims.get("azp", runtime.settings.SSO_CLIENT_ID) != runtime.settings.SSO_CLIENT_ID:
            raise Unauthenticated("sso_token_invalid", "The provider's token is for somebody else")
        return claims

    async def _exchanged(self, runtime: Runtime, endpoint: str, code: str, login: Login) -> str:
        settings = runtime.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.SSO_REDIRECT_URL or "",
            "code_verifier": login.code_verifier,
        }
        secret = settings.SSO_CLIENT_SECRET.get_secret_value() if settings.SSO_CLIENT_SECRET else None
        method = "client_secret_basic" if secret else "none"
        body = str(httpx.QueryParams(form))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        _, headers, body = ClientAuth(settings.SSO_CLIENT_ID, secret, method).prepare("POST", endpoint, headers, body)
        answer = await _ask(runtime, "POST", endpoint, content=body, headers=headers)
        token = _json(answer).get("id_token") if answer.status_code == 200 else None
        if not isinstance(token, str):
            raise BadGateway("sso_exchange_failed", "The provider does not take the code")
        return token

    async def _read(self, runtime: Runtime, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, await self._known_keys(runtime), algorithms=ALGORITHMS)
        except (InvalidKeyIdError, ValueError):  # a key that is newer than ours, perhaps
            self._keys_until = 0.0
            return jwt.decode(token, await self._known_keys(runtime), algorithms=ALGORITHMS)

    async def _described(self, runtime: Runtime) -> Mapping[str, Any]:
        if time.monotonic() >= self._until:
            issuer = runtime.settings.SSO_ISSUER or ""
            found = _json(await _ask(runtime, "GET", get_well_known_url(issuer, external=True)))
            if found.get("issuer") != issuer:
                raise _away("it says that it is somebody else")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(found.get(name), str):
                    raise _away(f"it does not say its {name}")
            self._metadata, self._until = found, time.monotonic() + KEPT
        return self._metadata

    async def _known_keys(self, runtime: Runtime) -> Any:
        if time.monotonic() >= self._keys_until:
            metadata = await self._described(runtime)
            try:
                self._keys = KeySet.import_key_set(_json(await _ask(runtime, "GET", metadata["jwks_uri"])))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError):
                raise _away("its keys cannot be read") from None
            self._keys_until = time.monotonic() + KEPT
        return self._keys


def _expected(settings: Settings, login: Login) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": settings.SSO_ISSUER or ""},
        aud={"essential": True, "value": settings.SSO_CLIENT_ID or ""},
        nonce={"essential": True, "value": login.nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )


async def _ask(runtime: Runtime, method: str, url: str, **request: Any) -> httpx.Response:
    """Ask the issuer's host, and nobody else; outside development by HTTPS, at the address that was checked."""
    parts, issuer = urlsplit(url), urlsplit(runtime.settings.SSO_ISSUER or "")
    if parts.netloc != issuer.netloc or parts.scheme != issuer.scheme:
        raise _away(f"{parts.netloc} is not the issuer's host")
    try:
        if runtime.settings.ENV != "development":
            if parts.scheme != "https":
                raise _away("it is not asked without TLS")
            address, host, port = await public_address(runtime, url)
            request["headers"] = {**request.get("headers", {}), "Host": parts.netloc}
            request["extensions"] = {"sni_hostname": host}
            url = str(httpx.URL(url).copy_with(host=address, port=port))
        return await remote.ask(runtime, PROVIDER, method, url, **request)
    except (RemoteError, OSError) as error:
        raise _away(str(error)) from error
    except ForbiddenAddress:
        raise _away("its address is not a public one") from None


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != 200:
        raise _away(f"it answers {answer.status_code}")
    try:
        found = remote.json_of(PROVIDER, answer)
    except RemoteError as error:
        raise _away(str(error)) from None
    if not isinstance(found, dict):
        raise _away("it answers with what is no object")
    return found


def _away(why: str) -> Unavailable:
    return Unavailable("sso_unavailable", f"The sign-on provider cannot be used: {why}", retry_after=AGAIN)
