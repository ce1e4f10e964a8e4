"""Keys of Cloudflare Access: who signs, and how often its server is asked."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from argus.integrations import access_keys
from argus.integrations.access_keys import AccessKeys
from tests.integrations.test_remote import runtime_of

pytestmark = pytest.mark.anyio


class Publisher:
    """A server of keys."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.slow = asyncio.Event()
        self.slow.set()
        self.keys: dict[str, Any] = {}
        self.publish("one")

    def publish(self, key_id: str) -> None:
        public = rsa.generate_private_key(65537, 2048).public_key()
        self.keys[key_id] = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public)), "kid": key_id, "use": "sig"}

    async def answer(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://team.example.com/cdn-cgi/access/certs"
        self.asked += 1
        await self.slow.wait()
        return httpx.Response(self.status, json={"keys": list(self.keys.values())})

    def of(self) -> AccessKeys:
        return AccessKeys(runtime_of(httpx.MockTransport(self.answer)), "team.example.com")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in seconds, as its last element."""
    moments = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: moments[-1])
    return moments


async def test_unknown_ids_ask_once_a_minute_at_most(clock: list[float]) -> None:
    publisher = Publisher()
    keys = publisher.of()
    assert await keys.get("one") is not None
    for number in range(100):
        assert await keys.get(f"forged-{number}") is None
    assert publisher.asked == 1
    publisher.publish("two")
    clock.append(clock[-1] + 61)
    assert await keys.get("two") is not None
    assert publisher.asked == 2


async def test_who_comes_together_waits_for_one_fetch_but_for_too_many() -> None:
    publisher = Publisher()
    publisher.slow.clear()
    keys = publisher.of()
    waiting = [asyncio.create_task(keys.get("one")) for _ in range(40)]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [None] * (40 - access_keys.WAITING)
    publisher.slow.set()
    assert None not in await asyncio.gather(*(task for task in waiting if task not in done))
    assert publisher.asked == 1


async def test_a_server_that_does_not_answer_is_left_alone_for_a_minute(clock: list[float]) -> None:
    publisher = Publisher()
    publisher.status = 500
    keys = publisher.of()
    assert [await keys.get("one") for _ in range(10)] == [None] * 10
    assert publisher.asked == 1
    publisher.status = 200
    clock.append(clock[-1] + 61)
    assert await keys.get("one") is not None


async def test_a_silent_server_is_waited_for_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_keys, "FETCH_SECONDS", 0.05)
    publisher = Publisher()
    publisher.slow.clear()
    keys = publisher.of()
    async with asyncio.timeout(5):
        assert await asyncio.gather(*(keys.get(f"forged-{n}") for n in range(40))) == [None] * 40
    assert publisher.asked == 1


async def test_keys_are_fetched_again_after_an_hour_and_gone_ones_no_longer_count(clock: list[float]) -> None:
    publisher = Publisher()
    keys = publisher.of()
    await keys.get("one")
    del publisher.keys["one"]
    publisher.publish("two")
    clock.append(clock[-1] + 3601)
    assert await keys.get("one") is None
    assert await keys.get("two") is not None
