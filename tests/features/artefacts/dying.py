"""`python -m tests.features.artefacts.dying POINT serve …`: Argus, whose process ends as by kill -9 when it comes to a point."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any


def die(*_: Any, **__: Any) -> Any:
    """Nothing is closed, ended or told."""
    os.kill(os.getpid(), signal.SIGKILL)


def behind_the_commit() -> None:
    """The first transaction that has written a job is committed; what was to follow its commit has not begun."""
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    from argus.db.session import UnitSession
    from argus.features.artefacts.extraction.tables import Job

    def look(session: Session, _: Any) -> None:
        if any(isinstance(each, Job) for each in session.new):
            session.info["wrote a job"] = True

    def end(session: Session) -> None:
        if "wrote a job" in session.info and not session.in_nested_transaction():
            die()

    event.listen(UnitSession, "after_flush", look)
    event.listen(UnitSession, "after_commit", end, insert=True)


def before_the_broker() -> None:
    """As `behind_the_commit`, where Celery's broker would be told next."""
    from argus.platform.broker import Sender

    Sender._send = die  # type: ignore[method-assign]


def behind_the_object() -> None:
    """An upload has become an object, and no row knows of it."""
    from argus.platform.files import FileStore

    keep = FileStore._keep

    def kept(self: FileStore, draft: Path, sha256: str) -> None:
        keep(self, draft, sha256)
        die()

    FileStore._keep = kept  # type: ignore[method-assign]


def in_the_job() -> None:
    """The first table of a document is committed, its rows are not."""
    from argus.features.artefacts.extraction import outputs

    outputs.add_rows = die


POINTS = {point.__name__: point for point in (behind_the_commit, before_the_broker, behind_the_object, in_the_job)}

if __name__ == "__main__":
    from argus.cli import main

    POINTS[sys.argv.pop(1)]()
    main()
