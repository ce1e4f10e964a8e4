"""Cases that are not right yet, by the name of their test (without lane and engine). Whoever mends one takes its line away.

They must fail: a line that stays behind turns the suite red.
"""

from __future__ import annotations

import re

import pytest

LANES = "lanes read one request alike"

NOT_YET = {
    "test_a_range_of_another_unit_is_ignored": LANES,
}
RIGHT_ON = {"test_a_header_sent_twice_counts_once": "fastapi"}
"""Cases that only the other lane has wrong."""

WHERE = re.compile(r"(flask|fastapi)-(sqlite|cassandra)-?")


def mark(item: pytest.Item) -> None:
    """An expected failure, where the case is not right yet."""
    lane = WHERE.search(item.name)
    name = WHERE.sub("", item.name)
    for wrong, reason in NOT_YET.items():
        meant = name == wrong or name.startswith(wrong if "[" in wrong else f"{wrong}[")
        if meant and (lane is None or RIGHT_ON.get(wrong) != lane[1]):
            item.add_marker(pytest.mark.xfail(strict=True, reason=reason))
