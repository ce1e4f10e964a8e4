"""What is published, and what arrives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

RESYNC = "resync"
"""The type of a message that says: more was changed than can be told, look at everything again."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a topic: a word, and what a page needs to know before it asks. It is a hint and no state: it may come twice."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)  # of values that JSON takes


@dataclass(frozen=True)
class Message:
    """A change as it arrives. `seq` rises in each topic, and is the same in every process; `at` is UTC, ISO 8601 with `Z`."""

    type: str
    topic: str
    seq: int
    at: str
    data: Mapping[str, Any]

    @cached_property
    def text(self) -> str:
        """As JSON, made once for all who get it."""
        envelope = {"type": self.type, "topic": self.topic, "seq": self.seq, "at": self.at, "data": dict(self.data)}
        return json.dumps(envelope, separators=(",", ":"))
