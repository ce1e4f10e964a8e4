"""PDF files: tables with ruled lines, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from argus.features.artefacts.extraction.processors.model import (
    ENCRYPTED,
    LIMIT,
    MAX_PAGES,
    UNREADABLE,
    ExtractionError,
    Grid,
    Source,
)
from argus.features.artefacts.extraction.processors.texts import one_line

ABOVE = 36.0  # points above a table in which its title is looked for: half an inch


def read_pdf(source: Source) -> Iterator[Grid]:
    """The ruled tables of the pages asked for. Text that merely looks like columns is none: guessing would make tables of prose."""
    try:
        with pdfplumber.open(source.path) as document:
            yield from _tables(source, document)
    except ExtractionError:
        raise
    except Exception as error:  # pdfminer raises whatever a damaged file leads it to: KeyError, struct.error, RecursionError …
        if isinstance(error, PDFPasswordIncorrect) or isinstance(error.__context__, PDFPasswordIncorrect) or _is_about_passwords(error):
            raise ExtractionError(ENCRYPTED, "the PDF is protected by a password") from None
        if isinstance(error, MemoryError):
            raise
        reason = error.args[0] if isinstance(error, PdfminerException) and error.args else error
        raise ExtractionError(UNREADABLE, f"the PDF cannot be read: {type(reason).__name__} {reason}".strip()) from None


def _is_about_passwords(error: Exception) -> bool:
    return bool(error.args) and isinstance(error.args[0], PDFPasswordIncorrect)


def _tables(source: Source, document: Any) -> Iterator[Grid]:
    wanted = [page for page in document.pages if page.page_number in source.pages]
    if len(wanted) > MAX_PAGES:
        raise ExtractionError(LIMIT, f"{len(wanted)} pages; at most {MAX_PAGES} are read, `pages` of the configuration says which")
    for done, page in enumerate(wanted):
        source.progress(100 * done / len(wanted), f"page {done + 1}/{len(wanted)}")
        for table in page.find_tables():
            title = _title(page, table.bbox) or f"{source.name}, page {page.page_number}"
            box = [round(edge, 1) for edge in table.bbox]
            yield Grid(title, _rows(table.extract()), metadata={"page": page.page_number, "bbox": box})
        page.close()


def _rows(cells: list[list[str | None]]) -> Iterator[list[str]]:
    for row in cells:
        yield [one_line(cell or "") for cell in row]


def _title(page: Any, box: tuple[float, float, float, float]) -> str:
    """The line of text that stands closest above a table."""
    top = box[1]
    start = max(float(page.bbox[1]), top - ABOVE)
    if top - start < 1:
        return ""
    words = page.crop((page.bbox[0], start, page.bbox[2], top), strict=False).extract_text_lines()
    return one_line(words[-1]["text"])[:200] if words else ""
