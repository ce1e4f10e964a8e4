"""What a file is, told by what is in it: the types that are taken, and how each is served."""

from __future__ import annotations

import codecs
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import filetype

from argus.features.artefacts.documents.archives import RefusedArchive, check_spreadsheet

HEAD = 64 * 1024  # bytes that are looked at
PIECE = 1 << 20
TEXT = "text"
TEXT_ENDINGS = ("txt", "log", "csv", "tsv", "md", "json", "ndjson", "jsonl")
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "xml": "application/xml",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
}
ENDINGS = {
    "pdf": ("pdf",),
    "png": ("png",),
    "jpg": ("jpg", "jpeg"),
    "xlsx": ("xlsx",),
    "html": ("html", "htm", "xhtml", *TEXT_ENDINGS),
    "xml": ("xml", *TEXT_ENDINGS),
    "json": ("json", *TEXT_ENDINGS),
    TEXT: TEXT_ENDINGS,
}
"""Endings that the name of a file with such a content may have. Every text is one of text's own; a text named `.exe` is refused."""

ROTATED = re.compile(r"\A[0-9]{1,4}\Z")  # `console.log.3`
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b\b"))
HTML = re.compile(r"\A(?:\s|<!--.*?-->)*<(?:!doctype\s+html|html|head|body|table|h[1-6]|div|p)\b", re.IGNORECASE | re.DOTALL)
XML = re.compile(r"\A\s*<(?:\?xml\b|!--|!DOCTYPE\b|[A-Za-z_][\w.:-]*[\s>/])")
NDJSON = ("ndjson", "jsonl")


class UnsupportedType(Exception):
    """A content that is not taken; its text says what it looks like."""


@dataclass(frozen=True, slots=True)
class FileType:
    """What a content is, by the name of its kind."""

    kind: str
    """A key of `CONTENT_TYPES`."""

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.kind]


def type_of(path: Path, name: str) -> FileType:
    """The type of a file by its content; of a text the name tells which it is. Reads the file, so never on the event loop.

    Args:
        name: as its sender calls it.

    Raises:
        UnsupportedType: none of those that are taken, an archive that is refused, or a name that contradicts the content.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    kind = _binary(head, path) or _kind_of_text(path, head)
    ending = _ending(name)
    if ending and ending not in ENDINGS[kind]:
        raise UnsupportedType(f"the content is {_called(kind)}, but the name ends with .{ending}")
    if kind in (TEXT, "json"):
        return FileType(_kind_by_name(kind, ending))
    return FileType(kind)


def _ending(name: str) -> str:
    suffixes = [suffix[1:].lower() for suffix in PurePosixPath(name.replace("\\", "/")).suffixes]
    while suffixes and ROTATED.match(suffixes[-1]):
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _called(kind: str) -> str:
    return {"text": "text", "pdf": "a PDF", "xlsx": "a spreadsheet", "png": "a picture", "jpg": "a picture"}.get(kind, kind.upper())


def _binary(head: bytes, path: Path) -> str | None:
    if head.lstrip(b"\0 \t\r\n")[:5] == b"%PDF-":
        return "pdf"
    guess = filetype.guess(head)  # type: ignore[no-untyped-call]
    if zipfile.is_zipfile(path) or head[:4] == b"PK\x03\x04":
        try:
            check_spreadsheet(path)
        except RefusedArchive as refused:
            raise UnsupportedType(str(refused)) from None
        return "xlsx"
    if guess is None:
        return None
    if guess.extension in ("png", "jpg"):
        return str(guess.extension)
    raise UnsupportedType(f"files of type {guess.mime} are not taken")


def _kind_of_text(path: Path, head: bytes) -> str:
    """Raises:
    UnsupportedType: it is no text.
    """
    encoding = _encoding_of_text(path, head)
    text = head.decode(encoding, "ignore").removeprefix("\ufeff")
    if HTML.match(text):
        return "html"
    if XML.match(text):
        return "xml"
    return "json" if _looks_like_json(text) else TEXT


def _encoding_of_text(path: Path, head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            if piece.translate(None, CONTROLS) != piece:
                raise UnsupportedType("the content is neither text nor one of the types that are taken")
    try:
        head[:-4].decode()
    except UnicodeDecodeError as broken:
        if broken.start < len(head) - 8:
            return "cp1252"
    return "utf-8"


def _looks_like_json(text: str) -> bool:
    start = text.lstrip()
    if not start.startswith(("{", "[")):
        return False
    try:
        json.JSONDecoder().raw_decode(start)
    except ValueError as error:
        # a sample that ends in the middle is JSON as far as it goes
        return isinstance(error, json.JSONDecodeError) and len(text) >= HEAD - 8 and error.pos > len(start) - 2000
    except RecursionError:
        return True
    return True


def _kind_by_name(kind: str, ending: str) -> str:
    if ending in NDJSON:
        return "ndjson"
    if kind == "json":
        return "json" if ending in ("", "json") else {"csv": "csv", "tsv": "tsv"}.get(ending, "txt")
    return {"csv": "csv", "tsv": "tsv"}.get(ending, "txt")
