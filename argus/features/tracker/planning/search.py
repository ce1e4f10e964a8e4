"""The search box: releases, groups and tests by text and facets, a run by its id (docs/contract/core.md#search)."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from argus.domain.catalogue import display_name
from argus.domain.runs import locate
from argus.kit.parse import uuid_of
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.statements import select

FACET = re.compile(r'(release|group|type):("?[\w.-]*"?)')
ADD_ALL = {"id": "db6f33b2-660b-4639-ba7f-79725ef96616", "name": "Add all...", "type": "special"}

Entity = ArgusRelease | ArgusGroup | ArgusTest
Hit = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """A query, taken apart. Everything is lower case and all of it must match."""

    text: str
    types: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, written: str) -> Query:
        """Facets are taken out wherever they stand; what is left is the text, percent-decoded once more."""
        facets: defaultdict[str, list[str]] = defaultdict(list)
        for kind, value in FACET.findall(written):
            facets[kind].append(value.lower())
        text = unquote(FACET.sub("", written).strip()).lower()
        return cls(text, tuple(facets["type"]), tuple(facets["release"]), tuple(facets["group"]))

    def matches(self, hit: Hit) -> bool:
        return (
            self.text in _shown(hit)
            and all(kind == hit["type"] for kind in self.types)
            and all(hit["release"] is not None and part in _shown(hit["release"]) for part in self.releases)
            and all(hit["group"] is not None and part in _shown(hit["group"]) for part in self.groups)
        )


def _shown(hit: Hit) -> str:
    return (hit["pretty_name"] or hit["name"] or "").lower()


async def search(runtime: Runtime, query: str | None, release_id: str | None = None) -> dict[str, Any]:
    """Hits and their number; nothing for an empty query. A query that is a run's id finds that run and nothing else.

    Args:
        release_id: search one release only, and leave the release itself out; empty: all of them, as the search box asks.

    Raises:
        ValueError, DocumentNotFound: the release is malformed or unknown; it is looked at only when there is a query.
    """
    if not query:
        return {"hits": [], "total": 0}
    within = uuid_of(release_id) if release_id else None
    run_id = _run_id(query)
    hits = await _run(runtime, run_id) if run_id else [ADD_ALL, *await _entities(runtime, Query.of(query), within)]
    return {"hits": hits, "total": len(hits)}


def _run_id(query: str) -> UUID | None:
    try:
        return UUID(query.strip())
    except ValueError:
        return None


async def _run(runtime: Runtime, run_id: UUID) -> list[Hit]:
    found = await locate(runtime, run_id)
    if found is None:
        return []
    run = found[1]
    test, group, release = await asyncio.gather(
        _find(runtime, ArgusTest, run.test_id), _find(runtime, ArgusGroup, run.group_id), _find(runtime, ArgusRelease, run.release_id)
    )
    name = f"{test.name if test else run.build_id}#{run.build_number}"
    return [{**run.__dict__, "type": "run", "test": test, "group": group, "release": release, "name": name}]


async def _find(runtime: Runtime, model: type[Any], entity_id: UUID | None) -> Any:
    return await runtime.store.find(model, id=entity_id) if entity_id else None


async def _entities(runtime: Runtime, query: Query, within: UUID | None) -> list[Hit]:
    """Matching releases, groups, tests. Without a release it reads the whole catalogue: thousands of rows, so it is matched in a thread."""
    everything = (select(ArgusRelease), select(ArgusGroup), select(ArgusTest))
    if within is not None:
        release = await runtime.store.get(ArgusRelease, id=within)
        releases = [release]
        groups, tests = await asyncio.gather(*(runtime.store.all(part.where(release_id=within)) for part in everything[1:]))
    else:
        releases, groups, tests = await asyncio.gather(*(runtime.store.all(part) for part in everything))

    def matching() -> list[Hit]:
        hits = (hit for hit in _hits(releases, groups, tests) if _is_visible(hit) and query.matches(hit))
        return [hit for hit in hits if within is None or hit["type"] != "release"]

    return await runtime.blocking(ANSWERS, matching)


def _hits(releases: list[ArgusRelease], groups: list[ArgusGroup], tests: list[ArgusTest]) -> Iterator[Hit]:
    """Every entity with its group and release; those of a parent that is gone have none."""
    known_releases = {release.id: _hit(release, "release", None, None) for release in releases}
    known_groups = {group.id: _hit(group, "group", None, _of(known_releases, group.release_id)) for group in groups}
    yield from known_releases.values()
    yield from known_groups.values()
    for test in tests:
        yield _hit(test, "test", _of(known_groups, test.group_id), _of(known_releases, test.release_id))


def _of(known: Mapping[UUID, Hit], entity_id: UUID | None) -> Hit | None:
    return known.get(entity_id) if entity_id else None


def _hit(entity: Entity, kind: str, group: Hit | None, release: Hit | None) -> Hit:
    return {**entity.__dict__, "type": kind, "group": group, "release": release}


def _is_visible(hit: Hit) -> bool:
    return all(part is None or part["enabled"] for part in (hit, hit["group"], hit["release"]))


async def explode_group(runtime: Runtime, group_id: str) -> list[Hit]:
    """All tests of a group, by the names that people call them.

    Raises:
        ValueError, DocumentNotFound: no such group.
    """
    group = await runtime.store.get(ArgusGroup, id=uuid_of(group_id))
    release, tests = await asyncio.gather(
        runtime.store.find(ArgusRelease, id=group.release_id), runtime.store.all(select(ArgusTest).where(group_id=group.id))
    )
    of_group = {"type": "test", "group": display_name(group), "release": release.name if release else None}
    return [{**test.__dict__, **of_group, "name": display_name(test)} for test in tests]
