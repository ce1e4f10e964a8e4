"""Archives are taken as spreadsheets only, and are looked into before anything else reads them."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

MAX_ENTRIES = 1000
MAX_UNPACKED = 500 * 1024 * 1024  # bytes of all entries together
MAX_RATIO = 100  # unpacked to packed
PIECE = 1 << 20

NEEDED = ("[Content_Types].xml", "xl/workbook.xml")
MACROS = b"macroEnabled"
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"MSCF")
ARCHIVE_ENDINGS = frozenset(
    {".zip", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".tar", ".jar", ".cab", ".xlsx", ".docx", ".pptx"}
)


class RefusedArchive(Exception):
    """An archive that is not taken, and why."""


def check_spreadsheet(path: Path) -> None:
    """Look into a spreadsheet: what its directory says first, then how much there really is in it. Takes seconds for large ones.

    Raises:
        RefusedArchive: it is damaged, no spreadsheet, has macros, other archives or names that lead elsewhere, or is larger than allowed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_directory(entries, path.stat().st_size)
            names = {entry.filename for entry in entries}
            if not names.issuperset(NEEDED):
                raise RefusedArchive("archives are taken as spreadsheets (xlsx) only")
            left = MAX_UNPACKED
            for entry in entries:
                left -= _check_content(archive, entry, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise RefusedArchive(f"the archive is damaged: {error}") from None


def _check_directory(entries: list[zipfile.ZipInfo], packed: int) -> None:
    if len(entries) > MAX_ENTRIES:
        raise RefusedArchive(f"the archive has {len(entries)} entries; at most {MAX_ENTRIES} are allowed")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED:
        raise RefusedArchive(f"the archive unpacks to {unpacked} bytes; at most {MAX_UNPACKED} are allowed")
    if unpacked > MAX_RATIO * max(packed, 1):
        raise RefusedArchive(f"the archive unpacks to more than {MAX_RATIO} times its size")
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise RefusedArchive("the archive has two entries of one name")
    for entry in entries:
        _check_name(entry.filename)
        if entry.flag_bits & 0x1:
            raise RefusedArchive("the archive is encrypted")


def _check_name(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or "\0" in name or (len(name) > 1 and name[1] == ":"):
        raise RefusedArchive("the archive has an entry whose name leads out of it")
    if path.name.lower() == "vbaproject.bin" or path.suffix.lower() == ".xlsm":
        raise RefusedArchive("spreadsheets with macros are not taken")
    if path.suffix.lower() in ARCHIVE_ENDINGS:
        raise RefusedArchive("the archive has another archive in it")


def _check_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """How many bytes an entry has. Its directory may lie, so it is unpacked, and nothing of it kept."""
    total = 0
    with archive.open(entry) as content:
        # zipfile stops where the directory says, a reader of another kind does not
        content._left = left + 1  # type: ignore[attr-defined]
        content._expected_crc = None  # type: ignore[attr-defined]
        first = content.read(16)
        if first.startswith(ARCHIVES):
            raise RefusedArchive("the archive has another archive in it")
        is_about_types = entry.filename == NEEDED[0]
        piece, kept = first, b""
        while piece:
            total += len(piece)
            if total > left:
                raise RefusedArchive(f"the archive unpacks to more than {MAX_UNPACKED} bytes")
            if is_about_types:
                if MACROS in kept + piece:
                    raise RefusedArchive("spreadsheets with macros are not taken")
                kept = piece[-len(MACROS) :]
            piece = content.read(PIECE)
    if total != entry.file_size:
        raise RefusedArchive("the archive says a wrong size of an entry")
    return total
