"""Answers that are too large to be encoded between two requests."""

from __future__ import annotations

from typing import Any

from argus.kit.answer import JSON, Answer
from argus.kit.json import encode_ok
from argus.kit.pools import ANSWERS
from argus.runtime import Runtime


async def large_ok(runtime: Runtime, payload: Any) -> Answer:
    """The success envelope around thousands of rows, encoded in a thread: on the event loop it would hold up everybody else."""
    return Answer(await runtime.blocking(ANSWERS, encode_ok, payload), 200, JSON)
