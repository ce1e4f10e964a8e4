"""The clock gives what columns hold, and can be set for a piece of work."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from argus.kit.clock import EPOCH, at, now, now_s, time_uuid

MOMENT = datetime(2024, 2, 29, 12, 0, 0, 123_000)


def test_now_is_utc_without_a_zone_to_the_millisecond() -> None:
    there = datetime.now(UTC).replace(tzinfo=None)
    assert now().tzinfo is None
    assert now().microsecond % 1000 == 0
    assert abs(now() - there) < timedelta(seconds=1)
    assert abs(now_s() - (there - EPOCH).total_seconds()) < 2


def test_time_uuids_tell_their_time_and_come_in_order() -> None:
    made = [time_uuid() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(u.version == 1 and u.variant.startswith("specified in RFC 4122") for u in made)
    assert sorted(made, key=lambda u: u.time) == made
    assert all(u.node >> 40 & 1 for u in made), "a random node says so by its multicast bit"
    with at(MOMENT):
        told = EPOCH + timedelta(microseconds=(time_uuid().time - 0x01B21DD213814000) // 10)
    assert timedelta(0) <= told - MOMENT < timedelta(seconds=1)


def test_the_clock_runs_on_from_the_moment_it_is_set_to() -> None:
    before = now()
    with at(MOMENT):
        assert timedelta(0) <= now() - MOMENT < timedelta(seconds=1)
        assert now_s() == int((MOMENT - EPOCH).total_seconds())
        with at(MOMENT + timedelta(days=1)):
            assert now().day == 1
        assert now().day == 29
    assert now() >= before


def test_two_pieces_of_work_have_each_their_clock() -> None:
    async def year(moment: datetime) -> int:
        with at(moment):
            await asyncio.sleep(0)
            return now().year

    async def both() -> list[int]:
        return list(await asyncio.gather(year(datetime(2001, 6, 1)), year(datetime(2002, 6, 1))))

    assert asyncio.run(both()) == [2001, 2002]
