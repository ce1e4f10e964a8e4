"""Which of several processes does a job: the one that holds its lease, a row of `runtime_store`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from argus.kit.clock import now
from argus.models.enums import RuntimeValueType
from argus.models.runtime import RuntimeStore
from argus.storage.statements import update
from argus.storage.store import Store

LENGTH = timedelta(seconds=30)  # a holder that died is followed after this time


@dataclass
class Lease:
    """A job's lease, as one process sees it."""

    store: Store
    job: str
    owner: str = field(default_factory=lambda: uuid4().hex)

    async def held(self) -> bool:
        """Whether this process holds it now; takes it when nobody does, and renews it before it runs out."""
        row = await self.store.find(RuntimeStore, key=self._key)
        if row is None:
            return await self.store.create(self._row())
        age = now() - row.value_date if row.value_date else LENGTH
        mine = row.value_text == self.owner
        if mine and age < LENGTH / 2:
            return True
        if not mine and age < LENGTH:
            return False
        renewed = update(RuntimeStore, key=self._key).set(value_text=self.owner, value_date=now())
        return (await self.store.write(renewed.only_if(value_text=row.value_text, value_date=row.value_date))).applied

    async def give_back(self) -> None:
        """Let another process take it at once."""
        gone = update(RuntimeStore, key=self._key).set(value_date=now() - LENGTH)
        await self.store.write(gone.only_if(value_text=self.owner))

    @property
    def _key(self) -> str:
        return f"lease:{self.job}"

    def _row(self) -> RuntimeStore:
        return RuntimeStore(key=self._key, value_type=RuntimeValueType.TEXT.value, value_text=self.owner, value_date=now())
