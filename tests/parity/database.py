"""One seeded database, and a copy of it for each lane: the demo's story plus the four actors of the recordings."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from werkzeug.security import generate_password_hash

from argus.features.tracker.demo.generate import generate
from argus.features.tracker.demo.play import Player, make_issues, make_people
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.plan import ArgusReleasePlan
from argus.models.pytest import PytestResultTable
from argus.models.run import RunBase
from argus.models.team import Team
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.models.widget import WidgetHighlights
from argus.plugins.driver_matrix.model import DriverTestRun
from argus.plugins.generic.model import GenericRun
from argus.plugins.sct.model import SCTResource, SCTTestRun
from argus.plugins.sirenada.model import SirenadaRun
from argus.storage.statements import select
from argus.storage.store import Store
from argus.storage.table import Row
from tests.parity.kinds import kind_of
from tests.serving import ACTORS, serving

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
        tokens, known = await make_people(server.store, story.people, "of-the-demo", generate_password_hash("of-the-demo"))
        await make_issues(server.store, story.issues)
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


NAMED: tuple[tuple[type[Row], str, str | None, str | None], ...] = (
    (ArgusRelease, "release_id", "release_name", "name"),
    (ArgusGroup, "group_id", None, None),
    (ArgusTest, "test_id", "build_id", "build_system_id"),
    (User, "user_id", None, None),
    (Team, "team_id", None, None),
    (ArgusReleasePlan, "plan_id", None, None),
    (ArgusUserView, "view_id", "view_name", "name"),
    (ArgusTestRunComment, "comment_id", None, None),
)
TURNS: dict[str, type[RunBase]] = {
    "scylla-cluster-tests": SCTTestRun,
    "generic": GenericRun,
    "driver-matrix-tests": DriverTestRun,
    "sirenada": SirenadaRun,
}


async def _pool(store: Store) -> Pool:
    pool = Pool()
    for model, kind, named, column in NAMED:
        rows: list[Any] = [row for row in await store.all(select(model)) if getattr(row, "username", None) not in ACTORS]
        for row in sorted(rows, key=lambda row: str(getattr(row, column or "id"))):
            pool.add(kind, str(row.id))
            if named and column:
                pool.add(named, getattr(row, column))
    await _add_runs(pool, store)
    for highlight in await store.all(select(WidgetHighlights)):
        pool.add("highlight_at", highlight.created_at.replace(tzinfo=UTC).timestamp())
        pool.add("widget_index", highlight.index)
    for result in (await store.all(select(PytestResultTable)))[:20]:
        pool.values["pytest_name"].append(result.name)
        pool.values["pytest_time"].append(result.id.isoformat())
    for kind, values in FIXED.items():
        for value in values:
            pool.add(kind, value)
    return pool


async def _add_runs(pool: Pool, store: Store) -> None:
    """Runs of all types in turn; what stands at one index of several lists is of one run."""
    runs: dict[str, list[Any]] = {
        name: sorted(await store.all(select(model)), key=lambda run: str(run.id)) for name, model in TURNS.items()
    }
    clusters, drivers = runs["scylla-cluster-tests"], runs["driver-matrix-tests"]
    for index in range(40):
        turn, name = index // len(TURNS), list(TURNS)[index % len(TURNS)]
        run, cluster = runs[name][turn % len(runs[name])], clusters[index % len(clusters)]
        resources = await store.all(select(SCTResource).where(run_id=cluster.id))
        for kind, value in {
            "run_type": name,
            "plugin_name": name,
            "run_id": str(run.id),
            "test_of_run": str(run.test_id),
            "build_of_run": run.build_id,
            "build_number": run.build_number,
            "sct_run": str(cluster.id),
            "sct_resource": resources[index % len(resources)].name if resources else "none",
            "driver_run": str(drivers[index % len(drivers)].id),
        }.items():
            pool.values[kind].append(value)


FIXED: dict[str, list[Any]] = {
    "severity": ["ERROR", "CRITICAL", "NORMAL", "error", "WARNING"],
    "version": ["2025.4.1", "2025.4.0", "2026.1.0~dev", "!noVersion"],
    "tab": ["events", "details", "comments"],
    "path": ["users", "releases"],
    "field_name": ["duration", "SCYLLA_MODE"],
    "aggr_function": ["avg", "sum", "min", "max", "count"],
    "bucket_name": ["bucket"],
    "bucket_path": ["a/b.log"],
    "log_name": ["db-cluster", "sct-runner"],
    "image_name": ["a.png"],
    "filename": ["index.html"],
    "endpoint": ["metrics", "api/v1/x"],
    "status": ["passed", "failed", "running"],
}
