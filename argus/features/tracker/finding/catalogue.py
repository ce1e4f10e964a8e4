"""What a search knows of releases, groups, tests, views, plans and people: read again when it is a few seconds old.

A worker holds it in memory. It grows with the catalogue and not with runs, and is read only while somebody searches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import UUID

from argus.domain.catalogue import display_name
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.statements import select

FRESH = 5.0  # seconds; what is made shows after so many at the latest
KINDS = ("release", "group", "test", "view", "plan", "person", "room")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something with a name. `text` is what words are looked for in, lower case; `quiet` ones come last."""

    kind: str
    id: UUID
    title: str
    context: str
    address: str
    text: str
    quiet: bool = False
    test: ArgusTest | None = None


@dataclass(slots=True)
class Catalogue:
    """A worker's copy."""

    entries: list[Entry] = field(default_factory=list)
    people: dict[str, UUID] = field(default_factory=dict)
    read_at: float = -1e9
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def current(self, runtime: Runtime) -> Catalogue:
        """This, not older than a few seconds; of those who ask at once one reads it."""
        async with self.turn:
            if time.monotonic() - self.read_at > FRESH:
                begun = time.monotonic()
                self.entries, self.people = await _read(runtime)
                self.read_at = begun
        return self

    def matching(self, words: Iterable[str], kind: str | None) -> list[Entry]:
        """Entries in which every word stands, the best first."""
        wanted = tuple(words)
        found = [e for e in self.entries if (kind is None or e.kind == kind) and all(word in e.text for word in wanted)]
        return sorted(found, key=lambda entry: _rank(entry, wanted))


async def _read(runtime: Runtime) -> tuple[list[Entry], dict[str, UUID]]:
    tests = select(ArgusTest, "id", "group_id", "release_id", "name", "pretty_name", "build_system_id", "enabled", "plugin_name")
    everything = await asyncio.gather(
        runtime.store.all(select(ArgusRelease, "id", "name", "pretty_name", "enabled", "dormant")),
        runtime.store.all(select(ArgusGroup, "id", "release_id", "name", "pretty_name", "enabled")),
        runtime.store.all(tests),
        runtime.store.all(select(ArgusUserView, "id", "name", "display_name")),
        runtime.store.all(select(ArgusReleasePlan, "id", "name", "key", "release_id", "target_version", "completed")),
        runtime.store.all(select(User, "id", "username", "full_name", "service_user")),
    )

    def made() -> tuple[list[Entry], dict[str, UUID]]:
        people = {user.username.lower(): user.id for user in everything[5] if user.username}
        return list(_entries(*everything)), people

    return await runtime.blocking(ANSWERS, made)


def _entries(
    releases: list[ArgusRelease],
    groups: list[ArgusGroup],
    tests: list[ArgusTest],
    views: list[ArgusUserView],
    plans: list[ArgusReleasePlan],
    people: list[User],
) -> Iterator[Entry]:
    shown = {release.id: release for release in releases if release.enabled}
    inside = {group.id: group for group in groups if group.enabled and group.release_id in shown}
    for release in shown.values():
        yield _entry("release", release.id, display_name(release), "", f"/dashboard/{quote(release.name or '', safe='')}", release.name,
                     quiet=bool(release.dormant))  # fmt: skip
        yield _entry("room", release.id, f"Room of {display_name(release)}", "", f"/release/{quote(release.name or '', safe='')}/room",
                     release.name, quiet=bool(release.dormant))  # fmt: skip
    for group in inside.values():
        release = shown[group.release_id]  # type: ignore[index]
        address = f"/workspace?open={release.id}&open={group.id}"
        yield _entry("group", group.id, display_name(group), display_name(release), address, group.name, quiet=bool(release.dormant))
    for test in tests:
        if not test.enabled or test.group_id not in inside:
            continue
        home, place = inside[test.group_id], shown.get(test.release_id)  # type: ignore[arg-type]
        if place is None:
            continue
        context = f"{display_name(place)} / {display_name(home)}"
        names = (test.name, test.build_system_id)
        yield _entry("test", test.id, display_name(test), context, f"/test/{test.id}/runs", *names, quiet=bool(place.dormant), test=test)
    for view in views:
        yield _entry("view", view.id, view.display_name or view.name, "", f"/view/{quote(view.name or '', safe='')}", view.name)
    for plan in plans:
        of = shown.get(plan.release_id) if plan.release_id else None
        context = " · ".join(part for part in (display_name(of) if of else None, plan.target_version) if part)
        yield _entry("plan", plan.id, plan.name, context, f"/plan/{plan.id}", plan.key, quiet=bool(plan.completed))
    for user in people:
        if not user.service_user and user.username:
            yield _entry("person", user.id, user.full_name or user.username, f"@{user.username}", "", user.username)


def _entry(
    kind: str, key: UUID, title: str | None, context: str | None, address: str, *names: str | None, quiet: bool = False,
    test: ArgusTest | None = None,
) -> Entry:  # fmt: skip
    text = " ".join(part for part in (title, context, *names) if part).lower()
    return Entry(kind, key, title or "", context or "", address, text, quiet, test)


def _rank(entry: Entry, words: tuple[str, ...]) -> tuple[bool, int, int, str]:
    """Quiet ones last; then a title that is the query, one that begins with it, one that holds all words, the rest."""
    title, whole = entry.title.lower(), " ".join(words)
    if title == whole:
        place = 0
    elif title.startswith(whole):
        place = 1
    else:
        place = 2 if all(word in title for word in words) else 3
    return entry.quiet, place, KINDS.index(entry.kind), title
