"""Settings that cannot be used: one line a problem, with the key and where its value stands, never with the value itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

PREFIX = "ARGUS_"

Source = tuple[str, Callable[[], Mapping[str, Any]]]
"""What a source is called, and what it says."""


class WrongSettings(ValueError):
    """The text has a line for each problem."""


def wrong_settings(error: ValidationError, overrides: Mapping[str, Any], sources: Sequence[Source]) -> WrongSettings:
    """What is wrong, for people.

    Args:
        overrides: what the program itself says; it wins over everything.
        sources: files, those that win first.
    """
    problems: list[str] = []
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        text = each["msg"].removeprefix("Value error, ")
        key = ".".join(map(str, each["loc"][:1]))
        lines = [f"{key}: {text}"] if key else text.splitlines()
        problems += [f"{line} ({_source(line.partition(':')[0], overrides, sources)})" for line in lines]
    return WrongSettings("\n".join(problems))


def _source(key: str, overrides: Mapping[str, Any], sources: Sequence[Source]) -> str:
    if key in overrides:
        return "said by the program"
    if os.environ.get(f"{PREFIX}{key}"):
        return f"environment, {PREFIX}{key}"
    return next((name for name, read in sources if key in read()), "not set")
