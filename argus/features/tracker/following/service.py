"""Releases that somebody follows, and how they stand (docs/triage.md#my-day)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from argus.domain.exclusive import exclusive
from argus.features.tracker.board.columns import TO_OPEN, counts_of, read
from argus.features.tracker.stats.derived import Derived
from argus.features.tracker.stats.reading import Filter
from argus.kit.errors import DataValidationError
from argus.kit.parse import need, number_between, uuid_of
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusRelease
from argus.models.following import FollowedRelease
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import delete, select

MOST = 50  # releases of one person
STANDING = 12  # releases whose state is told at once, unless the caller wants another number

Counts = dict[str, int]


class Followed(TypedDict):
    id: UUID
    name: str | None
    pretty_name: str | None
    dormant: bool
    since: datetime | None


class Standing(Followed):
    """`counts` has the tests of each status, only those that there are, and `total`; None of a dormant release."""

    counts: Counts | None
    to_open: int


class _KeptCounts(Derived[tuple[Counts, int]]):
    most = 500
    at_once = 3


async def followed(runtime: Runtime, user: User) -> list[Followed]:
    """The enabled releases that the caller follows: by name, dormant ones last. Those that are gone are left out."""
    return [_followed(release, since) for release, since in await _releases(runtime, user)]


async def standing(runtime: Runtime, user: User, limit: str | None) -> dict[str, Any]:
    """How the first of the releases stand that the caller follows.

    Args:
        limit: 1 to 50; 12 when not given.

    Returns:
        `{"releases": […], "total"}`

    Raises:
        DataValidationError: `limit` is beyond its bounds.
    """
    size = number_between(1, MOST, limit, STANDING, "limit")
    found = await _releases(runtime, user)

    async def told(release: ArgusRelease, since: datetime | None) -> Standing:
        counts, to_open = await _counts(runtime, release)
        return {**_followed(release, since), "counts": counts, "to_open": to_open}

    return {"releases": list(await asyncio.gather(*(told(*pair) for pair in found[:size]))), "total": len(found)}


async def follow(runtime: Runtime, user: User, body: Mapping[str, Any]) -> list[UUID]:
    """Follow a release; one that is followed stays so.

    Returns:
        the ids of all that are followed then.

    Raises:
        KeyError, ValueError: no id, or a malformed one.
        DocumentNotFound: there is no such release.
        DataValidationError: there would be too many.
    """
    release = await runtime.store.get(ArgusRelease, "id", id=uuid_of(need(body, "release_id")))
    async with exclusive(runtime.store, "following", str(user.id)):
        rows = await _rows(runtime, user)
        ids = [row.release_id for row in rows]
        if release.id in ids:
            return ids
        if len(ids) >= MOST:
            raise DataValidationError(f"you follow {MOST} releases, which is as many as can be followed")
        await runtime.store.save(FollowedRelease(follower=user.id, release_id=release.id))
    return [*ids, release.id]


async def unfollow(runtime: Runtime, user: User, body: Mapping[str, Any]) -> list[UUID]:
    """Follow a release no longer; one that is not followed is no error. As `follow`."""
    release_id = uuid_of(need(body, "release_id"))
    await runtime.store.write(delete(FollowedRelease).where(follower=user.id, release_id=release_id))
    return [row.release_id for row in await _rows(runtime, user)]


async def _rows(runtime: Runtime, user: User) -> Sequence[FollowedRelease]:
    return await runtime.store.all(select(FollowedRelease).where(follower=user.id).limit(MOST))


async def _releases(runtime: Runtime, user: User) -> list[tuple[ArgusRelease, datetime | None]]:
    since = {row.release_id: row.since for row in await _rows(runtime, user)}
    found = await runtime.store.all_in(select(ArgusRelease), "id", list(since)) if since else []
    shown = [release for release in found if release.enabled]
    shown.sort(key=lambda release: (bool(release.dormant), release.name or ""))
    return [(release, since[release.id]) for release in shown]


def _followed(release: ArgusRelease, since: datetime | None) -> Followed:
    return {
        "id": release.id,
        "name": release.name,
        "pretty_name": release.pretty_name,
        "dormant": bool(release.dormant),
        "since": since,
    }


async def _counts(runtime: Runtime, release: ArgusRelease) -> tuple[Counts | None, int]:
    """Of the statistics that the list of releases shows, too: short ones, of all versions."""
    counted = await runtime.own(_KeptCounts).of(
        runtime, release, Filter(), lambda payload: runtime.blocking(ANSWERS, _counted, payload), limited=True
    )
    return counted or (None, 0)


def _counted(payload: str) -> tuple[Counts, int]:
    stats = read(payload)
    unseen = stats.get("not_investigated") or {}
    return counts_of(stats), sum(int(unseen.get(status, 0)) for status in TO_OPEN)
