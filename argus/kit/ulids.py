"""ULIDs: ids of 26 characters that sort by the time at which they were made; within this process also in one millisecond."""

from __future__ import annotations

import re
import secrets
from threading import Lock

from ulid import ULID

from argus.kit.clock import EPOCH, now

LENGTH = 26
_RANDOM_BITS = 80
_SHAPE = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_making = Lock()
_last = 0


def new_ulid() -> str:
    """A new id, later than all that this process has made in the same millisecond or before."""
    global _last
    milliseconds = round((now() - EPOCH).total_seconds() * 1000)
    with _making:
        if _last >> _RANDOM_BITS == milliseconds:
            _last += 1
        else:
            _last = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS - 1)  # one bit is left for counting up
        return str(ULID.from_bytes(_last.to_bytes(16, "big")))


def is_ulid(text: str) -> bool:
    """Whether a text has the form of one."""
    return _SHAPE.fullmatch(text) is not None
