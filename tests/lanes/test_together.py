"""Whoever asks for the same together gets one answer, and it is never older than the question."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Coroutine
from typing import Any, cast

import pytest

from argus.kit import deadline
from argus.kit.answer import Answer
from argus.kit.deadline import Deadline
from argus.kit.errors import APIException, TooManyAttempts
from argus.lanes.together import together, together_large
from argus.runtime import Runtime
from argus.storage.store import read_only
from strangler.shadow import Visit

pytestmark = pytest.mark.anyio


class Counter:
    """A service over a value that others change."""

    def __init__(self) -> None:
        self.value = 0
        self.began: list[tuple[Any, ...]] = []
        self.fails: Exception | None = None
        self.deadlines: list[float] = []

    async def read(self, runtime: Runtime, *args: Any) -> dict[str, Any]:
        self.began.append(args)
        self.deadlines.append(deadline.left())
        value, fails = self.value, self.fails
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if fails is not None:
            raise fails
        return {"value": value}

    async def page(self, runtime: Runtime) -> Answer:
        self.began.append(())
        await asyncio.sleep(0)
        return Answer(b"page", 404)


@pytest.fixture
def runtime() -> Runtime:
    return Runtime(cast(Any, None), cast(Any, None), cast(Any, None), http=cast(Any, None))


async def _under_way(counter: Counter, asking: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
    """A question that is being answered: who comes now comes too late for it."""
    task = asyncio.create_task(asking)
    async with asyncio.timeout(5):
        while not counter.began:
            await asyncio.sleep(0)
    return task


def _value(answer: Answer) -> Any:
    return json.loads(answer.body)["response"]["value"]


@pytest.mark.parametrize("shared", [together, together_large])
async def test_those_who_ask_together_share_one_answer(runtime: Runtime, shared: Any) -> None:
    counter = Counter()
    first = await _under_way(counter, shared(runtime, counter.read, "a"))
    answers = await asyncio.gather(first, *(shared(runtime, counter.read, "a") for _ in range(20)))
    assert len(counter.began) == 2, "the first one's, and one for all who came meanwhile"
    assert {(answer.body, answer.status, answer.media_type) for answer in answers} == {
        (b'{"response":{"value":0},"status":"ok"}\n', 200, "application/json")
    }
    assert len({id(answer) for answer in answers}) == 2


async def test_an_answer_of_the_services_own_is_passed_on(runtime: Runtime) -> None:
    counter = Counter()
    answers = await asyncio.gather(*(together(runtime, counter.page) for _ in range(3)))
    assert {(answer.body, answer.status) for answer in answers} == {(b"page", 404)}
    assert len(counter.began) == 1


async def test_what_is_not_equal_is_asked_by_itself(runtime: Runtime) -> None:
    counter = Counter()
    await asyncio.gather(*(together(runtime, counter.read, each) for each in 2 * ["1", 1, True, 1.0, None, ["a list"], ("a", "b")]))
    assert len(counter.began) == 6 + 2, "a list is compared with nothing"


async def test_what_was_acknowledged_before_a_question_is_in_its_answer(runtime: Runtime) -> None:
    """100,000 questions at random moments between changes; some leave while they wait."""
    counter, chance, asked = Counter(), random.Random(3), 0

    async def reader() -> None:
        nonlocal asked
        while asked < 100_000:
            asked += 1
            known = counter.value
            assert _value(await together(runtime, counter.read)) >= known
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)

    async def writer() -> None:
        while asked < 100_000:
            counter.value += 1
            await asyncio.sleep(0)

    async def leaver() -> None:
        while asked < 100_000:
            task = asyncio.create_task(together(runtime, counter.read))
            for _ in range(chance.randrange(5)):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async with asyncio.timeout(100):
        await asyncio.gather(*(reader() for _ in range(20)), writer(), leaver())
    assert len(counter.began) < 70_000


async def test_an_error_is_each_callers_own(runtime: Runtime) -> None:
    counter = Counter()
    counter.fails = APIException("no such release")
    first = await _under_way(counter, together(runtime, counter.read))
    errors = await asyncio.gather(first, *(together(runtime, counter.read) for _ in range(4)), return_exceptions=True)
    assert [(type(error), str(error)) for error in errors] == [(APIException, "no such release")] * 5
    assert len({id(error) for error in errors}) == 5
    counter.fails = None
    assert _value(await together(runtime, counter.read)) == 0


class Sought(Exception):
    """Made of something else than it tells, and of more than one thing."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(f"no {name} in {place}")


UNDECODABLE = UnicodeDecodeError("utf-8", b"x", 0, 1, "no")


@pytest.mark.parametrize("error", [Sought("test", "release"), TooManyAttempts(7, "of an address"), KeyError("name"), UNDECODABLE])
async def test_any_error_reaches_all_as_it_is(runtime: Runtime, error: Exception) -> None:
    counter = Counter()
    counter.fails = error
    first = await _under_way(counter, together(runtime, counter.read))
    async with asyncio.timeout(5):
        errors = await asyncio.gather(first, *(together(runtime, counter.read) for _ in range(3)), return_exceptions=True)
    assert [(type(each), str(each)) for each in errors] == [(type(error), str(error))] * 4


async def test_one_callers_deadline_is_no_others(runtime: Runtime) -> None:
    counter = Counter()
    token = deadline.current.set(Deadline(5))
    first = await _under_way(counter, together(runtime, counter.read))
    await asyncio.gather(first, *(together(runtime, counter.read) for _ in range(3)))
    deadline.current.reset(token)
    assert [left <= 5 for left in counter.deadlines] == [True, False], "those who wait leave by themselves"


async def test_a_request_that_is_only_played_shares_with_nobody(runtime: Runtime) -> None:
    counter = Counter()

    async def played() -> Answer:
        read_only.set(Visit())
        return await together(runtime, counter.read)

    await asyncio.gather(*(asyncio.create_task(played()) for _ in range(3)), *(together(runtime, counter.read) for _ in range(3)))
    assert len(counter.began) == 3 + 1
