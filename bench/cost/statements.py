"""How many statements a request takes, asked alone."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from argus.storage.store import Store
from bench.cost.routes import Ask
from tests.counting import Counting

REPORTED = 5  # requests of a reporting client in one turn


async def statements(app: object, store: Store, token: str, wanted: Sequence[Ask]) -> dict[str, list[str]]:
    """What each request asked of the store, when it was asked for the second time.

    Args:
        app: the gateway, started.
    """
    counting = store.engine = Counting(store.engine)
    asked: dict[str, list[str]] = {}
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://argus", headers={"Authorization": f"token {token}"}) as client:
        for ask in wanted:
            turns = REPORTED if ask.name == "reporting" else 1
            await _ask(client, ask, turns)
            counting.asked = []
            await _ask(client, ask, turns)
            asked[ask.name] = counting.asked[:]
    return asked


async def _ask(client: httpx.AsyncClient, ask: Ask, times: int) -> None:
    for _ in range(times):
        method, path, body = ask.make()
        answer = await client.request(method, path, json=body)
        if answer.status_code != 200 or answer.json().get("status") == "error":
            raise RuntimeError(f"{ask.name}: {answer.status_code} {answer.text[:300]}")
