"""Every table there is: modules called `tables` of this package's users, found by their name."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.util import find_spec

from sqlalchemy import MetaData

from argus.db.base import Base

SHARED = ("argus.auth", "argus.live", "argus.platform")
SUBJECTS = "argus.features"


def load_tables() -> None:
    """Load every module of tables, so that relations between them can be told."""
    subjects = import_module(SUBJECTS)
    folders = [
        f"{SUBJECTS}.{subject.name}.{feature.name}"
        for subject in pkgutil.iter_modules(subjects.__path__)
        for feature in pkgutil.iter_modules(import_module(f"{SUBJECTS}.{subject.name}").__path__)
        if feature.ispkg
    ]
    folders += [f"{SUBJECTS}.{subject.name}" for subject in pkgutil.iter_modules(subjects.__path__)]
    for folder in [*SHARED, *folders]:
        if find_spec(folder) is not None and find_spec(f"{folder}.tables") is not None:
            import_module(f"{folder}.tables")


def metadata() -> MetaData:
    """All tables."""
    load_tables()
    return Base.metadata
