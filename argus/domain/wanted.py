"""How people want to be told: by kind of notification, in the inbox and by mail (docs/triage.md#how-one-is-told)."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from argus.models.enums import ArgusNotificationTypes as Kind
from argus.models.notification import NotificationSetting
from argus.storage.statements import insert, select
from argus.storage.store import Store

KINDS = (Kind.MENTION, Kind.ASSIGNEE_CHANGE, Kind.VIEW_ACTION_ITEM_ASSIGNEE, Kind.VIEW_HIGHLIGHT_MENTION)
"""What somebody is told of."""


class Ways(NamedTuple):
    """Ways in which one kind reaches somebody."""

    bell: bool = True
    mail: bool = True


async def ways_to(store: Store, user_id: UUID, kind: Kind) -> Ways:
    """How somebody wants to be told of a kind."""
    row = await store.find(NotificationSetting, user_id=user_id, kind=kind.value)
    return Ways() if row is None else _ways(row)


async def all_ways(store: Store, user_id: UUID) -> dict[Kind, Ways]:
    """How somebody wants to be told of each kind."""
    rows = {row.kind: _ways(row) for row in await store.all(select(NotificationSetting).where(user_id=user_id).limit(len(Kind)))}
    return {kind: rows.get(kind.value, Ways()) for kind in KINDS}


async def choose(store: Store, user_id: UUID, kind: Kind, ways: Ways) -> None:
    """Keep how somebody wants to be told of a kind."""
    await store.write(insert(NotificationSetting(user_id=user_id, kind=kind.value, bell=ways.bell, mail=ways.mail)))


def _ways(row: NotificationSetting) -> Ways:
    return Ways(row.bell is not False, row.mail is not False)
