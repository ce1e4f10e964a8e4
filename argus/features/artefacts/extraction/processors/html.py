"""Web pages: each `<table>`. Nothing that a page names is fetched, and nothing of it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree  # type: ignore[attr-defined]
from lxml import html as parser

from argus.features.artefacts.extraction.processors.model import LIMIT, MAX_COLUMNS, MAX_ROWS, UNREADABLE, ExtractionError, Grid, Source
from argus.features.artefacts.extraction.processors.texts import encoding_of, one_line

UNSEEN = ("script", "style", "template", "noscript")


def read_html(source: Source) -> Iterator[Grid]:
    """The tables that hold no other table: those that do are made for the looks of a page."""
    raw = source.path.read_bytes()
    encoding = encoding_of(source.path)
    # the page's own word counts where the bytes do not tell: UTF-8 and UTF-16 do
    declared = None if encoding in ("cp1252", "latin-1") else encoding.removesuffix("-sig")
    try:
        page = parser.document_fromstring(
            raw, parser=parser.HTMLParser(encoding=declared, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
        )
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ExtractionError(UNREADABLE, f"the page cannot be read: {error}") from None
    etree.strip_elements(page, *UNSEEN, with_tail=False)
    inner = [table for table in page.iter("table") if table.find(".//table") is None]
    for number, table in enumerate(inner, 1):
        source.progress(100 * number / (len(inner) + 1), f"table {number}/{len(inner)}")
        header, rows = _parts(table)
        yield Grid(_title(table) or f"{source.name}, table {number}", iter(rows), header, {"table": number})


def _title(table: Any) -> str:
    """Its caption, else the heading before it."""
    caption = table.find("caption")
    if caption is None:
        headings = table.xpath("preceding::*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6][1]")
        caption = headings[0] if headings else None
    return one_line(caption.text_content())[:200] if caption is not None else ""


def _parts(table: Any) -> tuple[list[str] | None, list[list[str]]]:
    """Header and rows. A row is the header when it stands first and all its cells are `<th>`."""
    lines = list(table.iter("tr"))
    rows = _expanded(lines)
    first = next(iter(lines), None)
    is_header = first is not None and len(first) > 0 and all(cell.tag == "th" for cell in first.iterchildren("th", "td"))
    if is_header and rows:
        return rows[0], rows[1:]
    return None, rows


def _expanded(lines: list[Any]) -> list[list[str]]:
    """Rows whose cells stand in the columns where a browser shows them: a cell over several rows or columns is in each of them."""
    if len(lines) > MAX_ROWS:
        raise ExtractionError(LIMIT, f"a table of {len(lines)} rows; at most {MAX_ROWS} are read")
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    for line in lines:
        row, below = _row(line, below)
        rows.append(row)
    return rows


def _row(line: Any, above: dict[int, tuple[int, str]]) -> tuple[list[str], dict[int, tuple[int, str]]]:
    """The cells of a row, and what of it and of rows above it stands in the next: column → how many rows more, and the text."""
    row: list[str] = []
    below: dict[int, tuple[int, str]] = {}

    def put(text: str, rows: int) -> None:
        if rows > 1:
            below[len(row)] = (rows - 1, text)
        row.append(text)
        if len(row) > MAX_COLUMNS:
            raise ExtractionError(LIMIT, f"a table of more than {MAX_COLUMNS} columns")

    def put_held() -> None:
        while len(row) in above:
            left, text = above[len(row)]
            put(text, left)

    for cell in line.iterchildren("td", "th"):
        text, over = one_line(cell.text_content()), _span(cell, "rowspan", MAX_ROWS)
        for _ in range(_span(cell, "colspan", MAX_COLUMNS)):
            put_held()
            put(text, over)
    put_held()
    return row, below


def _span(cell: Any, name: str, most: int) -> int:
    given = cell.get(name, "1").strip()
    if not (given.isascii() and given.isdigit()) or len(given) > 9:
        return 1
    return min(max(int(given), 1), most + 1)
