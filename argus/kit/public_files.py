"""A file below `/s/`, as both lanes answer it: validators, conditional requests and ranges.

Contract: RFC 9110, 13 and 14; docs/contract/conventions.md#files.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from io import RawIOBase
from pathlib import Path
from stat import S_ISREG
from typing import IO, cast

BLOCK = 256 * 1024
TEXTUAL = ("text/", "application/javascript")
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""How a file may lie beside itself in fewer bytes, made when the frontend is built; the one that saves more comes first."""
HASHED = re.compile(r"dist/[\w.]+-[\w-]{8}\.(?:js|css|woff2)", re.ASCII)
"""Names that change with what is in them."""
FOR_EVER = "public, max-age=31536000, immutable"
_RANGE = re.compile(r"bytes=\s*(\d{0,40})\s*-\s*(\d{0,40})\s*", re.ASCII)
_NEVER = re.compile(r";\s*q=0(?:\.0*)?\s*$")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """Status and headers, and which bytes of the file to send."""

    status: int
    headers: dict[str, str]
    path: Path
    start: int = 0
    length: int = 0

    def open(self) -> IO[bytes]:
        """The bytes to send, as a file; it ends early where the file has become shorter. Raises OSError."""
        file = self.path.open("rb")
        file.seek(self.start)
        return cast("IO[bytes]", _Part(file, self.length))


class _Part(RawIOBase):
    """So many bytes of a file, from where it stands."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file = file
        self._left = length

    def read(self, size: int = -1, /) -> bytes:
        part = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(part)
        return part

    def close(self) -> None:
        self._file.close()
        super().close()


def answer_file(root: Path, name: str, method: str, fields: Mapping[str, str]) -> FileAnswer | None:
    """The answer to GET or HEAD of a file below `root`; None where there is no such file.

    Args:
        fields: of the request, by name in any case.
    """
    asked = _below(root, name)
    if asked is None:
        return None
    encoding, path, choice = _smallest(asked, fields)
    found = path.stat()
    changed = datetime.fromtimestamp(int(found.st_mtime), UTC)
    tag = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Cache-Control": FOR_EVER if HASHED.fullmatch(name) else "no-cache",
        "Accept-Ranges": "bytes",
    }
    if choice:
        headers["Vary"] = "Accept-Encoding"
    if status := _condition(fields, tag, changed):
        return FileAnswer(status, headers if status == 304 else {**headers, "Content-Length": "0"}, path)
    headers["Content-Type"] = _type_of(asked)
    headers["Content-Disposition"] = f"inline; filename={asked.name}"
    if encoding:
        headers["Content-Encoding"] = encoding
    part = _range(fields, tag, changed, found.st_size) if method == "GET" else None
    if part is None:
        return FileAnswer(200, {**headers, "Content-Length": str(found.st_size)}, path, 0, found.st_size)
    start, end = part
    if start >= end:
        return FileAnswer(416, {"Content-Range": f"bytes */{found.st_size}", "Accept-Ranges": "bytes", "Content-Length": "0"}, path)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.st_size}"
    return FileAnswer(206, {**headers, "Content-Length": str(end - start)}, path, start, end - start)


def _smallest(path: Path, fields: Mapping[str, str]) -> tuple[str | None, Path, bool]:
    """The encoding that the caller takes and that is there, its file, and whether there was a choice. A part is one of the plain bytes."""
    beside = {encoding: path.with_name(path.name + end) for encoding, end in ENCODINGS.items() if _is_current(path, path.name + end)}
    taken = {word.split(";")[0].strip().lower() for word in fields.get("accept-encoding", "").split(",") if not _NEVER.search(word)}
    for encoding, file in beside.items():
        if encoding in taken and "range" not in fields:
            return encoding, file, True
    return None, path, bool(beside)


def _is_current(path: Path, name: str) -> bool:
    """Whether the file of this name lies beside a file, and was made from it as it is."""
    try:
        beside = path.with_name(name).stat()
        return S_ISREG(beside.st_mode) and beside.st_mtime_ns >= path.stat().st_mtime_ns
    except OSError:
        return False


def _below(root: Path, name: str) -> Path | None:
    try:
        path = (root / name).resolve()
        regular = S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):  # not there, or no name that a file can have
        return None
    return path if regular and path.is_relative_to(root.resolve()) else None


def _type_of(path: Path) -> str:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(TEXTUAL) else kind


def _condition(fields: Mapping[str, str], tag: str, changed: datetime) -> int | None:
    """412 or 304, where a condition of the request says so; a date that is none says nothing."""
    match = fields.get("if-match")
    if match is not None:
        if match.strip() != "*" and tag not in _strong(match):
            return 412
    elif (since := _date(fields.get("if-unmodified-since"))) and changed > since:
        return 412
    none = fields.get("if-none-match")
    if none is not None:
        return 304 if none.strip() == "*" or tag in _TAG.findall(none) else None
    since = _date(fields.get("if-modified-since"))
    return 304 if since and changed <= since else None


def _range(fields: Mapping[str, str], tag: str, changed: datetime, size: int) -> tuple[int, int] | None:
    """From which byte to before which one; an empty range where none of it is there. None: the whole file, as for units and forms that
    are not known, and for several ranges at once."""
    asked = _RANGE.fullmatch(fields.get("range", ""))
    condition = fields.get("if-range")
    if asked is None or (condition is not None and condition.strip() != tag and _date(condition) != changed):
        return None
    first, last = asked.groups()
    if not first:
        return (max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _strong(tags: str) -> list[str]:
    return [tag for tag in (each.strip() for each in tags.split(",")) if not tag.startswith("W/")]


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except (TypeError, ValueError):
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
