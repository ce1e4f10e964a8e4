"""Archives of journals: tar (plain, gzip, zstd) or zip, holding `*.jsonl` files with a record a line (docs/contract/replay.md#archives)."""

from __future__ import annotations

import gzip
import io
import logging
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

import zstandard

from argus.kit.errors import ReplayServiceError, RequestEntityTooLarge
from argus.kit.parse import json_value

log = logging.getLogger("argus.replay")

Record = dict[str, Any]

MAX_PACKED = 32 << 20  # bytes of an archive
MAX_BYTES = 64 << 20  # of everything that is unpacked: what journals hold is kept in memory, sorted
MAX_RECORDS = 50_000
MAX_LINE = 8 << 20  # bytes of a record
MAX_DIRECTORY = 2 << 20  # bytes in which a zip file lists its members
MAX_WINDOW = 32 << 20  # bytes that unpacking zstd may look back
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zstandard.ZstdError, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)


def records_of(archive: bytes) -> Iterator[Record]:
    """The records of an archive, in its order, unpacked as they are asked for. Lines that are no JSON objects are skipped; the log says how
    many.

    Raises:
        ReplayServiceError: another format, damaged, or larger than any journal: packed, unpacked, in a line, in number of records.
    """
    if len(archive) > MAX_PACKED:
        raise _too_large(f"{MAX_PACKED} bytes")
    records = skipped = 0
    try:
        for name, line in _lines(archive):
            record = _record(name, line)
            if record is None:
                skipped += 1
                continue
            records += 1
            if records > MAX_RECORDS:
                raise _too_large(f"{MAX_RECORDS} records")
            yield record
    except DAMAGE as error:
        raise ReplayServiceError(f"Failed to decode archive: {error}") from error
    finally:
        if skipped:
            log.warning("%d lines of a journal are no JSON objects, and were skipped", skipped)


def _lines(archive: bytes) -> Iterator[tuple[str, bytes]]:
    unpacked = 0
    for name, file in _journals(archive):
        while line := file.readline(MAX_LINE + 1):
            unpacked += len(line)
            if len(line) > MAX_LINE:
                raise _too_large(f"{MAX_LINE} bytes in a line")
            if unpacked > MAX_BYTES:
                raise _too_large(f"{MAX_BYTES} bytes of journals")
            if line.strip():
                yield name, line


def _record(name: str, line: bytes) -> Record | None:
    try:
        record = json_value([line], name)
    except (ValueError, RecursionError, RequestEntityTooLarge):
        return None
    return record if isinstance(record, dict) else None


def _too_large(what: str) -> ReplayServiceError:
    return ReplayServiceError(f"Failed to decode archive: more than {what}")


class _Counted(io.RawIOBase):
    """What is unpacked from a stream, up to a limit: members that are no journals, and headers, are unpacked as well."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._left = MAX_BYTES

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        part: bytes = self._source.read(size)
        self._left -= len(part)
        if self._left < 0:
            raise _too_large(f"{MAX_BYTES} bytes of journals")
        return part


def _journals(archive: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    raw = io.BytesIO(archive)
    if archive.startswith(b"\x28\xb5\x2f\xfd"):
        unpacking = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
        yield from _in_tar(unpacking.stream_reader(raw, read_across_frames=True))
    elif archive.startswith(b"\x1f\x8b"):
        yield from _in_tar(gzip.GzipFile(fileobj=raw))
    elif archive.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        yield from _in_zip(archive, raw)
    elif archive[257:262] == b"ustar":
        yield from _in_tar(raw)
    else:
        raise ReplayServiceError("Failed to decode archive: unrecognised format (expected tar.zst, tar.gz, tar, or zip)")


def _in_tar(unpacked: Any) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=_Counted(unpacked), mode="r|") as packed:
        while (member := packed.next()) is not None:
            packed.members = []  # type: ignore[attr-defined]  # else the list of them grows with every one
            if member.isfile() and member.name.endswith(".jsonl"):
                file = packed.extractfile(member)
                assert file is not None  # a regular member has content
                yield member.name, file


def _in_zip(archive: bytes, raw: io.BytesIO) -> Iterator[tuple[str, IO[bytes]]]:
    _check_directory(archive)
    with zipfile.ZipFile(raw) as packed:
        for info in packed.infolist():
            if not info.is_dir() and info.filename.endswith(".jsonl"):
                with packed.open(info) as file:
                    yield info.filename, file


def _check_directory(archive: bytes) -> None:
    """Refuse a zip file whose list of members alone would fill the memory. Whatever could be taken for its end is looked at."""
    at = archive.find(b"PK\x05\x06", max(0, len(archive) - 66_000))
    while at >= 0:
        if int.from_bytes(archive[at + 12 : at + 16], "little") > MAX_DIRECTORY:
            raise _too_large(f"{MAX_DIRECTORY} bytes of names")
        at = archive.find(b"PK\x05\x06", at + 1)
