"""What two writers share, what they may do to it, and what can be seen of it afterwards.

Each world is fresh: nothing of another one is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from argus.domain.runs import edit, get_typed
from argus.features.tracker.client import service as client
from argus.features.tracker.comments import service as comments
from argus.features.tracker.highlights import comments as widget_comments
from argus.features.tracker.issues import service as issues
from argus.features.tracker.planning import editing as planning
from argus.features.tracker.results.submission import submit_results
from argus.features.tracker.runs import stuck, triage
from argus.kit.clock import now_s
from argus.models.activity import ArgusEvent
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.issue import GithubIssue, IssueLink
from argus.models.plan import ArgusReleasePlan
from argus.models.results import ArgusBestResultData, ArgusGenericResultData
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.models.widget import WidgetComment, WidgetHighlights
from argus.plugins.sct import loads, nemesis
from argus.plugins.sct.model import SCTNemesis, SCTTestRun, StressCommand
from argus.plugins.sct.packages import submit_packages
from argus.plugins.sct.plugin import PLUGIN as SCT
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import select, update
from tests.schedules.writers import Op

NOON = 1704110400


class World(Protocol):
    @property
    def ops(self) -> Mapping[str, Op]: ...

    async def make(self, runtime: Runtime) -> None: ...
    async def state(self, runtime: Runtime) -> Any:
        """What can be seen; nothing that differs between worlds (ids, times)."""


class Catalogued:
    """A release with a test of cluster runs, two runs of it, and a person."""

    def __init__(self) -> None:
        self.name = uuid4().hex
        self.user = User(username=f"u-{self.name}")
        self.release = ArgusRelease(name=self.name)
        self.group = ArgusGroup(name="g", release_id=self.release.id, build_system_id=f"{self.name}/g")
        place = {"release_id": self.release.id, "group_id": self.group.id, "plugin_name": SCT.name}
        self.tests = [ArgusTest(name=f"t{n}", build_system_id=f"{self.name}/g/t{n}", **place) for n in range(3)]
        self.runs = [uuid4(), uuid4()]

    async def make(self, runtime: Runtime) -> None:
        for row in (self.user, self.release, self.group, *self.tests):
            await runtime.store.save(row)
        for number, run_id in enumerate(self.runs, 1):
            body = {"job_name": self.tests[0].build_system_id, "job_url": f"https://ci/{number}/", "started_by": "ci", "commit_id": "c"}
            await SCT.submit(runtime, {"schema_version": "v8", "run_id": str(run_id), "sct_config": None, **body})

    async def run(self, runtime: Runtime, number: int = 0) -> SCTTestRun:
        return await get_typed(runtime, SCTTestRun, self.runs[number])


class Runs(Catalogued):
    """A run that has been silent for an hour, ended by its client, by whoever ends stuck runs, looked at by people."""

    def __init__(self) -> None:
        super().__init__()
        run, test = str(self.runs[0]), str(self.tests[0].id)
        self.ops = {
            "passes": lambda r: client.set_status(r, SCT.name, run, {"new_status": "passed"}),
            "is heard of": self._beat,
            "ended when stuck": self._end_stuck,
            "investigated": lambda r: self._looked(r, test, run),
            "ignored": lambda r: triage.ignore_runs(r, self.user, {"testId": test, "reason": "x"}),
        }

    async def _beat(self, runtime: Runtime) -> None:
        await client.heartbeat(runtime, SCT.name, str(self.runs[0]))

    async def _end_stuck(self, runtime: Runtime) -> None:
        await stuck.terminate_stuck_runs(runtime, self.user)  # how many depends on other worlds

    async def _looked(self, runtime: Runtime, test: str, run: str) -> None:
        await triage.set_investigation_status(runtime, self.user, test, run, {"investigation_status": "investigated"})

    async def make(self, runtime: Runtime) -> None:
        await super().make(runtime)
        await runtime.store.write(edit(await self.run(runtime)).set(heartbeat=now_s() - 3600, status="running"))
        other = await self.run(runtime, 1)
        await runtime.store.write(edit(other).set(status="passed"))

    async def state(self, runtime: Runtime) -> Any:
        run = await self.run(runtime)
        await runtime.store.write(edit(run).set(heartbeat=now_s()))
        told = await runtime.store.all(select(ArgusEvent).where(run_id=run.id))
        return run.status, run.investigation_status, sorted(entry.kind or "" for entry in told)


class Issues(Catalogued):
    """One issue of GitHub that nobody has linked before."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"https://github.com/acme/db/issues/{uuid4().int % 10**9}"
        self.ops = {f"{what} {number}": self._op(what, number) for what in ("link", "unlink") for number in (0, 1)}

    def _op(self, what: str, number: int) -> Op:
        run, test = str(self.runs[number]), str(self.tests[0].id)

        async def link(runtime: Runtime) -> str:
            issue = await issues.link(runtime, self.user, test, run, {"issue_url": self.url})
            assert isinstance(issue, GithubIssue)
            return issue.url or ""

        async def unlink(runtime: Runtime) -> str:
            linked = await runtime.store.first(select(IssueLink).where(run_id=UUID(run)))
            if linked is None:
                return "not linked"
            try:
                deleted = await issues.unlink(runtime, self.user, {"issue_id": str(linked.issue_id), "run_id": run})
            except DocumentNotFound:
                return "not linked"
            return "one link" if isinstance(deleted["deleted"], list) else "the last link"

        async def told(runtime: Runtime) -> str:
            return (await (link if what == "link" else unlink)(runtime)).replace(self.url, "linked")

        return told

    async def state(self, runtime: Runtime) -> Any:
        records = {issue.id for issue in await runtime.store.all(select(GithubIssue).where(url=self.url))}
        links = [await runtime.store.all(select(IssueLink).where(run_id=run)) for run in self.runs]
        return len(records), [[link.issue_id in records for link in part] for part in links]


