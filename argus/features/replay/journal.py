"""Archives of journals: tar (plain, gzip, zstd) or zip, holding `*.jsonl` files with a record a line (replay-api.md, "Archive formats")."""

from __future__ import annotations

import io
import json
import logging
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

import zstandard

from argus.kit.characters import may_hold_halves, whole_characters
from argus.kit.errors import ReplayServiceError
from argus.kit.numbers import json_float

log = logging.getLogger("argus.replay")

Record = dict[str, Any]

MAX_BYTES = 1 << 29  # of unpacked journals: all of them are held in memory, sorted
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zstandard.ZstdError, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)


def records_of(archive: bytes) -> list[Record]:
    """The records of an archive, in its order. Lines that are no JSON objects are skipped, with a warning in the log.

    Raises:
        ReplayServiceError: another format, damaged, or too large when unpacked.
    """
    found: list[Record] = []
    room = MAX_BYTES
    try:
        for name, file in _journals(archive):
            for line in file:
                room -= len(line)
                if room < 0:
                    raise ReplayServiceError(f"Failed to decode archive: more than {MAX_BYTES} bytes of journals")
                if line.strip():
                    found += _record(name, line)
    except DAMAGE as error:
        raise ReplayServiceError(f"Failed to decode archive: {error}") from error
    return found


def _record(name: str, line: bytes) -> list[Record]:
    try:
        record = json.loads(line, parse_constant=lambda name: None, parse_float=json_float)
        if may_hold_halves(line):
            record = whole_characters(record, name)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        return [record]
    log.warning("%s: a line that is no JSON object is skipped", name)
    return []


def _journals(archive: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    raw = io.BytesIO(archive)
    if archive.startswith(b"\x28\xb5\x2f\xfd"):
        yield from _in_tar(zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True), "r|")
    elif archive.startswith(b"\x1f\x8b"):
        yield from _in_tar(raw, "r|gz")
    elif archive.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        with zipfile.ZipFile(raw) as packed:
            for info in packed.infolist():
                if not info.is_dir() and info.filename.endswith(".jsonl"):
                    with packed.open(info) as file:
                        yield info.filename, file
    elif archive[257:262] == b"ustar":
        yield from _in_tar(raw, "r|")
    else:
        raise ReplayServiceError("Failed to decode archive: unrecognised format (expected tar.zst, tar.gz, tar, or zip)")


def _in_tar(raw: Any, mode: Any) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=raw, mode=mode) as packed:
        for member in packed:
            if member.isfile() and member.name.endswith(".jsonl"):
                file = packed.extractfile(member)
                assert file is not None  # a regular member has content
                yield member.name, file
