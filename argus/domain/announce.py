"""What is told of writes: the store tells of each that it has acknowledged, and what pages show of it is published (docs/live.md#topics).

So whoever writes (either lane, a job, a run's client) tells everybody, and nobody can forget to. Cheap for what nobody shows: one look
into a dictionary.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextvars import Context
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from argus.live import RESYNC, Change, Hub, hub_of
from argus.live.hub import ALL
from argus.models.run import RunBase
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import Batch, Delete, Insert, Update, Write, select

log = logging.getLogger("argus.announce")

SUBJECTS = {
    "argus_event": "activity",
    "argus_test_run_comment": "comments",
    "comment_extra": "comments",
    "argus_notification": "notifications",
    "notification_later": "notifications",
    "issue_link": "issues",
    "sct_event": "events",
    "sct_nemesis": "nemeses",
    "sct_resource": "resources",
    "stress_command": "stress",
    "sctjunit_reports": "junit",
    "pytest_v2": "cases",
    "generic_result_submission": "results",
    "run_configuration": "configuration",
    "argus_release_v2": "catalogue",
    "argus_group_v2": "catalogue",
    "argus_test_v2": "catalogue",
    "argus_release_plan": "plans",
    "followed_release": "following",
    "release_message": "room",
    "argus_user_view": "view",
    "widget_highlights": "view",
    "widget_comment": "view",
}
"""Tables whose rows pages show, and what a change of them is called; runs are `run`."""

PLACES = {
    "run_id": "run",
    "test_run_id": "run",
    "test_id": "test",
    "release_id": "release",
    "receiver": "user",
    "follower": "user",
    "view_id": "view",
}
"""Columns that name a topic."""
OWN = {"argus_release_v2": "release", "argus_test_v2": "test", "argus_user_view": "view"}
"""Tables whose `id` names a topic."""
EVERYWHERE = {"catalogue": "catalogue"}
"""Kinds that also have a topic of their own."""
ON_LISTS = frozenset({"status", "investigation_status", "assignee", "end_time", "scylla_version", "product_version"})
"""Columns of runs that lists of runs and tests show."""
KNOWN = 20_000  # runs whose place is remembered

Key = tuple[type[RunBase], str, datetime]


class Place(NamedTuple):
    """Where a run belongs."""

    id: UUID
    test_id: UUID | None
    release_id: UUID | None


class Announcer:
    """Publishes what the writes of a runtime mean to pages."""

    def __init__(self, runtime: Runtime, hub: Hub) -> None:
        self._runtime = runtime
        self._hub = hub
        self._runs: OrderedDict[Key, Place] = OrderedDict()

    def __call__(self, statement: Write | Batch) -> None:
        """Publish what an acknowledged write means. Never fails: the write has happened."""
        try:
            for write in statement.writes if isinstance(statement, Batch) else (statement,):
                self._tell(write)
        except Exception:
            log.exception("a write cannot be told of")
            self._hub.publish(ALL, Change(RESYNC))

    def _tell(self, write: Write) -> None:
        table = write.model.__table__.name
        if table in SUBJECTS:
            for topic, change in _of_row(table, _values(write)):
                self._hub.publish(topic, change)
        elif issubclass(write.model, RunBase):
            self._run(write, write.model)

    def _run(self, write: Write, model: type[RunBase]) -> None:
        values = _values(write)
        if isinstance(write, Insert):
            run = model.model_construct(**write.values)
            self._remember((model, run.build_id, run.start_time), run)
            self._tell_run(run, {"new": True, "columns": sorted(ON_LISTS)}, ON_LISTS)
            return
        columns = {assignment.column for assignment in write.assignments} - {"heartbeat"} if isinstance(write, Update) else set()
        if not columns:
            return
        told: dict[str, Any] = {"columns": sorted(columns)}
        if isinstance(values.get("status"), str):
            told["status"] = values["status"]
        key: Key = (model, values["build_id"], values["start_time"])
        run_known = self._runs.get(key)
        if run_known is not None:
            self._tell_run(run_known, told, columns)
        else:  # outside of the request: its deadline and its rights are not ours
            Context().run(self._runtime.spawn, self._find_and_tell(key, told, columns))

    async def _find_and_tell(self, key: Key, told: Mapping[str, Any], columns: set[str]) -> None:
        model, build_id, start_time = key
        place = select(model, "build_id", "start_time", "id", "test_id", "release_id").where(build_id=build_id, start_time=start_time)
        try:
            run = await self._runtime.store.first(place)
        except StorageError as problem:
            log.warning("a change of a run of %s cannot be told: %r", build_id, problem)
            self._hub.publish(ALL, Change(RESYNC))
            return
        if run is not None:
            self._remember(key, run)
            self._tell_run(run, told, columns)

    def _tell_run(self, run: RunBase | Place, told: Mapping[str, Any], columns: frozenset[str] | set[str]) -> None:
        change = Change("run", {"run_id": str(run.id), "test_id": _text(run.test_id), "release_id": _text(run.release_id), **told})
        topics = [f"run:{run.id}"]
        if columns & ON_LISTS:
            topics += [f"test:{run.test_id}"] if run.test_id else []
            topics += [f"release:{run.release_id}"] if run.release_id else []
            topics += ["runs"]
        for topic in topics:
            self._hub.publish(topic, change)

    def _remember(self, key: Key, run: RunBase) -> None:
        self._runs[key] = Place(run.id, run.test_id, run.release_id)
        if len(self._runs) > KNOWN:
            self._runs.popitem(last=False)


def announce_writes(runtime: Runtime) -> None:
    """Have every write of this runtime told."""
    hub = hub_of(runtime)
    hub.start()
    runtime.store.after_write = Announcer(runtime, hub)


def _of_row(table: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Change]]:
    kind = SUBJECTS[table]
    places = {column: values[column] for column in PLACES if values.get(column) is not None}
    data = {f"{PLACES[column]}_id": _text(value) for column, value in places.items() if PLACES[column] != "user"}
    if kind == "activity":
        data["kind"] = values.get("kind")
    change = Change(kind, data)
    for column, value in places.items():
        yield f"{PLACES[column]}:{value}", change
    if table in OWN and values.get("id") is not None:
        yield f"{OWN[table]}:{values['id']}", change
    if kind in EVERYWHERE:
        yield EVERYWHERE[kind], change


def _values(write: Write) -> Mapping[str, Any]:
    """The columns that a write names with their values: of its key, and those it sets."""
    if isinstance(write, Insert):
        return write.values
    if isinstance(write, Delete):
        return {condition.column: condition.value for condition in write.conditions if condition.op == "="}
    return {**write.key, **{a.column: a.value for a in write.assignments if a.change == "set"}}


def _text(value: UUID | str | None) -> str | None:
    return None if value is None else str(value)
