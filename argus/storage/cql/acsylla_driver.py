"""acsylla: asyncio over the shard-aware C++ driver. The only module that knows how it wants and gives values.

Seen in trials: uuids come as text, timestamps as aware datetimes; a datetime that is bound goes through a float and loses a millisecond far
from 1970, an int counts as seconds; vectors and varints are bytes; its default consistency is LOCAL_ONE.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID, SafeUUID

import acsylla

from argus.storage.cql.driver import Answer, Decoder, Options, Target
from argus.storage.cql.render import Encoder
from argus.storage.cql.values import mapped
from argus.storage.scalars import EPOCH, Bind
from argus.storage.types import CqlType, Scalar, VectorOf

_new, _assign = object.__new__, object.__setattr__
_MILLISECOND = timedelta(milliseconds=1)
KNOWN = 16384  # UUIDs that are kept, about 4 MB
QUORUM, ONE, SERIAL = acsylla.Consistency.QUORUM, acsylla.Consistency.ONE, acsylla.Consistency.SERIAL


class AcsyllaDriver:
    """One session, on the loop that connected it."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.encoder: Encoder = _encoder
        self.decoder: Decoder = _decoder
        self._session: Any = None

    async def connect(self) -> None:
        target, tls = self.target, self.target.tls
        logging.getLogger("acsylla").addFilter(_worth_reading)
        if tls is not None:
            secure: dict[str, Any] = {
                "ssl_enabled": True,
                "ssl_cert": tls.cert and tls.cert.read_text(),
                "ssl_private_key": tls.key and tls.key.read_text(),
                "ssl_private_key_password": tls.key_password,
                "ssl_trusted_cert": tls.ca.read_text(),
                "ssl_verify_flags": acsylla.SSLVerifyFlags.PEER_CERT,
            }
        else:
            secure = {}
        cluster = acsylla.create_cluster(
            list(target.hosts),
            port=target.port,
            username=target.username,
            password=target.password,
            connect_timeout=target.connect_timeout,
            request_timeout=target.request_timeout,
            consistency=QUORUM,
            serial_consistency=SERIAL,
            num_threads_io=target.io_threads,
            core_connections_per_host=target.connections,
            queue_size_io=65536,
            constant_reconnect_delay_ms=int(target.reconnect_wait * 1000),
            exponential_reconnect_base_delay_ms=None,  # its default would win over the constant wait
            exponential_reconnect_max_delay_ms=None,
            load_balance_dc_aware=target.datacenter,
            load_balance_round_robin=target.datacenter is None,
            timestamp_gen="monotonic",
            heartbeat_interval_sec=5,
            idle_timeout_sec=15,
            speculative_execution_policy=acsylla.SpeculativeExecutionPolicy(int(target.speculate_after * 1000), 1),
            application_name="argus",
            **secure,
        )
        self._session = await cluster.create_session()

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def prepare(self, text: str) -> Any:
        return await self._session.create_prepared(text)

    def statement(self, prepared: Any, values: Sequence[Any], options: Options) -> Any:
        """A bound statement, its marks set."""
        statement = prepared.bind()
        if values:
            statement.bind_list(values)
        if options.idempotent:
            statement.set_is_idempotent(True)
        if options.one:
            statement.set_consistency(ONE)
        if options.page_size is not None:
            statement.set_page_size(options.page_size)
        if options.page_state is not None:
            statement.set_page_state(options.page_state)
        if options.seconds is not None:
            statement.set_timeout(_timeout(options.seconds))
        return statement

    async def run(self, prepared: Any, values: Sequence[Any], options: Options) -> Answer:
        result = await self._session.execute(self.statement(prepared, values, options))
        return Answer([row.as_dict() for row in result], result.page_state() if result.has_more_pages() else None)

    async def run_batch(self, parts: Sequence[tuple[Any, Sequence[Any]]], options: Options, *, logged: bool) -> Answer:
        create: Any = acsylla.create_batch_logged if logged else acsylla.create_batch_unlogged
        batch = create(_timeout(options.seconds))
        batch.set_consistency(QUORUM)
        batch.set_serial_consistency(SERIAL)
        batch.set_is_idempotent(options.idempotent)
        for prepared, values in parts:
            batch.add_statement(self.statement(prepared, values, Options()))
        result = await self._session.execute_batch(batch)
        return Answer([row.as_dict() for row in result])

    def schema_version(self) -> Hashable:
        """Counts the schema events that the driver took in (0.1 µs)."""
        version: int = self._session.get_metadata().get_snapshot_version()
        return version


def _timeout(seconds: float | None) -> float | None:
    """At least a millisecond: 0 would be no limit at all."""
    return None if seconds is None else max(seconds, 0.001)


EXPECTED = (
    "SHARD-AWARENESS",  # said of every connection to a server that is no ScyllaDB
    "Aggregation query used without partition key",  # meant, where a service says so
)


def _worth_reading(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return not any(words in message for words in EXPECTED)


# -- values ----------------------------------------------------------------------------------------------------------------------------


def _seconds(value: datetime) -> float:
    """Half a millisecond away from zero: the driver multiplies by 1000 and truncates."""
    milliseconds = (value - EPOCH) // _MILLISECOND
    return (milliseconds + (0.5 if milliseconds >= 0 else -0.5)) / 1000


@lru_cache(KNOWN)
def _uuid(text: str) -> UUID:
    """As `UUID(text)` in a third of the time; the driver wrote the text, so it needs no checks. Rows name the same ones again and again."""
    made = _new(UUID)
    _assign(made, "int", int(text.replace("-", ""), 16))
    _assign(made, "is_safe", SafeUUID.unknown)
    return made


def _naive(value: datetime) -> datetime:
    return value.replace(tzinfo=None)


def _plain_digits(value: Decimal) -> str:
    return format(value, "f")


def _varint(value: int) -> bytes:
    return value.to_bytes((value if value >= 0 else ~value).bit_length() // 8 + 1, "big", signed=True)


def _int(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


@cache
def _packer(size: int) -> struct.Struct:
    return struct.Struct(f">{size}f")


@cache
def _encoder(kind: CqlType) -> Bind | None:
    match kind:
        case Scalar("timestamp"):
            return _seconds
        case Scalar("decimal"):
            return _plain_digits
        case Scalar("varint"):
            return _varint
        case VectorOf(size):
            return lambda value: _packer(size).pack(*value)
    return mapped(kind, _encoder, drop_null_collections=False)


@cache
def _decoder(kind: CqlType) -> Bind | None:
    match kind:
        case Scalar("uuid" | "timeuuid"):
            return _uuid
        case Scalar("timestamp"):
            return _naive
        case Scalar("varint"):
            return _int
        case VectorOf(size):
            return lambda value: list(_packer(size).unpack(value))
    return mapped(kind, _decoder, drop_null_collections=True)
