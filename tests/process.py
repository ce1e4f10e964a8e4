"""A server of our own in a process of its own, as the recordings and the published clients need it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests/golden"
PATIENCE = 300.0  # seconds for a server to come up, also on a machine that is busy otherwise


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, storage: str, mail_port: int) -> dict[str, str]:
    """What the recordings need of a server (README.md)."""
    closed = "127.0.0.1:9"
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("ARGUS_") or k == "ARGUS_FLASK"},
        "ARGUS_STORAGE": storage,
        "ARGUS_DATA_DIR": str(folder),
        "ARGUS_STORAGE_DIR": str(folder / "storage"),
        "ARGUS_GITHUB_ENABLED": "false",
        "ARGUS_JIRA_ENABLED": "false",
        "ARGUS_JIRA_SERVER": "http://127.0.0.1:9",
        "ARGUS_JENKINS_URL": f"http://{closed}",
        "ARGUS_JENKINS_USER": "jenkins",
        "ARGUS_JENKINS_API_TOKEN": "token",
        "ARGUS_ZEUS_HOST": closed,
        "ARGUS_ZEUS_TOKEN": "zeus",
        "ARGUS_EMAIL_SENDER": "argus@example.com",
        "ARGUS_EMAIL_SENDER_USER": "argus",
        "ARGUS_EMAIL_SENDER_PASS": "argus",
        "ARGUS_EMAIL_SERVER": "localhost",
        "ARGUS_EMAIL_SERVER_PORT": str(mail_port),
        "ARGUS_EMAIL_STARTTLS": "false",
        "ARGUS_EMAIL_LOGIN": "false",
    }


@contextmanager
def process(*command: str, env: dict[str, str] | None = None, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output, subprocess.Popen(command, env=env, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT) as running:
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(15)
            except subprocess.TimeoutExpired:
                running.kill()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit(f"the server did not come up:\n{log.read_text()[-4000:]}")


@contextmanager
def server(lane: str | None, storage: str, folder: Path, *options: str, **settings: Any) -> Iterator[str]:
    """The address of a `server_process`."""
    with server_process(lane, storage, folder, *options, **settings) as (url, _):
        yield url


@contextmanager
def server_process(
    lane: str | None, storage: str, folder: Path, *options: str, people: Path | str = GOLDEN / "actors.yaml", **settings: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A running server with the actors in its database: its address, and its process.

    Args:
        lane: everything from that lane; None: as the registry says.
        options: of `argus serve`.
        people: the users to import.
        settings: further environment.
    """
    argus = [sys.executable, "-m", "argus.cli"]
    mail_port, port = free_port(), free_port()
    env = {**environment(folder, storage, mail_port), **settings}
    if storage.startswith("cql://"):
        subprocess.run([*argus, "db", "sync"], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*argus, "users", "import", str(people)], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    log = folder / "server.log"
    with (
        process(sys.executable, str(GOLDEN / "mail_sink.py"), str(mail_port), log=folder / "mail.log"),
        process(*argus, "serve", "--port", str(port), *(["--lane", lane] if lane else []), *options, env=env, log=log) as running,
    ):
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/readyz", running, log)
        yield url, running
