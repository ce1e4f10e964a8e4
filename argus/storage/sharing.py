"""Equal reads that arrive together are one read of the database (`argus.kit.sharing`)."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import Any

from argus.kit.sharing import Sharing
from argus.storage.engine import Engine, Page, Wrapped
from argus.storage.statements import Select


class SharedReads(Wrapped):
    """The reads of one worker, on its loop. Writes pass through."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._sharing: Sharing[Page] = Sharing(lambda page: Page(own(page.rows), page.next))

    @property
    def idle(self) -> bool:
        """Whether no read is under way."""
        return self._sharing.idle

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        """One page, as the engine gives it."""
        if statement.nearest is not None:  # a vector costs more to compare than it saves
            return await self._engine.read(statement, size, start)
        try:
            page = self._sharing.do(_key(statement, size, start), partial(self._engine.read, statement, size, start))
        except TypeError:  # a value that has no hash: it is compared with nothing
            return await self._engine.read(statement, size, start)
        return await page


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
