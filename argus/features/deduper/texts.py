"""What of an event's message is compared (docs/deduper.md#what-counts-as-the-same)."""

from __future__ import annotations

import re

from argus.domain.sanitise import sanitise

LONGEST = 4096  # characters of a text that are compared
SHORT = 5  # words below which texts are compared by characters

_numbers = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{6,}\b|\d+")  # hexadecimal names of six digits and more, and every number


def normalise(message: str) -> str:
    """What a message says of the failure: sanitised, in small letters, cut. Events whose normalised texts are equal are the same."""
    return sanitise(message).lower()[:LONGEST]


def shape(text: str) -> str:
    """A normalised text with 0 in place of each number: numbers count (shards, ports, milliseconds), they do not tell failures apart."""
    return _numbers.sub("0", text)


def words(text: str) -> list[str]:
    """What a text is compared by: its words, or its characters when these are fewer than `SHORT`."""
    parts = text.split(" ")
    return list(text) if len(parts) < SHORT else parts
