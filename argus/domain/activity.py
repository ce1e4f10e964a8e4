"""The activity log: who did what, written beside the change, read by run or by release (docs/contract/testrun.md#activity)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from typing import Any, TypedDict
from uuid import UUID

from argus.kit.clock import EPOCH, now, order_of, time_uuid
from argus.models.activity import ArgusEvent
from argus.models.enums import ArgusEventTypes
from argus.runtime import Runtime
from argus.storage.statements import select

log = logging.getLogger("argus.activity")

KINDS = frozenset(kind.value for kind in ArgusEventTypes)
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Told(TypedDict):
    """Entries, oldest first, and what each of them says, by its id."""

    raw_events: list[ArgusEvent]
    events: dict[str, str]


class RunActivity(Told):
    run_id: UUID


class ReleaseActivity(Told):
    release_id: UUID


def event(
    kind: ArgusEventTypes,
    user_id: UUID | None,
    message: str,
    *,
    release_id: UUID | None = None,
    group_id: UUID | None = None,
    test_id: UUID | None = None,
    run_id: UUID | None = None,
    **values: Any,
) -> ArgusEvent:
    """An entry that happens now, not yet stored: for `store.save`, or a batch beside the change itself.

    Args:
        user_id: who did it.
        message: the text, with `{placeholders}` that are filled when it is read.
        values: what fills them, kept in this order; anything that JSON takes. `{run_id}` is filled by itself.
    """
    if "{run_id}" in message:
        values["run_id"] = str(run_id)
    return ArgusEvent(
        id=time_uuid(),  # of two in one millisecond the order in which they were made
        release_id=release_id,
        group_id=group_id,
        test_id=test_id,
        run_id=run_id,
        user_id=user_id,
        kind=kind.value,
        body=json.dumps({"message": message, **values}, separators=(",", ":")),
        created_at=now(),
    )


def text_of(entry: ArgusEvent) -> str:
    """The sentence of an entry. Its values are as they were submitted: whoever shows it as HTML sanitises it.

    Raises:
        TypeError: the entry's kind is unknown, or it has no body.
        KeyError: the body lacks a value that its message names.
    """
    if entry.kind not in KINDS:
        raise TypeError(f"Unknown activity: {entry.kind}")
    body = json.loads(entry.body)  # type: ignore[arg-type]
    return PLACEHOLDER.sub(lambda found: str(body[found[1]]), body["message"])


async def run_activity(runtime: Runtime, run_id: UUID) -> RunActivity:
    """What happened to a run, oldest first; empty for an unknown run."""
    found = await runtime.store.all(select(ArgusEvent).where(run_id=run_id))  # what people did to one run: tens
    return {"run_id": run_id, **_told(found)}


async def release_activity(runtime: Runtime, release_id: UUID) -> ReleaseActivity:
    """What happened in a release, oldest first; the whole history, as its clients expect."""
    found = await runtime.store.all(select(ArgusEvent).where(release_id=release_id))
    return {"release_id": release_id, **_told(found)}


def _told(found: Iterable[ArgusEvent]) -> Told:
    entries = sorted(found, key=lambda entry: (entry.created_at or EPOCH, order_of(entry.id)))
    return {"raw_events": entries, "events": {str(entry.id): _sentence(entry) for entry in entries}}


def _sentence(entry: ArgusEvent) -> str:
    """The sentence of an entry, or its kind where nobody can tell more: one odd entry hides no other."""
    try:
        return text_of(entry)
    except (TypeError, KeyError, ValueError, AttributeError):
        log.warning("entry %s of the activity log cannot be told", entry.id)
        return entry.kind or ""
