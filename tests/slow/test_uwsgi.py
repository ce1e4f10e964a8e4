"""The kill switch: the Flask application alone under uWSGI, with several processes, and after one of them was killed; jobs beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.process import ROOT, environment, free_port, process, wait_for
from tests.serving import ACTORS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NO_KEEP_ALIVE = httpx.Limits(max_keepalive_connections=0)  # uWSGI closes idle connections when it likes
TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def work(url: str, client: httpx.Client) -> None:
    """A write and its read, a page, a login."""
    run_id = str(uuid4())
    body = {"run_id": run_id, "build_id": "job", "build_url": "https://j/1/", "started_by": "me", "sub_type": "x"}
    base = f"{url}/api/v1/client/testrun/generic"
    assert client.post(f"{base}/submit", json=body, headers=TOKEN).json() == {"response": "Created", "status": "ok"}
    assert client.get(f"{base}/{run_id}/get", headers=TOKEN).json()["response"]["id"] == run_id
    assert client.get(f"{url}/workspace", headers=TOKEN).status_code == 200
    assert client.post(f"{url}/auth/login", data={"username": "bob", "password": "pw-bob"}).status_code == 302
    assert client.options(f"{url}/auth/login").headers["allow"] == "GET, HEAD, OPTIONS, POST"


@contextmanager
def flask_alone(env: dict[str, str], folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes], Path]]:
    """The Flask application under uWSGI with two processes: its address, its master, its log."""
    port, log = free_port(), folder / "uwsgi.log"
    url = f"http://127.0.0.1:{port}"
    uwsgi = [sys.executable, "-c", "import pyuwsgi; pyuwsgi.run()"]
    shape = ["--master", "--processes", "2", "--threads", "8", "--enable-threads", "--need-app", "--die-on-term", "--buffer-size", "48000"]
    shape += ["--worker-reload-mercy", "5"]  # seconds until a worker whose threads wait for further requests is ended
    place = ["--http11-socket", f"127.0.0.1:{port}", "--module", "argus_backend:flask_app", "--virtualenv", sys.prefix]
    with log.open("wb") as output:
        running = subprocess.Popen([*uwsgi, *shape, *place, *options], env=env, cwd=ROOT, stdout=output, stderr=output)
    try:
        wait_for(f"{url}/readyz", running, log)
        yield url, running, log
    finally:
        running.terminate()
        running.wait(20)


def environment_with_people(folder: Path, **settings: str) -> dict[str, str]:
    env = {**environment(folder, f"sqlite:///{folder}/argus.sqlite", free_port()), **settings}
    people = [sys.executable, "-m", "argus.cli", "users", "import", str(ROOT / "tests/golden/actors.yaml")]
    subprocess.run(people, env=env, cwd=ROOT, check=True)
    return env


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the processes of uWSGI below /proc")
@pytest.mark.parametrize("options", [["--lazy-apps"], []], ids=["lazy-apps", "forked"])
def test_flask_alone_serves_everything(options: list[str], tmp_path: Path) -> None:
    with flask_alone(environment_with_people(tmp_path), tmp_path, *options) as (url, running, log):
        with httpx.Client(timeout=30, limits=NO_KEEP_ALIVE) as client:
            for _ in range(4):
                work(url, client)
        workers = children(running.pid)
        assert len(workers) >= 2
        os.kill(workers[0], signal.SIGKILL)
        deadline = time.monotonic() + 20
        while workers[0] in children(running.pid) or len(children(running.pid)) < len(workers):
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
        for _ in range(8):
            with httpx.Client(timeout=30, limits=NO_KEEP_ALIVE) as client:  # a connection each: both workers get some
                work(url, client)


def test_jobs_are_done_by_a_process_of_their_own(tmp_path: Path) -> None:
    """Under uWSGI nobody does them in the web processes; a wish on the page there is carried out by `argus jobs serve`."""
    env = environment_with_people(tmp_path)
    api = "/admin/api/v1/jobs"

    def standing() -> dict[str, Any]:
        with httpx.Client(base_url=url, headers=TOKEN, timeout=30, limits=NO_KEEP_ALIVE) as client:
            return next(each for each in client.get(api).json()["response"]["jobs"] if each["job"] == "stuck-runs")

    def wish() -> None:
        with httpx.Client(base_url=url, headers=TOKEN, timeout=30, limits=NO_KEEP_ALIVE) as client:
            assert client.post(f"{api}/stuck-runs/run").json()["status"] == "ok"

    with flask_alone(env, tmp_path) as (url, _, _):
        wish()
        time.sleep(5)  # more than twice the time in which a process that does jobs looks
        assert standing()["last"] is None, "nobody does them"
        with process(sys.executable, "-m", "argus.cli", "jobs", "serve", env=env, log=tmp_path / "jobs.log") as jobs:
            deadline = time.monotonic() + 60
            while not standing()["outcome"]:
                assert time.monotonic() < deadline, (tmp_path / "jobs.log").read_text()[-2000:]
                assert jobs.poll() is None, (tmp_path / "jobs.log").read_text()[-2000:]
                time.sleep(0.3)
            assert standing()["outcome"] == "done"
        assert jobs.wait(20) == 0, "SIGTERM ends it"
