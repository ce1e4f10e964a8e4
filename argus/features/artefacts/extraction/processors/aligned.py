"""Plain text whose columns are aligned, or stand between bars: what tools print on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from argus.features.artefacts.extraction.processors.model import Grid, Source
from argus.features.artefacts.extraction.processors.texts import encoding_of

GAP = re.compile(r"\S {2,}\S|\t")
RULE = re.compile(r"\A[\s|+:=_\-─━═│┼┃╪╬]*[-=_─━═]{2}[\s|+:=_\-─━═│┼┃╪╬]*\Z")
BARS = "|│┃"
LONGEST_LINE = 4000  # characters; longer ones are no rows of a table that somebody aligned


def read_text(source: Source) -> Iterator[Grid]:
    """A table for each run of lines, two at least, that have columns."""
    with source.path.open(encoding=encoding_of(source.path), errors="replace") as file:
        yield from _tables(file, source.name)


def _tables(lines: Iterator[str] | Sequence[str], name: str) -> Iterator[Grid]:
    run: list[str] = []
    began, title, last = 0, "", ""
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n").rstrip()
        is_row = _has_columns(line)
        if is_row or (run and RULE.match(line)):
            if not run:
                began, title = number, last
            if not RULE.match(line):
                run.append(line.expandtabs())
        else:
            if rows := _cut(run):
                yield Grid(title or f"{name}, line {began}", iter(rows), metadata={"line": began})
            run = []
        if not is_row and not RULE.match(line):
            last = line.strip().rstrip(":")[:200]
    if rows := _cut(run):
        yield Grid(title or f"{name}, line {began}", iter(rows), metadata={"line": began})


def _has_columns(line: str) -> bool:
    if not line or len(line) > LONGEST_LINE or RULE.match(line):
        return False
    return GAP.search(line) is not None or sum(line.count(bar) for bar in BARS) >= 1


def _cut(run: Sequence[str]) -> list[list[str]]:
    """The cells of a run; none when it is no table."""
    if len(run) < 2:
        return []
    if all(any(bar in line for bar in BARS) for line in run):
        return [_between_bars(line) for line in run]
    edges = _gaps(run)
    rows = [_between(line, edges) for line in run]
    return rows if len(edges) else []


def _between_bars(line: str) -> list[str]:
    cells = re.split(f"[{BARS}]", line.strip())
    if cells and not cells[0].strip():
        cells = cells[1:]
    if cells and not cells[-1].strip():
        cells = cells[:-1]
    return [cell.strip() for cell in cells]


def _gaps(run: Sequence[str]) -> list[tuple[int, int]]:
    """Where every line is blank, for two characters at least: start and end."""
    width = max(map(len, run))
    taken = bytearray(width)
    for line in run:
        for at, char in enumerate(line):
            if char != " ":
                taken[at] = 1
    gaps: list[tuple[int, int]] = []
    start: int | None = None
    for at in range(width):
        if taken[at]:
            if start is not None and start > 0 and at - start >= 2:
                gaps.append((start, at))
            start = None
        elif start is None:
            start = at
    return [gap for gap in gaps if any(taken[: gap[0]])]


def _between(line: str, gaps: Sequence[tuple[int, int]]) -> list[str]:
    starts = [0, *(end for _, end in gaps)]
    ends = [*(start for start, _ in gaps), len(line)]
    return [line[start : max(start, end)].strip() for start, end in zip(starts, ends, strict=True)]
