"""Every list is read by an index that has its order: both databases are asked how they would, for the statements that the routes send."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from argus.db.database import Database
from argus.db.opening import opened_database
from argus.db.revisions import upgrade
from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk
from tests.postgres import new_database, postgres_server  # noqa: F401
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio
NOT_HERE = "/users"  # read from Argus's own store
FILTERS = {
    "/documents": ({"document_type": "report"}, {"q": "a"}, {"produced_by_job_id": "x"}, {"include_deleted": "true"}),
    "/jobs": ({"status": "success"}, {"document_id": "x"}, {"created_by": "x"}),
    "/configurations": ({"document_type": "report"}, {"is_active": "true"}),
    "/events": ({"event_type": "job.created"}, {"entity_type": "job", "entity_id": "x"}, {"actor_id": "x"}),
    "/auth/api-keys": ({"all": "true"},),
    "/workspaces": ({"all": "true"},),
}


@dataclass
class Place:
    """A server on one of the databases, with something in every list."""

    server: Server
    desk: Desk
    ids: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("plans")
    settings: dict[str, Any] = {"RATE_READS": "100000/minute"}
    if request.param == "postgres":
        settings["DATABASE_URL"] = await new_database(request.getfixturevalue("postgres_server"))
        await anyio.to_thread.run_sync(upgrade, settings["DATABASE_URL"])
    async with serving(folder, "fastapi", **settings) as server, server.client("alice") as client:
        desk = await Desk.of(server, client, "alice")
        job = await desk.read("a.pdf", making.two_tables())
        configuration = await desk.configuration()
        ids = {name: job[name] for name in ("job_id", "document_id")}
        ids |= {"configuration_id": configuration["configuration_id"], "workspace_id": desk.workspace}
        ids["table_id"] = (await desk.tables(job["job_id"]))[0]["table_id"]
        yield Place(server, desk, ids)


@contextmanager
def sent(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of a database meanwhile."""
    kept: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        kept.append((statement, parameters))

    engines = {database._reader.sync_engine, database._writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", keep)
    yield kept
    for engine in engines:
        event.remove(engine, "before_cursor_execute", keep)


async def faults(connection: AsyncConnection, statement: str, parameters: Any) -> list[str]:
    """Lines of the plan that read a whole table, or sort."""
    if connection.dialect.name == "sqlite":
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        lines = [str(tuple(row)[-1]) for row in rows]
        return [line for line in lines if "TEMP B-TREE FOR ORDER BY" in line or (line.startswith("SCAN ") and " USING " not in line)]
    for what in ("seqscan", "bitmapscan", "sort", "incremental_sort"):  # small tables are sorted faster than an index is walked
        await connection.exec_driver_sql(f"SET LOCAL enable_{what} = off")
    rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    lines = [str(row[0]).strip().removeprefix("->  ") for row in rows]
    return [line for line in lines if "Seq Scan" in line or line.startswith(("Sort ", "Incremental Sort"))]


async def test_every_list_is_read_by_an_index_that_has_its_order(place: Place) -> None:
    document = place.server.app.fastapi_app.openapi()
    lists = [
        path
        for path, operations in document["paths"].items()
        if {"limit", "cursor"} <= {each["name"] for each in operations.get("get", {}).get("parameters", ())}
        and not path.startswith(("/api/", "/deduper", NOT_HERE))
    ]
    assert len(lists) >= 12, lists
    database = await opened_database(place.server.runtime)
    wrong: list[str] = []
    for path in lists:
        for query in ({}, *FILTERS.get(path, ())):
            with sent(database) as statements:
                await place.desk.json("GET", path.format(**place.ids), params=query)
            lists_sent = [(text, values) for text, values in statements if "ORDER BY" in text and "LIMIT" in text]
            assert lists_sent, path
            async with database._reader.connect() as connection:
                for text, values in lists_sent:
                    wrong += [f"{path} {query}: {line}: {' '.join(text.split())[-160:]}" for line in await faults(connection, text, values)]
    assert wrong == []


async def test_a_list_without_its_index_is_noticed(place: Place) -> None:
    database = await opened_database(place.server.runtime)
    async with database._reader.connect() as connection:
        assert await faults(connection, "SELECT * FROM document ORDER BY byte_size LIMIT 5", ())
        assert await faults(connection, "SELECT * FROM document WHERE byte_size = 7 ORDER BY document_id LIMIT 5", ()) == []
