"""A store into which another process writes between a read and the first write of whoever uses it."""

from __future__ import annotations

from typing import Any

from argus.storage.statements import Outcome, Update
from argus.storage.store import Store


class Intruded(Store):
    """Another process writes just before the first write."""

    def __init__(self, store: Store, intrusion: Update) -> None:
        super().__init__(store.engine)
        self.intrusion: Update | None = intrusion

    async def write(self, statement: Any) -> Outcome:
        if self.intrusion is not None:
            intrusion, self.intrusion = self.intrusion, None
            await super().write(intrusion)
        return await super().write(statement)
