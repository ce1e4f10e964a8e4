"""A store from a URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from argus.storage.engine import Engine
from argus.storage.store import Store
from argus.storage.table import Row
from argus.storage.types import Udt

CQL_PORT = 9042
SQLITE_OPTIONS = {"readers", "bound", "timeout", "durable"}


def open_store(url: str, models: Sequence[type[Row]], types: Sequence[type[Udt]], **options: Any) -> Store:
    """The store that a URL names, not yet started.

    Args:
        url: `sqlite:///relative/path`, `sqlite:////absolute/path`, `sqlite://` (a temporary file that goes with the store), or
            `cql://[user:password@]host[:port][,host2…]/keyspace`.
        models: the tables that it holds.
        types: its user-defined types.
        options: keywords of the engine: `SqliteEngine`, or `argus.storage.cql.open_cql`. The embedded engine ignores those that only
            a cluster has (credentials, the second keyspace, …), so that a caller need not know which store its settings name.

    Raises:
        ValueError: the URL names no store; the message says what is wrong.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and "://" in url:
        return Store(_sqlite(rest, models, types, options))
    if scheme == "cql" and rest:
        return Store(_cql(url, models, types, options))
    raise ValueError(f"{_shown(url)!r} names no store: expected sqlite:///path, sqlite:// or cql://host[:port][,host…]/keyspace")


def _sqlite(rest: str, models: Sequence[type[Row]], types: Sequence[type[Udt]], options: dict[str, Any]) -> Engine:
    from argus.storage.sqlite import SqliteEngine

    if rest and not rest.startswith("/"):
        raise ValueError(f"'sqlite://{rest}' names no file: a relative path is sqlite:///{rest}, an absolute one sqlite:////{rest}")
    path = unquote(rest[1:])
    return SqliteEngine(path or None, models, types, **{name: value for name, value in options.items() if name in SQLITE_OPTIONS})


def _cql(url: str, models: Sequence[type[Row]], types: Sequence[type[Udt]], options: dict[str, Any]) -> Engine:
    from argus.storage.cql import open_cql

    parts = urlsplit(url)
    keyspace = parts.path.strip("/")
    credentials, _, places = parts.netloc.rpartition("@")
    if not places or not keyspace or "/" in keyspace:
        raise ValueError(f"{_shown(url)!r} names no keyspace: expected cql://host[:port][,host…]/keyspace")
    hosts: list[str] = []
    ports: set[int] = set()
    for place in places.split(","):
        host, colon, port = place.rpartition(":") if not place.endswith("]") else (place, "", "")
        if colon and not port.isdigit():
            raise ValueError(f"{port!r} in {_shown(url)!r} is no port")
        hosts.append((host if colon else place).strip("[]"))
        if colon:
            ports.add(int(port))
    if len(ports) > 1:
        raise ValueError(f"{_shown(url)!r} names several ports; the hosts of a cluster share one")
    if credentials:
        user, _, password = credentials.partition(":")
        options = {"username": unquote(user), "password": unquote(password), **options}
    engine: Engine = open_cql(hosts, ports.pop() if ports else CQL_PORT, keyspace, models=models, types=types, **options)
    return engine


def _shown(url: str) -> str:
    """The URL without its password."""
    head, separator, tail = url.rpartition("@")
    scheme, _, user = head.partition("://")
    return f"{scheme}://{user.partition(':')[0]}:…@{tail}" if separator else url
