"""The room of a release: what whoever decides about it wants to know, in one answer (docs/triage.md#the-room-of-a-release)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from argus.domain.written import escaped
from argus.features.tracker.rooms.digest import Digest, digest_of
from argus.features.tracker.rooms.noted import noted
from argus.features.tracker.stats.derived import Derived
from argus.features.tracker.stats.reading import Filter
from argus.kit.clock import EPOCH, now
from argus.kit.errors import DataValidationError
from argus.kit.parse import need, uuid_of
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusRelease
from argus.models.plan import ArgusReleasePlan
from argus.models.room import ReleaseMessage
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import insert, select, update

PLANS = 12
PLANS_READ = 500
LONGEST = 4_000  # characters of a message
LONGEST_VERSION = 200
OF_PLAN = ("id", "key", "name", "target_version", "owner", "participants", "completed", "ends_at")


class _Digests(Derived[Digest]):
    most = 32


async def room(runtime: Runtime, name: str | None, version: str | None) -> dict[str, Any]:
    """Everything that the room shows.

    Args:
        version: only runs whose version begins so.

    Returns:
        `release`, `message`, `tests`, `issues`, `comments` (these three are None of a dormant release), `plans`, and what `noted` tells.

    Raises:
        DocumentNotFound: there is no such release.
        DataValidationError: `version` is too long.
    """
    if not name:
        raise DocumentNotFound(f"No ArgusRelease found matching {{'name': {name!r}}}")
    if len(version or "") > LONGEST_VERSION:
        raise DataValidationError(f"version has at most {LONGEST_VERSION} characters")
    release = await runtime.store.get(ArgusRelease, name=name)
    plans, message, notes = await asyncio.gather(
        runtime.store.all(select(ArgusReleasePlan).where(release_id=release.id).limit(PLANS_READ)),
        runtime.store.find(ReleaseMessage, release_id=release.id),
        noted(runtime, release.id),
    )
    plans = _ordered(plans)
    digest = await _digest(runtime, release, version or None, plans[:PLANS])
    return {
        "release": {field: getattr(release, field) for field in ("id", "name", "pretty_name", "description", "dormant")},
        "message": _told(message),
        "tests": digest.tests if digest else None,
        "issues": digest.issues if digest else None,
        "comments": digest.comments if digest else None,
        "plans": _planned(plans, digest),
        **notes,
    }


def _told(message: ReleaseMessage | None) -> dict[str, Any]:
    if message is None:
        return {"number": 0, "text": "", "author_id": None, "at": None}
    return {"number": message.number or 0, "text": message.text or "", "author_id": message.author_id, "at": message.at}


def _ordered(plans: Sequence[ArgusReleasePlan]) -> list[ArgusReleasePlan]:
    """Open plans first, the newest of each kind first."""
    ordered = sorted(plans, key=lambda plan: plan.creation_time or EPOCH, reverse=True)
    return sorted(ordered, key=lambda plan: bool(plan.completed))


def _planned(plans: Sequence[ArgusReleasePlan], digest: Digest | None) -> dict[str, Any]:
    progress: Mapping[UUID, Any] = digest.plans if digest else {}
    shown = [{**{name: getattr(plan, name) for name in OF_PLAN}, "tests": progress.get(plan.id)} for plan in plans[:PLANS]]
    return {"count": len(plans), "items": shown}


async def _digest(runtime: Runtime, release: ArgusRelease, version: str | None, plans: Sequence[ArgusReleasePlan]) -> Digest | None:
    """Of the statistics that the dashboard is made of, too. None: the release is dormant."""
    wanted = Filter(version, None, no_version=version is None)
    entities = {plan.id: (*plan.tests, *plan.groups) for plan in plans}
    return await runtime.own(_Digests).of(runtime, release, wanted, lambda payload: runtime.blocking(ANSWERS, digest_of, payload, entities))


async def write(runtime: Runtime, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the message of the day of a release; an empty one clears it.

    Args:
        body: `release_id`, `text`, and `number`, that of the message which its writer has seen (0: none).

    Returns:
        the message as it is then.

    Raises:
        KeyError, ValueError: a key is missing, or the id malformed.
        DataValidationError: the text is none or too long, `number` is none, or somebody else wrote meanwhile.
        DocumentNotFound: there is no such release.
    """
    release_text, text, number = need(body, "release_id"), need(body, "text"), need(body, "number")
    release_id = uuid_of(release_text)
    if not isinstance(text, str) or len(text) > LONGEST:
        raise DataValidationError(f"text must be a text of at most {LONGEST} characters")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**31 - 1:
        raise DataValidationError("number must be that of the message which was seen")
    await runtime.store.get(ArgusRelease, "id", id=release_id)
    row = ReleaseMessage(release_id=release_id, number=number + 1, text=escaped(text).strip(), author_id=user.id, at=now())
    changes = {"number": row.number, "text": row.text, "author_id": row.author_id, "at": row.at}
    changed = update(ReleaseMessage, release_id=release_id).set(**changes).only_if(number=number)
    if not (await runtime.store.write(changed if number else insert(row, if_not_exists=True))).applied:
        raise DataValidationError("somebody else has written a message meanwhile: look at it before you replace it")
    return _told(row)
