"""The database's own account of its schema, and changes to it: through scylla-driver, which waits until all nodes agree."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from argus.storage.cql.driver import Target
from argus.storage.cql.errors import translated
from argus.storage.cql.scylla_driver import new_cluster
from argus.storage.errors import InvalidRequest
from argus.storage.schema import ColumnState, Existing, IndexState, Keyspaces, TableState, index_target, nested_first, udts_in
from argus.storage.table import Table

log = logging.getLogger("argus.storage")
SCHEMA_SECONDS = 60.0  # seconds for one schema statement


class SchemaConnection:
    """A session of scylla-driver: made when the schema is first asked for, kept until it is closed."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lock = asyncio.Lock()
        self._cluster: Any = None
        self._session: Any = None

    async def existing(self, keyspaces: Keyspaces) -> Existing:
        """Read `system_schema` of the two keyspaces.

        Raises:
            NoHostAvailable: nobody answers.
        """
        existing: Existing = await self._work(_existing, keyspaces)
        return existing

    async def apply(self, statements: Sequence[str]) -> None:
        """Execute schema statements in order. A vector index that the server cannot make is a warning: only similarity search needs it.

        Raises:
            InvalidRequest: the server refuses one; those before it are done.
        """
        if statements:
            await self._work(_apply, statements)

    async def close(self) -> None:
        async with self._lock:
            if self._cluster is not None:
                await asyncio.to_thread(self._cluster.shutdown)
                self._cluster = self._session = None

    async def _work(self, work: Callable[..., Any], *arguments: Any) -> Any:
        async with self._lock:
            try:
                return await asyncio.to_thread(self._connected, work, *arguments)
            except Exception as error:
                known = translated(error)
                if known is None or known is error:
                    raise
                raise known from error

    def _connected(self, work: Callable[..., Any], *arguments: Any) -> Any:
        if self._session is None:
            cluster = new_cluster(self._target, schema_metadata_enabled=False, token_metadata_enabled=False)
            try:
                self._session = cluster.connect()
            except BaseException:
                cluster.shutdown()
                raise
            self._cluster = cluster
        return work(self._session, *arguments)


def _apply(session: Any, statements: Sequence[str]) -> None:
    for statement in statements:
        try:
            session.execute(statement, timeout=SCHEMA_SECONDS)
        except Exception as error:
            if not statement.startswith("CREATE CUSTOM INDEX") or not isinstance(translated(error), InvalidRequest):
                raise
            log.warning("no vector index: %s (%s)", error, statement)


def _existing(session: Any, keyspaces: Keyspaces) -> Existing:
    own = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'system' AND table_name = 'scylla_local'"
    existing = Existing("scylladb" if session.execute(own).one() else "cassandra", keyspaces)
    for role, keyspace in keyspaces.items():
        if not session.execute("SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = %s", (keyspace,)).one():
            continue

        def of(what: str, keyspace: str = keyspace) -> list[dict[str, Any]]:
            return list(session.execute(f"SELECT * FROM system_schema.{what} WHERE keyspace_name = %s", (keyspace,)))

        existing.types[role] = {row["type_name"]: dict(zip(row["field_names"], row["field_types"], strict=True)) for row in of("types")}
        tables = existing.tables[role] = {row["table_name"]: TableState({}, {}) for row in of("tables")}
        for row in of("columns"):
            if row["table_name"] in tables:  # not a view's
                kind = "partition" if row["kind"] == "partition_key" else row["kind"]
                order = "desc" if row["clustering_order"] == "desc" else "asc"
                tables[row["table_name"]].columns[row["column_name"]] = ColumnState(row["type"], kind, row["position"], order)
        for row in of("indexes"):
            column, target = index_target(dict(row["options"]))
            tables[row["table_name"]].indexes[row["index_name"]] = IndexState(column, target)
    return existing


# -- user-defined types ----------------------------------------------------------------------------------------------------------------


class LiveTypes:
    """The fields that the database's types have now, read again whenever the schema's version is another."""

    def __init__(self, rows: Callable[[str], Awaitable[list[dict[str, Any]]]]) -> None:
        self._rows = rows
        self._version: Any = None
        self._fields: dict[tuple[str, str], set[str]] = {}
        self._complaints: dict[tuple[str, str], str | None] = {}

    async def check(self, table: Table, keyspace: str) -> None:
        """
        Raises:
            InvalidRequest: a type of the table's has fields that its model does not.
        """
        version = (await self._rows("SELECT schema_version FROM system.local"))[0]["schema_version"]
        if version != self._version:
            rows = await self._rows("SELECT keyspace_name, type_name, field_names FROM system_schema.types")
            self._fields = {(row["keyspace_name"], row["type_name"]): set(row["field_names"]) for row in rows}
            self._version = version
            self._complaints = {}
        key = keyspace, table.name
        if key not in self._complaints:
            self._complaints[key] = self._complaint(table, keyspace)
        complaint = self._complaints[key]
        if complaint is not None:
            raise InvalidRequest(complaint)

    def _complaint(self, table: Table, keyspace: str) -> str | None:
        for model in nested_first([held for column in table.columns.values() for held in udts_in(column.type)]):
            unknown = self._fields.get((keyspace, model.type_name()), set()) - model.fields_of().keys()
            if unknown:
                return (
                    f"Type {model.type_name()} has fields in the database that this version does not know "
                    f"({', '.join(sorted(unknown))}): writing the value back would lose them"
                )
        return None