class Plans(Catalogued):
    """A plan with its view, which people edit, rename and delete while others make plans of the same name."""

    def __init__(self) -> None:
        super().__init__()
        ids = [str(test.id) for test in self.tests]
        self.plan = ""
        self.ops = {
            "add a test": lambda r: self._edit(r, tests_add=[ids[1]]),
            "add another": lambda r: self._edit(r, tests_add=[ids[2]]),
            "take the first off": lambda r: self._edit(r, tests_remove=[ids[0]]),
            "rename": lambda r: self._edit(r, name=f"new {self.name}"),
            "make one of that name": lambda r: self._create(r, f"new {self.name}"),
            "delete": lambda r: planning.remove(r, self.plan, "1"),
        }

    async def _edit(self, runtime: Runtime, **changes: Any) -> Any:
        return await planning.edit(runtime, self.user, {"id": self.plan, **changes})

    async def _create(self, runtime: Runtime, name: str) -> str:
        body: dict[str, Any] = {"name": name, "description": "", "owner": str(self.user.id), "participants": [], "target_version": "6.2"}
        body |= {"release_id": str(self.release.id), "tests": [str(self.tests[0].id)], "groups": [], "assignments": {}}
        self.plan = self.plan or str((made := await planning.create(runtime, self.user, body)).id)
        return (made.key or "").rpartition("#")[2]

    async def make(self, runtime: Runtime) -> None:
        await super().make(runtime)
        await self._create(runtime, f"first {self.name}")

    async def state(self, runtime: Runtime) -> Any:
        names = {test.id: test.name for test in self.tests}
        plans = await runtime.store.all(select(ArgusReleasePlan).where(release_id=self.release.id))
        mine = await runtime.store.all(select(ArgusUserView).where(user_id=self.user.id))
        views = {view.id: view for view in mine}

        def shown(plan: ArgusReleasePlan) -> Any:
            view = views.pop(plan.view_id) if plan.view_id in views else None
            of_view = sorted(str(names.get(test)) for test in view.tests) if view else None
            return (plan.name or "").split(" ")[0], (plan.key or "")[-1], [names.get(test) for test in plan.tests], of_view

        return sorted(map(shown, plans)), len(views)


class Nemeses(Catalogued):
    """Disruptions of one second on several nodes, and loads of one millisecond."""

    def __init__(self) -> None:
        super().__init__()
        run = str(self.runs[0])

        def begins(name: str, node: str) -> Op:
            sent = {"name": name, "class_name": name, "start_time": NOON + 0.5, "node_name": node, "node_ip": "1", "node_shards": 1}
            return lambda runtime: nemesis.submit_nemesis(runtime, run, sent)

        def ends(name: str, status: str) -> Op:
            sent = {"name": name, "start_time": NOON + 0.5, "status": status, "message": status}
            return lambda runtime: nemesis.finalize_nemesis(runtime, run, sent)

        def load(cmd: str) -> Op:
            sent = {"cmd": cmd, "loader_name": "l", "log_name": "f", "ts": NOON}
            return lambda runtime: loads.add_stress_command(runtime, run, sent)

        self.ops = {
            **{f"{name} begins on {node}": begins(name, node) for name, node in (("a", "n1"), ("b", "n2"), ("b", "n3"))},
            **{f"{name} {status}": ends(name, status) for name, status in (("a", "failed"), ("b", "succeeded"))},
            "load w": load("w"),
            "load r": load("r"),
        }

    async def state(self, runtime: Runtime) -> Any:
        found = await runtime.store.all(select(SCTNemesis).where(run_id=self.runs[0]))
        started = await runtime.store.all(select(StressCommand).where(run_id=self.runs[0]))
        shown = sorted((n.name, n.target_node.name if n.target_node else "", n.status) for n in found)
        return shown, sorted((await self.run(runtime)).nemesis_stats.items()), sorted(load.cmd or "" for load in started)


