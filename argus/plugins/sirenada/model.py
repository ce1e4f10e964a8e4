"""Runs of user-interface test sessions, submitted in one call."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from argus.models.run import RunBase
from argus.storage.table import Row
from argus.storage.types import Float32, Udt


class SirenadaTest(Udt, name="sirenada_test"):
    test_name: str | None = None
    class_name: str | None = None
    file_name: str | None = None
    browser_type: str | None = None
    cluster_type: str | None = None
    status: str | None = None
    duration: Float32 | None = None
    message: str | None = None
    start_time: datetime | None = None
    stack_trace: str | None = None
    screenshot_file: str | None = None
    s3_folder_id: str | None = None
    requests_file: str | None = None
    sirenada_test_id: str | None = None
    sirenada_user: str | None = None
    sirenada_password: str | None = None


class SirenadaRun(RunBase, table="sirenada_run"):
    """`s3_folder_ids` pairs a folder with the test it belongs to."""

    logs: dict[str, str] = {}
    region: str | None = None
    sirenada_test_ids: list[str] = []
    s3_folder_ids: list[tuple[str | None, str | None]] = []
    browsers: list[str] = []
    clusters: list[str] = []
    sct_test_id: UUID | None = None
    results: list[SirenadaTest] = []


MODELS: tuple[type[Row], ...] = (SirenadaRun,)
TYPES: tuple[type[Udt], ...] = (SirenadaTest,)
