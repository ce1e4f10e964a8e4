"""Links to core dumps, out of the events that announce them (docs/contract/plugins.md#core-dumps)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

from argus.kit.clock import EPOCH

KIND = "coredumpevent"
LONGEST_EXTENSION = 5  # characters
NODE, CLOCK_SEQUENCE = 1000, 128  # of the id that stands for a node without a name
_URL = re.compile("corefile_url=(.+)")
_NODE = re.compile("node=(.+)")
_GREGORIAN = 0x01B21DD213814000  # 100 ns from 1582-10-15 to 1970-01-01


def core_dump_log(event_type: str | None, message: str | None, ts: datetime) -> tuple[str, str] | None:
    """Name and link of the log that an event's core dump becomes; None when the event announces none."""
    found = _URL.search(message or "") if (event_type or "").lower() == KIND else None
    if found is None:
        return None
    url = found[1]
    extension = url.rsplit(".", 1)[-1]
    if len(extension) > LONGEST_EXTENSION:
        extension = "zst"
    return f"core.scylla-{_node(message or '', ts)}-{ts:%Y-%m-%d_%H-%M-%S}.{extension}", url


def _node(message: str, ts: datetime) -> str:
    found = _NODE.search(message)
    if found is None:
        return f"unknown-node-{_id_of(ts)}"
    words = found[1].split(" ")
    return words[1] if len(words) > 1 else words[0]


def _id_of(ts: datetime) -> UUID:
    ticks = (ts - EPOCH) // timedelta(microseconds=1) * 10 + _GREGORIAN
    low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
    return UUID(fields=(low, middle, high, CLOCK_SEQUENCE >> 8, CLOCK_SEQUENCE & 0xFF, NODE), version=1)
