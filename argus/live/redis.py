"""The log of several processes and hosts, in a stream of Redis (`LIVE_BACKEND: redis`).

A script numbers a batch and adds it in one step, so the order is one for all, without a gap. The stream holds the last batches only; how
long they count is each hub's own to say.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from argus.live.log import Batch, Published, first_number, moment
from argus.live.message import Change
from argus.storage.errors import OperationTimedOut

STREAM = "argus:live"
KEPT_SECONDS = 120
PLACES = 16_384  # batches in the stream, or a few more
SLICE = 200  # batches read at once
PATIENCE = 5.0  # seconds for Redis to answer

APPEND = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local number = ARGV[1]
if #last > 0 then
    number = string.format('%.0f', tonumber(string.match(last[1][1], '^%d+')) + 1)
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], number .. '-1', 'changes', ARGV[3])
return number
"""


class RedisLog:
    """A log in Redis."""

    shared = True

    def __init__(self, url: str) -> None:
        self._redis: Any = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True)
        self._append = self._redis.register_script(APPEND)

    async def open(self) -> list[Batch]:
        while not (found := [_read(entry) for entry in await self._asked(self._redis.xrevrange(STREAM, count=PLACES))]):
            await self.append(())  # so that all who begin at once know one beginning
        since = (datetime.now(UTC) - timedelta(seconds=KEPT_SECONDS)).strftime("%Y-%m-%dT%H:%M:%S")
        return [batch for batch in reversed(found) if batch.at > since] or found[:1]

    async def append(self, entries: Sequence[Published]) -> None:
        text = json.dumps([moment(), [(topic, change.type, change.data) for topic, change in entries]], separators=(",", ":"))
        await self._asked(self._append(keys=[STREAM], args=[first_number(), PLACES, text]))

    async def after(self, number: int) -> list[Batch] | None:
        found: list[Batch] = []
        while True:
            behind = found[-1].number if found else number
            some = await self._asked(self._redis.xrange(STREAM, min=f"{behind}-1", count=SLICE))
            if not some or _read(some[0]).number != behind:  # trimmed, or another Redis than before
                return None
            found += [_read(entry) for entry in some[1:]]
            if len(some) < SLICE:
                return found

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _asked(self, answer: Any) -> Any:
        try:
            return await answer
        except (RedisError, OSError) as problem:
            raise OperationTimedOut(f"Redis does not answer: {type(problem).__name__}") from problem


def _read(entry: tuple[str, dict[str, str]]) -> Batch:
    at, entries = json.loads(entry[1]["changes"])
    return Batch(int(entry[0].partition("-")[0]), at, [Published(topic, Change(type, data)) for topic, type, data in entries] or ())
