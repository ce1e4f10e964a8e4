"""The keys with which Cloudflare Access signs: fetched when needed, once a minute at most, whatever callers send."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace

import jwt

from argus.integrations.remote import Remote, RemoteError, ask, json_of
from argus.runtime import Runtime

log = logging.getLogger("argus.auth")

LIFETIME = 3600.0  # seconds that keys count
PAUSE = 60.0  # seconds between two fetches
FETCH_SECONDS = 2.0  # seconds that a fetch may take, all in all
PUBLISHER = Remote("Cloudflare Access", tries=1, most_bytes=1 << 20, breaks=False, obeys=False)  # it is asked rarely as it is
WAITING = 4  # callers who may wait for one; each may hold a thread of the Flask lane meanwhile


class AccessKeys:
    """Published keys by id. Those who come while keys are fetched wait for that fetch; if too many do, a key that is not there is none."""

    def __init__(self, runtime: Runtime, domain: str) -> None:
        self._runtime = runtime
        self._url = f"https://{domain}/cdn-cgi/access/certs"
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching = asyncio.Lock()
        self._waiting = 0

    async def get(self, key_id: str) -> jwt.PyJWK | None:
        """The key of that id; None when nobody publishes one, or its server does not answer."""
        if not self._known(key_id) and self._waiting < WAITING and (self._fetching.locked() or self._may_fetch()):
            self._waiting += 1
            try:
                async with self._fetching:
                    if not self._known(key_id) and self._may_fetch():
                        await self._fetch()
            finally:
                self._waiting -= 1
        return self._keys[key_id] if self._known(key_id) else None

    def _may_fetch(self) -> bool:
        return time.monotonic() - self._tried >= PAUSE

    def _known(self, key_id: str) -> bool:
        return key_id in self._keys and time.monotonic() - self._fetched < LIFETIME

    async def _fetch(self) -> None:
        self._tried = time.monotonic()
        publisher = replace(PUBLISHER, seconds=FETCH_SECONDS)
        try:
            answer = await ask(self._runtime, publisher, "GET", self._url)
            published = jwt.PyJWKSet.from_dict(json_of(publisher, answer)).keys if answer.status_code == 200 else []
        except RemoteError as problem:
            log.warning("keys of Cloudflare Access stay as they are: %s", problem)
            return
        except (jwt.PyJWTError, ValueError, AttributeError, TypeError, KeyError) as malformed:
            log.warning("keys of Cloudflare Access stay as they are: %s publishes none that can be read (%r)", self._url, malformed)
            return
        if not published:
            log.warning("keys of Cloudflare Access stay as they are: %s answers %d", self._url, answer.status_code)
            return
        self._keys = {key.key_id: key for key in published if key.key_id and key.public_key_use in (None, "sig")}
        self._fetched = time.monotonic()
