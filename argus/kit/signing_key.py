"""The key that signs session cookies: what a good one is, and the one that is made where none is given."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

SHORTEST = 16  # characters
PUBLISHED = frozenset({"MUSTBEUNIQUE", "64 hexadecimal digits"})  # what example files say; everybody can sign with them


class WeakKey(ValueError):
    """With this key a stranger could sign the session of an administrator."""


def check_key(key: str, name: str, published: bool = False) -> None:
    """Refuse a key that can be guessed.

    Args:
        name: where it comes from, for the message.
        published: let one through that stands in a published example.

    Raises:
        WeakKey
    """
    if key in PUBLISHED:
        if not published:
            raise WeakKey(f"{name} is the value of a published example; tests may allow it by ALLOW_PUBLISHED_SECRET_KEY")
    elif len(key) < SHORTEST:
        raise WeakKey(f"{name} {'is empty' if not key else f'has {len(key)} characters'}; a key that signs sessions has {SHORTEST} or more")


def check_keys(current: str, old: Sequence[str], published: bool = False) -> None:
    """Refuse to serve with a key that can be guessed: an old one opens sessions as well as the current one.

    Raises:
        WeakKey
    """
    check_key(current, "SECRET_KEY", published)
    for key in old:
        check_key(key, "a key of SECRET_KEY_FALLBACKS", published)


def kept_key(path: Path) -> str:
    """The key in a file, made on the first start. All processes that start at once get the same one.

    Raises:
        WeakKey: what the file holds is none.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    key = path.read_text().strip()
    try:
        check_key(key, str(path))
    except WeakKey as weak:
        raise WeakKey(f"{weak}. Without the file a new one is made, and everybody logs in anew") from None
    return key


def _make(path: Path) -> None:
    """Its name appears only when the key is on the disk, so that neither another process nor a power cut leaves half of one."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        _name(Path(draft), path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _name(draft: Path, path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return  # another process was faster: its key counts
        except OSError:  # a file system without hard links
            fcntl.flock(folder, fcntl.LOCK_EX)
            if not path.exists():
                draft.rename(path)
        os.fsync(folder)
    finally:
        os.close(folder)
