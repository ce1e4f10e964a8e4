"""Those who say who somebody is: GitHub with its OAuth flow, and Cloudflare Access with its keys."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.peers.sockets import Talk, spoken

CLIENT, SECRET = "argus-app", "the-app-secret"


class GitHub:
    """A twin of GitHub for one person. Codes count once, tokens until they are revoked; `instead` takes the place of an answer."""

    def __init__(self) -> None:
        self.login = f"octo-{uuid4().hex[:8]}"
        self.number = uuid4().int % 10**9
        self.organizations = ["scylladb"]
        self.codes: set[str] = set()
        self.tokens: set[str] = set()
        self.instead: dict[str, Talk] = {}
        self.asked: list[str] = []

    def code(self) -> str:
        """What the browser brings back after the person has agreed."""
        code = uuid4().hex
        self.codes.add(code)
        return code

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ahead = await reader.readuntil(b"\r\n\r\n")
        path = ahead.split(b" ", 2)[1].decode().partition("?")[0]
        self.asked.append(path)
        again = asyncio.StreamReader()
        again.feed_data(ahead)
        await self.instead.get(path, spoken(self._answer))(again, writer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/login/oauth/access_token":
            return httpx.Response(200, json=self._granted(dict(request.url.params)))
        if request.headers.get("authorization", "").removeprefix("token ") not in self.tokens:
            return httpx.Response(401, json={"message": "Bad credentials"})
        pages: dict[str, Any] = {
            "/user": {"id": self.number, "login": self.login, "name": "Octo Cat"},
            "/user/emails": [{"email": f"{self.login}@scylladb.com", "primary": True, "verified": True}],
            "/user/orgs": [{"login": name} for name in self.organizations][: int(request.url.params.get("per_page", "30"))],
        }
        return httpx.Response(200, json=pages[path]) if path in pages else httpx.Response(404, json={})

    def _granted(self, asked: dict[str, str]) -> dict[str, str]:
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT, SECRET):
            return {"error": "incorrect_client_credentials"}
        if asked.get("code") not in self.codes:
            return {"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
        self.codes.discard(asked["code"])
        token = f"gho_{uuid4().hex}"
        self.tokens.add(token)
        return {"access_token": token, "scope": "read:org,user", "token_type": "bearer"}


class Access:
    """A twin of Cloudflare Access: keys that it publishes and changes, and tokens signed with them."""

    def __init__(self, domain: str, audience: str) -> None:
        self.domain, self.audience = domain, audience
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.instead: Talk | None = None
        self.asked = 0
        self.rotate()

    def rotate(self) -> str:
        """Sign with a new key from now on, and publish no other."""
        self.keys = {uuid4().hex: rsa.generate_private_key(65537, 2048)}
        return next(iter(self.keys))

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        await (self.instead or spoken(self._answer))(reader, writer)

    def token(self, email: str | None, *, key: Any = None, algorithm: str = "RS256", kid: str | None = None, **claims: Any) -> str:
        """A token for an address; claims that are None are left out."""
        at = int(time.time())
        told = {"email": email, "aud": [self.audience], "iss": f"https://{self.domain}", "iat": at, "exp": at + 60} | claims
        named, private = next(iter(self.keys.items()))
        payload = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(payload, private if key is None else key, algorithm, headers={"kid": kid or named})

    def published(self) -> list[dict[str, Any]]:
        return [
            {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key())), "kid": kid, "use": "sig", "alg": "RS256"}
            for kid, private in self.keys.items()
        ]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/cdn-cgi/access/certs":
            return httpx.Response(404)
        return httpx.Response(200, json={"keys": self.published()})
