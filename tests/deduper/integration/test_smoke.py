"""The smoke test: the gateway and each shell alone as real processes on one storage, and a job that all of them see."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deduper.integration.reporting import report_run
from tests.process import environment, free_port, process, server_process, wait_for
from tests.serving import ACTORS

pytestmark = pytest.mark.timeout(600)

ALONE = {
    "fastapi": ("uvicorn", "argus_deduper:app", "--host", "127.0.0.1", "--port"),
    "flask": ("uwsgi", "--module", "argus_deduper_flask:app", "--enable-threads", "--need-app", "--die-on-term", "--http-socket"),
}
PATIENCE = 90.0  # seconds
EVENTS = 60


@contextlib.contextmanager
def alone(shell: str, storage: str, folder: Path) -> Iterator[str]:
    """A shell served alone by its own server, as docs/deduper.md says; gives its address."""
    port = free_port()
    program, *options = ALONE[shell]
    address = f"127.0.0.1:{port}" if shell == "flask" else str(port)
    command = (str(Path(sys.executable).with_name(program)), *options, address)
    log = folder / f"{shell}.log"
    with process(*command, env=environment(folder, storage, 9), log=log) as running:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/test", running, log)
        yield url
        if shell == "flask":  # uWSGI waits for its workers as long as one of their threads lives
            running.send_signal(signal.SIGKILL)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, httpx.Client]]:
    """A caller of each: the gateway, and both shells alone."""
    folder = tmp_path_factory.mktemp("smoke")
    storage = f"sqlite:///{folder}/argus.sqlite"
    headers = {"Authorization": f"token {ACTORS['alice']['token']}", "Connection": "close"}  # uWSGI keeps none open
    with contextlib.ExitStack() as stack:
        url, _ = stack.enter_context(server_process(None, storage, folder, ARGUS_DEDUPER_AUTO="true"))
        urls = {"gateway": url, **{shell: stack.enter_context(alone(shell, storage, folder)) for shell in ALONE}}
        yield {name: stack.enter_context(httpx.Client(base_url=url, headers=headers, timeout=60)) for name, url in urls.items()}


def run_with_failures(gateway: httpx.Client) -> str:
    """A run as a client reports it, with failures of two kinds, and its end."""
    run_id, api = str(uuid.uuid4()), "/api/v1/client"
    report_run(gateway, run_id)
    texts = ("reactor stalled for {} ms on shard 3 of node db-1 in group main", "cannot open commitlog segment {} of table ks.standard1")
    for number in range(EVENTS):
        event = {
            "run_id": run_id,
            "severity": "ERROR",
            "ts": 1_740_000_000 + number,
            "message": texts[number % 2].format(number),
            "event_type": "DatabaseLogEvent",
        }
        _ok(gateway.post(f"{api}/sct/{run_id}/event/submit", json={"schema_version": "v8", "data": event}))
    _ok(gateway.post(f"{api}/testrun/scylla-cluster-tests/{run_id}/finalize", json={"schema_version": "v8"}))
    return run_id


def _ok(answer: httpx.Response) -> None:
    assert answer.json()["status"] == "ok", answer.text


def jobs_of(caller: httpx.Client, report_id: str) -> list[dict[str, Any]]:
    """Those of a report, the newest first."""
    found: list[dict[str, Any]] = caller.get("/deduper/jobs", params={"lookup": "1", "reportId": report_id}).json()["jobs"]
    return found


def completed(caller: httpx.Client, report_id: str) -> dict[str, Any]:
    """The newest job of a report once it has ended. One that was not begun because the databases took more than two seconds to answer
    (the machine is busy otherwise) is started again."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        newest = next(iter(jobs_of(caller, report_id)), None)
        if newest is not None and (newest["error"] or {}).get("code") == "configuration_error":
            assert "storage" in newest["error"]["message"], newest
            caller.post("/deduper/jobs", json={"reportId": report_id})
        elif newest is not None and newest["status"] in ("completed", "failed", "cancelled"):
            assert newest["status"] == "completed", newest
            return newest
        time.sleep(0.5)
    raise AssertionError(f"no job of {report_id} has ended")


def test_a_run_that_ends_is_clustered_and_every_form_shows_the_same(served: dict[str, httpx.Client]) -> None:
    run_id = run_with_failures(served["gateway"])
    job = completed(served["gateway"], run_id)
    assert (job["result"]["events"], job["result"]["clusters"]) == (EVENTS, 2)
    assert jobs_of(served["gateway"], run_id)[-1]["createdBy"] == "auto", "the first one was started by the end of the run"
    pages = {name: caller.get(f"/deduper/reports/{run_id}/clusters").json() for name, caller in served.items()}
    assert [one["size"] for one in pages["gateway"]["items"]] == [EVENTS // 2] * 2
    assert pages["fastapi"] == pages["flask"] == pages["gateway"]


@pytest.mark.parametrize("form", ["gateway", "fastapi", "flask"])
def test_each_form_says_what_it_is_and_starts_a_job_that_the_others_see(served: dict[str, httpx.Client], form: str) -> None:
    caller = served[form]
    assert caller.get("/deduper/").json()["framework"] == ("flask" if form == "flask" else "fastapi")
    assert set(caller.get("/deduper/health").json()["configuration"]) >= {"command", "workDir", "storage", "python"}
    if form != "gateway":
        assert caller.get("/").json()["service"] == "argus-deduper"
    run_id = run_with_failures(served["gateway"])
    completed(caller, run_id)
    started = caller.get(f"/deduper/jobs/reportId/{run_id}")
    assert started.status_code == 201, started.text
    job_id = started.json()["jobId"]
    for other in served.values():
        assert other.get(f"/deduper/jobs/{job_id}").status_code == 200
        assert job_id in [job["jobId"] for job in other.get("/deduper/jobs/list").json()["jobs"]]
    assert completed(caller, run_id)["result"]["events"] == EVENTS
