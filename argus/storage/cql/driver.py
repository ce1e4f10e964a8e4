"""What a CQL driver must be able to do for the engine. Two do: acsylla, and scylla-driver where acsylla has no wheel."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from argus.storage.cql.render import Encoder
from argus.storage.scalars import Bind
from argus.storage.types import CqlType

Decoder = Callable[[CqlType], Bind | None]
"""What makes a type's canonical value of a driver's; None: it is one already. Never called with null."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of PEM files. `ca` verifies the server; `cert` and `key` are ours, where the server asks for them.

    Clusters are addressed by IP, so no name is checked: whoever holds a certificate of `ca` is believed to be the cluster. Without an
    authority of the cluster's own that would be everybody whom a public one ever certified; so there is no default for it.
    """

    ca: Path
    cert: Path | None = None
    key: Path | None = None
    key_password: str = field(default="", repr=False)

    def context(self) -> ssl.SSLContext:
        """The same as an `SSLContext`; raises `OSError` or `ssl.SSLError` where a file is missing or no certificate."""
        context = ssl.create_default_context(cafile=self.ca)  # this authority alone, not the system's
        context.check_hostname = False
        if self.cert is not None:
            context.load_cert_chain(self.cert, self.key, self.key_password or None)
        return context


@dataclass(frozen=True, slots=True)
class Target:
    """Where the database is and how it is spoken to. Times in seconds."""

    hosts: tuple[str, ...]
    port: int = 9042
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    datacenter: str | None = None
    connect_timeout: float = 5.0
    request_timeout: float = 10.0
    reconnect_wait: float = 1.0  # constant, so that service is back soon after the database is
    speculate_after: float = 0.5  # ask a second replica when the first is silent this long; idempotent statements only
    io_threads: int = 1
    connections: int = 1  # a host and I/O thread; ScyllaDB: a shard


@dataclass(frozen=True, slots=True)
class Options:
    """How one statement is executed."""

    idempotent: bool = False
    one: bool = False  # consistency ONE instead of QUORUM
    page_size: int | None = None
    page_state: bytes | None = None
    seconds: float | None = None


class Answer(NamedTuple):
    """Rows as the driver gives them, by column, and where the next page starts."""

    rows: list[dict[str, Any]]
    next: bytes | None = None


class Driver(Protocol):
    """Raises whatever the driver raises; `errors.translated` knows it."""

    encoder: Encoder
    decoder: Decoder

    async def connect(self) -> None: ...

    async def close(self) -> None: ...

    async def prepare(self, text: str) -> Any: ...

    async def run(self, prepared: Any, values: Sequence[Any], options: Options) -> Answer: ...

    async def run_batch(self, parts: Sequence[tuple[Any, Sequence[Any]]], options: Options, *, logged: bool) -> Answer:
        """Only `idempotent` and `seconds` of the options count."""

    def schema_version(self) -> Hashable:
        """Something that changes when anybody changes the schema; prepared statements of an older one are not to be trusted."""
