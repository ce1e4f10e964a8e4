"""The shared state in Redis, or what speaks its protocol.

What is decided under a condition is decided in a script, which Redis runs as a whole. All keys have one hash tag, so that a cluster keeps
them together.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from redis.asyncio import Redis

from strangler.state import ALL, Entry, Override, blueprint_of
from strangler.state_text import entry_of, override_of, text_of_entry, text_of_override

SECONDS = 5.0  # that a call may take
KEPT = 10_000  # entries of the journal

PLACE = """
local stands = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if stands ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""
LIFT = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
"""
WRITE = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], 0, ARGV[1])
local old = redis.call('ZRANGE', KEYS[2], 0, -1 - tonumber(ARGV[3]))
for _, each in ipairs(old) do
  redis.call('HDEL', KEYS[1], each)
  redis.call('ZREM', KEYS[2], each)
end
return 1
"""


class RedisState:
    """A `SharedState` in Redis; every worker of every host opens it by the same URL.

    The journal keeps its latest 10,000 entries. Redis must not be one that throws keys away when it is full (`maxmemory-policy
    noeviction`), and keeps what was decided over a restart as its own persistence says.
    """

    def __init__(self, url: str, prefix: str = "strangler") -> None:
        """Applications that share a Redis have each a `prefix` of their own. Nothing is opened before the first call."""
        self.url = url
        self.prefix = f"{{{prefix}}}"
        self._client: Any = None  # whose own types say that each call may or may not be awaited
        self._of: tuple[int, asyncio.AbstractEventLoop] | None = None

    async def overrides(self) -> list[Override]:
        found = await self._redis().hvals(self._key("overrides"))
        return [override_of(said) for said in found]

    async def place(self, override: Override, instead_of: Override | None = None) -> bool:
        stands = text_of_override(instead_of) if instead_of is not None else ""
        return await self._script(PLACE, [self._key("overrides")], override.subject, stands, text_of_override(override))

    async def lift(self, override: Override) -> bool:
        return await self._script(LIFT, [self._key("overrides")], override.subject, text_of_override(override))

    async def publish(self, topic: str, worker: str, value: Any, keep: int) -> None:
        async with self._redis().pipeline(transaction=True) as steps:
            if keep > 0:
                steps.set(self._report(topic, worker), json.dumps(value), ex=keep)
                steps.sadd(self._key("workers", topic), worker)
            else:
                steps.delete(self._report(topic, worker))
            await steps.execute()

    async def published(self, topic: str) -> dict[str, Any]:
        redis, known = self._redis(), self._key("workers", topic)
        workers = sorted(await redis.smembers(known))
        if not workers:
            return {}
        said = await redis.mget([self._report(topic, worker) for worker in workers])
        if gone := [worker for worker, each in zip(workers, said, strict=True) if each is None]:
            await redis.srem(known, *gone)
        return {worker: json.loads(each) for worker, each in zip(workers, said, strict=True) if each is not None}

    async def write(self, entry: Entry) -> bool:
        name = f"{entry.at.isoformat()} {entry.id}"  # with scores alike, a sorted set goes by the name
        return await self._script(WRITE, [self._key("entries"), self._key("journal")], name, text_of_entry(entry), KEPT)

    async def journal(self, limit: int = 100, blueprint: str | None = None) -> list[Entry]:
        redis, wanted, found = self._redis(), min(limit, ALL), list[Entry]()
        for begin in range(0, KEPT, ALL):
            names = await redis.zrange(self._key("journal"), begin, begin + ALL - 1, desc=True)
            said = await redis.hmget(self._key("entries"), names) if names else []
            entries = [entry_of(each) for each in said if each is not None]
            found += [each for each in entries if blueprint is None or blueprint_of(each.subject) == blueprint]
            if len(found) >= wanted or len(names) < ALL:
                break
        return found[:wanted]

    async def _script(self, script: str, keys: list[str], *arguments: str | int) -> bool:
        return int(await self._redis().eval(script, len(keys), *keys, *arguments)) == 1

    def _redis(self) -> Any:
        """A client of this process and loop: its connections belong to both."""
        here = (os.getpid(), asyncio.get_running_loop())
        if self._client is None or self._of != here:
            self._client = Redis.from_url(self.url, decode_responses=True, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
            self._of = here
        return self._client

    def _key(self, *parts: str) -> str:
        return ":".join((self.prefix, *parts))

    def _report(self, topic: str, worker: str) -> str:
        return self._key("report", topic, worker)
