"""What a pytest reporter sends beside a result's identity, as the columns hold it: whatever `record_property` was given becomes text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from argus.kit.losses import lose

LONGEST_NAME = 65_000  # bytes of a field's name together with the test's; a key holds 64 KiB
MOST_FIELDS = 1_000  # of one result


def user_fields_of(value: Any) -> Iterator[tuple[str, str]]:
    """Names and texts of the fields that a test attached; none when there are none, or they are no object."""
    if value is None:
        return
    if not isinstance(value, dict):
        lose(f"user_fields is a {type(value).__name__}, no object")
        return
    for number, (name, field) in enumerate(value.items()):
        if number >= MOST_FIELDS:
            lose(f"only the first {MOST_FIELDS} of {len(value)} user_fields are kept")
            return
        if not name or len(name.encode()) > LONGEST_NAME:
            lose(f"user_fields: a name of {len(name)} characters is not kept")
        else:
            yield name, str(field)


def markers_of(value: Any) -> list[str]:
    """The markers as texts, one alone as a list; none for null."""
    if value is None:
        return []
    if isinstance(value, list):
        return [str(each) for each in value]
    if not isinstance(value, str):
        lose(f"markers is a {type(value).__name__}, no list")
        return []
    return [value]
