"""ScyllaDB and Apache Cassandra."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Literal

from argus.storage.cql.driver import Driver, Target, Tls
from argus.storage.cql.engine import CqlEngine
from argus.storage.table import Row
from argus.storage.types import Udt

DriverName = Literal["auto", "acsylla", "scylla-driver"]


def open_cql(
    hosts: Sequence[str],
    port: int,
    keyspace: str,
    *,
    models: Sequence[type[Row]] = (),
    types: Sequence[type[Udt]] = (),
    tablets_keyspace: str = "argus_tablets",
    username: str | None = None,
    password: str | None = None,
    driver: DriverName = "auto",
    tls: Tls | None = None,
    datacenter: str | None = None,
    connect_timeout: float = 5.0,
    request_timeout: float = 10.0,
    io_threads: int = 1,
    connections: int = 1,
) -> CqlEngine:
    """An engine that connects when it is started or first used.

    Args:
        models, types: what is stored; taken for symmetry with SQLite, the web process never changes a cluster's schema.
        tablets_keyspace: where tables with vectors are.
        driver: `auto` is acsylla where it is installed.
        tls: verify the server, and show a certificate of ours.
        datacenter: ask only hosts of this one; all are equal where it is None.
        connect_timeout, request_timeout: seconds.
        io_threads, connections: of acsylla; connections are per host (ScyllaDB: shard) and thread.
    """
    target = Target(
        hosts=tuple(hosts),
        port=port,
        username=username,
        password=password,
        tls=tls,
        datacenter=datacenter,
        connect_timeout=connect_timeout,
        request_timeout=request_timeout,
        io_threads=io_threads,
        connections=connections,
    )
    return CqlEngine(_driver(driver, target), target, {"main": keyspace, "tablets": tablets_keyspace})


def _driver(name: DriverName, target: Target) -> Driver:
    if name == "acsylla" or (name == "auto" and importlib.util.find_spec("acsylla") is not None):
        from argus.storage.cql.acsylla_driver import AcsyllaDriver

        return AcsyllaDriver(target)
    from argus.storage.cql.scylla_driver import ScyllaDriver

    return ScyllaDriver(target)
