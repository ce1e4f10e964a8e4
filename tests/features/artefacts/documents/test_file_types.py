"""What is taken, told by what is in a file."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from argus.features.artefacts.documents import archives
from argus.features.artefacts.documents.file_types import UnsupportedType, type_of
from tests.features.artefacts import making

BOOK = making.xlsx({"s": [["a", "b"], [1, 2]]})


def kind(folder: Path, name: str, content: bytes | str) -> str:
    return type_of(making.put(folder, "uploaded", content), name).kind


def refused(folder: Path, name: str, content: bytes | str) -> str:
    with pytest.raises(UnsupportedType) as raised:
        kind(folder, name, content)
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.pdf", making.pdf(), "pdf"),
        ("a", making.pdf(), "pdf"),
        ("A.PDF", b"\n\n" + making.pdf(), "pdf"),
        ("a.png", making.png(), "png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(100), "jpg"),
        ("a.xlsx", BOOK, "xlsx"),
        ("a.csv", "a,b\n", "csv"),
        ("a.tsv", "a\tb\n", "tsv"),
        ("a.log", "x", "txt"),
        ("a.log.3", "x", "txt"),
        ("a.txt", "\x1b[31mred\x1b[0m", "txt"),
        ("a.txt", "größer".encode("utf-16"), "txt"),
        ("a.txt", "größer".encode("cp1252"), "txt"),
        ("a.json", "[1, 2]", "json"),
        ("a.json", "[" + "1234, " * 20_000 + "1]", "json"),
        ("a.jsonl", '{"a": 1}\n{"a": 2}', "ndjson"),
        ("a.log", "[INFO] started", "txt"),
        ("a.html", "<!DOCTYPE html><p>", "html"),
        ("a.html", "<!-- x --><html>", "html"),
        ("a.xml", "<?xml version='1.0'?><a/>", "xml"),
        ("a.xml", "<testsuites></testsuites>", "xml"),
    ],
)
def test_files_that_are_taken(tmp_path: Path, name: str, content: bytes | str, expected: str) -> None:
    assert kind(tmp_path, name, content) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ\x90\0" + bytes(200)),
        ("a.pdf", b"\x7fELF" + bytes(200)),
        ("a.pdf", "just words"),
        ("a.pdf", "<html><script>alert(1)</script>"),
        ("a.png", making.pdf()),
        ("a.exe", "just words"),
        ("a.bat", "del *"),
        ("a.html", "no markup"),
        ("a.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("a.gif", b"GIF89a" + bytes(100)),
        ("a.gz", b"\x1f\x8b\x08" + bytes(100)),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("a.txt", b"text and then\0 zeros"),
        ("a.txt", b"text" * 50_000 + b"\1"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, content: bytes | str) -> None:
    assert refused(tmp_path, name, content)


def test_archives_are_spreadsheets_or_refused(tmp_path: Path) -> None:
    other = BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert "as spreadsheets" in refused(tmp_path, "a.zip", other.getvalue())
    assert "as spreadsheets" in refused(tmp_path, "a.xlsx", making.changed_zip(BOOK, {}, drop=["xl/workbook.xml"]))
    assert "damaged" in refused(tmp_path, "a.xlsx", BOOK[: len(BOOK) // 2])


@pytest.mark.parametrize("name", ["../evil", "xl/../../evil", "/etc/passwd", "C:\\evil", "..\\evil"])
def test_names_that_lead_out_of_an_archive(tmp_path: Path, name: str) -> None:
    assert "leads out" in refused(tmp_path, "a.xlsx", making.changed_zip(BOOK, {name: b"x"}))


def test_macros_and_archives_in_archives_are_refused(tmp_path: Path) -> None:
    assert "macros" in refused(tmp_path, "a.xlsx", making.changed_zip(BOOK, {"xl/vbaProject.bin": b"x"}))
    types = zipfile.ZipFile(BytesIO(BOOK)).read("[Content_Types].xml").replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")
    assert "macros" in refused(tmp_path, "a.xlsx", making.changed_zip(BOOK, {"[Content_Types].xml": types}))
    assert "another archive" in refused(tmp_path, "a.xlsx", making.changed_zip(BOOK, {"xl/embeddings/b.xlsx": b"x"}))
    assert "another archive" in refused(tmp_path, "a.xlsx", making.changed_zip(BOOK, {"xl/media/picture.png": BOOK}))


def test_bombs_are_refused_whatever_they_say_of_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = making.changed_zip(BOOK, {"xl/worksheets/big.xml": bytes(5_000_000)})
    assert "100 times" in refused(tmp_path, "a.xlsx", zeros)
    many = making.changed_zip(BOOK, {f"xl/{n}.xml": b"" for n in range(1001)})
    assert "entries" in refused(tmp_path, "a.xlsx", many)
    lying = making.lying_zip(zeros, "xl/worksheets/big.xml", 100)
    assert refused(tmp_path, "a.xlsx", lying)
    monkeypatch.setattr(archives, "MAX_UNPACKED", 100_000)
    large = making.changed_zip(BOOK, {"xl/x.bin": bytes(range(256)) * 1000})
    monkeypatch.setattr(archives, "MAX_RATIO", 10**6)
    assert "at most 100000" in refused(tmp_path, "a.xlsx", large)
    assert "more than 100000" in refused(tmp_path, "a.xlsx", making.lying_zip(large, "xl/x.bin", 10))
