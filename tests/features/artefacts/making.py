"""Real files for tests, made by the libraries that users' tools are built on."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

Rows = Sequence[Sequence[str]]

WRITES = (["op", "P99 write", "ops"], ["insert", "4.2", "1200"], ["update", "5.1", "900"], ["delete", "3.9", "-7"])
READS = (["op", "P99 read", "note"], ["get", "1.5", "=warm"], ["scan", "18.25", "a, b"])

JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="storage" tests="3" failures="1" skipped="1" time="2.5">
<testcase classname="s.Disk" name="writes" time="1.5"/>
<testcase classname="s.Disk" name="reads" time="1.0"><failure message="2 &lt; 1"/></testcase>
<testcase classname="s.Disk" name="burns"><skipped/></testcase>
</testsuite></testsuites>"""

PAGE = """<!doctype html><html><head><meta charset="utf-8"><script>document.write("<table><tr><td>x</td></tr></table>")</script></head>
<body><h2>Latencies</h2><table><tr><th>op</th><th>p50</th><th>p99</th></tr>
<tr><td rowspan="2">read</td><td>1</td><td>4</td></tr><tr><td>2</td><td>5</td></tr>
<tr><td colspan="2">total</td><td>9 <b>ms</b></td></tr></table>
<table><caption>Größen</caption><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>
<img src="http://127.0.0.1:9/never.png"></body></html>"""

ALIGNED = """Started at 10:00 by ann

Write latencies:
op       P99 write   ops
------   ---------   ----
insert   4.2         1200
update               900

 name  | size
-------+------
 t1    | 10
 t2    | 20

The end of it all.
"""


def pdf(*tables: tuple[str, Rows], pages: int = 1, password: str | None = None, words: int = 0) -> bytes:
    """A PDF with ruled tables, each below its title; on every one of `pages`, behind which are pages of words."""
    styles = getSampleStyleSheet()
    story: list[object] = []
    for page in range(pages):
        if page:
            story.append(PageBreak())
        for title, rows in tables:
            story.append(Paragraph(title, styles["Heading3"]))
            story.append(Table([list(row) for row in rows], style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])))
        if not tables:
            story.append(Paragraph("Nothing but words.", styles["Normal"]))
    for _ in range(words):
        story += [
            PageBreak(),
            *(Paragraph(f"Line {line} of what the night's run had to say. " * 2, styles["Normal"]) for line in range(25)),
        ]
    written = io.BytesIO()
    SimpleDocTemplate(written, pagesize=A4, encrypt=StandardEncryption(password) if password else None).build(story)
    return written.getvalue()


def two_tables(words: int = 0) -> bytes:
    """The PDF of most tests; with pages of words behind, if it is to be read for a while."""
    return pdf(("Write latencies", WRITES), ("Read latencies", READS), words=words)


def xlsx(sheets: Mapping[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> bytes:
    """A spreadsheet."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def changed_zip(content: bytes, add: dict[str, bytes], drop: Sequence[str] = ()) -> bytes:
    """An archive with other entries."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in add and entry.filename not in drop:
                new.writestr(entry, old.read(entry))
        for name, data in add.items():
            new.writestr(name, data)
    return written.getvalue()


def lying_zip(content: bytes, name: str, size: int) -> bytes:
    """An archive whose directory says another size of an entry."""
    raw = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        position = archive.start_dir
        entry = archive.getinfo(name)
    encoded = name.encode()
    while (at := raw.find(b"PK\x01\x02", position)) >= 0:
        length = struct.unpack_from("<H", raw, at + 28)[0]
        if raw[at + 46 : at + 46 + length] == encoded:
            struct.pack_into("<I", raw, at + 24, size)
            struct.pack_into("<I", raw, entry.header_offset + 22, size)
            return bytes(raw)
        position = at + 4
    raise AssertionError(name)


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixel = chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)) + pixel + chunk(b"IEND", b"")


def put(folder: Path, name: str, content: bytes | str) -> Path:
    """A file."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
