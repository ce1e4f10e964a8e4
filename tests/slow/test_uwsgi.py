"""The kill switch: the Flask application alone under uWSGI, with several processes, and after one of them was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.process import ROOT, environment, free_port, wait_for
from tests.serving import ACTORS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

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


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the processes of uWSGI below /proc")
@pytest.mark.parametrize("options", [["--lazy-apps"], []], ids=["lazy-apps", "forked"])
def test_flask_alone_serves_everything(options: list[str], tmp_path: Path) -> None:
    env = environment(tmp_path, f"sqlite:///{tmp_path}/argus.sqlite", free_port())
    argus = [sys.executable, "-m", "argus.cli"]
    subprocess.run([*argus, "users", "import", str(ROOT / "tests/golden/actors.yaml")], env=env, cwd=ROOT, check=True)
    port, log = free_port(), tmp_path / "uwsgi.log"
    url = f"http://127.0.0.1:{port}"
    uwsgi = [sys.executable, "-c", "import pyuwsgi; pyuwsgi.run()"]
    shape = ["--master", "--processes", "2", "--threads", "8", "--enable-threads", "--need-app", "--die-on-term", "--buffer-size", "48000"]
    shape += ["--worker-reload-mercy", "5"]  # seconds until a worker whose threads wait for further requests is ended
    place = ["--http11-socket", f"127.0.0.1:{port}", "--module", "argus_backend:flask_app", "--virtualenv", sys.prefix]
    with log.open("wb") as output:
        running = subprocess.Popen([*uwsgi, *shape, *place, *options], env=env, cwd=ROOT, stdout=output, stderr=output)
    try:
        wait_for(f"{url}/readyz", running, log)
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
    finally:
        running.terminate()
        running.wait(20)
