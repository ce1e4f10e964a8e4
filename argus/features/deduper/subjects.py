"""What a job is about: a run, the runs of a test or release, those of the last hours, or a list of runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from uuid import UUID

from ulid import ULID

from argus.kit.ulids import is_ulid

LONGEST = 128  # characters of a report's id
RESERVED = frozenset({"list", "reportId"})

Scope = Literal["run", "recent", "test", "release", "set"]

_shape = re.compile(rf"[A-Za-z0-9:_-]{{1,{LONGEST}}}")


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject by its kind; `id` is that of run, test or release, None for the others."""

    report_id: str
    scope: Scope
    id: UUID | None = None


def subject_of(report_id: str) -> Subject | None:
    """The subject that a report's id names; None where it has no such form."""
    if not _shape.fullmatch(report_id):
        return None
    if report_id == "recent":
        return Subject(report_id, "recent")
    prefix, _, rest = report_id.rpartition(":")
    if prefix == "set":
        return Subject(report_id, "set") if is_ulid(rest) else None
    found = _uuid(rest)
    if found is None or prefix not in ("", "test", "release"):
        return None
    return Subject(f"{prefix}:{found}" if prefix else str(found), prefix or "run", found)  # type: ignore[arg-type]


def as_kept(report_id: str) -> str:
    """A report's id as jobs keep it: ids of runs in small letters. What names no subject stays, and finds nothing."""
    subject = subject_of(report_id)
    return subject.report_id if subject else report_id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def is_job_id(text: str) -> bool:
    """Whether a text may be the id of a job."""
    return text not in RESERVED and is_ulid(text)


def cluster_id(report_id: str, severity: str, event_type: str, text_hash: str) -> str:
    """The id of a cluster, the same in every computation while its representative says the same."""
    named = "\n".join((report_id, severity, event_type, text_hash))
    return str(ULID.from_bytes(sha256(named.encode("utf-8", "surrogatepass")).digest()[:16]))
