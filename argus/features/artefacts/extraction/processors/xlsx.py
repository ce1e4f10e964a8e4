"""Spreadsheets: one table for each visible sheet, the values as they were last calculated."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from argus.features.artefacts.extraction.processors.model import (
    ENCRYPTED,
    LIMIT,
    MAX_COLUMNS,
    MAX_ROWS,
    UNREADABLE,
    ExtractionError,
    Grid,
    Source,
)

OLE = b"\xd0\xcf\x11\xe0"  # a spreadsheet with a password stands in a container of this kind
PLACE = re.compile(rb"<(?:\w{1,8}:)?c\s[^<>]{0,80}?\br=[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
PIECE = 1 << 20
OVERLAP = 120  # bytes: a place that is cut in two is found in the next piece


def read_xlsx(source: Source) -> Iterator[Grid]:
    """A table of each visible sheet that has cells; `pages` counts the visible sheets."""
    with source.path.open("rb") as file:
        if file.read(4) == OLE:
            raise ExtractionError(ENCRYPTED, "the spreadsheet is protected by a password")
    _check_extent(source.path)
    try:
        with CalamineWorkbook.from_path(str(source.path)) as book:
            sheets = [
                sheet
                for sheet in book.sheets_metadata
                if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
            ]
            for number, sheet in enumerate(sheets, 1):
                source.progress(100 * number / (len(sheets) + 1), f"sheet {number}/{len(sheets)}")
                if number in source.pages:
                    read = book.get_sheet_by_name(sheet.name)
                    yield Grid(sheet.name, _rows(read), metadata={"sheet": sheet.name})
    except PasswordError:
        raise ExtractionError(ENCRYPTED, "the spreadsheet is protected by a password") from None
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        raise ExtractionError(UNREADABLE, f"the spreadsheet cannot be read: {error}") from None


def _check_extent(path: Path) -> None:
    """A sheet is held as a whole rectangle, so one cell in its last corner would take more memory than there is."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    with archive.open(name) as part:
                        _check_places(name.removeprefix("xl/worksheets/"), part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ExtractionError(UNREADABLE, f"the spreadsheet cannot be read: {error}") from None


def _check_places(name: str, part: Any) -> None:
    rest = b""
    while piece := part.read(PIECE):
        text = rest + piece
        for found in PLACE.finditer(text):
            if int(found[2]) > MAX_ROWS or _column_number(found[1]) > MAX_COLUMNS:
                place = (found[1] + found[2]).decode()
                raise ExtractionError(LIMIT, f"{name}: a cell at {place}; at most {MAX_ROWS} rows and {MAX_COLUMNS} columns are read")
        rest = text[-OVERLAP:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.to_python(skip_empty_area=True):
        cells = [_text(value) for value in row]
        if any(cells):
            yield cells


def _text(value: Any) -> str:
    """A value as text that means the same: no digits are added, and none is lost."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _span(value)
        case _:
            return str(value)


def _span(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    seconds = abs(value)
    minutes, rest = divmod(seconds, timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    whole, micro = rest.seconds, rest.microseconds
    return f"{sign}{hours}:{minutes:02}:{whole:02}" + (f".{micro:06}".rstrip("0") if micro else "")
