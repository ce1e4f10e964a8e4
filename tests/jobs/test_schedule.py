"""Every process finds the same slots; a local day has one daily slot, also when the clock changes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.jobs.schedule import Daily, Every, Schedule

moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
schedules = st.one_of(
    st.sampled_from([1, 2, 60, 300, 3600, 86_400, 7]).map(Every),
    st.builds(
        Daily, st.integers(0, 23), st.integers(0, 59), st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
    ),
)


@given(schedules, moments)
def test_last_and_next_enclose_a_moment_and_agree(schedule: Schedule, at: datetime) -> None:
    last, following = schedule.last(at), schedule.next(at)
    assert last <= at < following
    assert schedule.last(following) == following
    assert schedule.next(last) == following, "there is no slot in between"
    assert schedule.last(following - timedelta(microseconds=1)) == last


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
    ],
)
@pytest.mark.parametrize(("hour", "minute"), [(1, 30), (2, 0), (2, 30), (3, 0)])
def test_a_day_on_which_the_clock_changes_has_one_slot(zone: str, day: date, hour: int, minute: int) -> None:
    schedule, at = Daily(hour, minute, zone), datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=1)
    end, days = at + timedelta(days=4), Counter[date]()
    while (at := schedule.next(at)) < end:
        days[at.astimezone(ZoneInfo(zone)).date()] += 1
    assert set(days.values()) == {1}


def test_a_time_that_is_left_out_comes_later_by_the_gap() -> None:
    before = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    slot = Daily(2, 30, "Europe/Berlin").next(before).astimezone(ZoneInfo("Europe/Berlin"))
    assert (slot.hour, slot.minute) == (3, 30)


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    before = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    assert Daily(2, 30, "Europe/Berlin").next(before) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "words"), [(2, "every 2 s"), (300, "every 5 min"), (3600, "every 1 h")])
def test_a_schedule_says_what_it_is(seconds: int, words: str) -> None:
    assert str(Every(seconds)) == words
    assert str(Daily(3, 10)) == "daily at 03:10 UTC"
