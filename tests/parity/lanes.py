"""Both lanes side by side, made repeatable: before each request the clock and the source of chance start anew, the same for both."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import quote

import httpx

from argus.auth.session import SessionCodec
from argus.integrations import remote
from argus.kit import clock
from strangler.registry import Lane
from tests.parity import database
from tests.parity.compare import differences, seen
from tests.parity.database import NOW, Pool
from tests.parity.kinds import Known, kind_of
from tests.parity.requests import FORM, Drawn
from tests.serving import ACTORS, Server, serving

LANES: tuple[Lane, ...] = ("flask", "fastapi")
ACTOR = {"admin": "alice", "user": "bob", "manager": "carol", "tunnel": "tunnel", "cookie": "carol"}
LONGER_THAN_A_RUN = 86_400.0  # seconds
START = int((NOW - clock.EPOCH).total_seconds()) * 1_000_000_000


class Chance:
    """Clock and randomness of the process, repeatable: what a lane makes while it serves a request, the other makes too."""

    def __init__(self) -> None:
        self._number = 0
        self._drawn = random.Random(0)
        self._others = random.Random(0)
        self._ticks = 0
        self._asking: ContextVar[bool] = ContextVar("asking", default=False)

    def restart(self, number: int) -> None:
        """Begin the moment of a request."""
        self._number, self._ticks, self._drawn = number, 0, random.Random(number)
        self._asking.set(True)
        clock._last_ticks = 0  # ids of one process rise; both lanes are in one
        random.seed(number)

    def urandom(self, size: int) -> bytes:
        """Random to who serves the request; what a server does meanwhile of its own accord draws from elsewhere."""
        return (self._drawn if self._asking.get() else self._others).randbytes(size)

    def time_ns(self) -> int:
        self._ticks += 1
        return START + self._number * 1_000_000_000 + self._ticks * 1_000

    @contextmanager
    def rules(self) -> Iterator[None]:
        """Let this process ask here instead of the operating system."""
        still = SimpleNamespace(time_ns=self.time_ns, time=lambda: self.time_ns() / 1e9, monotonic=time.monotonic)
        with (
            mock.patch.object(os, "urandom", self.urandom),
            mock.patch.object(random, "_urandom", self.urandom),
            mock.patch.object(clock, "time", still),
            mock.patch.object(remote, "REST_SECONDS", LONGER_THAN_A_RUN),  # by the machine's clock one lane may find it over, and one not
        ):
            yield


class Pair:
    """Two servers with equal data."""

    def __init__(self, servers: dict[Lane, Server], pool: Pool, chance: Chance, cookies: dict[str, str]) -> None:
        self.servers = servers
        self.pool = pool
        self.chance = chance
        self.cookies = cookies
        self.codec = SessionCodec("of-tests")
        self.sent = 0

    async def ask(self, drawn: Drawn) -> Asked:
        """Send a request to both lanes, one after the other."""
        self.sent += 1
        build = self._built(drawn)
        answers = {}
        for lane, server in self.servers.items():
            self.chance.restart(self.sent)
            async with server.client(None) as client:
                answers[lane] = await client.send(build(client))
            await server.runtime.settle()
        flask, fastapi = (seen(answers[lane], self.codec) for lane in LANES)
        found = differences(flask, fastapi)
        if not found:
            self.pool.learn(flask["body"])
        return Asked(drawn, answers["flask"].request, found, answers["fastapi"].status_code)

    def _built(self, drawn: Drawn) -> Callable[[httpx.AsyncClient], httpx.Request]:
        headers = {**_identity(drawn.caller, self.cookies), **drawn.headers}
        content_type, body = drawn.content[0], self._known(drawn.content[1])
        options: dict[str, Any] = {}
        if content_type is not None:
            headers["Content-Type"] = content_type
        if isinstance(body, bytes):
            options["content"] = body
        elif content_type == FORM and isinstance(body, dict):
            options["data"] = {key: str(value) for key, value in body.items()}
        elif content_type is not None:
            options["content"] = json.dumps(body).encode()
        path = _filled(drawn.rule, {name: self._known(value) for name, value in drawn.path.items()})
        query = "&".join(f"{quote(name)}={quote(_text(self._known(value)))}" for name, value in drawn.query)
        url = f"http://argus.test{path}" + (f"?{query}" if query else "")
        return lambda client: client.build_request(drawn.method, url, headers=headers, **options)

    def _known(self, value: Any) -> Any:
        if isinstance(value, Known):
            return self.pool.get(kind_of(value.kind), value.place)
        if isinstance(value, dict):
            return {key: self._known(each) for key, each in value.items()}
        return [self._known(each) for each in value] if isinstance(value, list) else value


class Asked:
    """A request that was sent, and what differed in the answers."""

    def __init__(self, drawn: Drawn, request: httpx.Request, differing: list[str], status: int) -> None:
        self.drawn = drawn
        self.request = request
        self.differing = differing
        self.status = status

    def __str__(self) -> str:
        body = self.request.content[:300]
        lines = [f"{self.request.method} {self.request.url} as {self.drawn.caller} {self.drawn.content[0] or ''} {body!r}: {self.status}"]
        return "\n    ".join(lines + self.differing[:8])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _filled(rule: str, values: dict[str, Any]) -> str:
    parts = []
    for part in rule.split("/"):
        if part.startswith("<"):
            converter, _, name = part.strip("<>").rpartition(":")
            parts.append(quote(_text(values[name]), safe="/" if converter == "path" else ""))
        else:
            parts.append(part)
    return "/".join(parts)


def _identity(caller: str, cookies: dict[str, str]) -> dict[str, str]:
    match caller:
        case "anonymous":
            return {}
        case "unknown token":
            return {"Authorization": "token of-nobody"}
        case "odd header":
            return {"Authorization": "Basic YTpi"}
        case "cookie":
            return {"Cookie": f"session={cookies['carol']}"}
    return {"Authorization": f"token {ACTORS[ACTOR[caller]]['token']}"}


@asynccontextmanager
async def both_lanes(folder: Path, jobs: int | None = None) -> AsyncIterator[Pair]:
    """Both lanes, each on its own copy of one seeded database."""
    seeded, pool = await database.seed(folder / "seed", jobs)
    chance = Chance()
    async with AsyncExitStack() as stack:
        servers = {}
        for lane in LANES:
            database.copy(seeded, folder / lane)
            servers[lane] = await stack.enter_async_context(serving(folder / lane, lane))
        carol = await servers["flask"].browser("carol")
        cookies = {"carol": carol.cookies["session"]}
        await carol.aclose()
        with chance.rules():
            yield Pair(servers, pool, chance, cookies)
