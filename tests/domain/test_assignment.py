"""A new run belongs to the test of its job, and to whom the plans say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from argus.domain.assignment import assigned, assignee_of, build_number_of
from argus.models.catalogue import ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.plugins.generic.model import GenericRun
from argus.runtime import Runtime
from argus.storage.errors import MultipleDocumentsFound
from tests.domain.opened import JOB, catalogue, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found


async def test_the_test_of_the_job_gives_its_ids_and_learns_its_type(runtime: Runtime) -> None:
    (test,) = await catalogue(runtime)
    run = await assigned(runtime, "generic", GenericRun(id=uuid4(), build_id=JOB))
    assert (run.test_id, run.group_id, run.release_id, run.assignee) == (test.id, test.group_id, test.release_id, None)
    assert (await runtime.store.get(ArgusTest, id=test.id)).plugin_name == "generic"


async def test_a_job_that_no_test_has_leaves_the_ids_empty(runtime: Runtime) -> None:
    run = await assigned(runtime, "generic", GenericRun(id=uuid4(), build_id="nobody/knows"))
    assert (run.test_id, run.group_id, run.release_id, run.assignee) == (None, None, None, None)


async def test_two_tests_of_one_job_are_an_error(runtime: Runtime) -> None:
    await catalogue(runtime, [JOB, JOB])
    with pytest.raises(MultipleDocumentsFound):
        await assigned(runtime, "generic", GenericRun(id=uuid4(), build_id=JOB))


@pytest.mark.parametrize(
    ("covers", "mapped", "version", "expected"),
    [
        ("test", "test", None, "mapped"),
        ("test", None, None, "owner"),
        ("group", "group", None, "mapped"),
        ("group", "test", None, "owner"),  # a match of the group hides the mapping of the test
        ("both", "test", None, "owner"),
        (None, None, None, None),
        ("test", "test", "6.2.0", "mapped"),
        ("test", "test", "6.2", None),  # versions are compared whole
    ],
)
async def test_plans_name_the_assignee(
    runtime: Runtime, covers: str | None, mapped: str | None, version: str | None, expected: str | None
) -> None:
    (test,) = await catalogue(runtime)
    assert test.group_id is not None
    people = {"mapped": uuid4(), "owner": uuid4(), None: None}
    plan = ArgusReleasePlan(
        release_id=test.release_id,
        target_version="6.2.0",
        owner=people["owner"],
        tests=[test.id] if covers in ("test", "both") else [],
        groups=[test.group_id] if covers in ("group", "both") else [],
        assignee_mapping={{"test": test.id, "group": test.group_id}[mapped]: people["mapped"]} if mapped else {},
    )
    await runtime.store.save(plan)
    run = await assigned(runtime, "generic", GenericRun(id=uuid4(), build_id=JOB))
    assert await assignee_of(runtime, run, version) == people[expected]


@pytest.mark.parametrize(
    ("url", "number"),
    [
        (None, -1),
        ("", -1),
        ("https://ci/job/x/7/", 7),
        ("https://ci/job/x/7", 7),
        ("https://ci/job/x/", None),
        ("https://ci/job/x/7/8b", None),
    ],
)
def test_the_build_number_is_the_last_segment(url: str | None, number: int | None) -> None:
    assert build_number_of(url) == number
