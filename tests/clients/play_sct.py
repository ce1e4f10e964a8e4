"""Runs in the clients' virtualenv: every public method of the cluster tests' client, in the order in which a pipeline uses them.

    play_sct.py URL TOKEN RUN_ID JOB FOLDER

Prints as JSON what the client read back.
"""

from __future__ import annotations

import json
import sys
import time

from argus.client.generic_result import ColumnMetadata, ResultType, StaticGenericResultTable, Status, ValidationRule
from argus.client.sct.client import ArgusSCTClient
from argus.client.sct.types import EventsInfo, LogLink, Package
from argus.common.enums import TestStatus

url, token, run_id, job, folder = sys.argv[1:]
now = time.time()
client = ArgusSCTClient(run_id, token, url, log_dir=folder, use_tunnel=False)


class Latencies(StaticGenericResultTable):
    class Meta:
        name = "Latencies"
        description = "what a read takes"
        Columns = [
            ColumnMetadata(name="p99", unit="ms", type=ResultType.FLOAT, higher_is_better=False),
            ColumnMetadata(name="note", unit="", type=ResultType.TEXT),
        ]
        ValidationRules = {"p99": ValidationRule(fixed_limit=10.0)}


client.submit_sct_run(
    job_name=job,
    job_url=f"https://jenkins.example.com/job/{job}/17/",
    started_by="pipeline",
    commit_id="0123456789abcdef",
    origin_url="https://example.com/repo.git",
    branch_name="master",
    sct_config={"cluster_backend": "aws", "region_name": "eu-west-1", "n_db_nodes": "3", "instance_type_db": "i4i.large"},
)
client.set_sct_run_status(TestStatus.RUNNING)
client.set_sct_runner("1.2.3.4", "10.0.0.4", "eu-west-1", "aws", "runner-1")
client.sct_submit_config("config.yaml", json.dumps({"a": {"b": 1}}))
client.submit_packages(
    [
        Package("scylla-server", "6.2.1", "20241001", "abcdef0", "build-1"),
        Package("kernel", "6.8.0", "", "", ""),
    ]
)
client.update_scylla_version("6.2.1")
for number in range(2):
    client.create_resource(
        f"node-{number}", "db", f"1.1.1.{number}", f"10.1.1.{number}", "i4i.large", "eu-west-1", "aws", "dc1", "rack1", 8
    )
client.update_shards_for_resource("node-0", 14)
client.update_resource("node-1", {"state": "stopped", "instance_info": {"public_ip": "9.9.9.9"}})
client.add_stress_command("cassandra-stress write", now, "stress.log", "loader-1")
client.submit_nemesis("disrupt_stop_start", "StopStart", int(now), "node-0", "1.1.1.0", 14, "stops and starts")
client.finalize_nemesis("disrupt_stop_start", int(now), "failed", "node did not come back")
client.submit_event(
    [
        {
            "run_id": run_id, "severity": severity, "ts": now + n, "message": f"event number {n} <b>", "event_type": "DatabaseLogEvent",
            "received_timestamp": None, "nemesis_name": None, "duration": None, "node": "node-0", "target_node": None,
            "known_issue": None, "nemesis_status": None,
        }
        for n, severity in enumerate(["CRITICAL", "ERROR", "WARNING"])
    ]
)  # fmt: skip
client.submit_events([EventsInfo("ERROR", 1, ["an error of the end"])])
client.sct_heartbeat()
client.submit_sct_logs([LogLink("db.log", "https://example.com/db.log")])
client.submit_screenshots(["https://example.com/overview.png"])
client.sct_submit_junit_report("junit.xml", "<testsuite/>")
client.submit_gemini_results(
    {
        "oracle_nodes_count": 1, "oracle_node_ami_id": "ami", "oracle_node_instance_type": "i4i", "oracle_node_scylla_version": "6.1",
        "gemini_command": "gemini", "gemini_version": "1", "gemini_status": "PASSED", "gemini_seed": "7", "gemini_write_ops": 1,
        "gemini_write_errors": 0, "gemini_read_ops": 2, "gemini_read_errors": 0,
    }
)  # fmt: skip
client.submit_performance_results(
    {
        "test_name": "perf", "stress_cmd": "cs", "perf_op_rate_average": 1.5, "perf_op_rate_total": 3.0, "perf_avg_latency_99th": 2.0,
        "perf_avg_latency_mean": 1.0, "perf_total_errors": 0, "histograms": None,
    }
)  # fmt: skip
table = Latencies()
table.add_result("p99", "reads", 12.5, Status.UNSET)
table.add_result("note", "reads", "warm", Status.PASS)
try:
    client.submit_results(table)
    verdict = "accepted"
except Exception as refused:  # the client raises when the server says that a cell failed
    verdict = str(refused)
client.terminate_resource("node-1", "spot interruption")
client.send_email(["somebody@example.com"], title="report", sections=["header", "main"])
client.set_sct_run_status(TestStatus.FAILED)
client.finalize_sct_run()
print(
    json.dumps(
        {
            "status": str(client.get_status(client.test_type, run_id).value),
            "resources": client.get_resources(),
            "one": client.get_resource("node-0"),
            "nemeses": client.get_nemeses(),
            "run": client.get_run(client.test_type, run_id),
            "verdict": verdict,
        }
    )
)
