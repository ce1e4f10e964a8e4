"""A fixed answer, whatever the document: for tests of what stands around extraction."""

from __future__ import annotations

from collections.abc import Iterator

from argus.features.artefacts.extraction.processors.model import Grid, Source

HEADER = ["op", "P99 read"]
ROWS = [["read", "4.2"], ["write", "5.1"]]


def read_stub(source: Source) -> Iterator[Grid]:
    """One table of two rows."""
    source.progress(50, "half of it")
    yield Grid("Stub", iter(list(ROWS)), list(HEADER))
