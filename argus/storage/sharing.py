"""Equal reads that arrive together are one read of the database.

A read that is under way when its twin arrives may have begun before something that the twin's caller knows to be written, so its answer is
not for the twin. The twin waits until it has ended; then one read begins for all who have come meanwhile. So no read ever begins before its
caller came, nothing is remembered from one moment to the next, and a caller alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Hashable
from contextvars import Context, copy_context
from typing import Any

from argus.kit import deadline
from argus.storage.engine import Engine, Page, Wrapped
from argus.storage.statements import Select

Asked = tuple[Select[Any], int, bytes | None]


class _Turn:
    """A read that is under way, and those who came while it was."""

    __slots__ = ("context", "waiting")

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[Page]] = []
        self.context: Context | None = None

    def wait(self) -> asyncio.Future[Page]:
        if self.context is None:
            self.context = copy_context()  # whatever else a read looks for there, it finds that of whoever waited first
        waiter: asyncio.Future[Page] = asyncio.get_running_loop().create_future()
        self.waiting.append(waiter)
        return waiter


class SharedReads(Wrapped):
    """The reads of one worker, on its loop. Writes pass through."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._turns: dict[Hashable, _Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> bool:
        """Whether no read is under way."""
        return not self._turns

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        """One page, as the engine gives it. What ends one caller (a deadline, a cancellation) ends no other."""
        if statement.nearest is not None:  # a vector costs more to compare than it saves
            return await self._engine.read(statement, size, start)
        key = _key(statement, size, start)
        try:
            turn = self._turns.get(key)
        except TypeError:  # a value that has no hash: it is compared with nothing
            return await self._engine.read(statement, size, start)
        if turn is not None:
            return await turn.wait()
        turn = self._turns[key] = _Turn()
        try:
            return await self._engine.read(statement, size, start)
        finally:
            self._next(key, turn, (statement, size, start))

    def _next(self, key: Hashable, ended: _Turn, asked: Asked) -> None:
        """The turn of those who came meanwhile and have not left."""
        waiting = [waiter for waiter in ended.waiting if not waiter.done()]
        if not waiting:
            del self._turns[key]
            return
        assert ended.context is not None
        ended.context.run(deadline.current.set, None)  # each waits no longer than his own; the read belongs to all
        turn = self._turns[key] = _Turn()
        task = asyncio.get_running_loop().create_task(self._for_all(key, turn, asked, waiting), context=ended.context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _for_all(self, key: Hashable, turn: _Turn, asked: Asked, waiting: list[asyncio.Future[Page]]) -> None:
        try:
            page = await self._engine.read(*asked)
        except BaseException as error:
            for waiter in waiting:
                if waiter.done():
                    continue
                if isinstance(error, Exception):
                    waiter.set_exception(copy.copy(error))  # each raises one of his own: a traceback grows where it is raised
                else:
                    waiter.cancel()
            if not isinstance(error, Exception):
                raise
        else:
            first = True
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(page if first else Page(own(page.rows), page.next))
                    first = False
        finally:
            self._next(key, turn, asked)


def _key(statement: Select[Any], size: int, start: bytes | None) -> Hashable:
    """What two reads share that are the same. It has no hash where a value of the statement has none."""
    return (
        statement.model,
        statement.columns,
        tuple([(c.column, c.op, type(c.value), tuple(c.value) if type(c.value) is list else c.value, c.key) for c in statement.conditions]),
        statement.max_rows,
        statement.max_per_partition,
        statement.order,
        statement.is_distinct,
        statement.filtering,
        statement.aggregates,
        statement.level,
        statement.seconds,
        statement.ttl,
        size,
        start,
    )


def own(value: Any) -> Any:
    """The value with containers of its own, so that whoever changes his rows changes nobody else's."""
    kind = type(value)
    if kind is dict:
        return {name: own(item) if type(item) in _CONTAINERS else item for name, item in value.items()}
    if kind is list:
        return [own(item) if type(item) in _CONTAINERS else item for item in value]
    if kind is tuple:
        return tuple([own(item) for item in value])
    return set(value) if kind is set else value


_CONTAINERS = frozenset({dict, list, tuple, set})
