"""Events of a cluster test: the noise of every day, and what made a run fail."""

from __future__ import annotations

import random
from typing import Any

from argus.features.tracker.demo.story import Run, seconds

LOG = "(DatabaseLogEvent Severity.{severity}) type={kind} line_number={n} node={node}\n"

NORMAL = (
    ("InfoEvent", "(InfoEvent Severity.NORMAL) message=TEST_START"),
    ("ClusterHealthValidatorEvent", "(ClusterHealthValidatorEvent Severity.NORMAL): type=NodeStatus node={node} message=node is UN"),
    ("NodetoolEvent", "(NodetoolEvent Severity.NORMAL) period_type=end nodetool_command=cleanup node={node} duration={n}s"),
    ("CassandraStressEvent", "(CassandraStressEvent Severity.NORMAL) period_type=begin node={node} stress_cmd=cassandra-stress mixed"),
)
WARNING = (
    (
        "DatabaseLogEvent",
        LOG + "!WARNING | scylla[{n}]: [shard 3:strm] repair - repair[{id}]: keyspace=keyspace1 took longer than expected",
    ),
    ("DatabaseLogEvent", LOG + "scylla[{n}]: Reactor stalled for {n} ms on shard 7, in scheduling group compaction"),
)
ERROR = (
    ("DatabaseLogEvent", LOG + "!ERR | scylla[{n}]: [shard 0:gms] raft_group0 - read barrier timed out after 60s (std::runtime_error)"),
    (
        "DisruptionEvent",
        "(DisruptionEvent Severity.ERROR) period_type=end nemesis_name=DecommissionMonkey target_node={node} "
        "errors=Wait for node to be up and normal: timeout - 1200 seconds - expired",
    ),
    (
        "CassandraStressLogEvent",
        "(CassandraStressLogEvent Severity.ERROR) type=ConsistencyError line_number={n} node={node}\n"
        "java.io.IOException: Operation x10 on key(s) [38334b4c]: Error executing: (WriteTimeoutException): "
        "Cassandra timeout during SIMPLE write query at consistency QUORUM (2 replica were required but only 1 acknowledged the write)",
    ),
    (
        "FullScanEvent",
        "(FullScanEvent Severity.ERROR) type=end select_from=keyspace1.standard1 on db_node={node} "
        "message=failed: Not enough replicas responded to the query in time",
    ),
)
CRITICAL = (
    (
        "CoreDumpEvent",
        "(CoreDumpEvent Severity.CRITICAL) node={node}\n"
        "corefile_url=https://storage.example.com/upload/core.scylla.{n}.{id}.gz\nbacktrace= PID: {n} (scylla)\nSignal: 6 (ABRT)",
    ),
    (
        "ClusterHealthValidatorEvent",
        "(ClusterHealthValidatorEvent Severity.CRITICAL): type=NodePeersNulls node={node} "
        "error=Current node {node} has nulls for peer host_id in system.peers",
    ),
    (
        "TestFrameworkEvent",
        "(TestFrameworkEvent Severity.CRITICAL) source=LongevityTest.test_custom_time() "
        "message=stress command completed with errors on {node}",
    ),
)


def make_events(rng: random.Random, run: Run, nodes: list[str]) -> list[dict[str, Any]]:
    """The events of a run, oldest first, as one submission."""
    failed = run.status in ("failed", "test_error")
    amounts = (
        ("NORMAL", NORMAL, rng.randint(10, 40)),
        ("WARNING", WARNING, rng.randint(0, 8)),
        ("ERROR", ERROR, rng.randint(3, 12) if failed else rng.choice((0, 0, 0, 1))),
        ("CRITICAL", CRITICAL, rng.randint(1, 3) if failed else 0),
    )
    events = [
        _event(rng, run, severity, rng.choice(kinds), rng.choice(nodes)) for severity, kinds, amount in amounts for _ in range(amount)
    ]
    return sorted(events, key=lambda event: event["ts"])


def _event(rng: random.Random, run: Run, severity: str, kind: tuple[str, str], node: str) -> dict[str, Any]:
    event_type, text = kind
    ts = seconds(run.moment(0.03 + 0.95 * rng.random())) + rng.randint(0, 999) / 1000
    numbers = {"n": rng.randint(40, 5000), "id": f"{rng.getrandbits(32):08x}", "node": node, "severity": severity, "kind": "RUNTIME_ERROR"}
    event: dict[str, Any] = {
        "run_id": run.id,
        "severity": severity,
        "ts": ts,
        "message": text.format_map(numbers),
        "event_type": event_type,
        "node": node,
    }
    if event_type == "DisruptionEvent":
        event |= {"nemesis_name": "disrupt_nodetool_decommission", "nemesis_status": "failed", "target_node": node, "duration": 1260.0}
    return event
