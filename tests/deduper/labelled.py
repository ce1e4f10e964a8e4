# ruff: noqa: E501 (lines of logs are long)
"""Events of which it is known what they say: ten failures as cluster tests report them, with everything in them that differs.

Each event has a time, an id, a node with its addresses, a process, a shard and numbers of its own; some are cut off near the end, as
lines are that were too long; and they come interleaved, as a cluster reports them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from argus.features.deduper.corpus import Event

START = datetime(2025, 3, 1, 10, tzinfo=UTC)
NODES = [f"longevity-100gb-4h-master-db-node-{cut}-{number}" for cut in ("5f1c0d2e", "a90b17c4") for number in range(1, 7)]
CUT = 0.03  # share of messages that are cut off, in their last eighth


@dataclass(frozen=True)
class Drawn:
    """What differs between two events of one failure."""

    dice: random.Random
    at: datetime

    def number(self, low: int = 1, high: int = 99_999) -> int:
        return self.dice.randint(low, high)

    def uuid(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def hexadecimal(self, digits: int = 8) -> str:
        return f"{self.dice.getrandbits(4 * digits):0{digits}x}"

    def address(self) -> str:
        return f"10.{self.number(0, 15)}.{self.number(0, 255)}.{self.number(1, 254)}"

    def node(self) -> str:
        return self.dice.choice(NODES)

    def word(self, *of: str) -> str:
        return self.dice.choice(of)


def _head(kind: str, d: Drawn, node: str) -> str:
    stamp = d.at.strftime("%Y-%m-%d %H:%M:%S.") + f"{d.number(0, 999):03d}"
    return (
        f"{stamp}: ({kind} Severity.ERROR) period_type=one-time event_id={d.uuid()} during_nemesis="
        f"{d.word('RollingRestart', 'StopStart', 'Decommission')}"
    )


def _log(d: Drawn, node: str, regex: str, said: str) -> str:
    line = d.at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{d.number(0, 999):03d}+00:00"
    return (
        f"{_head('DatabaseLogEvent', d, node)}: type={regex} regex={regex.lower()} line_number={d.number()} node=Node {node} "
        f"[{d.address()} | {d.address()}]\n{line} {node} !ERR | scylla[{d.number()}]: [shard {d.number(0, 13)}:{d.word('main', 'stmt', 'comp')}] {said}"
    )


def _backtrace(d: Drawn, *frames: str) -> str:
    lines = "\n".join(f" (inlined by) {frame} at ./{frame.split('::')[0]}.cc:{line}" for line, frame in enumerate(frames, 120))
    return f"Backtrace:\n{lines}\n  0x{d.hexadecimal(7)}\n  0x{d.hexadecimal(7)}\n  0x{d.hexadecimal(7)}"


Template = tuple[str, Callable[[Drawn, str], str]]

TEMPLATES: tuple[Template, ...] = (
    (
        "DatabaseLogEvent",
        lambda d, n: _log(
            d, n, "RUNTIME_ERROR",
            f"raft_topology - topology change coordinator fiber got error std::runtime_error (raft topology: exec_global_command(barrier) "
            f"failed with seastar::rpc::closed_error (connection is closed) while waiting for node {d.address()} to answer within {d.number()} ms)",
        ),
    ),
    (
        "DatabaseLogEvent",
        lambda d, n: _log(
            d, n, "REACTOR_STALLED",
            f"seastar - Reactor stalled for {d.number(30, 400)} ms on shard {d.number(0, 13)}, in scheduling group "
            f"{d.word('main', 'statement', 'compaction')}. "
            + _backtrace(d, "sstables::compaction::run", "sstables::compaction_manager::perform", "seastar::thread_context::main", "row_cache::update"),
        ),
    ),
    (
        "DatabaseLogEvent",
        lambda d, n: _log(
            d, n, "DATABASE_ERROR",
            f"storage_proxy - Exception when communicating with {d.address()}, to read from keyspace1.standard1: "
            f"exceptions::mutation_write_timeout_exception (Operation timed out for keyspace1.standard1 - received only {d.number(0, 1)} responses "
            f"from {d.number(2, 3)} CL=QUORUM.) after {d.number()} us, coordinator gave up and will hint the missing replicas",
        ),
    ),
    (
        "CoreDumpEvent",
        lambda d, n: f"{_head('CoreDumpEvent', d, n)} node=Node {n} [{d.address()} | {d.address()}]\ncorefile_url=https://storage.example/upload"
        f".scylla/core.scylla.112.{d.hexadecimal(32)}.{d.number()}.gz\nbacktrace=           PID: {d.number()} (scylla)\n           UID: 112 (scylla)\n"
        f"        Signal: 6 (ABRT)\n     Timestamp: Sat 2025-03-01 10:{d.number(10, 59)}:{d.number(10, 59)} UTC\n  Command Line: /usr/bin/scylla --smp 14\n"
        f"       Message: Process {d.number()} (scylla) of user 112 dumped core.\n\nStack trace of thread {d.number()}:\n"
        f"#0  0x0000{d.hexadecimal()} raise (libc.so.6 + 0x8b{d.hexadecimal(3)})\n#1  0x0000{d.hexadecimal()} abort (libc.so.6 + 0x75{d.hexadecimal(3)})\n"
        f"#2  0x0000{d.hexadecimal()} on_internal_error (scylla + 0x3c{d.hexadecimal(3)})\n"
        f"#3  0x0000{d.hexadecimal()} tablet_allocator_migrate (scylla + 0x4c{d.hexadecimal(3)})",
    ),
    (
        "CassandraStressLogEvent",
        lambda d, n: f"{_head('CassandraStressLogEvent', d, n)}: type=ConsistencyError regex=.*Cannot achieve consistency level.* line_number={d.number()} "
        f"node=Node {n.replace('-db-', '-loader-')} [{d.address()} | {d.address()}]\ncom.datastax.driver.core.exceptions.UnavailableException: Not enough "
        f"replicas available for query at consistency QUORUM ({d.number(2, 3)} required but only {d.number(0, 1)} alive), operation x{d.number(1, 9)} on "
        f"key(s) [{d.hexadecimal(20)}]: error executing write after {d.number(1, 10)} attempts of stress thread {d.number()}",
    ),
    (
        "DatabaseLogEvent",
        lambda d, n: _log(
            d, n, "BAD_ALLOC",
            f"table - failed to write sstable /var/lib/scylla/data/keyspace1/standard1-{d.hexadecimal(32)}/me-{d.hexadecimal(4)}_{d.hexadecimal(4)}-big-Data.db: "
            f"std::bad_alloc (std::bad_alloc) while flushing memtable of {d.number()} bytes, will be retried in {d.number(1, 60)} seconds by the flush "
            f"controller of this table",
        ),
    ),
    (
        "ClusterHealthValidatorEvent",
        lambda d, n: f"{_head('ClusterHealthValidatorEvent', d, n)} type=NodeStatus node={n} [{d.address()} | {d.address()}] error=Current node Node {n} "
        f"[{d.address()} | {d.address()}]. Node with IP {d.address()} status is DN while it is expected to be UN, seen in nodetool status for "
        f"{d.number()} seconds, after the nemesis had ended and the cluster was given time to settle",
    ),
    (
        "PrometheusAlertManagerEvent",
        lambda d, n: f"{_head('PrometheusAlertManagerEvent', d, n)}: alert_name=DiskFull start={d.at:%Y-%m-%dT%H:%M:%S}.{d.number(100, 999)}Z end="
        f"{d.at:%Y-%m-%dT%H:%M:%S}.{d.number(100, 999)}Z description={d.address()} has less than {d.number(1, 9)}% free disk space on "
        f"/var/lib/scylla updated=2025-03-01T10:00:00Z state=active fingerprint={d.hexadecimal(16)} labels={{'alertname': 'DiskFull', 'instance': "
        f"'{d.address()}', 'job': 'node_exporter', 'mountpoint': '/var/lib/scylla', 'severity': '{d.number(1, 4)}'}}",
    ),
    (
        "PythonDriverErrorEvent",
        lambda d, n: f"{_head('PythonDriverErrorEvent', d, n)}: Traceback (most recent call last):\n  File \"/home/ubuntu/scylla-cluster-tests/sdcm/"
        f"nemesis.py\", line {d.number(1, 6000)}, in wrapper\n    result = method(*args[1:], **kwargs)\n  File \"/home/ubuntu/scylla-cluster-tests/sdcm/nemesis.py\", line "
        f"{d.number(1, 6000)}, in disrupt_truncate\n    session.execute(statement, timeout={d.number(10, 600)})\n  File \"cassandra/cluster.py\", line "
        f"{d.number(1, 6000)}, in cassandra.cluster.ResponseFuture.result\ncassandra.OperationTimedOut: errors={{'{d.address()}:9042': 'Client request timeout. "
        f"See Session.execute[_async](timeout)'}}, last_host={d.address()}:9042",
    ),
    (
        "DatabaseLogEvent",
        lambda d, n: _log(
            d, n, "STREAMING_ERROR",
            f"stream_session - [Stream #{d.uuid()}] stream_transfer_task: Failed to send to {d.address()}: "
            f"streaming::stream_exception (Stream failed: peer {d.address()} closed the connection after {d.number()} of {d.number()} ranges, "
            f"reason=repair, {d.number()} bytes were lost and will be sent again)",
        ),
    ),
)  # fmt: skip


def labelled(count: int, seed: int, distinct: float = 1.0) -> Iterator[tuple[Event, int]]:
    """Events, and the number of the failure that each tells of; the same ones for the same seed.

    Args:
        distinct: share of events that are drawn; the others repeat the message of an earlier one at another time.
    """
    dice = random.Random(seed)
    shares = [dice.uniform(0.3, 3) for _ in TEMPLATES]
    run, drawn = UUID(int=dice.getrandbits(128), version=4), dict[int, list[tuple[str, str]]]()
    for number in range(count):
        label = dice.choices(range(len(TEMPLATES)), shares)[0]
        at = START + timedelta(milliseconds=number * 7 + dice.randrange(7))
        kept = drawn.setdefault(label, [])
        if not kept or dice.random() < distinct:
            kept.append(_message(label, dice, at))
        message, node = kept[-1] if distinct == 1 else dice.choice(kept)
        event_id = UUID(int=dice.getrandbits(128), version=4)
        yield Event(run, "ERROR", int(at.timestamp() * 1000), event_id, TEMPLATES[label][0], node, message), label


def _message(label: int, dice: random.Random, at: datetime) -> tuple[str, str]:
    drawn = Drawn(dice, at)
    node = drawn.node()
    message = TEMPLATES[label][1](drawn, node)
    if dice.random() < CUT:
        message = message[: int(len(message) * dice.uniform(0.88, 1))]
    return message, node
