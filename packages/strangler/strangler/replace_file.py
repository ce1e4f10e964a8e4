"""Replaces the registry's file: by a rename where that is possible, else by writing into the file that is there.

A rename is what readers and crashes like best. It is not possible where the file itself is mounted, where its folder may not be written,
and where the new file could not have the owner and the group of the old one; nor is it meant where the file has a second name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from strangler.registry import parse

CANNOT_RENAME = frozenset({errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES, errno.EROFS})


def write(path: Path, text: str) -> None:
    """Replace the file by a valid registry, durably; a symlink stays and its target is replaced. Mode, owner, group and attributes stay.

    Raises:
        RegistryError: the text is not valid; nothing is changed.
        OSError: the file cannot be written.
    """
    parse(text)
    path = path.resolve()
    before = path.stat() if path.exists() else None
    if before is not None and before.st_nlink > 1:
        _overwrite(path, text)
        return
    try:
        _rename(path, text, before)
    except OSError as error:
        if before is None or error.errno not in CANNOT_RENAME:
            raise
        _overwrite(path, text)


def _rename(path: Path, text: str, before: os.stat_result | None) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if before is not None:
                _take_over(file.fileno(), path, before)
            else:
                os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _take_over(descriptor: int, path: Path, before: os.stat_result) -> None:
    """Owner, group, mode and attributes of the old file. Raises OSError where owner and group cannot stay."""
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        os.fchown(descriptor, before.st_uid, before.st_gid)
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):  # a file system that keeps none
            for name in os.listxattr(path):
                os.setxattr(descriptor, name, os.getxattr(path, name))
    os.fchmod(descriptor, before.st_mode & 0o7777)


def _overwrite(path: Path, text: str) -> None:
    """Into the file that is there. A reader may see a part: no part of a registry is a valid one."""
    with path.open("r+b") as file:
        file.write(text.encode())
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
