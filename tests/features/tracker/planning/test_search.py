"""The search box: text, facets, visibility, runs by id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.features.tracker.planning.search import ADD_ALL, Query, explode_group, search
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.plugins.generic.model import GenericRun
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

OLD = ArgusRelease(name="rel/5.4", pretty_name="Five")
NEW = ArgusRelease(name="rel/6.0", pretty_name="")
OFF = ArgusRelease(name="rel/off", enabled=False)
FOLDER = ArgusGroup(name="folder", pretty_name="Long runs", release_id=NEW.id)
CLOSED = ArgusGroup(name="closed", release_id=NEW.id, enabled=False)
SHORT = ArgusTest(name="short", release_id=NEW.id, group_id=FOLDER.id)
LONG = ArgusTest(name="x", pretty_name="LONG 100% gb", release_id=NEW.id, group_id=FOLDER.id)
ROWS = [
    *(OLD, NEW, OFF, FOLDER, CLOSED, SHORT, LONG),
    ArgusTest(name="long-in-closed", release_id=NEW.id, group_id=CLOSED.id),
    ArgusTest(name="long-disabled", release_id=NEW.id, group_id=FOLDER.id, enabled=False),
    ArgusTest(name="long-of-off", release_id=OFF.id, group_id=uuid4()),
    ArgusTest(name="long-orphan", release_id=uuid4(), group_id=uuid4()),
    ArgusTest(name=None, release_id=OLD.id, group_id=uuid4()),
]


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        for row in ROWS:
            await found.store.save(row)
        yield found


async def names(runtime: Runtime, query: str, release_id: UUID | None = None) -> list[str | None]:
    found = await search(runtime, query, str(release_id) if release_id else None)
    first, *hits = found["hits"]
    assert first == ADD_ALL
    assert found["total"] == len(hits) + 1
    return sorted((hit["name"] or "-") for hit in hits)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("long", ["folder", "long-orphan", "x"]),
        ("LONG 100%25 gb", ["x"]),
        ("five", ["rel/5.4"]),
        ("5.4", []),  # the display name counts, not the name
        ("type:test long", ["long-orphan", "x"]),
        ("long type:TEST type:test", ["long-orphan", "x"]),
        ("type:test type:group", []),
        ("type:", []),
        ("release:6.0", ["folder", "short", "x"]),
        ("release:6.0 type:group", ["folder"]),
        ("group:runs sho", ["short"]),
        ("shogroup:long", ["short"]),
        ("release:five", ["-"]),
        ('release:"6.0"', []),
        ("nothing at all", []),
        ("   ", ["-", "folder", "long-orphan", "rel/5.4", "rel/6.0", "short", "x"]),
    ],
)
async def test_every_part_of_a_query_must_match(runtime: Runtime, query: str, expected: list[str]) -> None:
    assert await names(runtime, query) == expected


async def test_kinds_come_in_order_with_their_parents(runtime: Runtime) -> None:
    hits = (await search(runtime, "release:6.0"))["hits"][1:]
    assert [hit["type"] for hit in hits] == ["group", "test", "test"]
    test = hits[-1]
    assert (test["group"]["type"], test["group"]["group"], test["group"]["release"]["name"]) == ("group", None, "rel/6.0")
    assert (test["release"]["type"], test["release"]["release"], test["release"]["group"]) == ("release", None, None)


async def test_one_release_is_searched_without_itself(runtime: Runtime) -> None:
    assert await names(runtime, "r", NEW.id) == ["folder", "short"]
    with pytest.raises(DocumentNotFound):
        await search(runtime, "x", str(uuid4()))
    with pytest.raises(ValueError, match="badly formed"):
        await search(runtime, "x", "nonsense")


async def test_an_empty_release_is_none(runtime: Runtime) -> None:
    """The search box of the workspace always sends the parameter (docs/contract/core.md#search)."""
    assert await search(runtime, "r", "") == await search(runtime, "r")


@pytest.mark.parametrize("query", [None, ""])
async def test_no_query_finds_nothing_and_looks_at_nothing(runtime: Runtime, query: str | None) -> None:
    assert await search(runtime, query, "nonsense") == {"hits": [], "total": 0}


async def test_a_run_is_found_by_any_spelling_of_its_id(runtime: Runtime) -> None:
    run = GenericRun(id=uuid4(), build_id="job", build_number=7, test_id=LONG.id, group_id=FOLDER.id, release_id=NEW.id)
    await runtime.store.save(run)
    for spelling in (str(run.id), f" {run.id.hex.upper()} ", f"{{{run.id}}}", f"urn:uuid:{run.id}"):
        (hit,) = (await search(runtime, spelling))["hits"]
        assert (hit["type"], hit["name"], hit["test"], hit["group"], hit["release"]) == ("run", "x#7", LONG, FOLDER, NEW)
    assert await search(runtime, str(uuid4())) == {"hits": [], "total": 0}


@pytest.mark.parametrize("place", [{}, {"test_id": uuid4(), "group_id": uuid4(), "release_id": uuid4()}])
async def test_a_run_that_belongs_nowhere_is_found_all_the_same(runtime: Runtime, place: dict[str, Any]) -> None:
    run = GenericRun(id=uuid4(), build_id="job", build_number=7, **place)
    await runtime.store.save(run)
    (hit,) = (await search(runtime, str(run.id)))["hits"]
    assert (hit["name"], hit["test"], hit["group"], hit["release"]) == ("job#7", None, None, None)


def test_facets_are_taken_out_wherever_they_stand() -> None:
    assert Query.of('a type:Test b release:"x" group:') == Query("a  b", ("test",), ('"x"',), ("",))


async def test_a_group_explodes_into_tests_by_the_names_people_use(runtime: Runtime) -> None:
    found = {test["name"]: test for test in await explode_group(runtime, str(FOLDER.id))}
    assert set(found) == {"short", "LONG 100% gb", "long-disabled"}
    assert (found["short"]["type"], found["short"]["group"], found["short"]["release"]) == ("test", "Long runs", "rel/6.0")
