"""One seeded database, and a copy of it for each lane: the demo's story plus the four actors of the recordings."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from argus.cli.demo.generate import generate
from argus.cli.demo.play import Player, _make_issues, _make_people
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.run import RunLocation
from argus.models.team import Team
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.storage.statements import select
from argus.storage.store import Store
from tests.parity.requests import kind_of
from tests.serving import serving

NOW = datetime(2026, 3, 2, 9, 30)
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Pool:
    """Known values by kind, oldest first."""

    def __init__(self) -> None:
        self.values: dict[str, list[Any]] = defaultdict(list)

    def add(self, kind: str, value: Any) -> None:
        if value not in self.values[kind]:
            self.values[kind].append(value)

    def get(self, kind: str, index: int) -> Any:
        """The value, counted around; of an unknown kind, its name."""
        known = self.values.get(kind) or self.values.get("any_id" if kind.endswith("id") else kind) or [kind]
        return known[index % len(known)]

    def learn(self, answer: Any, name: str = "") -> None:
        """Remember the ids in a JSON answer under the kinds of their keys."""
        if isinstance(answer, dict):
            for key, value in answer.items():
                self.learn(value, key)
        elif isinstance(answer, list):
            for value in answer[:5]:
                self.learn(value, name)
        elif isinstance(answer, str) and UUID_TEXT.fullmatch(answer) and len(self.values[kind_of(name)]) < 60:
            self.add(kind_of(name), answer)


async def seed(folder: Path, jobs: int | None = None) -> tuple[Path, Pool]:
    """Play the demo's story, `jobs` of its jobs, into a new database below `folder`.

    Returns:
        The database file, closed, and what is in it.
    """
    story = generate(7, NOW, 1)
    async with serving(folder, "fastapi") as server:
        tokens, known = await _make_people(server.store, story.people, "of-the-demo")
        await _make_issues(server.store, story.issues)
        transport = httpx.ASGITransport(app=server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://argus.test") as http:
            player = Player(http, tokens, known, lambda: None)
            await player.play(story.setup)
            for calls in story.jobs[:jobs] if jobs else story.jobs:
                await player.play(calls)
            if not jobs:
                await player.play(story.triage)
        pool = await _pool(server.store)
    return folder / "argus.sqlite", pool


def copy(database: Path, folder: Path) -> None:
    """A copy of a closed database as that of the server whose files are below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in database.parent.glob(f"{database.name}*"):
        shutil.copy(file, folder / file.name)


async def _pool(store: Store) -> Pool:
    pool = Pool()
    for model, kind in (
        (ArgusRelease, "release_id"),
        (ArgusGroup, "group_id"),
        (ArgusTest, "test_id"),
        (User, "user_id"),
        (Team, "team_id"),
        (ArgusReleasePlan, "plan_id"),
        (ArgusUserView, "view_id"),
    ):
        rows: list[Any] = await store.all(select(model))  # type: ignore[type-var]
        for row in sorted(rows, key=lambda row: str(getattr(row, "name", None) or getattr(row, "username", None) or row.id)):
            pool.add(kind, str(row.id))
            _names(pool, row)
    for location in await store.all(select(RunLocation)):
        pool.add("run_id", str(location.id))
    for kind, values in FIXED.items():
        for value in values:
            pool.add(kind, value)
    return pool


def _names(pool: Pool, row: Any) -> None:
    match row:
        case ArgusRelease():
            pool.add("release_name", row.name)
        case ArgusTest():
            pool.add("build_id", row.build_system_id)
        case ArgusUserView():
            pool.add("view_name", row.name)
        case _:
            assert isinstance(row.id, UUID)


FIXED: dict[str, list[Any]] = {
    "run_type": ["scylla-cluster-tests", "generic", "driver-matrix-tests", "sirenada", "pytest"],
    "plugin_name": ["scylla-cluster-tests", "generic", "driver-matrix-tests", "sirenada"],
    "severity": ["ERROR", "CRITICAL", "NORMAL", "error", "WARNING"],
    "version": ["2025.4.1", "2025.4.0", "2026.1.0~dev", "!noVersion"],
    "build_number": [1, 5, 17],
    "tab": ["events", "details", "comments"],
    "path": ["users", "releases"],
    "field_name": ["duration", "SCYLLA_MODE"],
    "aggr_function": ["avg", "sum", "min", "max", "count"],
    "resource_name": ["node-1", "db-node-1"],
    "bucket_name": ["bucket"],
    "bucket_path": ["a/b.log"],
    "log_name": ["db-cluster", "sct-runner"],
    "image_name": ["a.png"],
    "filename": ["index.html"],
    "endpoint": ["metrics", "api/v1/x"],
    "status": ["passed", "failed", "running"],
}
