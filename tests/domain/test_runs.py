"""A run is found by its id wherever it is, and an id is given once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from argus.domain.runs import create_run, find_run, find_typed, get_run, locate, second_address
from argus.kit.clock import now
from argus.kit.errors import ClientException
from argus.models.run import RunLocation
from argus.plugins.driver_matrix.model import DriverTestRun
from argus.plugins.generic.model import GenericRun
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound, InvalidRequest, MultipleDocumentsFound, WrongValue
from argus.storage.statements import select
from tests.domain.opened import JOB, opened

pytestmark = pytest.mark.anyio

START = datetime(2024, 1, 1, 12)


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found


def run_of(run_id: UUID, start: datetime = START, job: str = JOB) -> GenericRun:
    return GenericRun(id=run_id, build_id=job, start_time=start)


async def rows(runtime: Runtime) -> list[GenericRun]:
    return await runtime.store.all(select(GenericRun).where(build_id=JOB))


async def test_a_created_run_is_found_by_type_and_anywhere(runtime: Runtime) -> None:
    run, created = await create_run(runtime, run_of(uuid4()))
    assert created
    assert await get_run(runtime, "generic", run.id) == run
    located = await locate(runtime, run.id)
    assert located is not None
    assert (located[0].name, located[1]) == ("generic", run)


async def test_some_columns_come_with_the_key_and_the_id(runtime: Runtime) -> None:
    run, _ = await create_run(runtime, run_of(uuid4()).changed(status="running", started_by="me"))
    found = await find_typed(runtime, GenericRun, run.id, "status")
    assert found is not None
    assert (found.status, found.id, found.primary_key_values(), found.started_by) == ("running", run.id, run.primary_key_values(), None)


async def test_an_unknown_id_is_named_with_its_table(runtime: Runtime) -> None:
    run_id = uuid4()
    with pytest.raises(DocumentNotFound, match=rf"No GenericRun found matching \{{'id': UUID\('{run_id}'\)\}}"):
        await get_run(runtime, "generic", run_id)
    assert await find_run(runtime, "sirenada", run_id) is None
    assert await locate(runtime, run_id) is None


async def test_an_unknown_run_type_is_refused(runtime: Runtime) -> None:
    with pytest.raises(ClientException) as refused:
        await get_run(runtime, "moonbase", uuid4())
    assert refused.value.args == ("Unsupported run type: moonbase", "moonbase")


async def test_a_run_that_another_system_wrote_is_found_and_entered(runtime: Runtime) -> None:
    run = run_of(uuid4())
    await runtime.store.save(run)
    assert await find_run(runtime, "generic", run.id) == run
    location = await runtime.store.get(RunLocation, id=run.id)
    assert (location.run_type, location.build_id, location.start_time) == ("generic", JOB, START)


async def test_two_rows_of_another_system_with_one_id_are_an_error(runtime: Runtime) -> None:
    run_id = uuid4()
    await runtime.store.save(run_of(run_id))
    await runtime.store.save(run_of(run_id, START + timedelta(hours=1)))
    with pytest.raises(MultipleDocumentsFound):
        await get_run(runtime, "generic", run_id)
    with pytest.raises(MultipleDocumentsFound):
        await locate(runtime, run_id)


async def test_fifty_submissions_of_one_id_make_one_run(runtime: Runtime) -> None:
    run_id = uuid4()
    outcomes = await asyncio.gather(*(create_run(runtime, run_of(run_id, START + timedelta(milliseconds=n % 7))) for n in range(50)))
    assert sum(created for _, created in outcomes) == 1
    assert len({run.start_time for run, _ in outcomes}) == len(await rows(runtime)) == 1


async def test_fifty_runs_of_one_job_in_one_millisecond_all_stay(runtime: Runtime) -> None:
    ids = [uuid4() for _ in range(50)]
    await asyncio.gather(*(create_run(runtime, run_of(run_id)) for run_id in ids))
    assert {run.id for run in await rows(runtime)} == set(ids)
    for run_id in ids:
        location = await runtime.store.get(RunLocation, id=run_id)
        run = await get_run(runtime, "generic", run_id)
        assert location.start_time == run.start_time


async def test_a_claim_whose_writer_died_is_taken_up(runtime: Runtime) -> None:
    run_id = uuid4()
    await runtime.store.create(RunLocation(id=run_id, run_type="generic", build_id=JOB, start_time=START))
    assert await find_run(runtime, "generic", run_id) is None
    run, created = await create_run(runtime, run_of(run_id, START + timedelta(minutes=5)))
    assert created
    assert run.start_time == START  # the claimed key: the first writer, should it wake up, meets this row
    assert await create_run(runtime, run_of(run_id)) == (run, False)


async def test_a_fresh_claim_for_another_job_is_respected_and_an_old_one_taken_over(runtime: Runtime) -> None:
    fresh, old = uuid4(), uuid4()
    await runtime.store.create(RunLocation(id=fresh, run_type="generic", build_id="other", start_time=START))
    with pytest.raises(ClientException):
        await create_run(runtime, run_of(fresh))
    assert await rows(runtime) == []
    await runtime.store.create(
        RunLocation(id=old, run_type="generic", build_id="other", start_time=START, claimed_at=now() - timedelta(hours=1))
    )
    run, created = await create_run(runtime, run_of(old))
    assert created
    assert await get_run(runtime, "generic", old) == run


async def test_run_types_do_not_share_ids(runtime: Runtime) -> None:
    run_id = uuid4()
    generic, _ = await create_run(runtime, run_of(run_id))
    matrices = await asyncio.gather(*(create_run(runtime, DriverTestRun(id=run_id, build_id=JOB)) for _ in range(20)))
    assert sum(created for _, created in matrices) == 1
    assert await get_run(runtime, "generic", run_id) == generic
    assert await get_run(runtime, "driver-matrix-tests", run_id) == matrices[0][0]
    assert await runtime.store.find(RunLocation, id=second_address(run_id, "driver-matrix-tests")) is not None


@pytest.mark.parametrize("wrong", [{"build_id": ""}, {"build_id": "j" * 70_000}, {"build_number": 1 << 40}, {"started_by": 5}])
async def test_a_run_that_cannot_be_stored_claims_no_id(runtime: Runtime, wrong: dict[str, object]) -> None:
    run = run_of(uuid4())
    with pytest.raises((InvalidRequest, WrongValue)):
        await create_run(runtime, run.changed(**wrong))
    assert await find_run(runtime, "generic", run.id) is None
    _, created = await create_run(runtime, run.changed(build_id="another/job"))
    assert created