class Results(Catalogued):
    """Values of two runs in one cell of one table, each judged by the best one before it."""

    def __init__(self) -> None:
        super().__init__()
        self.ops = {f"run {number} has {value}": self._op(number, value) for number in (0, 1) for value in (5, 6, 100)}

    def _op(self, number: int, value: int) -> Op:
        column = {"name": "c", "unit": "", "type": "FLOAT", "higher_is_better": True, "visible": True}
        rules = {"c": {"best_pct": 10, "best_abs": None, "fixed_limit": None}}
        meta = {"name": "t", "columns_meta": [column], "rows_meta": ["r"], "validation_rules": rules}
        cell = {"column": "c", "row": "r", "value": value, "status": "UNSET"}
        body = {"meta": meta, "results": [cell], "sut_timestamp": NOON}

        async def submit(runtime: Runtime) -> None:
            await submit_results(runtime, SCT.name, str(self.runs[number]), body)

        return submit

    async def make(self, runtime: Runtime) -> None:
        await super().make(runtime)
        for run in self.runs:
            await submit_packages(runtime, str(run), [{"name": "scylla-server", "version": "6.2"}])

    async def state(self, runtime: Runtime) -> Any:
        table = {"test_id": self.tests[0].id, "name": "t"}
        best = await runtime.store.all(select(ArgusBestResultData).where(**table))
        cells = [await runtime.store.all(select(ArgusGenericResultData).where(**table, run_id=run)) for run in self.runs]
        values = [record.value for record in sorted(best, key=lambda record: record.result_date)]
        return values, [[(cell.value, cell.status) for cell in part] for part in cells]


class Comments(Catalogued):
    """A comment on a run and the comments of a highlight, written, edited and taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.comment = ""
        self.place = {"view_id": str(uuid4()), "index": 1}
        self.at = datetime(2024, 1, 1, 12)
        self.noted = {**self.place, "highlight_created_at": NOON}
        test, run = str(self.tests[0].id), str(self.runs[0])

        def body(message: str) -> dict[str, Any]:
            return {"message": message, "reactions": {}, "mentions": []}

        async def post(runtime: Runtime) -> None:
            await comments.post(runtime, self.user, test, run, body("posted"))

        async def change(runtime: Runtime) -> None:
            await comments.change(runtime, self.user, test, run, self.comment, body("changed"))

        async def remove(runtime: Runtime) -> None:
            await comments.remove(runtime, self.user, test, run, self.comment)

        async def note(runtime: Runtime) -> None:
            await widget_comments.create(runtime, self.user, {**self.noted, "content": "noted"})

        async def take_note_away(runtime: Runtime) -> None:
            await widget_comments.remove(runtime, self.user, {**self.noted, "created_at": NOON})

        self.ops = {"post": post, "change": change, "remove": remove, "note": note, "take the first note away": take_note_away}

    async def make(self, runtime: Runtime) -> None:
        await super().make(runtime)
        view = UUID(str(self.place["view_id"]))
        await runtime.store.save(ArgusUserView(id=view, name=self.name, user_id=self.user.id))
        await runtime.store.create(WidgetHighlights(view_id=view, index=1, created_at=self.at, comments_count=1))
        key = {"view_id": view, "index": 1, "highlight_at": self.at, "created_at": self.at}
        await runtime.store.create(WidgetComment(**key, creator_id=self.user.id, content="first"))
        body = {"message": "first", "reactions": {}, "mentions": []}
        posted = await comments.post(runtime, self.user, str(self.tests[0].id), str(self.runs[0]), body)
        self.comment = str(posted[0].id)

    async def state(self, runtime: Runtime) -> Any:
        said = [comment.message for comment in await comments.comments_of(runtime, str(self.runs[0]))]
        notes = await widget_comments.list_all(runtime, str(self.place["view_id"]), "1", str(NOON))
        highlight = await runtime.store.get(WidgetHighlights, view_id=UUID(str(self.place["view_id"])), index=1, created_at=self.at)
        return said, [note["content"] for note in notes], highlight.comments_count


WORLDS: tuple[Callable[[], World], ...] = (Runs, Issues, Plans, Nemeses, Results, Comments)

__all__ = ["WORLDS", "World", "update"]
