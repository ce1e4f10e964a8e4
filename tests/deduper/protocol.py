"""The protocol of the drill: what its tests have seen, a line each, as it stands in docs/deduper.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "deduper.md"
PROPERTY = "protocol"
"""Under this name a test gives its lines to whoever listens (`record_property`)."""

_block = re.compile(r"(?<=^```text\n)\d+ requests answered.*?(?=^```)", re.MULTILINE | re.DOTALL)
_varies = re.compile(r"\b\d+(?= requests)|\b01[0-9A-Z]{6}(?=…)|\b\d+\.\d+(?=%)|\b\d+(?= of \d)")


def shape(line: str) -> str:
    """A line without what differs from time to time."""
    return _varies.sub("#", line)


def printed() -> list[str]:
    """The lines of the page."""
    found = _block.search(PAGE.read_text())
    assert found is not None, f"{PAGE} has no protocol"
    return found[0].splitlines()


def stands_on_the_page(lines: Sequence[str]) -> bool:
    """Whether the page tells of what a test has seen, in one piece."""
    known, seen = [[shape(line) for line in told] for told in (printed(), lines)]
    return any(known[at : at + len(seen)] == seen for at in range(len(known)))


def print_into_page(lines: Iterable[str]) -> None:
    """Make the page tell of the latest drill."""
    PAGE.write_text(_block.sub(lambda _: "".join(f"{line}\n" for line in lines), PAGE.read_text()))
