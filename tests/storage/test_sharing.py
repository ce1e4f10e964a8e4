"""Equal reads share one, and nobody notices but the database."""

from __future__ import annotations

import asyncio
import copy
import random
from typing import Any
from uuid import uuid4

import pytest

from argus.kit import deadline
from argus.kit.deadline import Deadline
from argus.models.user import User
from argus.storage.engine import Page, Wrapped
from argus.storage.errors import InvalidRequest, OperationTimedOut
from argus.storage.sharing import SharedReads, own
from argus.storage.statements import Select, eq, is_in, select

pytestmark = pytest.mark.anyio

ONE = select(User).where(eq("username", "ann"))


class Database(Wrapped):
    """A value that is read at the moment the read begins, which is the worst that a database may do."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(self)
        self.random = random.Random(seed)
        self.value = 0
        self.begun = 0
        self.fails: Exception | None = None
        self.hold: asyncio.Event | None = None

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        self.begun += 1
        seen, fails = self.value, self.fails
        if self.hold is not None:
            await self.hold.wait()
        for _ in range(self.random.randrange(4)):
            await asyncio.sleep(0)
        if fails is not None:
            raise fails
        return Page([{"id": seen, "roles": ["a"]}], None)


async def test_a_write_that_was_acknowledged_before_a_read_began_is_in_its_answer() -> None:
    """100,000 reads at random moments between writes; some callers leave while they wait."""
    database = Database(7)
    shared = SharedReads(database)
    chance = random.Random(7)
    done = 0

    async def reader() -> None:
        nonlocal done
        while done < 100_000:
            done += 1
            acknowledged = database.value
            page = await shared.read(ONE, 2, None)
            assert page.rows[0]["id"] >= acknowledged
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)

    async def writer() -> None:
        while done < 100_000:
            database.value += 1
            await asyncio.sleep(0)

    async def leaver() -> None:
        while done < 100_000:
            task = asyncio.create_task(shared.read(ONE, 2, None))
            for _ in range(chance.randrange(5)):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async with asyncio.timeout(100):
        await asyncio.gather(*(reader() for _ in range(20)), writer(), leaver())
    assert database.begun < 70_000  # shared at all
    assert shared.idle


async def begun(database: Database, times: int) -> None:
    """Until the database has begun as many reads as that."""
    async with asyncio.timeout(5):
        while database.begun < times:
            await asyncio.sleep(0)


async def test_those_who_come_in_one_round_of_the_loop_share_one_read() -> None:
    database = Database()
    shared = SharedReads(database)
    pages = await asyncio.gather(*(shared.read(ONE, 2, None) for _ in range(10)))
    assert database.begun == 1
    pages[0].rows[0]["roles"].append("b")
    assert all(page.rows[0]["roles"] == ["a"] for page in pages[1:])
    assert shared.idle


@pytest.mark.parametrize("begins", [0, 1])
async def test_those_who_came_with_somebody_who_leaves_get_a_read_of_their_own(begins: int) -> None:
    database = Database()
    shared = SharedReads(database)
    database.hold = asyncio.Event()
    first, *others = [asyncio.create_task(shared.read(ONE, 2, None)) for _ in range(4)]
    await asyncio.sleep(0)
    await begun(database, begins)
    first.cancel()
    await begun(database, begins + 1)
    database.value = 1  # too late for that one
    late = asyncio.create_task(shared.read(ONE, 2, None))
    await asyncio.sleep(0)
    database.hold.set()
    async with asyncio.timeout(5):
        pages = await asyncio.gather(*others)
    assert [page.rows[0]["id"] for page in pages] == [0] * 3
    assert (await late).rows[0]["id"] == 1
    assert first.cancelled()
    assert shared.idle


async def test_an_error_of_somebodys_deadline_is_not_told_to_those_who_came_with_him() -> None:
    class Hurried(Database):
        async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
            if deadline.left() <= 0:
                raise OperationTimedOut("the request has no time left")
            return await super().read(statement, size, start)

    async def short() -> Page:
        deadline.current.set(Deadline(-1))
        return await shared.read(ONE, 2, None)

    shared = SharedReads(Hurried())
    async with asyncio.timeout(5):
        ended = await asyncio.gather(short(), shared.read(ONE, 2, None), shared.read(ONE, 2, None), return_exceptions=True)
    assert [type(each) for each in ended] == [OperationTimedOut, Page, Page]
    assert shared.idle


async def test_those_who_come_while_a_read_is_under_way_share_the_next() -> None:
    database = Database()
    shared = SharedReads(database)
    database.hold = asyncio.Event()
    first = asyncio.create_task(shared.read(ONE, 2, None))
    await begun(database, 1)
    others = [asyncio.create_task(shared.read(ONE, 2, None)) for _ in range(10)]
    await asyncio.sleep(0)
    database.value = 1
    database.hold.set()
    assert (await first).rows[0]["id"] == 0
    pages = await asyncio.gather(*others)
    assert [page.rows[0]["id"] for page in pages] == [1] * 10
    assert database.begun == 2
    pages[0].rows[0]["roles"].append("b")
    assert all(page.rows[0]["roles"] == ["a"] for page in pages[1:])


async def test_an_error_is_told_to_those_who_shared_it_and_to_nobody_after_them() -> None:
    database = Database()
    shared = SharedReads(database)
    database.hold = asyncio.Event()
    first = asyncio.create_task(shared.read(ONE, 2, None))
    await begun(database, 1)
    others = [asyncio.create_task(shared.read(ONE, 2, None)) for _ in range(3)]
    await asyncio.sleep(0)
    database.fails = InvalidRequest("no such table")
    database.hold.set()
    assert (await first).rows  # began before it failed
    errors = await asyncio.gather(*others, return_exceptions=True)
    assert [repr(error) for error in errors] == ["InvalidRequest('no such table')"] * 3
    assert len({id(error) for error in errors}) == 3
    database.fails = None
    assert (await shared.read(ONE, 2, None)).rows
    assert shared.idle


async def test_a_caller_who_leaves_takes_no_other_along() -> None:
    database = Database()
    shared = SharedReads(database)
    database.hold = asyncio.Event()
    tasks = []
    for _ in range(6):
        tasks.append(asyncio.create_task(shared.read(ONE, 2, None)))
        await begun(database, 1)
        await asyncio.sleep(0)
    for leaving in (tasks[0], tasks[1], tasks[4]):
        leaving.cancel()
    await asyncio.sleep(0)
    database.hold.set()
    stayed = await asyncio.gather(*(task for task in tasks if not task.cancelling()))
    assert len(stayed) == 3
    assert shared.idle


async def test_a_deadline_is_of_one_caller_and_not_of_the_read() -> None:
    """The engine gives a statement no more time than its request has left; the shared one must have all of it."""
    left: list[float] = []
    hold = asyncio.Event()

    class Hurried(Database):
        async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
            left.append(deadline.left())
            await hold.wait()
            if deadline.left() <= 0:
                raise OperationTimedOut("the request has no time left")
            return Page([{"id": 1}])

    shared = SharedReads(Hurried())

    async def short() -> Page:
        deadline.current.set(Deadline(-1))
        return await shared.read(ONE, 2, None)

    first = asyncio.create_task(shared.read(ONE, 2, None))
    while not left:
        await asyncio.sleep(0)
    hurried = asyncio.create_task(short())
    await asyncio.sleep(0)
    patient = asyncio.create_task(shared.read(ONE, 2, None))
    await asyncio.sleep(0)
    hold.set()
    assert (await first).rows
    assert (await patient).rows
    assert (await hurried).rows  # whoever ends it, this is not the place
    assert left[1] > 1e9


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ONE, select(User).where(eq("username", "bob"))),
        (ONE, select(User, "id").where(eq("username", "ann"))),
        (ONE, ONE.limit(1)),
        (ONE, ONE.allow_filtering()),
        (select(User).where(eq("service_user", True)), select(User).where(eq("service_user", 1))),
        (select(User).where(is_in("id", [uuid4()])), select(User).where(is_in("id", [uuid4()]))),
    ],
)
async def test_reads_that_differ_share_nothing(one: Select[Any], other: Select[Any]) -> None:
    database = Database()
    shared = SharedReads(database)
    database.hold = asyncio.Event()
    tasks = [asyncio.create_task(shared.read(each, 2, None)) for each in (one, other)]
    await begun(database, 2)
    database.hold.set()
    await asyncio.gather(*tasks)


async def test_what_cannot_be_compared_is_read_alone() -> None:
    database = Database()
    shared = SharedReads(database)
    odd = select(User).where(eq("username", {"a": []}))
    near = select(User).near("id", [0.1]).limit(1)
    for each in (odd, near):
        await asyncio.gather(*(shared.read(each, 2, None) for _ in range(3)))
    assert database.begun == 6
    assert shared.idle


def test_rows_of_ones_own_are_equal_and_share_no_container() -> None:
    rows: list[dict[str, Any]] = [{"a": [1, {"b": {2}}], "c": ({"d": [3]}, None), "e": "f"}]
    copied = own(rows)
    assert copied == rows == copy.deepcopy(rows)
    assert copied[0]["a"] is not rows[0]["a"]
    assert copied[0]["a"][1]["b"] is not rows[0]["a"][1]["b"]
    assert copied[0]["c"][0]["d"] is not rows[0]["c"][0]["d"]
