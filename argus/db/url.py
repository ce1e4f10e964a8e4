"""Where the relational database is. Nothing here loads SQLAlchemy."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from argus.kit.settings import Settings

SQLITE = "sqlite+aiosqlite:///"
POSTGRES = "postgresql+asyncpg://"
VERSIONS = Path(__file__).parent / "migrations" / "versions"

_REVISION = re.compile(r"^revision: str = \"(\w+)\"$", re.MULTILINE)
_BEFORE = re.compile(r"^down_revision: str \| None = \"(\w+)\"$", re.MULTILINE)


def database_url(settings: Settings) -> str:
    """`DATABASE_URL`, else a file beside the embedded store, else one in `DATA_DIR`."""
    if settings.DATABASE_URL:
        return settings.DATABASE_URL.get_secret_value()
    if settings.storage_url.startswith("sqlite:///"):
        store = Path(settings.storage_url.removeprefix("sqlite:///"))
        return f"{SQLITE}{store.with_name(f'{store.stem}-platform.sqlite')}"
    return f"{SQLITE}{settings.DATA_DIR / 'platform.sqlite'}"


def sqlite_file(url: str) -> Path | None:
    """The file of an embedded database; None for a server."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


def head() -> str:
    """The newest revision that this version of Argus knows.

    Raises:
        LookupError: the files do not form one line.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(VERSIONS.glob("*.py")) if path.name != "__init__.py"]
    known = {match[1] for text in texts if (match := _REVISION.search(text))}
    heads = known - {match[1] for text in texts if (match := _BEFORE.search(text))}
    if len(heads) != 1:
        raise LookupError(f"revisions do not form one line: heads {sorted(heads)}")
    return heads.pop()


def revision_of_file(file: Path) -> str | None:
    """The revision of an embedded database; None where there is none yet."""
    if not file.is_file():
        return None
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as db:
        try:
            row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:  # an empty file
            return None
    return str(row[0]) if row else None
