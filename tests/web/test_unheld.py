"""What callers make large or many holds no event loop: the watchdog of all tests fails those in which it does."""

from __future__ import annotations

import httpx
import pytest

from tests.attacks.test_computing import BOMBS as ATTACKS
from tests.attacks.test_computing import CHART, INGEST, LONG, SUBMIT, zipped

pytestmark = pytest.mark.anyio


BOMBS = {"a thousand records of nothing": zipped(b"{}\n" * 1000), **dict(list(ATTACKS.items())[1:])}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
async def test_an_archive_that_blows_up(client: httpx.AsyncClient, bomb: bytes) -> None:
    answer = await client.post(INGEST, content=bomb, headers={"content-type": "application/zip"})
    told = answer.json()
    assert told["status"] == "error" or len(told["response"]["errors"]) <= 1000


@pytest.mark.parametrize("body", LONG.values(), ids=LONG.keys())
async def test_a_long_body_of_json(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(SUBMIT, content=body, headers={"content-type": "application/json"})
    assert answer.json()["status"] == "error"


async def test_bounds_that_ask_for_a_long_chart(client: httpx.AsyncClient) -> None:
    answer = await client.get(CHART, params={"after": 0, "before": 63_000_000_000, "limit": 2**31 - 1})
    assert answer.json()["status"] == "ok"
