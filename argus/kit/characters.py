r"""Texts that were cut inside a character: JSON lets half of an emoji through (`\ud83d` alone), storage and encodings do not."""

from __future__ import annotations

import re
from typing import Any

from argus.kit.losses import lose

HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
LONE = re.compile("[\ud800-\udfff]")
UNREADABLE = "\ufffd"
STEP, OVERLAP = 1 << 18, 8
"""So much is looked at in one go: a search lets no other thread run until it has ended."""


def may_hold_halves(raw: bytes | bytearray) -> bool:
    """Whether a JSON text may hold halves of characters: a quick look, so that most bodies need not be walked. Whole emoji may look so
    too, and so does all that is UTF-16 or UTF-32."""
    starts = range(0, len(raw), STEP)
    return any(HALF.search(raw, at, at + STEP + OVERLAP) for at in starts) or 0 in raw[:4]


def whole_characters(value: Any, where: str = "") -> Any:
    """A JSON value whose texts, keys included, have no halves of characters: each becomes U+FFFD, and is told as lost.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if isinstance(value, str):
        if not any(LONE.search(value, at, at + STEP) for at in range(0, len(value), STEP)):
            return value
        lose(f"half of a character is replaced in {where or 'the body'}")
        return "".join([LONE.sub(UNREADABLE, value[at : at + STEP]) for at in range(0, len(value), STEP)])
    if isinstance(value, list):
        return [whole_characters(each, f"{where}[{place}]") for place, each in enumerate(value)]
    if isinstance(value, dict):
        return {
            whole_characters(key, f"a key of {where or 'the body'}"): whole_characters(each, f"{where}.{key}" if where else key)
            for key, each in value.items()
        }
    return value
