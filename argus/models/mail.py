"""Mails that wait to be sent, and those that were given up. Our own table; the other system sends at once or never."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from argus.storage.table import ClusteringKey, PartitionKey, Row


class QueuedMail(Row, table="mail_outbox"):
    """One mail to one receiver, written with the notification that causes it. Gone once it is sent.

    `day` is the day on which it was queued (`2026-11-29`), so that a partition ends. The last four columns are set by
    lightweight transactions only, and by nothing before the first try: raising `tries` claims a try.
    """

    day: Annotated[str, PartitionKey()]
    id: Annotated[UUID, ClusteringKey()]
    receiver: str | None = None
    subject: str | None = None
    html: str | None = None
    text: str | None = None
    queued_at: datetime | None = None
    tries: int | None = None
    not_before: datetime | None = None
    given_up: bool | None = None
    error: str | None = None
